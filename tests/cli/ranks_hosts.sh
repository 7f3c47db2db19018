# SPDX-License-Identifier: Apache-2.0
# A job over two hosts, two network namespaces, with each MPI that is here, whose link goes down: the watchdog names the rank that
# is cut off, the job ends, nothing of it is left on either host, and the run goes on to the bits of one that nothing disturbed.
# A full disk of the rank that writes ends the job with one line. A rank that stands still for less than the watchdog waits is
# waited for. Here the first with MPICH and the second with Open MPI; AKIN_TEST_FULL=1: all three with both, 20 times, the link at
# instants drawn from AKIN_TEST_SEED.
akin=$1 helpers=$2
[ "$(id -u)" = 0 ] || { echo "skipped: only root can make network namespaces"; exit 77; }
command -v ip >/dev/null || { echo "skipped: no ip (Debian: iproute2)"; exit 77; }
. "$(dirname "$0")/kill.inc"
. "$(dirname "$0")/ranks.inc"
. "$(dirname "$0")/hosts.inc"
find_mpis
finish() { # nothing of a test that fails stays in the hosts, nor do they
    for pid in $(ip netns pids $host_a 2>/dev/null) $(ip netns pids $host_b 2>/dev/null); do kill -9 "$pid"; done
    hosts_end
    umount "$dir/small" 2>/dev/null
    rm -rf "$dir"
}
trap finish EXIT
hosts_begin "$dir" 2>/dev/null && ip link add wire netns $host_a type veth peer name wire netns $host_b 2>/dev/null && hosts_up ||
    { echo "skipped: no network namespaces here"; exit 77; }
seed=${AKIN_TEST_SEED:-$(date +%s)} times=1
[ -z "${AKIN_TEST_FULL:-}" ] || times=20
options="$small --micro-batch 4 --epochs 6 --checkpoint-every 7"

# job MPI RUN: train it on both hosts, begin or go on; said is in err, the exit code in `code`
job() {
    on_hosts "$1" 2 env AKIN_TEST_MARK="$2" AKIN_DIST_WATCHDOG=3 AKIN_MPI_MODULES="$modules" "$akin" train --recipe none "$dir/data" --out "$2" \
        $options --resume >"$dir/out" 2>"$dir/err"
    echo $? >"$dir/code"
}
ranks() { grep -lsa "AKIN_TEST_MARK=$1" /proc/[0-9]*/environ | cut -d/ -f3 | while read -r pid; do # of the run, in order
    [ "$(cat "/proc/$pid/comm" 2>/dev/null)" = akin ] && echo "$pid"
done; }
# begun RUN STEPS: waits until the job has logged, at most a minute
begun() {
    for try in $(seq 600); do
        [ -e "$1/metrics.jsonl" ] && [ "$(wc -l <"$1/metrics.jsonl")" -ge "$2" ] && return
        sleep 0.1
    done
    fail "the job does not begin: $(cat "$dir/err")"
}
# ended RUN: waits for the launcher, at most a minute, and for what is left of its ranks, 5 seconds as in ranks.sh
ended() {
    for try in $(seq 600); do [ -s "$dir/code" ] && break; sleep 0.1; done
    [ -s "$dir/code" ] || fail "$mpi: the launcher does not end: $(cat "$dir/err")"
    code=$(cat "$dir/code")
    for second in 1 2 3 4 5; do [ -z "$(ranks "$1")" ] || sleep 1; done
    [ -z "$(ranks "$1")" ] || fail "$mpi: ranks are left: $(cat "$dir/err")"
}
down() { # the link goes while the job runs
    rm -rf "$dir/run" "$dir/code"
    job $mpi "$dir/run" &
    begun "$dir/run" $(((seed + 5 * i) % 11 + 2))
    ip -n $host_b link set dev wire down
    ended "$dir/run"
    hosts_up
    [ "$code" != 0 ] && grep -aq 'no sign of rank 1 (on host-b)' "$dir/err" || fail "$mpi, link down: exit $code: $(cat "$dir/err")"
    job $mpi "$dir/run"
    same "$dir/want" "$dir/run" || fail "$mpi: after the link came back the run differs: $(cat "$dir/err")"
}
full() { # the first rank's disk is full, and then has room
    mkdir -p "$dir/small"
    mount -t tmpfs -o size=64k none "$dir/small" || fail "no tmpfs"
    job $mpi "$dir/small/run"
    [ "$(cat "$dir/code")" != 0 ] && [ "$(grep -ac '^akin' "$dir/err")" = 1 ] && grep -aq 'No space left' "$dir/err" ||
        fail "$mpi, full disk: exit $(cat "$dir/code"): $(cat "$dir/err")"
    mount -o remount,size=64m "$dir/small"
    job $mpi "$dir/small/run"
    same "$dir/want" "$dir/small/run" || fail "$mpi: after a full disk the run differs: $(cat "$dir/err")"
    umount "$dir/small"
}
slow() { # a rank stands still again and again, for less than the watchdog waits
    rm -rf "$dir/run" "$dir/code"
    job $mpi "$dir/run" &
    begun "$dir/run" 1
    pid=$(ranks "$dir/run" | sed -n 2p)
    [ -z "$pid" ] || { kill -STOP "$pid"; sleep 1; kill -CONT "$pid"; } 2>/dev/null
    ended "$dir/run"
    [ "$code" = 0 ] && same "$dir/want" "$dir/run" || fail "$mpi, a slow rank: exit $code: $(cat "$dir/err")"
}
for mpi in $mpis; do
    if [ $mpi = openmpi ] && ! mpirun.openmpi --version | grep -q ') 4'; then
        echo "skipped: $(mpirun.openmpi --version | head -1): only the launcher of 4 is known to take addresses of hosts"
        continue
    fi
    rm -rf "$dir/want" "$dir/run"
    start "$mpi" 2 "$akin" train --recipe none "$dir/data" --out "$dir/want" $options || fail "$mpi: exit $?"
    for i in $(seq $times); do
        case $times-$mpi in # what is tried of it in a short test
        1-mpich) what=down ;;
        1-openmpi) what=full ;;
        *) what='down full slow' ;;
        esac
        for fault in $what; do $fault; done
    done
    echo "$mpi: $times times $what; the run went on to the end of one that nothing disturbed"
done
