# SPDX-License-Identifier: Apache-2.0
# akin data convert --force over another set: killed at any call that renames, deletes or flushes, the folder is the set
# before, the new one, or none; never images of one beside labels of another. A fresh one likewise.
akin=$1 helpers=$2
set -u
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' INT TERM
fail() { echo "FAIL: $*" >&2; exit 1; }
command -v strace >/dev/null && strace -o /dev/null -e trace=rename,link,unlink "$akin" --version >/dev/null 2>/dev/null || {
    echo "skipped: kills within akin data need strace"
    exit 77
}
cd "$dir" || exit 1
"$helpers/make_data" a 40 12 8 && "$helpers/make_data" b 40 10 9 || fail "no data"
rm b/t10k* # the second has one split
for set in a b; do "$akin" data convert $set -o old-$set --quiet || fail "convert"; done
sums() { (cd "$1" && sha256sum *.npy *.txt 2>/dev/null); }
sums old-a >a.sums
sums old-b >b.sums
cmp -s a.sums b.sums && fail "two sets are the same"
points=0 none=0
for before in none b a; do
    after=$([ $before = a ] && echo b || echo a)
    for call in rename unlink fsync; do
        for k in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16; do
            rm -rf out
            [ $before = none ] || cp -a old-$before out
            strace -o /dev/null -e trace=$call -e "inject=$call:signal=KILL:when=$k" "$akin" data convert $after -o out --force --quiet 2>/dev/null
            [ $? = 137 ] || break
            points=$((points + 1))
            if "$akin" inspect out --quiet >/dev/null 2>err; then
                sums out >now
                cmp -s now a.sums || cmp -s now b.sums || fail "$call $k from $before: a mixture: $(ls out)"
            else
                none=$((none + 1))
                [ ! -e out/train.npy ] && { [ ! -e out/test.npy ] || grep -q "no train.npy, which akin data writes last" err; } || fail "$call $k from $before: $(cat err)"
            fi
            [ "${AKIN_TEST_KILLS:-some}" != some ] || [ $((points % 6)) = 0 ] || continue
            "$akin" data convert $after -o out --force --quiet || fail "$call $k: convert --force exits $?"
            sums out | cmp -s - $after.sums || fail "$call $k: written again, it differs: $(ls out)"
        done
    done
done
echo "$points kills within akin data convert: no set after $none of them, else the set before or the new one, whole"
