#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# site.sh AKIN [OUT]: the documents as a static site in OUT (build-site/html): README and docs/ as they are, the public
# headers, the manual pages. Sphinx with MyST, as Debian packages them; a link that leads nowhere is an error. The
# site needs no network and no server: open OUT/index.html.
set -eu
cd "$(dirname "$0")/.."
akin=$1 out=${2:-build-site/html}
for part in sphinx-build mandoc; do
    command -v $part >/dev/null || { echo "site: no $part; tools/setup.sh site installs it" >&2; exit 77; }
done
/usr/bin/python3 -c 'import myst_parser' 2>/dev/null ||
    { echo "site: no python3-myst-parser; tools/setup.sh site installs it" >&2; exit 77; }
from=$(mktemp -d)
trap 'rm -rf "$from"' EXIT
cp -r docs/. "$from"
mkdir "$from/man" "$from/c"
cp LICENSE CONTRIBUTING.md examples/00_first_loss.c "$from"
for header in include/akin/*.h; do
    name=$(basename "$header" .h)
    { printf '# akin/%s.h\n\n```c\n' "$name" && cat "$header" && printf '```\n'; } >"$from/c/$name.md"
done
"$akin" --help | awk '/^  [a-z]/ { print $1 }' | grep -vx help >"$from/verbs"
while read -r verb; do
    printf '# akin %s\n\n```{raw} html\n' "$verb"
    "$akin" help --man "$verb" | mandoc -T html -O fragment |
        sed -E '/<table class="(head|foot)">/,/<\/table>/d; s/ id="[^"]*"//g; s/<a( [^>]*)?>/<span>/g; s#</a>#</span>#g
            s/<(\/?)h2/<\1h3/g; s/<(\/?)h1/<\1h2/g'
    printf '```\n'
done <"$from/verbs" | awk -v to="$from/man/" '/^# akin / { close(file); file = to $3 ".md" } { print >file }'
# toctree CAPTION PAGES...: a part of the table at the left; each page stands in one.
placed=
toctree() {
    printf '\n```{toctree}\n:hidden:\n:caption: %s\n\n' "$1"
    shift
    for page in "$@"; do [ -f "$from/$page.md" ] && echo "$page"; placed="$placed $page "; done
    echo '```'
}
pages() { (cd "$from" && ls $1) | sed 's/\.md$//'; }
{
    sed -E 's#\]\(docs/studies\)#](studies.md)#; s#\]\(docs/#](#g; s#\]\(examples/#](#g' README.md
    toctree "Begin" start choose read recipes faq demo
    toctree "Your data" data formats text vectors understood augmentations weights
    toctree "Learning" losses training gru transformer studies
    toctree "What was learned" evaluation diagnose theory map prune dups labels
    toctree "In C and Python" api python packaging
    # shellcheck disable=SC2046 # names of pages
    toctree "Headers" $(pages 'c/*.md')
    # shellcheck disable=SC2046
    toctree "Manual pages" $(pages 'man/*.md')
    # shellcheck disable=SC2046
    toctree "Runs" $(pages 'studies/*.md')
    rest=
    for page in $(pages '*.md') $(pages 'design/*.md'); do
        case "$placed index " in *" $page "*) ;; *) rest="$rest $page" ;; esac
    done
    # shellcheck disable=SC2086
    toctree "More" $rest
} >"$from/index.new"
mv "$from/index.new" "$from/index.md"
sed -i -E 's#\]\(docs/#](#g' "$from/CONTRIBUTING.md"
rm -rf "$out"
/usr/bin/python3 -m sphinx -q -W --keep-going -n -c tools/site -d "$from/.doctrees" "$from" "$out"
rm -rf "$out/.buildinfo" "$out/objects.inv"
echo "$out/index.html"
