# SPDX-License-Identifier: Apache-2.0
# The files of akin embed appear together: whatever kills it, nn, eval, bounds, diagnose and loss see the old result, or the
# new one, or say that it is half written; never rows of one beside labels of another.
# AKIN_TEST_KILLS=all kills at every system call that moves, makes, deletes or flushes, not at some of them.
akin=$1
set -u
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' INT TERM
fail() { echo "FAIL: $*" >&2; exit 1; }
cd "$dir" || exit 1
table() { # table FILE ROWS SHIFT KINDS...: rows of two numbers, and a kind each
    file=$1 rows=$2 shift=$3; shift 3
    echo x,y,kind
    for i in $(seq 1 "$rows"); do
        k=$((i % $# + 1))
        eval "kind=\${$k}"
        echo "$((i * 37 % 101 + shift)).5,$((i * 53 % 89)).25,$kind"
    done
}
table train.csv 24 0 a b >train.csv
table other.csv 24 7 b c d >other.csv
cut -d, -f1-2 train.csv >bare.csv
"$akin" train --recipe none train.csv --out run --label-column kind --encoder mlp --epochs 1 --batch-size 8 --quiet >/dev/null 2>&1 || fail "train"
"$akin" train --recipe none bare.csv --out plain --encoder mlp --epochs 1 --batch-size 8 --quiet >/dev/null 2>&1 || fail "train without labels"
embed() { "$akin" embed --form plain "$@" -o x.npy --quiet; }
sums() { sha256sum x.npy x.names.txt x.labels.npy x.classes.txt 2>/dev/null; ls x.*tmp* 2>/dev/null; }
keep() { mkdir "$1" && mv x.* "$1"; }
fresh() { rm -f x.*; [ -z "${1:-}" ] || cp -p "$1"/x.* .; }
embed run || fail "embed"
sums >old.sums
[ "$(wc -l <old.sums)" = 4 ] || fail "four files expected: $(cat old.sums)"
keep old
embed run other.csv || fail "embed other.csv"
sums >new.sums
keep new
embed plain || fail "embed without labels"
sums >less.sums
[ "$(wc -l <less.sums)" = 2 ] || fail "rows and names expected: $(cat less.sums)"
keep less

# every verb that takes the files; `refused SENTENCE` of each of them
verbs() { # verbs COMMAND: calls it with each verb's arguments
    "$1" nn x.npy --query 0
    "$1" nn old/x.npy --query x.npy
    "$1" diagnose --a x.npy
    [ -e x.labels.npy ] || return 0
    "$1" eval --features x.npy --labels x.labels.npy --test-features old/x.npy --test-labels old/x.labels.npy --protocol knn
    "$1" eval --features old/x.npy --labels old/x.labels.npy --test-features x.npy --test-labels x.labels.npy --protocol knn
    "$1" bounds --a x.npy --labels x.labels.npy --only haochen
    "$1" loss --loss supcon --a x.npy --b x.npy --labels x.labels.npy
}
accepts() { "$akin" "$@" --quiet >out 2>err || fail "$*: exit $?: $(cat err)"; }
refuses() {
    "$akin" "$@" --quiet >out 2>err
    got=$?
    [ $got = "$code" ] && grep -q "$sentence" err || fail "$*: exit $got, expected $code and '$sentence': $(cat err)"
}
fresh old && verbs accepts
fresh less && verbs accepts

# --force over an older result: what the new one has not is gone
fresh old
embed run 2>err && fail "a result is replaced without --force"
embed plain --force || fail "embed --force"
sums | cmp -s - less.sums || fail "another result stays beside: $(ls x.*)"
verbs accepts
rm x.npy x.names.txt
embed plain 2>err && fail "FILE.set.json is replaced without --force"
grep -q "'x.set.json' exists; --force replaces it" err || fail "$(cat err)"

# a file of another result, and one of somebody's own
code=3
for file in npy labels.npy classes.txt; do
    fresh old
    cp new/x.$file .
    sentence="'x.$file' is not as akin embed wrote it"
    case $file in npy) verbs refuses ;; *) refuses eval --features x.npy --labels x.labels.npy --test-features new/x.npy --test-labels new/x.labels.npy ;; esac
    rm x.set.json
    [ $file != npy ] || verbs accepts # as the sentence says
