#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Every paper tag in include/ and src/, such as [Chen2020 eq.1], has its entry in docs/papers.md.
cd "$(dirname "$0")/.." || exit 2
missing=$(grep -rhoE '\[[A-Z][A-Za-z-]+[0-9]{4}[a-z]?([ ,][^]]*)?\]' include src | sed -E 's/^\[([A-Za-z-]+[0-9]{4}[a-z]?).*/\1/' | sort -u |
    while IFS= read -r tag; do
        grep -qF "**$tag**" docs/papers.md || echo "$tag"
    done)
[ -z "$missing" ] && exit 0
# shellcheck disable=SC2086 # one line
echo "tags without an entry in docs/papers.md:" $missing
exit 1
