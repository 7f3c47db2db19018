#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# script.sh SCRIPT ARGUMENTS...: run a test that is a script. One that calls python3 without looking for it is skipped where
# there is none.
if grep -q python3 "$1" && ! grep -q 'command -v python3' "$1" && ! command -v python3 >/dev/null; then
    echo "skipped: no python3"
    exit 77
fi
exec sh "$@"
