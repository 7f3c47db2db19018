# SPDX-License-Identifier: Apache-2.0
# Jobs of several ranks, with each MPI that is here: what ranks do together is right, a verb that knows nothing of ranks is
# refused once, and a rank that fails ends the whole job, with a word of who it was. AKIN_TEST_FULL=1: also 1, 3 and 4 ranks, every loss,
# and 100 faults with each MPI (AKIN_TEST_POINTS), of any kind, rank and instant (AKIN_TEST_SEED).
akin=$1 helpers=$2
. "$(dirname "$0")/expect.inc"
. "$(dirname "$0")/ranks.inc"
told() { grep -a '^akin' "$1"; } # what akin said; launchers have words of their own

# self MPI N OPTIONS...: selftest holds; the first rank alone speaks
self() {
    mpi=$1 n=$2 out=$dir/self-$1-$2
    shift 2
    start "$mpi" "$n" "$akin" selftest --quiet "$@" >"$out" 2>"$out.err" || fail "$mpi, $n ranks: exit $?: $(cat "$out" "$out.err")"
    [ "$(grep -ac ' held, 0 failed ' "$out")" = 1 ] || fail "$mpi, $n ranks: $(cat "$out")"
    [ "$n" = 1 ] || grep -aq "^$n ranks .*x$n)$" "$out" || fail "$mpi, $n ranks: $(cat "$out")"
    told "$out.err" && fail "$mpi, $n ranks: $(cat "$out.err")"
}

# one MPI CODE TEXT COMMAND...: exit code, and TEXT on the only line that akin says, whatever the number of ranks
one() {
    mpi=$1 code=$2 text=$3 out=$dir/one-$1
    shift 3
    start "$mpi" 3 "$@" >"$out" 2>"$out.err"
    got=$?
    [ $got = "$code" ] && [ "$(told "$out.err" | wc -l)" = 1 ] && told "$out.err" | grep -qF -- "$text" ||
        fail "$mpi, $*: exit $got, expected $code with one line '$text', got: $(cat "$out.err")"
    [ -s "$out" ] && fail "$mpi, $*: on stdout: $(cat "$out")"
}

alive() { # alive PID: it is there, and no zombie that waits for its parent
    [ -r "/proc/$1/stat" ] && ! sed 's/.*) //' "/proc/$1/stat" 2>/dev/null | grep -q '^[ZX]'
}

# fault MPI N KIND RANK MS: the job ends as it should
fault() {
    mpi=$1 n=$2 kind=$3 rank=$4 at=$dir/fault-$1-$3-$4-$5
    mkdir "$at"
    start "$mpi" "$n" env AKIN_MPI_MODULES="$modules" "$helpers/ranks_fault" "$kind" "$rank" "$5" "$at" >"$at.out" 2>"$at.err"
    got=$?
    case $kind in # exit code and what akin says; where it cannot say anything the launcher does
    exit0) want=7 text="rank $rank: ended before the job did" ;;
    stop) want=7 text="no sign of rank $rank" ;;
    busy) want=7 text="for rank $rank (" ;;
    abort) want=4 text="rank $rank: a step came to nothing" ;;
    error) want=5 text="the disk is full" ;;
    nomem) want=6 text="no memory for a step" ;;
    slow) want=0 text= ;;
    *) want=any text= ;;
    esac
    what="$mpi, $n ranks, $kind of rank $rank after $5 ms: exit $got, '$(cat "$at.err")'"
    case $want in
    any) # hydra kills the others, and yet may say 0 where the first one did
        [ $got != 137 ] || [ "$kind" = kill ] || fail "$what"
        [ $got != 0 ] || [ "$mpi-$kind" = mpich-_exit0 ] || loses "$mpi" || fail "$what"
        cat "$at"/ended* >/dev/null 2>&1 && fail "$what: a rank came to its end" ;;
    *) [ $got = $want ] || fail "$what, expected $want" ;;
    esac
    [ -z "$text" ] || { [ "$(told "$at.err" | wc -l)" = 1 ] && told "$at.err" | grep -qF "$text"; } || fail "$what, expected one line '$text'"
    for pid in $(cat "$at"/[0-9]* 2>/dev/null); do
        for second in 1 2 3 4 5; do alive "$pid" && sleep 1; done
        alive "$pid" && fail "$what: process $pid is left after $second s"
    done
    rm -rf "$at" "$at.out" "$at.err"
}

