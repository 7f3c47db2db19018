# SPDX-License-Identifier: Apache-2.0
# The same bits on any number of threads: everything that prints or writes numbers, on every instruction set that this
# processor has, around the sizes of tiles and blocks. With AKIN_TEST_FULL=1 the whole table, about 70 s of
# processor time a set; else the rows that begin with 'quick', on two numbers of threads, about 20 s for all, without the
# sets between AVX2 and the best.
# AKIN_TEST_ROW='avx2 train*' runs the rows that look so.
#
# A row: tier, instruction sets ('-' = all), then a command of this file and its arguments. What it prints and the files
# that it leaves are compared; times are taken out.
#
# Left out, because its bits do depend on threads (README, Limits): a layer that oneDNN's Winograd computes because its
# batch has few tiles, which AVX-512 and oneDNN 2 have; and more than 16 threads.
THREADS="1 7" # more than this machine may have
[ -z "${AKIN_TEST_FULL:-}" ] || THREADS="1 2 3 4 7"
TABLE='
full  -          bounds 32 32
quick -          bounds 600 32
full  -          bounds 128 7
quick -          bounds 257 96
full  -          bounds 31 1
full  -          bounds 33 16
full  -          bounds 127 33
full  -          bounds 129 130
full  -          bounds 255 128
full  -          bounds 600 130
quick -          losses 129 33
full  -          losses 31 1
full  -          losses 32 7
full  -          losses 33 130
full  -          losses 127 16
full  -          losses 128 32
full  -          losses 255 96
full  -          losses 257 128
full  -          losses 600 33
quick -          loss ntxent f32 600 33
quick -          loss ntxent bf16 257 130
quick -          loss infonce f64 129 7
quick -          loss ntxent f32 1100 16
quick -          loss difficult f32 600 7
full  -          loss supcon bf16 600 96
full  -          loss difficult bf16 257 33
full  -          loss balanced f32 2100 32
full  -          loss spectral f64 600 128
quick -          evaluate 257 33
full  -          evaluate 32 7
full  -          evaluate 127 128
full  -          evaluate 129 16
full  -          evaluate 600 130
quick -          diagnose 257 33
full  -          diagnose 31 7
full  -          diagnose 128 128
full  -          diagnose 600 96
quick -          search 257 33
full  -          search 600 130
quick -          plan
quick -          synth 129 33
full  -          synth 600 130
quick -          train images --batch-size 33 --epochs 1
quick avx512bf16 train images --batch-size 32 --epochs 1 --precision bf16
quick -          train text --encoder bag --dim 33 --epochs 2
quick -          train text --encoder gru --maxn 0 --width 17 --epochs 1
quick -          train table --epochs 2
full  -          train images --batch-size 48 --epochs 1 --encoder cnn4 --optimizer lars --clip-norm 1 --ema 0.9
full  -          train images --batch-size 30 --epochs 1 --encoder resnet8 --convolution direct --micro-batch 15
full  -          train images --batch-size 96 --epochs 2 --encoder resnet14 --loss difficult
full  -          train images --batch-size 64 --epochs 1 --encoder vgg16 --width 16
full  -          train images --batch-size 32 --epochs 1 --loss infonce --momentum-encoder 0.9 --queue 64
full  avx2       train images --batch-size 96 --epochs 2 --convolution winograd --width 64
full  avx512bf16 train images --batch-size 96 --epochs 2 --precision bf16 --loss-precision bf16 --width 48
full  -          train images --batch-size 32 --epochs 1 --encoder mlp --width 130
full  -          train wide --batch-size 128 --epochs 1 --encoder resnet8
full  -          train text --encoder bigru --maxn 0 --width 33 --pool mean --epochs 1 --words-optimizer adagrad
full  -          train text --encoder bag --dim 100 --epochs 2 --loss cross-entropy --target group
full  -          train table --epochs 2 --encoder linear --vector-views mix
full  -          train table --epochs 2 --loss curl-logistic --target label --negatives 4 --head-out 0
quick -          measured images
quick -          measured text
full  -          measured table
full  -          study
'
akin=$1 helpers=$2
. "$(dirname "$0")/expect.inc"
seconds='s/"[a-z_]*(seconds|seconds_[a-z_]*|_s)": ?[-0-9.e]*//g; s/"(threads|scratch_bytes|memory_bytes|created)": ?("[^"]*"|[0-9]*)//g'

# run VERB ...: on $threads threads, its output among what is compared
run() {
    "$akin" "$@" --threads "$threads" --quiet >out 2>>err || echo "exit $?" >>stdout
    sed -E "$seconds" out >>stdout
    rm out
}

