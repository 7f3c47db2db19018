#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# scratch.sh: prints the folder for the files of tests: $TMPDIR; where that is not set /dev/shm, which waits for no disk, if
# 2 GiB are free there and programs may run from there; else /tmp.
if [ -z "${TMPDIR:-}" ]; then
    TMPDIR=/tmp
    free=$(df -Pk /dev/shm 2>/dev/null | awk 'NR == 2 { print $4 }')
    if [ "${free:-0}" -ge 2097152 ] && try=$(mktemp /dev/shm/akin-XXXXXX 2>/dev/null); then
        printf '#!/bin/sh\n' >"$try"
        chmod +x "$try"
        ! "$try" 2>/dev/null || TMPDIR=/dev/shm
        rm -f "$try"
    fi
fi
printf '%s\n' "$TMPDIR"
