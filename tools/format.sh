#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# format.sh [--check]: every C file as clang-format 14 writes it; with --check only tell which are not. Another version lays
# out differently, so without that one nothing is done (exit code 77).
cd "$(dirname "$0")/.." || exit 2
for tool in clang-format-14 clang-format; do
    "$tool" --version 2>/dev/null | grep -q 'version 14\.' && break
    tool=
done
[ -n "$tool" ] || { echo "skipped: no clang-format 14"; exit 77; }
if [ "${1:-}" = --check ]; then set -- --dry-run -Werror; else set -- -i; fi
find bench examples include src tests -name '*.[ch]' -o -name '*.inc' | # not git: a tree may come as an archive
    while read -r file; do # tests/cli/*.inc are shell scripts
        case $file in tests/cli/*) ;; *) echo "$file" ;; esac
    done | xargs "$tool" "$@"
