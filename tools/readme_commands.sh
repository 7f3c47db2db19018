#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# readme_commands.sh [COMMAND]: run every command that README.md shows: the lines of its ```sh blocks, in order, in one
# shell, at the root of the tree. Not `make check`: whoever calls this runs it anyway. Nor COMMAND, which may be
# `make demo` where that has been run: the program it builds and the data it installs are there all the same.
cd "$(dirname "$0")/.." || exit 2
commands=$(awk -v done="${1:-}" '/^```sh$/ { on = 1; next } /^```$/ { on = 0 }
    !on || /^make check/ { next }
    done == "make demo" && $0 == done { print "tools/setup.sh demo"; print "make"; next }
    { print }' README.md)
[ -n "$commands" ] || { echo "README.md shows no commands" >&2; exit 1; }
printf '%s\n' "$commands" | sh -ex
