# SPDX-License-Identifier: Apache-2.0
# akin train --force: the run before is there, whole, until the new one has its first checkpoint, whatever fails or kills
# the program; and it is gone then. A checkpoint that cannot be loaded is never replaced by an older one in silence.
# AKIN_TEST_KILLS=all kills at every system call that moves, makes, deletes or flushes, not at some of them.
akin=$1 helpers=$2
. "$(dirname "$0")/kill.inc"
new="--epochs 2 --checkpoint-every 5 --seed 7"
force() { "$akin" train --recipe none "$dir/data" --out "$1" $small --force $new; }
files() { (cd "$1" && find . -type f | sort | xargs sha256sum); }
train "$dir/old" --epochs 1 || fail "train exits $?"
mkdir -p "$dir/old/gallery"
for name in keep.txt vocabulary.txt gallery/difficulty.npy gallery/difficulty.json report.html log.txt.tmp mine.txt gallery/mine.png; do
    echo "of the run before" >"$dir/old/$name"
done
files "$dir/old" >"$dir/want"
again() { rm -rf "$dir/r"; cp -a "$dir/old" "$dir/r"; }
untouched() { files "$dir/r" | cmp -s - "$dir/want" || fail "$1: the run before is not as it was: $(files "$dir/r" | diff - "$dir/want")"; }

# what cannot work leaves the run before as it was
again
: >"$dir/damaged.csv"
refused() { # refused CODE TRAIN-ARGUMENTS...
    code=$1; shift
    "$akin" train --recipe none "$@" --out "$dir/r" --force --quiet 2>"$dir/err"
    got=$?
    [ $got = "$code" ] || fail "train $*: exit $got, expected $code: $(cat "$dir/err")"
    untouched "$*"
}
refused 3 "$dir/nowhere"
refused 3 "$dir/damaged.csv"
refused 3 "$dir/data" --batch-size 4096
refused 2 "$dir/data" --batch-size 16 --loss supcom
refused 2 "$dir/data" --batch-size 16 --head-out 0 --difficult margin
refused 4 "$dir/data" --batch-size 16 --lr 1000 --weight-decay 100 --optimizer sgd --epochs 50 --warmup 0 --encoder mlp

# a run that is going on is not replaced
"$akin" train --recipe none "$dir/data" --out "$dir/busy" $small --epochs 100000 2>/dev/null &
pid=$!
while [ ! -s "$dir/busy/metrics.jsonl" ] && kill -0 $pid 2>/dev/null; do sleep 0.02; done
for try in 1 2 3; do
    force "$dir/busy" 2>"$dir/err" && fail "--force replaced a run that is going on"
    grep -q "another process is training into" "$dir/err" || fail "try $try: $(cat "$dir/err")"
done
kill -0 $pid 2>/dev/null || fail "the run that was going on has ended"
kill -INT $pid
wait $pid
[ $? = 130 ] || fail "the run that was going on did not end as it should"
[ ! -e "$dir/busy/lock" ] || fail "the lock stays"

# what was the run's is gone, what was somebody's is not
again
force "$dir/r" || fail "--force exits $?"
for name in keep.txt vocabulary.txt gallery/difficulty.npy gallery/difficulty.json report.html log.txt.tmp replaced lock; do
    [ ! -e "$dir/r/$name" ] || fail "$name of the run before stays"
done
[ -e "$dir/r/mine.txt" ] && [ -e "$dir/r/gallery/mine.png" ] || fail "a file of somebody's is gone"
force "$dir/fresh" || fail "a fresh run exits $?"
same "$dir/fresh" "$dir/r" || fail "a run in place of another differs"

# whatever the verbs write into a run is the run's, and goes with it
for verb in "eval" "bounds --items 32" "diagnose" "prune --drop-difficult 0.1 -o $dir/k --force" "report"; do
    set -- $verb
    name=$1; shift
    "$akin" $name "$dir/fresh" "$@" --quiet >/dev/null 2>"$dir/err" || fail "$name exits $?: $(cat "$dir/err")"
done
[ -e "$dir/fresh/bounds.json" ] && [ -e "$dir/fresh/eval.json" ] && [ -e "$dir/fresh/report.html" ] || fail "the verbs wrote nothing"
force "$dir/fresh" || fail "--force exits $?"
names() { (cd "$1" && find . -type f | sed 's/tfevents.*/tfevents/' | grep -v mine | sort); }
names "$dir/fresh" >"$dir/fresh.names"
names "$dir/r" | cmp -s - "$dir/fresh.names" || fail "left of the run before: $(names "$dir/r" | diff - "$dir/fresh.names")"

