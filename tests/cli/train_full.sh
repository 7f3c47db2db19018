# SPDX-License-Identifier: Apache-2.0
# A disk that is full, or fails, while a run is being written: exit code 5, one line with what was tried, the path and
# the reason; the checkpoint before it loads; and once there is room, a resume ends with the bits of a run that had it.
akin=$1 helpers=$2
. "$(dirname "$0")/kill.inc"
every="--epochs 2 --checkpoint-every 5"
train "$dir/want" $every || fail "train exits $?"

# told RUN CODE REASON [WHERE]: the failure was told in one line, nothing half is left, and the resume is equal
told() {
    where=${4:-}
    [ "$2" = 5 ] || fail "$3: exit $2, expected 5: $(cat "$dir/err")"
    [ "$(wc -l <"$dir/err")" = 1 ] && grep -q "cannot [a-z ]* '$1.*: $3" "$dir/err" || fail "$where $3: $(cat "$dir/err")"
    ! ls "$1" "$1/checkpoints" 2>/dev/null | grep -q '\.tmp' || fail "$where $3: half a file is left: $(ls "$1" "$1/checkpoints")"
}
resumes() {
    train "$1" $every 2>"$dir/err" || fail "$2: resume exits $?: $(cat "$dir/err")"
    same "$dir/want" "$1" || fail "$2: differs"
}

# a real file system of a size that holds the first two checkpoints and not the third
mkdir "$dir/disk"
one=$(wc -c <"$dir/want/checkpoints/best.safetensors")
if mount -t tmpfs -o size=$((one * 5 / 2 + 131072)) none "$dir/disk" 2>/dev/null; then
    trap 'umount "$dir/disk"; rm -rf "$dir"' EXIT
    train "$dir/disk/r" $every 2>"$dir/err"
    told "$dir/disk/r" $? "No space left on device"
    [ "$(ls "$dir/disk/r/checkpoints" | wc -l)" = 3 ] || fail "the checkpoints before it: $(ls "$dir/disk/r/checkpoints")"
    "$akin" embed --form plain "$dir/disk/r" -o "$dir/e.npy" --quiet || fail "the checkpoint before a full disk does not load: $?"
    train "$dir/disk/r" $every 2>"$dir/err" # still full: nothing is lost by trying
    told "$dir/disk/r" $? "No space left on device"
    mount -o remount,size=64m "$dir/disk" || fail "remount"
    resumes "$dir/disk/r" "a full disk"
    umount "$dir/disk"
    trap 'rm -rf "$dir"' EXIT
    echo "a full disk: equal"
else
    echo "skipped: a full disk needs the right to mount a tmpfs"
fi

# a limit on the size of files (in blocks of 512 bytes): a checkpoint does not fit; then the metrics do not
train "$dir/u" $every --epochs 1 2>"$dir/err" || fail "train exits $?"
for blocks in 100 2; do
    (ulimit -f $blocks && train "$dir/u$blocks" $every 2>"$dir/err")
    told "$dir/u$blocks" $? "File too large"
    resumes "$dir/u$blocks" "ulimit -f $blocks"
done
echo "a limit on the size of files: equal"

# each system call that stores something fails, once or from then on
command -v strace >/dev/null && strace -o /dev/null -e trace=rename,link,unlink "$akin" --version >/dev/null 2>/dev/null || {
    echo "skipped: failing system calls need strace"
    exit 0
}
strace -o "$dir/calls" -e trace=fsync,rename,link,unlink,write,ftruncate "$akin" train --recipe none "$dir/data" --out "$dir/s" $small $every ||
    fail "train under strace exits $?"
points=0 failed=0 step=21
[ -z "${AKIN_TEST_FULL:-}" ] || step=7
inject() { # CALL ERROR WHEN
    rm -rf "$dir/s"
    strace -o /dev/null -e trace="$1" -e "inject=$1:error=$2:when=$3" \
        "$akin" train --recipe none "$dir/data" --out "$dir/s" $small $every 2>"$dir/err"
    code=$?
    points=$((points + 1))
    case $code in
    0) [ ! -s "$dir/err" ] || fail "$1 $2 $3: exit 0 and $(cat "$dir/err")" ;; # a remark of log.txt, a second try
    5) failed=$((failed + 1))
        [ -s "$dir/err" ] || [ "$1$3" = "write${3%+}+" ] || fail "$*: nothing was told"
        [ ! -s "$dir/err" ] || told "$dir/s" $code "[A-Z]" "$*" ;; # where every write fails, so does that of the sentence
    *) fail "$1 $2 $3: exit $code: $(cat "$dir/err")" ;;
    esac
    resumes "$dir/s" "$1 $2 $3"
}
for call in fsync rename link ftruncate write; do
    n=$(grep -c "^$call(" "$dir/calls")
    for k in $(seq 1 $step "$n") "$n"; do
        inject $call ENOSPC "$k+"
        inject $call EIO "$k"
    done
done
inject write EINTR 12 # no failure at all
inject link EPERM 1+ # a file system without hard links: the best checkpoint is a copy
[ "$code" = 0 ] && [ "$(stat -c %h "$dir/want/checkpoints/best.safetensors" "$dir/s/checkpoints/best.safetensors" | tr '\n' ' ')" = "2 1 " ] ||
    fail "no links: exit $code, $(stat -c '%h %n' "$dir"/want/checkpoints/* "$dir"/s/checkpoints/*)"
[ $failed -ge $((points / 2)) ] || fail "only $failed of $points failures were told"
echo "$points failing system calls: $failed told with exit code 5, all equal after a resume"
