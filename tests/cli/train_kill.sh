# SPDX-License-Identifier: Apache-2.0
# SIGKILL at random instants of a small run, resumed each time: weights, optimiser, best checkpoint and metrics end
# equal to those of the uninterrupted run. Then SIGKILL at the system calls of saving, linking and deleting checkpoints.
# AKIN_TEST_SEED=N repeats the instants, AKIN_TEST_KILLS=N asks for more of them; AKIN_TEST_FULL=1 for 25, and
# for each of those calls that docs/reliability.md counts. tests/fault/kill_campaign.py kills other verbs too.
akin=$1 helpers=$2
. "$(dirname "$0")/kill.inc"
seed=${AKIN_TEST_SEED:-$(date +%s)} kills=${AKIN_TEST_KILLS:-${AKIN_TEST_FULL:+25}}
kills=${kills:-8}
every="--epochs 40 --checkpoint-every 7"

begun=$(date +%s%N)
train "$dir/want" $every || fail "train exits $?"
took=$((($(date +%s%N) - begun) / 1000000))
python3 -c "
import random
r = random.Random($seed)
for _ in range($kills): print('%.3f' % (r.random() * 0.4e-3 * $took))" >"$dir/instants"
echo "seed $seed: $kills kills within 0.4 x $took ms of the start"

killed=0 run=0
while [ $killed -lt "$kills" ]; do
    run=$((run + 1)) out="$dir/k$run"
    while [ ! -e "$out/DONE" ]; do
        "$akin" train --recipe none "$dir/data" --out "$out" $small --resume $every 2>"$dir/err" &
        pid=$!
        if [ $killed -lt "$kills" ]; then
            sleep "$(sed -n $((killed + 1))p "$dir/instants")"
            kill -9 $pid 2>/dev/null
        fi
        wait $pid 2>/dev/null
        code=$?
        [ $code = 137 ] && killed=$((killed + 1))
        [ $code = 137 ] || [ $code = 0 ] || fail "exit $code after $killed kills (seed $seed): $(cat "$dir/err")"
    done
    same "$dir/want" "$out" || fail "run $run differs after $killed kills (seed $seed)"
    rm -r "$out"
done
echo "$killed kills, $run runs, all equal to the uninterrupted one"

# within a save: each rename and link of the run, every second unlink, every third flush, every fifth write
command -v strace >/dev/null && strace -o /dev/null -e trace=rename,link,unlink "$akin" --version >/dev/null 2>/dev/null || {
    echo "skipped: kills within a save need strace"
    exit 0
}
short="--epochs 2 --checkpoint-every 5"
train "$dir/short" $short || fail "train exits $?"
strace -o "$dir/calls" -e trace=fsync,rename,link,unlink,write "$akin" train --recipe none "$dir/data" --out "$dir/s" $small $short ||
    fail "train under strace exits $?"
points=0
for call in fsync rename link unlink write; do
    n=$(grep -c "^$call(" "$dir/calls")
    [ "$n" -gt 0 ] || fail "a run without a call of $call"
    case $call in fsync) step=3 ;; unlink) step=2 ;; write) step=5 ;; *) step=1 ;; esac
    [ -n "${AKIN_TEST_FULL:-}" ] || step=$((3 * step))
    for k in $(seq 1 $step "$n"); do
        rm -rf "$dir/s"
        strace -o /dev/null -e trace=$call -e "inject=$call:signal=KILL:when=$k" \
            "$akin" train --recipe none "$dir/data" --out "$dir/s" $small $short 2>/dev/null
        code=$?
        [ $code = 137 ] || fail "$call number $k: exit $code, expected a kill"
        train "$dir/s" $short 2>"$dir/err" || fail "$call number $k: resume exits $?: $(cat "$dir/err")"
        same "$dir/short" "$dir/s" || fail "killed in $call number $k: differs"
        points=$((points + 1))
    done
done
echo "$points kills within system calls, all equal"