# a keep-list inside the folder that is replaced
again
"$akin" prune "$dir/r" --random 0.5 -o "$dir/r/keep.txt" --force --quiet || fail "prune exits $?"
"$akin" train --recipe none "$dir/data" --out "$dir/r" $small --epochs 1 --keep "$dir/r/keep.txt" --force || fail "--keep RUN/keep.txt exits $?"
[ "$(grep -vc '^#' "$dir/r/keep.txt")" = 80 ] || fail "the keep-list is lost"

# the newest checkpoint is damaged, cannot be read, or is of another kind
newest=$(ls "$dir/fresh/checkpoints" | grep step | tail -1)
older=$(ls "$dir/fresh/checkpoints" | grep step | head -1 | sed 's/step-0*//; s/\..*//')
step=$(echo "$newest" | sed 's/step-0*//; s/\..*//')
cp -a "$dir/fresh" "$dir/hurt"
printf x | dd of="$dir/hurt/checkpoints/$newest" bs=1 seek=5000 conv=notrunc 2>/dev/null
for verb in "embed -o $dir/e.npy --force" eval diagnose "bounds --items 32" "prune --random 0.5 -o $dir/k --force"; do
    set -- $verb
    name=$1; shift
    "$akin" $name "$dir/hurt" "$@" --quiet >/dev/null 2>"$dir/err" || fail "$name of a damaged newest checkpoint: exit $?: $(cat "$dir/err")"
    grep -q "warning: .*is damaged.*; step $older is taken in place of step $step" "$dir/err" || fail "$name says nothing of the damage: $(cat "$dir/err")"
done
rm "$dir/hurt/checkpoints/$newest"
"$akin" embed --form plain "$dir/hurt" -o "$dir/e.npy" --force --quiet 2>"$dir/err" || fail "embed exits $?"
grep -q "says that the run ended at step $step .* newest checkpoint is of step $older" "$dir/err" || fail "DONE and checkpoint differ: $(cat "$dir/err")"
mkdir "$dir/hurt/checkpoints/$newest" # no file: it cannot be read, also by root
for verb in "embed -o $dir/e.npy --force" eval diagnose "bounds --items 32"; do
    set -- $verb
    name=$1; shift
    "$akin" $name "$dir/hurt" "$@" --quiet >/dev/null 2>"$dir/err"
    [ $? = 5 ] || fail "$name: an older checkpoint is taken for one that cannot be read: $(cat "$dir/err")"
done
rm -r "$dir/hurt/checkpoints"
echo "no folder" >"$dir/hurt/checkpoints"
rm "$dir/hurt/DONE"
"$akin" train --resume "$dir/hurt" --quiet 2>"$dir/err"
[ $? = 5 ] || fail "a run whose checkpoints cannot be listed begins anew: $(cat "$dir/err")"

# killed at any call that moves, makes or deletes a file
command -v strace >/dev/null && strace -o /dev/null -e trace=rename,link,unlink "$akin" --version >/dev/null 2>/dev/null || {
    echo "skipped: kills within --force need strace"
    exit 0
}
again
strace -o "$dir/calls" -e trace=rename,unlink,mkdir,fsync,rmdir "$akin" train --recipe none "$dir/data" --out "$dir/r" $small --force $new || fail "strace"
points=0
for call in rename unlink mkdir rmdir fsync; do
    n=$(grep -c "^$call(" "$dir/calls")
    case $call in fsync) step=7 ;; unlink) step=4 ;; rename) step=3 ;; *) step=2 ;; esac
    [ "${AKIN_TEST_KILLS:-some}" = some ] || step=1
    for k in $(seq 1 $step "$n"); do
        again
        strace -o /dev/null -e trace=$call -e "inject=$call:signal=KILL:when=$k" \
            "$akin" train --recipe none "$dir/data" --out "$dir/r" $small --force $new 2>/dev/null
        [ $? = 137 ] || continue # a call that failed quietly the first time
        points=$((points + 1))
        "$akin" embed --form plain "$dir/r" -o "$dir/e.npy" --force --quiet 2>"$dir/err" || grep -q "that it was to replace is in" "$dir/err" ||
            fail "$call $k: neither a run nor a word of where the old one is: $(cat "$dir/err")"
        "$akin" train --resume "$dir/r" --quiet 2>"$dir/err" || fail "$call $k: resume exits $?: $(cat "$dir/err")"
        [ ! -e "$dir/r/replaced" ] || [ -e "$dir/r/DONE" ] || fail "$call $k: left $(ls "$dir/r")"
        if grep -q '"seed": "\?7' "$dir/r/run.json"; then
            same "$dir/fresh" "$dir/r" || fail "$call $k: the new run, resumed, differs"
        else
            rm -f "$dir/r/lock"
            untouched "$call $k"
        fi
    done
done
echo "$points kills within --force, the old run or the new one whole after each"
