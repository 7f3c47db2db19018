# SPDX-License-Identifier: Apache-2.0
# complete.bash SCRIPT: what bash completes each line of standard input to: "LINE: WORDS".
source "$1"
while IFS= read -r text; do
    IFS=' ' read -r -a COMP_WORDS <<<"${text//=/ = }"
    [[ $text == *' ' ]] && COMP_WORDS+=('')
    COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
    COMPREPLY=()
    _akin
    echo "$text: ${COMPREPLY[*]}"
done
