# SPDX-License-Identifier: Apache-2.0
# dups, outliers, nn, map, cluster, labels and loss in jobs of real ranks, with each MPI that is here: files and what is told are
# those of one process, byte for byte, a loss and its gradients up to rounding; an error is told once, with the right exit code,
# also where one rank is alone with it. All with the first MPI, some with the second; AKIN_TEST_FULL=1: all with both.
akin=$1
. "$(dirname "$0")/expect.inc"
. "$(dirname "$0")/ranks.inc"
find_mpis
command -v python3 >/dev/null || { echo "skipped: no python3"; exit 77; }
python3 - "$dir/rows.npy" "$dir/other.npy" "$dir/classes" <<'PY' || exit 1
import array, random, struct, sys
r = random.Random(1)
def save(name, x):
    head = "{'descr': '<f4', 'fortran_order': False, 'shape': (%d, %d), }" % (len(x), len(x[0]))
    head += " " * (63 - (len(head) + 10) % 64) + "\n"
    with open(name, "wb") as f:
        f.write(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(head)) + head.encode())
        for row in x: array.array("f", row).tofile(f)
n, d = 1100, 12
centres = [[r.gauss(0, 1) for _ in range(d)] for _ in range(7)]
x = []
for i in range(n):
    if i % 9 == 8: x.append([v + r.gauss(0, 0.01) for v in x[r.randrange(i)]])
    elif i % 50 == 7: x.append(x[r.randrange(i)])
    else: x.append([v + r.gauss(0, 0.6) for v in centres[r.randrange(7)]])
save(sys.argv[1], x)
save(sys.argv[1].replace("rows", "few"), x[:2])
save(sys.argv[2], [[v + r.gauss(0, 0.4) for v in row] for row in x])
open(sys.argv[3], "w").writelines("%d\n" % r.randrange(5) for _ in x)
PY

awk 'BEGIN {
    srand(3)
    print "x,y,z,kind"
    for (i = 0; i < 600; i++) printf "%.4f,%.4f,%.4f,%s\n", i % 3 + 2 * rand(), 3 * rand() - i % 3, rand(), substr("abc", i % 3 + 1, 1)
}' >"$dir/t.csv"
(cd "$dir" && "$akin" train --recipe none t.csv --out run --label-column kind --holdout 0.2 --encoder mlp --width 16 --epochs 1 --batch-size 64 \
    --threads 1 --quiet) || fail "train: exit $?"

# run MPI N NAME ARGUMENTS...: in a folder of its own; what is told beside its files, seconds aside. MPI: one for none
run() {
    mpi=$1 n=$2 at=$dir/$1/$3
    shift 3
    mkdir -p "$at"
    case $mpi in
    one) (cd "$at" && "$akin" "$@" --threads 1 >out 2>err) ;;
    *) (cd "$at" && start "$mpi" "$n" "$akin" "$@" --threads 1 >out 2>err) ;;
    esac || fail "$mpi, $n ranks: $*: exit $?: $(cat "$at/err")"
    sed -i 's/"seconds_[a-z]*":[0-9.e-]*//g' "$at/out"
}
some() {
    rows=../../rows.npy
    run "$1" 3 dups-chance dups $rows --threshold chance --json --pairs p
    run "$1" 2 nn-cells nn $rows --query $rows -k 4 --approximate 0.9 --json
    run "$1" 2 map map $rows -o m.npy --svg m.svg --epochs 8 --draws 1000 --search approximate --json
    run "$1" 3 nn-run nn ../../run --query ../../t.csv --page h.html
    run "$1" 3 kmeans cluster $rows -k 6 --starts 2 -o c.tsv --json
}
all() { # all MPI: with one process, or with ranks
    rows=../../rows.npy
    some "$1"
    run "$1" 2 dups-share dups $rows --threshold share --pairs p --groups g --page h.html
    run "$1" 3 outliers outliers $rows --table t --page h.html
    run "$1" 3 nn nn $rows --query $rows -k 4 --page h.html
    run "$1" 2 nn-row nn $rows --query 7
    run "$1" 3 place map $rows --place ../map/m.npy -o n.npy
    run "$1" 3 dups-run dups ../../run --whiten --threshold share --pairs p
    run "$1" 2 outliers-run outliers ../../run ../../t.csv --drop 0.1 -o keep --json
    run "$1" 3 labels labels ../../run --table t --page h.html
    run "$1" 3 map-run map ../../run -o m.npy --epochs 8 --split test
    run "$1" 2 density cluster $rows --density -o c.npy
}
same() { # same MPI some|all
    "$2" "$1"
    for at in "$dir/$1"/*; do
        diff -r "$dir/one/${at##*/}" "$at" >"$dir/diff-$1" 2>&1 || fail "$1: ranks write or say other things than one process: ${at##*/}: $(head -c 2000 "$dir/diff-$1")"
    done
}
# The loss and its gradients: those of one process up to rounding.
losses() {
    for loss in ntxent curl-logistic ${AKIN_TEST_FULL:+align-uniform difficult supcon}; do
        at=$dir/loss-$1-$loss
        mkdir "$at"
        case $loss in
        curl-logistic) with="--positives $dir/other.npy --negatives $dir/rows.npy" grad=positives ;;
        supcon) with="--b $dir/other.npy --labels $dir/classes" grad=b ;;
        *) with="--b $dir/other.npy" grad=b ;;
        esac
        for n in 1 3; do
            run=
            [ $n = 1 ] || run="start $1 3"
            $run "$akin" loss --loss $loss --a "$dir/rows.npy" $with --grad-a "$at/a$n.npy" --grad-$grad "$at/b$n.npy" --threads 1 \
                --json >"$at/$n" 2>"$at/err" || fail "$1: loss $loss: exit $?: $(cat "$at/err")"
        done
        python3 - "$at" <<'PY' || fail "$1: $loss of three ranks is another than that of one"
