#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# uninstall.sh MANIFEST: remove the files that `cmake --install` wrote and listed, under $DESTDIR, and those of akin's own
# folders that are then empty. MANIFEST does not name DESTDIR; `make install` writes it beside, into MANIFEST.destdir.
manifest=${1:-build/install_manifest.txt}
[ -r "$manifest" ] || { echo "uninstall: no $manifest: nothing was installed from this folder" >&2; exit 2; }
if [ -r "$manifest.destdir" ] && [ "$(cat "$manifest.destdir")" != "${DESTDIR:-}" ]; then
    echo "uninstall: the last make install had DESTDIR='$(cat "$manifest.destdir")', this has '${DESTDIR:-}': say the same" >&2
    exit 2
fi
folders=$(mktemp) || exit 1
trap 'rm -f "$folders"' EXIT
failures=0
while IFS= read -r file || [ -n "$file" ]; do # its last line has no end
    rm -f "$DESTDIR$file" || failures=$((failures + 1))
    folder=$(dirname "$file")
    while :; do
        case $folder in */include/akin | */include/akin/* | */lib/akin | */lib64/akin | */lib/*/akin | */cmake/akin | */doc/akin | */doc/akin/*) ;; *) break ;; esac
        printf '%s\n' "$folder"
        folder=$(dirname "$folder")
    done
done <"$manifest" >"$folders"
sort -ru "$folders" | while IFS= read -r folder; do rmdir "$DESTDIR$folder" 2>/dev/null; done
exit $((failures > 0))
