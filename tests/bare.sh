#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# bare.sh AKIN PROBE: a build without its optional parts (preset bare) does the rest of its work, and says in one line
# what is missing and how to get it when it meets such input. PROBE: the folder it was configured in.
akin=$1 build=$2
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
failures=0
expect() { # expect CODE PATTERN COMMAND...: exit code and, where PATTERN is not empty, one line on stderr that has it
    code=$1 pattern=$2
    shift 2
    "$@" >"$dir/out" 2>"$dir/err"
    got=$?
    if [ $got != "$code" ] || { [ -n "$pattern" ] && ! { [ "$(wc -l <"$dir/err")" = 1 ] && grep -q "$pattern" "$dir/err"; }; }; then
        echo "FAIL: $*: exit $got, expected $code and '$pattern': $(head -n 3 "$dir/err")"
        failures=$((failures + 1))
    fi
}
expect 0 '' "$akin" --version
grep -q '  without OpenMP, WebP, TIFF, GIF, HEIF, ICU, SQLite, onnxruntime, HDF5, librsvg, Open MPI, MPICH, libarchive$' "$dir/out" || { echo "FAIL: --version: $(cat "$dir/out")"; failures=$((failures + 1)); }
expect 0 '' "$akin" selftest --quiet
expect 2 'without OpenMP.*-DAKIN_OPENMP=ON' "$akin" selftest --quiet --threads 2

mkdir "$dir/images"
printf 'P5 2 2 255\nabcd' >"$dir/images/a.pgm"
expect 0 '' "$akin" inspect "$dir/images"
printf 'RIFF\044\0\0\0WEBPVP8 ' >"$dir/images/b.webp"
expect 2 'b.webp.*without WebP.*libwebp-dev.*-DAKIN_WEBP=ON' "$akin" inspect "$dir/images"
grep -q 'on-bad' "$dir/err" && { echo "FAIL: advises to skip"; failures=$((failures + 1)); }
expect 2 'b.webp.*without WebP' "$akin" inspect "$dir/images" --on-bad skip
other() { # other FILE BYTES NAME PACKAGE: a picture of an absent part is told by its first bytes
    rm -f "$dir/images/b."*
    # shellcheck disable=SC2059 # the bytes are escapes
    printf "$2" >"$dir/images/$1"
    expect 2 "$1.*without $3.*$4.*-DAKIN_$3=ON" "$akin" inspect "$dir/images"
    expect 2 "$1.*without $3" "$akin" inspect "$dir/images" --on-bad skip
}
other b.tif 'II*\000\010\000\000\000' TIFF libtiff-dev
other b.gif 'GIF89a\001\000\001\000' GIF libgif-dev
other b.avif '\000\000\000\030ftypavif\000\000\000\000' HEIF libheif-dev

printf '\211HDF\r\n\032\n' >"$dir/a.h5"
expect 2 'without HDF5.*libhdf5-dev.*-DAKIN_HDF5=ON' "$akin" inspect "$dir/a.h5"
tar -C "$dir/images" -cf "$dir/a.tar" a.pgm
expect 2 'without libarchive.*libarchive-dev.*-DAKIN_ARCHIVE=ON' "$akin" inspect "$dir/a.tar"

for i in 1 2 3 4 5 6 7 8; do echo "the same words $i go on and on, number $i"; done >"$dir/ascii.txt"
{ cat "$dir/ascii.txt"; printf 'gr\303\274n and blue\n'; } >"$dir/unicode.txt"
train="train --encoder bag --text-view erase --epochs 1 --batch-size 4 --min-count 1 --quiet --out"
# shellcheck disable=SC2086 # options are several words
{
    expect 0 '' "$akin" $train "$dir/run" "$dir/ascii.txt"
    expect 2 'without librsvg.*librsvg2-dev.*-DAKIN_RSVG=ON' "$akin" plot "$dir/run" loss -o "$dir/loss.pdf"
    expect 0 '' "$akin" plot "$dir/run" loss -o "$dir/loss.svg"
    expect 2 'without ICU.*libicu-dev.*-DAKIN_ICU=ON' "$akin" $train "$dir/run2" "$dir/unicode.txt"
}

expect 0 '' "$akin" study --list
expect 2 'without SQLite.*libsqlite3-dev.*-DAKIN_SQLITE=ON' "$akin" study arora --out "$dir/study"
[ -e "$dir/study" ] && { echo "FAIL: a study that cannot run made its folder"; failures=$((failures + 1)); }

printf x >"$dir/model.onnx"
expect 2 'without onnxruntime.*libonnxruntime-dev.*-DAKIN_ONNX=ON' "$akin" embed --onnx "$dir/model.onnx" "$dir/ascii.txt" -o "$dir/e.npy"

# -DAKIN_WEBP=ON makes its absence an error. (pkg-config is told to look nowhere; it may fail on something else first.)
for part in WEBP TIFF GIF HEIF ICU SQLITE HDF5 ARCHIVE; do
    if (cd "$build/.." && PKG_CONFIG_LIBDIR=/nonexistent cmake -S . -B "$dir/on" -DAKIN_$part=ON >"$dir/out" 2>&1); then
        echo "FAIL: -DAKIN_$part=ON where it is absent is no error"
        failures=$((failures + 1))
    fi
    grep -q "AKIN_$part=ON asks for it" "$dir/out" || { echo "FAIL: AKIN_$part: $(tail -n 5 "$dir/out")"; failures=$((failures + 1)); }
    rm -rf "$dir/on"
done
if (cd "$build/.." && cmake -S . -B "$dir/on" -DAKIN_ONNX=ON -DAKIN_ONNX_INCLUDE= >"$dir/out" 2>&1); then
    echo "FAIL: -DAKIN_ONNX=ON where it is absent is no error"
    failures=$((failures + 1))
fi
grep -q "AKIN_ONNX=ON asks for it" "$dir/out" || { echo "FAIL: AKIN_ONNX: $(tail -n 5 "$dir/out")"; failures=$((failures + 1)); }
[ $failures = 0 ] && echo ok
exit $((failures > 0))
