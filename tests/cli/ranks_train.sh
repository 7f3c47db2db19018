# SPDX-License-Identifier: Apache-2.0
# Training in jobs of real ranks, with each MPI that is here: the losses of one rank; a rank that is killed ends the job, and
# the run goes on to the bits of one that nothing disturbed; a signal leaves a checkpoint; an error is told once. With MPICH the
# runs have a momentum encoder and a queue of keys.
# AKIN_TEST_FULL=1: also 3 and 4 ranks, and 20 kills with each MPI.
akin=$1 helpers=$2
. "$(dirname "$0")/kill.inc"
. "$(dirname "$0")/ranks.inc"
find_mpis
seed=${AKIN_TEST_SEED:-$(date +%s)}
# At ten times this rate a unit of this small net flips in step 8 or so, where rounding differs: with another AKIN_ISA in one
# process as with four ranks.
options="$small --lr 0.001 --micro-batch 4 --epochs 8 --checkpoint-every 7"
on() { # on MPI N RUN OPTIONS...: begin, or go on
    mpi=$1 n=$2 out=$3
    shift 3
    start "$mpi" "$n" "$akin" train --recipe none "$dir/data" --out "$out" $options $keys --resume "$@"
}
# near A B: as many steps; each logged loss within 1e-5 in the first 24 steps, then within 1e-2: rounding of another order grows
# about tenfold in every ten steps of this small net, as it does between three ranks and four
near() { python3 - "$1" "$2" <<'PY'
import json, sys
a, b = [[json.loads(l) for l in open(r + "/metrics.jsonl")] for r in sys.argv[1:]]
assert [l["step"] for l in a] == [l["step"] for l in b], "other steps"
for x, y in zip(a, b):
    assert abs(x["loss"] - y["loss"]) < (1e-5 if x["step"] <= 24 else 1e-2), (x, y)
PY
}
for mpi in $mpis; do
    keys=
    [ "$mpi" != mpich ] || keys='--loss infonce --momentum-encoder 0.9 --queue 48'
    rm -rf "$dir/one"
    "$akin" train --recipe none "$dir/data" --out "$dir/one" $options $keys || fail "one rank: exit $?"
    on "$mpi" 2 "$dir/want-$mpi" 2>"$dir/err" || fail "$mpi: exit $?: $(cat "$dir/err")"
    near "$dir/one" "$dir/want-$mpi" || fail "$mpi: two ranks learn other things than one"
    for n in ${AKIN_TEST_FULL:+3 4}; do
        on "$mpi" "$n" "$dir/of-$n" || fail "$mpi, $n ranks: exit $?"
        near "$dir/one" "$dir/of-$n" || fail "$mpi: $n ranks learn other things than one"
        rm -r "$dir/of-$n"
    done
    # Batch norm over all ranks: what one rank learns with the whole batch.
    norm="$small --batch-norm all --epochs 2 --log-every 1"
    "$akin" train --recipe none "$dir/data" --out "$dir/norm-one" $norm --force || fail "batch norm of all: exit $?"
    start "$mpi" 3 "$akin" train --recipe none "$dir/data" --out "$dir/norm-$mpi" $norm || fail "$mpi, batch norm of all: exit $?"
    near "$dir/norm-one" "$dir/norm-$mpi" || fail "$mpi: batch norm of three ranks is not that of one"
    # The rank's process is found by the folder in its environment.
    kills=0 most=${AKIN_TEST_FULL:+20} out=$dir/killed-$mpi
    while [ ! -e "$out/DONE" ]; do
        AKIN_TEST_MARK=$out on "$mpi" 2 "$out" >/dev/null 2>&1 &
        job=$!
        if [ $kills -lt "${most:-1}" ]; then
            kills=$((kills + 1))
            sleep "0.$(((seed + 7 * kills) % 8 + 2))"
            victim=$(grep -lsa "AKIN_TEST_MARK=$out" /proc/[0-9]*/environ | cut -d/ -f3 | while read -r pid; do
                [ "$(cat "/proc/$pid/comm" 2>/dev/null)" = akin ] && echo "$pid"
            done | sed -n "$((kills % 2 + 1))p")
            [ -z "$victim" ] || kill -9 "$victim"
        fi
        wait $job
        code=$?
        if [ -z "${victim:-}" ]; then [ $code = 0 ] || fail "$mpi: exit $code, and nobody was killed"
        elif [ $code = 0 ] && [ ! -e "$out/DONE" ] && ! loses "$mpi"; then fail "$mpi: exit 0 without a DONE"; fi
        [ $kills -lt "${most:-1}" ] || victim=
    done
    same "$dir/want-$mpi" "$out" || fail "$mpi: after $kills kills the run differs (seed $seed)"
    # An error of one rank, told once.
    start "$mpi" 2 "$akin" train --recipe none "$dir/nowhere" --out "$dir/none" $options >"$dir/out" 2>"$dir/err"
    code=$?
    [ $code = 3 ] && [ "$(grep -ac '^akin' "$dir/err")" = 1 ] && grep -aq nowhere "$dir/err" || fail "$mpi: exit $code: $(cat "$dir/err")"
    start "$mpi" 2 "$akin" train --recipe none --out "$dir/none" >"$dir/out" 2>"$dir/err"
    code=$?
    [ $code = 2 ] && [ "$(grep -ac '^akin' "$dir/err")" = 1 ] || fail "$mpi: exit $code: $(cat "$dir/err")"
    echo "$mpi: $kills kills, the run ended as the one that nothing disturbed"
done
