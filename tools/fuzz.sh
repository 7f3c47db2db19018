#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# fuzz.sh [--keep] [TARGET|all] [SECONDS]: run fuzz targets (tests/fuzz) under libFuzzer with the address and
# undefined-behaviour sanitizers, from the corpus that is kept, fresh seeds, and what earlier runs left in build-fuzz.
# A finding is anything that crashes, breaks a promise, leaks, takes a minute, or asks for more than 70 MiB at once: it
# lies in build-fuzz/findings, and the exit code is 1. A line for each target goes into tests/fuzz/LEDGER.md. --keep packs
# the smallest inputs that cover the same code into tests/fuzz/corpus. AKIN_FUZZ_LIBRARIES: a folder of
# libraries that are found before the system's; AKIN_FUZZ_NOTE: what the ledger says behind the target's name.
cd "$(dirname "$0")/.." || exit 2
keep=
if [ "${1:-}" = --keep ]; then keep=1; shift; fi
want=${1:-all} seconds=${2:-60}
command -v clang >/dev/null || { echo "skipped: no clang"; exit 77; }
export TMPDIR="${TMPDIR:-/tmp}"
build=$PWD/build-fuzz
{ cmake --preset fuzz && cmake --build --preset fuzz; } >build-fuzz.log 2>&1 || { tail -n 20 build-fuzz.log; exit 2; }
rm -f build-fuzz.log
AKIN_FUZZ_DIR=$(mktemp -d -p "$([ -w /dev/shm ] && echo /dev/shm || echo "$TMPDIR")") || exit 2
export AKIN_FUZZ_DIR
trap 'rm -rf "$AKIN_FUZZ_DIR"' EXIT
trap 'exit 130' INT TERM
# The targets are of one thread; oneDNN would start others, which wait by spinning.
export OMP_NUM_THREADS=1
# What oneDNN and libgomp keep is no leak of ours; freed memory is not held for long, so that memory can be measured.
export LSAN_OPTIONS="suppressions=$PWD/tests/lsan.supp:print_suppressions=0" ASAN_OPTIONS=quarantine_size_mb=16
with=${AKIN_FUZZ_LIBRARIES:+env LD_LIBRARY_PATH=$AKIN_FUZZ_LIBRARIES}
if ! [ "$build/seeds.made" -nt "$build/tests/fuzz/make_seeds" ]; then
    rm -rf "$build/seeds"
    "$build/tests/fuzz/make_seeds" "$build/seeds" || exit 2
    touch "$build/seeds.made"
fi
mkdir -p "$build/corpus" "$build/findings"

dictionary() {
    case $1 in
    npy_header | vectors_npy) d=npy ;;
    cell | picture_paths) d=table ;;
    text_* | lines | documents | dataset | vec | class_names) d=text ;;
    json*) d=json ;;
    checkpoint | tensor_file | weights) d=safetensors ;;
    exif) d=jpeg ;;
    *) d=$1 ;;
    esac
    [ ! -f "tests/fuzz/dict/$d.dict" ] || echo "-dict=tests/fuzz/dict/$d.dict"
}

# MiB that may be asked for at once. A decoder of zstd or xz asks for the window that a file says, up to 256 MiB, and
# touches what it fills.
most_memory() {
    case $1 in
    packed | utf8 | lines | text_* | json* | table | libsvm | vec | labels | dataset | documents | idx | picture_paths) echo 300 ;;
    *) echo 70 ;;
    esac
}

# The smallest inputs that cover what the corpus covers, as an archive that is the same for the same files.
pack() {
    small=$build/small/$1
    rm -rf "$small"
    mkdir -p "$small" tests/fuzz/corpus
    # shellcheck disable=SC2086 # none, or a command
    $with "$program" -merge=1 -max_len=2048 -rss_limit_mb=0 "$small" "$build/corpus/$1" "$build/seeds/$1" >/dev/null 2>&1 || return 1
    # What was a finding once stays, whatever it covers.
    find "$build/corpus/$1" -name 'fixed-*' -exec cp {} "$small/" \;
    cp "$build/seeds/$1/"* "$small/"
    # At most 400 inputs, the smallest ones.
    find "$small" -type f ! -name 'fixed-*' ! -name 'seed-*' -printf '%s %p\n' | sort -n | tail -n +400 | cut -d' ' -f2- | xargs -r rm -f
    tar --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner --mode=0644 -C "$build/small" -cf - "$1" |
        xz -9e >"tests/fuzz/corpus/$1.tar.xz"
}

status=0
for program in "$build"/tests/fuzz/fuzz_*; do
    target=${program##*/fuzz_}
    [ -x "$program" ] || continue
    [ "$want" = all ] || [ "$want" = "$target" ] || continue
    mkdir -p "$build/corpus/$target"
    [ ! -f "tests/fuzz/corpus/$target.tar.xz" ] || tar -xJf "tests/fuzz/corpus/$target.tar.xz" -C "$build/corpus"
    log=$build/findings/$target.log
    # shellcheck disable=SC2046,SC2086 # no option, or one; none, or a command
    $with "$program" -max_total_time="$seconds" -timeout=60 -report_slow_units=60 -rss_limit_mb=1500 -malloc_limit_mb="$(most_memory "$target")" \
        -print_final_stats=1 -artifact_prefix="$build/findings/$target-" $(dictionary "$target") \
        "$build/corpus/$target" "$build/seeds/$target" >"$log" 2>&1
    code=$?
    inputs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
    covered=$(grep -o ' cov: [0-9]*' "$log" | tail -n 1 | tr -dc 0-9)
    found=$(find "$build/findings" -name "$target-*" | wc -l)
    [ $code = 0 ] || { status=1; echo "$target: a finding, see $log"; }
    echo "| $(date +%F) | $(git rev-parse --short HEAD) | $target${AKIN_FUZZ_NOTE:-} | $seconds | ${inputs:-0} | ${covered:-0} | $found |" |
        tee -a tests/fuzz/LEDGER.md
    [ -z "$keep" ] || [ $code != 0 ] || pack "$target" || { echo "$target: its corpus could not be packed"; status=1; }
done
exit $status