import array, json, sys
def rows(name):
    data = open(sys.argv[1] + "/" + name, "rb").read()
    return array.array("f", data[10 + data[8] + 256 * data[9]:])
one, three = [json.load(open(sys.argv[1] + "/" + n)) for n in "13"]
for number in "loss", "permuted":
    assert abs(one[number] - three[number]) <= 1e-6 * abs(one[number]), (one, three)
for g in "ab":
    x, y = rows(g + "1.npy"), rows(g + "3.npy")
    assert len(x) == len(y) > 0 and max(abs(u - v) for u, v in zip(x, y)) <= 1e-5 * max(map(abs, x)), g
PY
    done
}
# one MPI CODE TEXT ARGUMENTS...: the exit code, and TEXT on the only line that akin says
one() {
    mpi=$1 code=$2 text=$3
    shift 3
    start "$mpi" 3 "$akin" "$@" >"$dir/out-$mpi" 2>"$dir/err-$mpi"
    got=$?
    [ $got = "$code" ] && [ "$(grep -ac '^akin' "$dir/err-$mpi")" = 1 ] && grep -a '^akin' "$dir/err-$mpi" | grep -qF -- "$text" ||
        fail "$mpi: $*: exit $got, expected $code with one line '$text', got: $(cat "$dir/err-$mpi")"
    [ -s "$dir/out-$mpi" ] && fail "$mpi: $*: on stdout: $(cat "$dir/out-$mpi")"
}
refused() {
    one "$1" 3 "cannot open '$dir/none.npy'" dups "$dir/none.npy"
    one "$1" 2 'it must be between 1e-06 and 1, or auto' dups "$dir/rows.npy" --threshold 7
    one "$1" 2 'akin dups: ' dups "$dir/rows.npy" --pairs "$dir/rows.npy"
    one "$1" 5 "'$dir/none/t' cannot be written" outliers "$dir/rows.npy" --table "$dir/none/t"
    one "$1" 3 'there is no row 5000' nn "$dir/rows.npy" --query 5000
    one "$1" 2 'ntxent needs --b FILE' loss --loss ntxent --a "$dir/rows.npy"
    one "$1" 2 '2 items are fewer than 3 ranks' loss --loss ntxent --a "$dir/few.npy" --b "$dir/few.npy"
    one "$1" 2 'where to?' map "$dir/rows.npy"
    one "$1" 3 'has no labels' labels "$dir/rows.npy"
    one "$1" 2 'k is 2000' cluster "$dir/rows.npy" -k 2000
}
# Rank 1 alone has no such file, and has other rows.
other() {
    printf '%s\n' 'rank=${OMPI_COMM_WORLD_RANK:-${PMI_RANK:-0}}' 'cd "$1/$rank" || exit' 'shift' 'exec "$@"' >"$dir/in-own.sh"
    mkdir -p "$dir/own-$1/0" "$dir/own-$1/1" "$dir/own-$1/2"
    for r in 0 2; do cp "$dir/rows.npy" "$dir/own-$1/$r/x.npy"; done
    for verb in "dups x.npy" "nn x.npy --query 3" "map x.npy -o m.npy" "cluster x.npy -k 3" "loss --loss ntxent --a x.npy --b x.npy"; do
        start "$1" 3 sh "$dir/in-own.sh" "$dir/own-$1" "$akin" $verb >"$dir/own-$1/out" 2>"$dir/own-$1/err"
        got=$?
        [ $got = 3 ] && [ "$(grep -ac '^akin' "$dir/own-$1/err")" = 1 ] && grep -aq "^akin [a-z]*: rank 1: .*x.npy" "$dir/own-$1/err" ||
            fail "$1: $verb without a file on rank 1: exit $got: $(cat "$dir/own-$1/err")"
    done
    sed '$s/.$/x/' "$dir/rows.npy" >"$dir/own-$1/1/x.npy"
    start "$1" 3 sh "$dir/in-own.sh" "$dir/own-$1" "$akin" dups x.npy >"$dir/own-$1/out" 2>"$dir/own-$1/err"
    got=$?
    [ $got = 7 ] && [ "$(grep -ac '^akin' "$dir/own-$1/err")" = 1 ] && grep -aq '^akin dups: rank 1: the rows are not those of rank 0' "$dir/own-$1/err" ||
        fail "$1: other rows on rank 1: exit $got: $(cat "$dir/own-$1/err")"
}
all one
parts='same refused other losses' which=all
for mpi in $mpis; do
    for part in $parts; do
        (failures=0; $part $mpi $which; exit $failures) &
        jobs="${jobs:-} $!"
    done
    [ "${AKIN_TEST_FULL:-}" ] || { parts=same which=some; }
done
for job in $jobs; do wait "$job" || failures=$((failures + 1)); done
exit $failures
