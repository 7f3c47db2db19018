#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# check_calls.sh BUILD: every call from one folder of the library into another must be allowed by src/LAYERS, also a
# call through a public header, which tools/check_layers.sh cannot see.
cd "$(dirname "$0")/.." || exit 2
objects=$1/CMakeFiles/akin_objects.dir
[ -d "$objects/src" ] || { echo "no objects in $1"; exit 2; }
for source in src/*/*.c; do # only objects whose source is still there
    [ -e "$objects/$source.o" ] && printf '%s/%s.o\n' "$objects" "$source"
done | xargs nm -A -P | awk '
    FILENAME == "src/LAYERS" {
        if ($1 != "#") for (i = 2; i <= NF; i++) allowed[$1 " " $i] = 1
        next
    }
    {
        sub(/:$/, "", $1)
        sub(/.*akin_objects\.dir\/src\//, "", $1)
        sub(/\.o$/, "", $1)
        if ($3 == "U") { from[++n] = $1; name[n] = $2 }
        else if ($3 ~ /^[A-Z]$/) home[$2] = $1
    }
    END {
        for (i = 1; i <= n; i++) {
            if (!(name[i] in home)) continue
            split(from[i], a, "/"); split(home[name[i]], b, "/")
            if (a[1] != b[1] && !seen[a[1] " " b[1]]++) arrows++
            if (a[1] != b[1] && !((a[1] " " b[1]) in allowed)) {
                print "src/" from[i] " calls " name[i] " of src/" home[name[i]] " -- " a[1] " may not use " b[1]
                bad = 1
            }
        }
        if (!bad) print "calls: " arrows " arrows between folders, all of them in src/LAYERS"
        exit bad
    }' src/LAYERS -