# vectors N D: two views and labels, made once
vectors() {
    v=$dir/v$1x$2
}
make_vectors() {
    "$akin" data synth --out "$dir/v$1x$2" --items "$1" --classes 5 --width "$2" --quiet || fail "synth $1 $2"
    # f: both views below each other; k: two negatives an anchor
    python3 - "$dir/v$1x$2" "$1" "$2" <<'PY' || fail "no arrays"
import sys
to, n, d = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
a, b = (open(f"{to}/{x}.npy", "rb").read()[-4 * n * d:] for x in "ab")
for name, shape, data in (("f", (2 * n, d), a + b), ("k", (n, 2, d), b + a)):
    head = str({"descr": "<f4", "fortran_order": False, "shape": shape}).encode().ljust(117) + b"\n"
    open(f"{to}/{name}.npy", "wb").write(b"\x93NUMPY\x01\x00v\x00" + head + data)
PY
}
bounds() {
    vectors "$@"
    run bounds --a "$v/a.npy" --b "$v/b.npy" --labels "$v/labels.npy" --negatives 15 --json
}
loss() {
    vectors "$3" "$4"
    case $1 in
    curl-*) set -- "$1" "$2" --a "$v/a.npy" --positives "$v/b.npy" --negatives "$v/k.npy" --grad-positives p.npy --grad-negatives k.npy ;;
    supcon | nscl | y-aware | rank-n-contrast) set -- "$1" "$2" --a "$v/a.npy" --b "$v/b.npy" --labels "$v/labels.npy" --grad-b b.npy ;;
    difficult) set -- "$1" "$2" --a "$v/a.npy" --b "$v/b.npy" --features "$v/f.npy" --grad-b b.npy ;;
    *) set -- "$1" "$2" --a "$v/a.npy" --b "$v/b.npy" --grad-b b.npy ;;
    esac
    loss=$1 precision=$2
    shift 2
    run loss --loss "$loss" --precision "$precision" --grad-a a.npy "$@" --json --force
    for f in a b p k; do [ -e $f.npy ] && mv $f.npy "$loss-$f.npy"; done
}
losses() {
    for name in $losses; do loss "$name" f32 "$@"; done
}
evaluate() {
    vectors "$@"
    run eval --features "$v/a.npy" --labels "$v/labels.npy" --test-features "$v/b.npy" --test-labels "$v/labels.npy" \
        --protocol mean,knn,linear,kway --fit-tasks 2 --tasks 2,3 --json
}
diagnose() {
    vectors "$@"
    run diagnose --a "$v/a.npy" --b "$v/b.npy" --labels "$v/labels.npy" --with "$v/b.npy" --json
}
search() {
    vectors "$@"
    run nn "$v/a.npy" --query "$v/b.npy" -k 5 --json
}
plan() {
    seq 1 40 >counts
    run plan --class-counts counts --negatives 300 --without-replacement --json
}
synth() {
    run data synth --out g --items "$1" --classes 5 --width "$2" --json
    run data synth --model discrete --items "$1" --width "$2" --views 2 --overlap 0.2 --out d --json
}
train() {
    data=$1
    shift
    # shellcheck disable=SC2086
    run train --recipe none "$dir/$data" --out run $common $(eval echo "\$of_$data") "$@"
    sed 's/.*"weights_xxh64": "\([0-9a-f]*\)".*/\1/' run/DONE >weights
    rm -r run
}
# measured DATA: what the run $dir/run-DATA is worth
measured() {
    cp -r "$dir/run-$1" r
    run embed r --split train -o e.npy --whiten --json
    run embed --form plain r --split test -o p.npy --layer projector
    run nn e.npy --query 0 -k 5 --json
    run eval r --json --protocol mean,knn,linear
    run diagnose r --items 60 --json
    run bounds r --items 60 --only nozawa-sato,haochen --json
    run prune r -o keep.txt --scores scores.tsv --drop-difficult 0.1 --dedup 0.01 --draws 2
    sed -i "/^# command/d" keep.txt # it names the threads
    rm -r r
}
study() {
    cat >s.json <<J
{"name": "s", "title": "two temperatures", "seeds": [1], "data": "$dir/images",
 "options": {"batch-size": 32, "width": 8, "head-hidden": 16, "head-out": 8, "epochs": 1},
 "axes": [{"name": "t", "option": "temperature", "values": [0.2, 0.5]}],
 "tools": {"eval": ["eval", "{run}", "--protocol", "knn", "--baselines", "none"]},
 "measures": [{"name": "loss", "from": "train", "path": "last.loss"},
              {"name": "knn", "from": "eval", "path": "results[0].top1"}]}
J
    run study s.json --out s
    sed -i "s/done; [0-9]* s;/done;/" stdout
    rm -r s s.json
}

