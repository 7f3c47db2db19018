#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# bag_fasttext.sh BENCH_BAG CORPUS [ROUNDS [DIM MINN MAXN BUCKET]]: words per second and thread of training, fastText's
# own trainer (Debian's fasttext) beside bench_bag, one thread each, in turns in the same run. CORPUS is text, one
# sentence a line, words apart by spaces; same vocabulary rule, dimension, n-grams and buckets. fastText's figure is the
# last it prints (5 sampled negatives a word); bench_bag contrasts each line with 8,190 others. cbow-t1 keeps every
# word (-t 1), as bench_bag does; by default fastText reads but skips most of the frequent ones.
set -eu
bench=$1 corpus=$2 rounds=${3:-3}
command -v fasttext >/dev/null || { echo "bag_fasttext: needs the package fasttext" >&2; exit 77; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

fast() { # MODEL ARGS...
    model=$1
    shift
    fasttext "$model" -input "$corpus" -output "$dir/model" -thread 1 -epoch 1 -minCount 5 "$@" 2>&1 |
        tr '\r' '\n' | sed -n 's/.*words\/sec\/thread: *\([0-9]*\).*/\1/p' | tail -1
    rm -f "$dir"/model*
}

ours() { # PRECISION: words per second and thread, and the share of the loss
    "$bench" "$corpus" dim="$dim" minn="$minn" maxn="$maxn" bucket="$bucket" precision="$1" seconds=2 |
        sed 's/.*"words_per_s_per_thread":\([0-9]*\).*"step":\([0-9.]*\).*"loss":\([0-9.]*\).*/\1 \2 \3/' |
        awk '{ printf "%d (%.0f %%)", $1, 100 * $3 / $2 }'
}

one() { # DIM MINN MAXN BUCKET
    dim=$1 minn=$2 maxn=$3 bucket=$4
    set -- -dim "$dim" -minn "$minn" -maxn "$maxn" -bucket "$bucket"
    for round in $(seq "$rounds"); do
        echo "| $dim | $minn-$maxn | $round | $(fast cbow "$@") | $(fast cbow "$@" -t 1) | $(fast skipgram "$@") |" \
            "$(ours f32) | $(ours bf16) |"
    done
}

echo "| d | n-grams | round | cbow | cbow -t 1 | skipgram | akin f32 (loss) | akin bf16 (loss) |"
echo "|---|---|---|---|---|---|---|---|"
if [ $# -gt 3 ]; then
    one "$4" "$5" "$6" "$7"
else
    one 100 0 0 2000000
    one 100 3 6 2000000
    one 300 0 0 2000000
    one 300 3 6 200000 # larger models would fill disk and memory
fi
