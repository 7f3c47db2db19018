#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Run every command that README.md shows: the lines of its ```sh blocks, in order, in one shell, at the root of the
# tree. `make check` is left out here: whoever calls this runs it anyway.
cd "$(dirname "$0")/.." || exit 2
commands=$(awk '/^```sh$/ { on = 1; next } /^```$/ { on = 0 } on && !/^make check/' README.md)
[ -n "$commands" ] || { echo "README.md shows no commands" >&2; exit 1; }
printf '%s\n' "$commands" | sh -ex
