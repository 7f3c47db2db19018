# SPDX-License-Identifier: Apache-2.0
# akin embed --shards: the rows of one file in several, read as one by a range of braces; what lacks a file, or has one of
# another result, is refused by its name; a kill leaves the old files, the new ones, or what is refused.
akin=$1 helpers=$2
. "$(dirname "$0")/kill.inc"
. "$(dirname "$0")/ranks.inc"
cd "$dir" || exit 1
awk 'BEGIN {
    srand(5)
    print "x,y,z,kind"
    for (i = 0; i < 700; i++) printf "%.4f,%.4f,%.4f,%s\n", i % 3 + 2 * rand(), 3 * rand() - i % 3, rand(), substr("abc", i % 3 + 1, 1)
}' >t.csv
head -400 t.csv >other.csv
"$akin" train --recipe none t.csv --out run --label-column kind --encoder mlp --width 16 --epochs 1 --batch-size 64 --threads 1 --quiet ||
    fail "train: exit $?"
embed() { "$akin" embed --form plain run "$@" --threads 1 --quiet || fail "embed $*: exit $?"; }
range='x-{00000..00003}.npy'

# the rows of the one file, divided in their order
embed -o one.npy
embed -o x.npy --shards 4
[ "$(echo x*)" = "x-00000.npy x-00001.npy x-00002.npy x-00003.npy x.classes.txt x.labels.npy x.names.txt x.set.json" ] ||
    fail "files: $(echo x*)"
for file in names.txt labels.npy classes.txt; do cmp one.$file x.$file || fail "another $file"; done
python3 - one.npy x-0000[0-3].npy <<'PY' || fail "other rows"
import ast, struct, sys
def read(path):
    data = open(path, "rb").read()
    n = struct.unpack("<H", data[8:10])[0]
    head = ast.literal_eval(data[10:10 + n].decode())
    assert head["descr"] == "<f4" and not head["fortran_order"], head
    return head["shape"], data[10 + n:]
(n, d), rows = read(sys.argv[1])
parts = [read(path) for path in sys.argv[2:]]
assert b"".join(p[1] for p in parts) == rows
lengths = [p[0][0] for p in parts]
assert all(p[0][1] == d for p in parts) and sum(lengths) == n and max(lengths) - min(lengths) <= 1, lengths
PY
embed -o y.npy --shards 1 && cmp one.npy y.npy || fail "--shards 1 is not one file"
"$akin" embed --form plain run -o z.npy --shards 4 --threads 1 --json >out 2>err || fail "--json: $(cat err)"
grep -q '"embeddings":"z-{00000..00003}.npy"' out && grep -q '^z-{00000..00003}.npy: ' err || fail "$(cat out err)"
rm z* y*

# every verb that reads rows says of the range what it says of the one file
alike() { # alike VERB ARGUMENTS...: @ stands for what is read
    one=$(echo "$*" | sed 's/@/one.npy/g') many=$(echo "$*" | sed "s/@/$range/g")
    "$akin" $one --threads 1 >one.out 2>&1 || fail "$one: exit $?: $(cat one.out)"
    "$akin" $many --threads 1 >many.out 2>&1 || fail "$many: exit $?: $(cat many.out)"
    sed "s/$range/one.npy/g; s/x\.\(names\|labels\)/one.\1/g" many.out | sed 's/seconds":[0-9.e-]*/seconds":0/g' >many.plain
    sed 's/seconds":[0-9.e-]*/seconds":0/g' one.out | cmp - many.plain || fail "$many: $(diff one.out many.plain | head -5)"
}
alike nn @ --query 3 -k 4
alike nn one.npy --query @ -k 2 --json
alike dups @ --json --threshold 0.999
alike outliers @ --json
alike cluster @ -k 3 --json
alike eval --features @ --labels one.labels.npy --test-features @ --test-labels one.labels.npy --protocol knn,mean --json
alike bounds --a @ --labels one.labels.npy --only haochen --json
alike diagnose --a @ --json
alike loss --loss ntxent --a @ --b @
"$akin" map "$range" -o many.npy --epochs 2 --quiet >/dev/null && "$akin" map one.npy -o few.npy --epochs 2 --quiet >/dev/null ||
    fail "map: exit $?"
cmp few.npy many.npy && cmp few.labels.npy many.labels.npy && cmp few.names.txt many.names.txt || fail "another map"
"$akin" nn 'x-{00000,00001,00002,00003}.npy' --query one.npy -k 1 --names one.names.txt --quiet >/dev/null || fail "words in braces: exit $?"

