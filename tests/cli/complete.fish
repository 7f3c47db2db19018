# SPDX-License-Identifier: Apache-2.0
# complete.fish SCRIPT: what fish completes each line of standard input to: "LINE: WORDS".
# fish also finds words that have the letters elsewhere, by version; those are left out.
source $argv[1]
while read -l text
    set -l begun (string replace -r '.* ' '' -- $text | string escape --style=regex)
    set -l words (complete -C "$text" | string replace -r '\t.*' '' | string match -r -- "^$begun.*")
    echo "$text: $words"
end