# Each with an MPI.
right() {
    self "$1" 2 --loss ntxent --rows 32 --steps 10
    AKIN_DIST_PIECE=1000000 self "$1" 3 --loss ntxent --rows 32 --steps 3
    start "$1" 2 "$akin" bench engine --json --rows 64 --dim 16 --repeat 1 >"$dir/bench-$1" 2>&1 &&
        [ "$(grep -ac '"ranks":2' "$dir/bench-$1")" = 1 ] || fail "$1: bench engine: $(cat "$dir/bench-$1")"
}
# Open MPI 4 over TCP sends in place and does nothing else, unless somebody has set what it does.
flags() { # flags WANTED COMMAND...: what two ranks have of it
    want=$1
    shift
    OMPI_MCA_btl=tcp,self OMPI_MCA_mpi_show_mca_params=all start openmpi 2 env "$@" "$akin" bench engine --json --rows 64 --dim 16 --repeat 1 \
        >"$dir/flags" 2>&1 || fail "flags: exit $?: $(tail -3 "$dir/flags")"
    grep -aq "btl_tcp_flags=$want" "$dir/flags" || fail "$*: expected btl_tcp_flags=$want: $(grep -a tcp_flags "$dir/flags")"
}
tcp() {
    mpirun.openmpi --version | grep -q ' 4\.' && [ -d /sys/class/net/lo ] || return 0
    flags 'send,inplace (environment)' HOME="$dir"
    flags 'send,put (environment)' HOME="$dir" OMPI_MCA_btl_tcp_flags=3
    mkdir -p "$dir/home/.openmpi"
    echo 'btl_tcp_flags = 3' >"$dir/home/.openmpi/mca-params.conf"
    flags 'send,put (file' HOME="$dir/home"
}
refused() {
    one "$1" 2 'runs in one process, and a launcher has started 3' "$akin" report "$dir" -o "$dir/x.html"
    one "$1" 2 "there is no loss 'nix'" "$akin" selftest --loss nix
    # the rank that tells why comes last, and yet before the launcher ends it because of another one
    one "$1" 2 "AKIN_DIST_WATCHDOG is '5s'; it must be a number" env AKIN_DIST_WATCHDOG=5s \
        sh -c '[ "${OMPI_COMM_WORLD_RANK:-$PMI_RANK}" != 0 ] || sleep 0.2; exec "$1" selftest' x "$akin"
    one "$1" 2 'only the engine is measured' "$akin" bench train
    one "$1" 7 'has no module for it' env AKIN_MPI_MODULES="$dir" "$akin" selftest
}
failing() {
    fault "$1" 2 kill 1 100
    fault "$1" 3 error 1 100
    fault "$1" 2 exit0 1 100
}
# MPI_Finalize() does not return, as now and then of MPICH 4.0 over TCP: all has been done, and the ranks leave.
hung() {
    echo 'int MPI_Finalize(void); unsigned sleep(unsigned); int MPI_Finalize(void) { for (;;) sleep(60); }' >"$dir/hang.c"
    "${CC:-cc}" -shared -fPIC "$dir/hang.c" -o "$dir/hang-$1.so" || fail "the compiler exits $?"
    start "$1" 2 env LD_PRELOAD="$dir/hang-$1.so" "$akin" selftest --quiet --loss ntxent --rows 32 --steps 1 \
        >"$dir/hung-$1" 2>&1
    got=$?
    [ $got != 137 ] && grep -aq ' held, 0 failed ' "$dir/hung-$1" || fail "$1: a hanging MPI_Finalize: exit $got: $(cat "$dir/hung-$1")"
    [ $got = 0 ] || [ "$1" = openmpi ] || fail "$1: a hanging MPI_Finalize: exit $got: $(cat "$dir/hung-$1")"
}
stopped() { AKIN_DIST_WATCHDOG=3 fault "$1" 3 stop 1 100; }

many() { # many MPI: faults of any kind
    limit=900
    for n in 1 2 3 4; do self "$1" $n; done
    limit=120
    awk -v n="${AKIN_TEST_POINTS:-100}" -v seed="$seed" 'BEGIN {
        srand(seed)
        kinds = split("kill segv exit0 _exit0 _exit3 stop busy abort error nomem slow", kind, " ")
        for (i = 0; i < n; i++) { of = 2 + int(3 * rand()); print of, kind[1 + i % kinds], int(of * rand()), int(1500 * rand()) }
    }' >"$dir/many-$1"
    while read -r n kind rank ms; do
        AKIN_DIST_WATCHDOG=5 fault "$1" "$n" "$kind" "$rank" "$ms" </dev/null
    done <"$dir/many-$1"
    echo "$1: $(wc -l <"$dir/many-$1") faults, seed $seed"
}

seed=${AKIN_TEST_SEED:-$(date +%s)}
find_mpis
for mpi in $mpis; do # side by side: a job waits more than it calculates
    for part in stopped hung right refused failing ${AKIN_TEST_FULL:+many}; do
        (failures=0; $part $mpi; exit $failures) &
        jobs="${jobs:-} $!"
    done
done
# without a launcher, or with one that leaves nothing to find each other by
(failures=0; AKIN_DIST=slf; export AKIN_DIST
    expect 2 "AKIN_DIST is 'slf'; it must be self, openmpi or mpich" selftest; exit $failures) || failures=$((failures + 1))
(SLURM_STEP_NUM_TASKS=4 SLURM_PROCID=0; export SLURM_STEP_NUM_TASKS SLURM_PROCID; failures=0
    expect 7 'srun has started 4 processes that cannot find each other' selftest
    AKIN_DIST=self "$akin" selftest --quiet --loss ntxent --rows 32 >"$dir/self" 2>&1 || fail "AKIN_DIST=self: $(cat "$dir/self")"
    exit $failures) || failures=$((failures + 1))
case $mpis in *openmpi*) (failures=0; tcp; exit $failures) || failures=$((failures + 1)) ;; esac
for job in $jobs; do wait "$job" || failures=$((failures + 1)); done
exit $failures
