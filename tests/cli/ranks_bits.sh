# SPDX-License-Identifier: Apache-2.0
# train --reproducible: the weights, checkpoints and losses of one process and of jobs of 2 and 3 real ranks, with each MPI that
# is here, are the same bits; also where a run goes on with another number of ranks. AKIN_TEST_FULL=1: 4 ranks, and more losses.
akin=$1 helpers=$2
. "$(dirname "$0")/kill.inc"
. "$(dirname "$0")/ranks.inc"
find_mpis
options="$small --batch-size 32 --epochs 2 --checkpoint-every 4 --reproducible"
for loss in difficult ${AKIN_TEST_FULL:+ntxent infonce align-uniform}; do
    one=$dir/one-$loss
    "$akin" train --recipe none "$dir/data" --out "$one" $options --loss $loss || fail "one process: exit $?"
    grep -q '"micro-batch": 8' "$one/run.json" || fail "the size of a chunk is not told"
    for mpi in $mpis; do
        for n in 2 3 ${AKIN_TEST_FULL:+4}; do
            out=$dir/$loss-$mpi-$n
            start "$mpi" $n "$akin" train --recipe none "$dir/data" --out "$out" $options --loss $loss --threads $((n - 1)) ||
                fail "$mpi, $n ranks: exit $?"
            same "$one" "$out" || fail "$mpi, $n ranks: other bits than one process ($loss)"
        done
    done
done
set -- $mpis
"$akin" train --recipe none "$dir/data" --out "$dir/longer" $options --loss difficult --epochs 1 || fail "one epoch: exit $?"
start "$1" 2 "$akin" train --out "$dir/longer" --resume --epochs 2 --quiet --threads 1 || fail "going on: exit $?"
"$akin" train --recipe none "$dir/data" --out "$dir/twice" $options --loss difficult --epochs 1 || fail "one epoch: exit $?"
"$akin" train --out "$dir/twice" --resume --epochs 2 --quiet --threads 1 || fail "going on: exit $?"
same "$dir/twice" "$dir/longer" || fail "a run that goes on with other ranks has other bits"
