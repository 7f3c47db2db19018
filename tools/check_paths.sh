#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Every file of ours that README.md, CONTRIBUTING.md or a page of docs/ names must exist. A name is a path from the
# root (src/loss/table.c), or, in `quotes`, one from src/ (loss/table.c).
cd "$(dirname "$0")/.." || exit 2
bad=$(for page in README.md CONTRIBUTING.md docs/*.md docs/*/*.md; do
    grep -oE '(^|[^A-Za-z0-9_./-])(src|include|tests|tools|examples|bench|docs|cmake)/[A-Za-z0-9_./-]*\.(cpp|c|h|inc|sh|py|md|json|cmake|awk)' "$page" |
        sed 's/^[^A-Za-z]//' | sort -u | while read -r path; do
        [ -e "$path" ] || echo "$page: no file $path"
    done
    grep -oE '`[a-z]+/[a-z0-9_/]+\.[ch]`' "$page" | tr -d '`' | sort -u | while read -r path; do
        [ -e "$path" ] || [ -e "src/$path" ] || [ -e "include/$path" ] || echo "$page: no file $path"
    done
done)
[ -z "$bad" ] && exit 0
printf '%s\n' "$bad"
exit 1