# one ROW: on all numbers of threads
one() {
    isa=$1
    shift
    for threads in $THREADS; do
        here=$(mktemp -d "$dir/row.XXXXXX") && cd "$here" || exit 1
        AKIN_ISA=$isa "$@"
        rm -f err
        find . -type f | sort | xargs cksum >"$here.sums"
        if [ "$threads" = 1 ]; then
            first=$here
            grep -q '^exit' stdout && fail "$isa: $*: $(head -c 300 stdout)"
        else
            cmp -s "$first.sums" "$here.sums" || fail "$isa: $*: $threads threads give other bits than one: $(diff "$first.sums" "$here.sums" |
                sed -n 's/^> [0-9]* [0-9]* //p' | tr '\n' ' ')"
            rm -r "$here"
        fi
    done
    rm -r "$first"
}

common="--workers 1 --batch-size 32 --head-hidden 16 --head-out 16 --lr 0.02"
of_images="--width 8" of_wide="--width 16" of_text="--min-count 1 --buckets 500" of_table="--width 32 --format csv"
"$helpers/make_data" "$dir/images" 96 32 16 && "$helpers/make_data" "$dir/wide" 256 8 28 || fail "no images"
mkdir -p "$dir/text/a" "$dir/text/b"
awk -v to="$dir/text/" 'BEGIN { srand(3)
    for (d = 0; d < 8; d++) for (i = 0; i < 20; i++) { line = ""
        for (w = 0; w < 12; w++) line = line (rand() < 0.5 ? "own" d "x" int(rand() * 12) : "common" int(rand() * 60)) " "
        print line > (to (d % 2 ? "a" : "b") "/d" d ".txt") } }'
awk 'BEGIN { srand(5); print "a,b,c,d,e,f,g,label"
    for (i = 0; i < 300; i++) { k = i % 3
        for (j = 0; j < 7; j++) printf "%.4f,", (j == k ? 2 : 0) + rand()
        print substr("redblugrn", 3 * k + 1, 3) } }' >"$dir/table"
losses=$("$akin" loss --list | sed -n 's/^\([a-z][a-z-]*\) .*/\1/p')
train_one() {
    data=$1
    shift
    # shellcheck disable=SC2086
    "$akin" train --recipe none "$dir/$data" --out "$dir/run-$data" --epochs 1 $common "$@" --quiet >/dev/null 2>"$dir/err" ||
        fail "train $data: $(cat "$dir/err")"
}
# shellcheck disable=SC2086
train_one images $of_images && train_one text $of_text --dim 33 --holdout 0.25 && train_one table $of_table --holdout 0.25
tiers=quick
[ "${AKIN_TEST_FULL:-}" = 1 ] && tiers="quick full"
best=$(env -u AKIN_ISA "$akin" --version | awk '{ print $3 }')
for isa in ref avx2 avx512 avx512bf16; do
    [ "$(AKIN_ISA=$isa "$akin" --version | awk '{ print $3 }')" = $isa ] || continue
    [ "$tiers" = quick ] && [ $isa = avx512 ] && [ "$best" != avx512 ] && continue
    for tier in $tiers; do
        printf '%s' "$TABLE" | awk -v tier="$tier" -v isa="$isa" '$1 == tier && ($2 == "-" || $2 == isa) { $1 = isa; $2 = ""; $0 = $0; $1 = $1; print }'
    done
done >"$dir/rows"
awk '$2 ~ /^(bounds|evaluate|diagnose|search|losses)$/ { print $3, $4 } $2 == "loss" { print $5, $6 }' "$dir/rows" | sort -u |
    while read -r n d; do make_vectors "$n" "$d"; done
# Two rows at a time: this table is most of what the tests of the program take.
for half in 0 1; do
    (
        failures=0
        while read -r row; do
            # shellcheck disable=SC2086
            case $row in ${AKIN_TEST_ROW:-*}) one $row ;; esac
        done <<R
$(awk -v half=$half 'NR % 2 == half' "$dir/rows")
R
        exit $failures
    ) &
    children="${children:-} $!"
done
for child in $children; do wait "$child" || failures=$((failures + 1)); done
[ $failures = 0 ] && echo ok
exit $failures