done
fresh old
cp less/x.names.txt . && echo one >>x.names.txt
sed -i '$d' x.names.txt && verbs accepts # the same bytes again
sed -i 's/^.*$/other/' x.names.txt
sentence="'x.names.txt' is not as akin embed wrote it" && refuses nn x.npy --query 0
accepts nn x.npy --query 0 --names less/x.names.txt
fresh less
cp old/x.labels.npy . # somebody's own labels beside rows without
verbs accepts
fresh old
for what in '{' '[]' '{"format": "akin-file-set-1", "complete": true}'; do
    echo "$what" >x.set.json
    sentence="'x.set.json' is damaged" && refuses nn x.npy --query 0
done

# streams, and forms without names beside
"$akin" embed --form plain run -o - --quiet >out || fail "embed -o -"
"$akin" embed --form plain run -o /dev/null --as text --quiet || fail "embed -o /dev/null"
[ ! -e /dev/null.names.txt ] && [ -c /dev/null ] || fail "files beside a device"
"$akin" embed --form plain run -o v.vec --quiet && [ -e v.vec.set.json ] || fail "embed -o v.vec"

command -v strace >/dev/null && strace -o /dev/null -e trace=rename,link,unlink "$akin" --version >/dev/null 2>/dev/null || {
    echo "skipped: kills within akin embed need strace"
    exit 0
}
# state: old, new or none by what is there; half where it is refused
seen() {
    "$akin" nn x.npy --query 0 --quiet >out 2>err
    case $? in
    0) sums | grep -v tmp >now; for k in old new less; do cmp -s now $k.sums && echo $k && return; done; echo mixed ;;
    *) if grep -q "x.npy' is half written: akin embed was stopped" err; then echo half; elif [ ! -e x.npy ]; then echo none; else echo "mixed: $(cat err)"; fi ;;
    esac
}
points=0 olds=0 halves=0
kills() { # kills BEFORE AFTER "CALL..." EMBED-ARGUMENTS...: at each call; what is there then; written again
    before=$1 after=$2 calls=$3; shift 3
    fresh ${before#none}
    strace -o calls -e trace=rename,unlink,fsync,openat "$akin" embed --form plain "$@" -o x.npy --quiet 2>/dev/null || fail "strace"
    for call in $calls; do
        first=1 step=1
        [ $call != openat ] || first=$(grep "^openat(" calls | grep -n -m 1 O_EXCL | cut -d: -f1)
        [ $call != fsync ] || [ "$all" = yes ] || step=5
        for k in $(seq "$first" $step "$(grep -c "^$call(" calls)"); do
            fresh ${before#none}
            strace -o /dev/null -e trace=$call -e "inject=$call:signal=KILL:when=$k" "$akin" embed --form plain "$@" -o x.npy --quiet 2>/dev/null
            [ $? = 137 ] || continue
            points=$((points + 1))
            state=$(seen)
            case $state in
            "$before") olds=$((olds + 1)) ;;
            half)
                halves=$((halves + 1))
                [ "$all" = no ] && [ $halves != 3 ] ||
                    { code=3 sentence="half written: akin embed was stopped" && verbs refuses; }
                ;;
            "$after") ;;
            *) fail "$call $k of embed $*: $state; $(ls x.*)" ;;
            esac
            [ "$all" = yes ] || [ $((points % 3)) = 0 ] || continue
            "$akin" embed --form plain "$@" -o x.npy --quiet --force || fail "$call $k: embed --force exits $?"
            sums | cmp -s - $after.sums || fail "$call $k: written again, it differs: $(ls x.*)"
            [ "$(seen)" = $after ] || fail "$call $k: written again, it is refused: $(cat err)"
        done
    done
}
if [ "${AKIN_TEST_KILLS:-some}" = some ]; then
    all=no
    kills none old rename run
    kills old new "rename fsync" run other.csv --force
    kills old less unlink plain --force
else
    all=yes
    for calls in rename unlink fsync openat; do
        kills none old $calls run
        kills old new $calls run other.csv --force
        kills old less $calls plain --force
        kills less new $calls run other.csv --force
    done
fi
echo "$points kills within akin embed: the old files after $olds of them, refused as half written after $halves, else the new ones"
