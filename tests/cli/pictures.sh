#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What a run understood of its pixels (16 bits, the background of transparency) is told, kept, and used by embed.
akin=$1
# shellcheck source=tests/cli/expect.inc
. "$(dirname "$0")/expect.inc"

# pgm FILE MOST SEED: 8 x 8 samples of 16 bits, the largest MOST
pgm() {
    awk -v most="$2" -v seed="$3" 'BEGIN {
        srand(seed); print "P2 8 8 65535"
        for (i = 0; i < 64; i++) print i == 9 ? most : int(rand() * most)
    }' >"$1"
}

mkdir "$dir/set" "$dir/other"
for i in 1 2 3 4 5 6 7 8; do pgm "$dir/set/$i.pgm" 4000 "$i"; done
cp "$dir/set/3.pgm" "$dir/other/3.pgm"
awk 'NR == 1 { print; next } { print int($1 / 16) }' "$dir/set/3.pgm" >"$dir/other/4.pgm" # darker, by itself of 8 bits
run=$dir/run
"$akin" train --recipe none "$dir/set" --out "$run" --encoder cnn4 --epochs 1 --batch-size 4 --threads 1 >"$dir/out" 2>"$dir/err" ||
    fail "train: $(cat "$dir/err")"
grep -q '8 pictures have 16 bits, and no value is above 4000: read as 12 bits, so that 4095 is white' "$dir/err" ||
    fail "train does not tell the bits: $(cat "$dir/err")"
grep -q '"sample_bits": 12' "$run/run.json" || fail "run.json has no sample_bits"
"$akin" embed --form plain "$run" "$dir/set" -o "$dir/a.npy" --threads 1 2>"$dir/err" || fail "embed: $(cat "$dir/err")"
"$akin" embed --form plain "$run" "$dir/other" -o "$dir/b.npy" --threads 1 2>"$dir/err" || fail "embed: $(cat "$dir/err")"
grep -q '2 pictures have 16 bits: read as 12 bits, so that 4095 is white.' "$dir/err" || fail "embed: $(cat "$dir/err")"
# The row of 3.pgm is the same beside another picture; the darker one is another row. 128 bytes of header in a .npy.
width=$((($(wc -c <"$dir/b.npy") - 128) / 2))
row() { tail -c +$((129 + $2 * width)) "$1" | head -c "$width" | cksum; }
[ "$(row "$dir/a.npy" 2)" = "$(row "$dir/b.npy" 0)" ] || fail "embed reads 16 bits on another scale than the run"
[ "$(row "$dir/b.npy" 0)" != "$(row "$dir/b.npy" 1)" ] || fail "embed stretches a dark picture"
pgm "$dir/other/5.pgm" 5000 5
expect 3 "5.pgm': PNM: a sample is 5000; 16-bit pictures are read as 12 bits here" embed --form plain "$run" "$dir/other" -o "$dir/c.npy"

expect 2 "background is 'pink'; it must be white, black or RRGGBB" inspect "$dir/set" --background pink
expect 2 "background is 'pink'; it must be white, black or RRGGBB" train --recipe none "$dir/set" --out "$dir/r" --background pink
printf '1,2\n3,4\n5,6\n' >"$dir/t.csv"
expect 2 "--background is for images" inspect "$dir/t.csv" --background black
expect 2 "sample-bits" inspect "$dir/set" --sample-bits 17

# A library that is loaded when it is wanted, and is not what it must be: one line with its name, whatever --on-bad says.
mkdir "$dir/lib" "$dir/late"
printf '\000\000\000\030ftypavif\000\000\000\000' >"$dir/late/a.avif"
cp "$dir/set/3.pgm" "$dir/late/b.pgm"
echo tar >"$dir/t.tar"
echo no library >"$dir/lib/libheif.so.1"
cp "$dir/lib/libheif.so.1" "$dir/lib/libarchive.so.13"
export LD_LIBRARY_PATH="$dir/lib${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
expect 2 "HEIF and AVIF images need the library libheif.so.1, which is not here or cannot be loaded; install libheif" \
    inspect "$dir/late" --on-bad skip
expect 2 "archives of tar need the library libarchive.so.13, which is not here or cannot be loaded; install" inspect "$dir/t.tar"
if ! ldd "$akin" | grep -q libdnnl; then # beside a sanitizer it is linked
    name=$(grep -aoE 'libdnnl\.so\.[0-9.]+' "$(dirname "$akin")/libakin.so" | head -n 1)
    echo no library >"$dir/lib/$name"
    "$akin" train --recipe none "$dir/set" --out "$dir/late/run" --encoder cnn4 --epochs 1 --batch-size 4 >"$dir/out" 2>"$dir/err"
    [ $? = 2 ] && grep -q "need the library $name, which is not here or cannot be loaded; install oneDNN" "$dir/err" ||
        fail "without oneDNN: $(cat "$dir/err")"
    [ ! -e "$dir/late/run" ] || fail "a run without oneDNN left a folder"
fi
cp "$(ldd "$akin" | awk '$1 ~ /^libm\.so/ { print $3 }')" "$dir/lib/libheif.so.1"
expect 2 "the library libheif.so.1 is another than akin was built for" inspect "$dir/late"
[ $failures = 0 ] && echo ok
exit $((failures > 0))
