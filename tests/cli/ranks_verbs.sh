# SPDX-License-Identifier: Apache-2.0
# Verbs on a trained encoder in jobs of real ranks, with each MPI that is here: what one process writes, and errors told
# once. A case is run with one MPI, AKIN_TEST_FULL=1: with each and on 2, 3 and 4 ranks.
akin=$1 helpers=$2
. "$(dirname "$0")/kill.inc"
. "$(dirname "$0")/ranks.inc"
find_mpis
cd "$dir" || exit 1
# a table of three classes, 1300 rows: several pieces of the rows of two ranks
awk 'BEGIN {
    srand(7)
    print "x,y,z,kind"
    for (i = 0; i < 1300; i++) printf "%.4f,%.4f,%.4f,%s\n", i % 3 + 2 * rand(), 3 * rand() - i % 3, rand(), substr("abc", i % 3 + 1, 1)
}' >t.csv
"$akin" train --recipe none t.csv --out run --label-column kind --holdout 0.2 --encoder mlp --width 16 --epochs 1 --batch-size 64 --threads 1 --quiet ||
    fail "train: exit $?"
printf 'a b c\nb c d\n\nzz\n' >lines.txt
for i in 1 2 3 4 5 6; do cat lines.txt lines.txt; done >text.txt
"$akin" train --recipe none text.txt --out words --epochs 1 --batch-size 8 --threads 1 --quiet || fail "train on text: exit $?"

# pick: the next case's jobs, "openmpi:3" or "mpich:2" in turn; also mpi, one of the two
turn=0
pick() {
    set -- $mpis
    turn=$((turn + 1))
    [ $((turn % $#)) = 0 ] || shift
    mpi=${1:-openmpi}
    [ $mpi = mpich ] && jobs=mpich:2 || jobs=openmpi:3
    [ -z "${AKIN_TEST_FULL:-}" ] || jobs=$(for m in $mpis; do echo $m:2 $m:3 $m:4; done)
}
# ranks MPI N VERB ARGUMENTS...: on ranks, each with one thread
ranks() {
    mpi=$1 n=$2
    shift 2
    start "$mpi" "$n" "$akin" "$@" --threads 1
}
# refused TEXT CODE ARGUMENTS...: two ranks; exit code, and TEXT on the only line that akin says
program=$akin
refused() {
    text=$1 want=$2
    shift 2
    pick
    for m in ${AKIN_TEST_FULL:+$mpis} $mpi; do
        start $m 2 "$program" "$@" >out 2>err
        code=$?
        [ $code = "$want" ] && [ "$(grep -ac '^akin' err)" = 1 ] && grep -a '^akin' err | grep -qF -- "$text" ||
            fail "$m, $*: exit $code, expected $want with one line '$text': $(cat err)"
    done
}

# same_json ONE OTHER RANKS: every number; what a clock tells is left out
same_json() { python3 - "$@" <<'PY'
import json, sys
def plain(x):
    if isinstance(x, dict):
        return {k: plain(v) for k, v in x.items() if k not in ("seconds", "ranks")}
    return [plain(v) for v in x] if isinstance(x, list) else x
one, other = [json.load(open(path)) for path in sys.argv[1:3]]
assert other.get("ranks") == int(sys.argv[3]), other.get("ranks")
assert plain(one) == plain(other), [(k, one[k], other.get(k)) for k in one if plain(one[k]) != plain(other.get(k))]
PY
}
on_ranks() { # on_ranks FILE VERB ARGUMENTS...: standard output as JSON, and RUN/FILE, on ranks as in one process
    file=$1
    shift
    "$akin" "$@" --threads 1 --json --quiet >one.json || fail "$*: exit $?"
    [ "$file" = none ] || mv "run/$file" one.file
    pick
    for job in $jobs; do
        ranks ${job%:*} ${job#*:} "$@" --json --quiet >of-ranks.json || fail "$job, $*: exit $?"
        same_json one.json of-ranks.json ${job#*:} || fail "$job, $*: other numbers"
        [ "$file" = none ] || same_json one.file "run/$file" ${job#*:} || fail "$job, $*: $file"
    done
}

files() { # every file of embed, and standard output
    for form in 'run -o x.npy' 'run -o x.npz --whiten --layer projector' 'words text.txt -o x.vec'; do
        mkdir one
        "$akin" embed $form --quiet || fail "embed $form: exit $?"
        mv x.* one
        pick
        for job in $jobs; do
            ranks ${job%:*} ${job#*:} embed $form --quiet >out || fail "$job, embed $form: exit $?"
            [ -s out ] && fail "$job, embed $form: on stdout: $(head -3 out)"
            for file in one/*; do cmp "$file" "${file#one/}" || fail "$job, embed $form: other bytes"; done
            [ "$(ls x.* | wc -l)" = "$(ls one | wc -l)" ] || fail "$job, embed $form: $(ls)"
            rm x.*
        done
        rm -r one
    done
    "$akin" embed run --quiet -o - >one
    for mpi in $mpis; do
        ranks $mpi 2 embed run --quiet -o - | cmp - one || fail "$mpi: other rows on standard output"
    done
    pick
    ranks $mpi 2 embed run -o x.npy --quiet --json >out || fail "$mpi: exit $?"
    [ "$(grep -c '"n":1039,.*"ranks":2}' out)" = 1 ] || fail "$mpi: $(cat out)"
    rm x.*
}
numbers() { # of eval, bounds and diagnose
    on_ranks eval.json eval run --protocol mean,centroid,knn,linear,kway --tasks 2 --top 1 --fit-tasks 3
    on_ranks bounds.json bounds run --items 120
    on_ranks diagnose.json diagnose run --items 300
    for split in train test; do
        "$akin" embed run --split $split -o $split.npy --quiet || fail "embed: exit $?"
    done
    on_ranks none eval --features train.npy --labels train.labels.npy --test-features test.npy --test-labels test.labels.npy --protocol knn,linear
    on_ranks none bounds --a test.npy --labels test.labels.npy --only haochen,wang
}
refusals() { # told once, with the exit code
    touch x.npy
    refused "'x.npy' exists" 2 embed run -o x.npy
    rm x.*
    refused 'lines of a pipe are embedded in one process' 2 embed words - -o y.vec
    refused 'No space left' 5 embed run -o /dev/full --quiet
    # one rank cannot read its data, or has others
    cat >other <<EOF
#!/bin/sh
[ "\${OMPI_COMM_WORLD_RANK:-\$PMI_RANK}" = 1 ] && data=\$1 || data=t.csv
exec "$akin" embed run "\$data" -o x.npy --quiet
EOF
    chmod +x other
    head -900 t.csv >less.csv
    program=./other
    refused 'rank 1: ' 3 nowhere.csv
    refused 'rank 1: the data of this rank differ' 7 less.csv
    program=$akin
    ls x.* 2>/dev/null && fail "files of a job that failed"
    mv run/checkpoints hidden
    for verb in eval bounds diagnose; do refused 'checkpoint' 3 $verb run; done
    refused 'labels is missing' 2 eval --features train.npy
    refused 'labels is missing' 2 bounds --a test.npy
    refused 'either RUN or --a' 2 diagnose run --a test.npy
}

for part in files numbers refusals; do # side by side: a job waits more than it calculates
    mkdir "part-$part"
    cp -r run words t.csv text.txt "part-$part"
    (cd "part-$part" && $part) &
    parts="${parts:-} $!"
done
for part in $parts; do wait "$part" || exit 1; done
