# SPDX-License-Identifier: Apache-2.0
# Verbs on a trained encoder in jobs of real ranks, with each MPI that is here: what one process writes, and an error told
# once. AKIN_TEST_FULL=1: also 2 and 4 ranks with each MPI.
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
"$akin" train t.csv --out run --label-column kind --holdout 0.2 --encoder mlp --width 16 --epochs 1 --batch-size 64 --threads 1 --quiet ||
    fail "train: exit $?"
printf 'a b c\nb c d\n\nzz\n' >lines.txt
for i in 1 2 3 4 5 6; do cat lines.txt lines.txt; done >text.txt
"$akin" train text.txt --out words --epochs 1 --batch-size 8 --threads 1 --quiet || fail "train on text: exit $?"

# ranks MPI N VERB ARGUMENTS...: on ranks, each with one thread
ranks() {
    mpi=$1 n=$2
    shift 2
    start "$mpi" "$n" "$akin" "$@" --threads 1
}
# refused MPI CODE TEXT ARGUMENTS...: exit code, and TEXT on the only line that akin says
refused() {
    mpi=$1 want=$2 text=$3
    shift 3
    start "$mpi" 2 "$@" >out 2>err
    code=$?
    [ $code = "$want" ] && [ "$(grep -ac '^akin' err)" = 1 ] && grep -a '^akin' err | grep -qF -- "$text" ||
        fail "$mpi, $*: exit $code, expected $want with one line '$text': $(cat err)"
}

# embed: every file, and standard output
for form in 'run -o x.npy' 'run -o x.npz --whiten --layer projector' 'words text.txt -o x.vec' 'run t.csv -o x.tsv'; do
    mkdir one
    "$akin" embed $form --quiet || fail "embed $form: exit $?"
    mv x.* one
    for mpi in $mpis; do
        for n in ${AKIN_TEST_FULL:+2 4} $([ $mpi = mpich ] && echo 2 || echo 3); do
            ranks $mpi $n embed $form --quiet >out || fail "$mpi, $n ranks, embed $form: exit $?"
            [ -s out ] && fail "$mpi, $n ranks, embed $form: on stdout: $(head -3 out)"
            for file in one/*; do cmp "$file" "${file#one/}" || fail "$mpi, $n ranks, embed $form: other bytes"; done
            [ "$(ls x.* | wc -l)" = "$(ls one | wc -l)" ] || fail "$mpi, $n ranks, embed $form: $(ls)"
            rm x.*
        done
    done
    rm -r one
done
"$akin" embed run --quiet -o - >one
for mpi in $mpis; do
    ranks $mpi 2 embed run --quiet -o - | cmp - one || fail "$mpi: other rows on standard output"
    ranks $mpi 2 embed run -o x.npy --quiet --json >out || fail "$mpi: exit $?"
    [ "$(grep -c '"n":1039,.*"ranks":2}' out)" = 1 ] || fail "$mpi: $(cat out)"
    refused $mpi 2 "'x.npy' exists" "$akin" embed run -o x.npy
    rm x.*
    refused $mpi 5 'No space left' "$akin" embed run -o /dev/full --quiet
    # one rank cannot read its data, or has others
    cat >"$dir/other.sh" <<EOF
[ "\${OMPI_COMM_WORLD_RANK:-\$PMI_RANK}" = 1 ] && data=\$1 || data=t.csv
exec "$akin" embed run "\$data" -o x.npy --quiet
EOF
    head -900 t.csv >less.csv
    refused $mpi 3 'rank 1: ' sh other.sh nowhere.csv
    refused $mpi 7 'rank 1: the data of this rank differ' sh other.sh less.csv
    ls x.* 2>/dev/null && fail "$mpi: files of a job that failed"
done
exit 0