# what is refused, by its name
refuses() { # refuses CODE SENTENCE ARGUMENTS...
    want=$1 text=$2
    shift 2
    "$akin" "$@" --quiet >out 2>err
    got=$?
    [ $got = "$want" ] && [ "$(wc -l <err)" = 1 ] && grep -qF -- "$text" err ||
        fail "$*: exit $got, expected $want with one line '$text': $(cat err)"
}
keep() { rm -rf kept && mkdir kept && cp -p x* kept; }
back() { rm -f x* && cp -p kept/* .; }
keep
mv x-00002.npy away
refuses 3 "'x-00002.npy'" nn "$range" --query 0
back
"$akin" embed --form plain run other.csv -o o.npy --shards 4 --threads 1 --quiet || fail "embed other.csv: exit $?"
cp o-00001.npy x-00001.npy
refuses 3 "'x-00001.npy' is not as akin embed wrote it" nn "$range" --query 0
refuses 3 "'x-00001.npy' is not as akin embed wrote it" eval --features one.npy --labels one.labels.npy --test-features "$range" --test-labels x.labels.npy
back
refuses 3 "x-{00000..00003}.npy" nn x.npy --query 0
cp x-00003.npy x-00004.npy
refuses 3 "'x-00004.npy'" diagnose --a 'x-{00000..00004}.npy'
back
refuses 3 '' nn 'x-{00003..00000}.npy' --query 0
sed -i 's/"complete": true/"complete": false/' x.set.json
refuses 3 "half written" nn "$range" --query 0
back
embed -o narrow.npy --layer projector
rm x.set.json
cp narrow.npy x-00002.npy
refuses 3 "'x-00002.npy' has " nn "$range" --query 0
back
refuses 2 shards embed run -o w.npy --shards 0
refuses 2 shards embed run -o w.npy --shards 513
refuses 2 "--shards 500: there are 399 rows" embed run other.csv -o w.npy --shards 500
refuses 2 "--shards is of files of .npy" embed run -o w.npz --shards 2
refuses 2 "--shards is of files of .npy" embed run -o w.npy --as text --shards 2
refuses 2 "names several files" embed run -o "$range" --force
(ulimit -n 128 && refuses 5 '(ulimit -n)' embed run -o w.npy --shards 100) || exit 1
touch w-00001.npy
refuses 2 "'w-00001.npy' exists" embed run -o w.npy --shards 2
rm w-00001.npy
[ "$(echo w*)" = 'w*' ] || fail "files of what was refused: $(echo w*)"
refuses 2 "exists; --force replaces it" embed run -o x.npy --quiet

# a new result in the place of an old one, in more files, in fewer, in one
embed -o x.npy --shards 2 --force
[ "$(echo x-*)" = 'x-00000.npy x-00001.npy' ] || fail "of an older result: $(echo x-*)"
embed -o x.npy --force
[ "$(echo x-*)" = 'x-*' ] && cmp one.npy x.npy || fail "of an older result: $(echo x*)"
embed -o x.npy --shards 4 --force
[ ! -e x.npy ] || fail "of an older result: x.npy"
cmp x.set.json kept/x.set.json || fail "FILE.set.json depends on what was there"

# kills: old, new, or refused; the next one leaves its own files only
all_of() { for i in $(seq 0 "$2"); do cmp -s "x-0000$i.npy" "$1/x-0000$i.npy" || return 1; done; }
points=0 halves=0
if command -v strace >/dev/null && strace -o /dev/null -e trace=rename "$akin" --version >/dev/null 2>&1; then
    new="embed run -o x.npy --shards 2 --layer projector --force --threads 1 --quiet"
    mkdir of-new && (cd of-new && cp -r ../run . && "$akin" embed --form plain ../run -o x.npy --shards 2 --layer projector --threads 1 --quiet; rm -r run)
    for call in rename unlink; do
        back
        strace -o calls -e trace=$call "$akin" $new || fail "strace: exit $?"
        step=3
        [ -z "${AKIN_TEST_FULL:-}" ] || step=1
        for k in $(seq 1 $step "$(grep -c "^$call(" calls)"); do
            back
            strace -o /dev/null -e trace=$call -e "inject=$call:signal=KILL:when=$k" "$akin" $new 2>/dev/null
            [ $? = 137 ] || continue
            points=$((points + 1))
            for read in "$range" 'x-{00000..00001}.npy'; do
                "$akin" nn "$read" --query one.npy --names one.names.txt -k 1 --quiet >out 2>err || { halves=$((halves + 1)); continue; }
                case $read in *3}.npy) last=3 ;; *) last=1 ;; esac
                all_of kept $last || { [ $last = 1 ] && all_of of-new 1; } || fail "$call $k: '$read' is read, and is neither"
            done
            "$akin" $new || fail "$call $k: once more: exit $?"
            for file in of-new/x*; do
                [ "$file" = of-new/x.set.json ] || cmp "$file" "${file#of-new/}" || fail "$call $k: once more: other bytes"
            done
            [ "$(ls x* | wc -l)" = "$(ls of-new | wc -l)" ] || fail "$call $k: left over: $(echo x*)"
        done
    done
    [ $points -ge 3 ] || fail "$points kills"
fi
echo "$points kills, $halves readings refused"

# ranks: the same files, of which each rank writes some; one that fails, or is killed, leaves nothing or what was there
(find_mpis) || exit 0
find_mpis
for mpi in $mpis; do
    for n in 2 ${AKIN_TEST_FULL:+3 4 5}; do
        rm -f x*
        start $mpi $n "$akin" embed --form plain run -o x.npy --shards 4 --threads 1 --quiet >out 2>err || fail "$mpi, $n ranks: exit $?: $(cat err)"
        for file in kept/x*; do cmp "$file" "${file#kept/}" || fail "$mpi, $n ranks: other bytes"; done
        [ "$(ls x* | wc -l)" = 8 ] || fail "$mpi, $n ranks: $(echo x*)"
    done
    start $mpi 2 "$akin" embed --form plain run other.csv -o w.npy --shards 500 --threads 1 --quiet >out 2>err
    got=$?
    [ $got = 2 ] && [ "$(grep -ac '^akin' err)" = 1 ] || fail "$mpi: exit $got: $(cat err)"
done
[ $points -gt 0 ] || exit 0
# on_rank RANK CALL WHAT COMMAND...: a script that starts the command, on that rank with a call that fails or kills
on_rank() {
    printf '#!/bin/sh\n[ "${OMPI_COMM_WORLD_RANK:-$PMI_RANK}" = %s ] || exec "$@"\nstrace -f -o /dev/null -e trace=%s -e inject=%s:%s "$@"\ncode=$?
[ $code != 137 ] || : >was-killed\nexit $code\n' "$1" "$2" "$2" "$3" >broken
}
for mpi in $mpis; do
    for rank in 0 1; do # one has no room: its error is that of all
        back
        on_rank $rank fsync error=ENOSPC:when=1
        start $mpi 2 sh ./broken "$akin" $new >out 2>err
        got=$?
        [ $got = 5 ] && [ "$(grep -ac '^akin' err)" = 1 ] && grep -q 'No space left' err || fail "$mpi, rank $rank has no room: exit $got: $(cat err)"
        for file in kept/x*; do cmp "$file" "${file#kept/}" || fail "$mpi, rank $rank has no room: other bytes"; done
        [ "$(ls x* | wc -l)" = 8 ] || fail "$mpi, rank $rank has no room: left over: $(echo x*)"
    done
    for at in "0 rename 4" "1 fsync 1" ${AKIN_TEST_FULL:+"0 rename 1" "0 rename 2" "0 rename 6" "0 unlink 1"}; do
        set -- $at
        back
        rm -f was-killed
        on_rank $1 $2 signal=KILL:when=$3
        start $mpi 2 sh ./broken "$akin" $new >out 2>err # its exit code is the launcher's
        [ -e was-killed ] || fail "$mpi, $at: was not killed: $(cat err)"
        for read in "$range" 'x-{00000..00001}.npy'; do
            "$akin" nn "$read" --query one.npy --names one.names.txt -k 1 --quiet >out 2>err || continue
            case $read in *3}.npy) last=3 ;; *) last=1 ;; esac
            all_of kept $last || { [ $last = 1 ] && all_of of-new 1; } || fail "$mpi, $at: '$read' is read, and is neither"
        done
        start $mpi 2 "$akin" $new >out 2>err || fail "$mpi, $at: once more: exit $?: $(cat err)"
        [ "$(ls x* | wc -l)" = "$(ls of-new | wc -l)" ] || fail "$mpi, $at: left over: $(echo x*)"
    done
    [ "${AKIN_TEST_FULL:-}" ] || break
done
