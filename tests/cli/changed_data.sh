# SPDX-License-Identifier: Apache-2.0
# Data that changed since training: every verb that reads the run's own data says so, once, with how many items there
# were and are, also in JSON; and no verb says so of data that are as they were, of every kind and with every option.
akin=$1 helpers=$2
. "$(dirname "$0")/expect.inc"
one() { grep -c "have changed since training" "$dir/err"; }
# quiet NAME ARGUMENTS...: embed of the run tells no change, in words or JSON
same() {
    r=$1
    shift
    "$akin" train --recipe none "$@" --out "$dir/$r" --epochs 1 --batch-size 16 --quiet >/dev/null 2>"$dir/err" ||
        fail "train $r: $(cat "$dir/err")"
    "$akin" embed --form plain "$dir/$r" -o "$dir/e.npy" --force --json >"$dir/out" 2>"$dir/err" || fail "embed $r: $(cat "$dir/err")"
    grep -q '"data_changed":false' "$dir/out" || fail "$r: $(cat "$dir/out")"
    [ "$(one)" = 0 ] || fail "a false alarm of $r: $(cat "$dir/err")"
}
# changed RUN TEXT: embed tells one change, TEXT
changed() {
    "$akin" embed --form plain "$dir/$1" -o "$dir/e.npy" --force --json >"$dir/out" 2>"$dir/err" || fail "embed $1: $(cat "$dir/err")"
    grep -q '"data_changed":true' "$dir/out" || fail "$1 has not changed in JSON: $(cat "$dir/out")"
    [ "$(one)" = 1 ] && grep -qF -- "$2" "$dir/err" || fail "$1 tells no '$2': $(cat "$dir/err")"
}

awk 'BEGIN { srand(3); print "a,b,c,label"
    for (i = 0; i < 60; i++) printf "%.3f,%.3f,%d.5,%s\n", 100 * rand(), rand(), i % 7, substr("xyz", i % 3 + 1, 1) }' >"$dir/t.csv"
awk 'BEGIN { srand(4); split("sun moon star tree river stone cloud wind", w)
    for (i = 0; i < 60; i++) { for (k = 0; k < 1 + i % 9; k++) printf "%s%s", k ? " " : "", w[1 + int(8 * rand())]; print "" } }' >"$dir/t.txt"
awk 'BEGIN { print "anchor\tpositive" } { if (NR % 2) a = $0; else print a "\t" $0 }' "$dir/t.txt" >"$dir/t.tsv"
awk -F, 'NR > 1 { print "0 1:" $1 " 2:" $2 " 3:" $3 }' "$dir/t.csv" >"$dir/t.libsvm"
"$helpers/make_data" "$dir/set" 48 16 16 || exit 1
mkdir -p "$dir/folder/train/a" "$dir/folder/train/b" "$dir/folder/test/a"
for i in 1 2 3 4 5 6 7 8 9; do
    printf 'P5 4 4 255\n%s0123456789abcde' $i >"$dir/folder/train/a/$i.pgm"
    printf 'P5 4 4 255\nx%s123456789abcde' $i >"$dir/folder/train/b/$i.pgm"
    printf 'P5 6 4 255\ny%s0123456789abcdefghijkl' $i >"$dir/folder/test/a/$i.pgm"
done
same idx "$dir/set" --width 8
same small "$dir/set" --width 8 --size 8
same folder "$dir/folder" --encoder mlp --size 4 --cache 0
same csv "$dir/t.csv" --label-column label --holdout 0.2
same plain "$dir/t.csv" --label-column label --loss infonce
same libsvm "$dir/t.libsvm"
same lines "$dir/t.txt" --text-view crop --min-words 2 --drop-duplicates --holdout 0.2 --min-count 2
same tsv "$dir/t.tsv" --max-words 3
head -n 40 "$dir/t.txt" >"$dir/short.txt"
same lines2 "$dir/short.txt" --text-view erase --hold-val 0.1 --holdout 0.1 --seed 7

# a keep-list goes with the run
"$akin" prune "$dir/idx" -o "$dir/k" --random 0.2 --quiet || fail "prune"
same kept "$dir/set" --width 8 --keep "$dir/k"
"$akin" prune "$dir/csv" -o "$dir/k2" --random 0.2 --quiet || fail "prune a table"
same kept2 "$dir/t.csv" --label-column label --holdout 0.2 --keep "$dir/k2"

# read otherwise than at training: what differs cannot be told from what changed
"$akin" embed --form plain "$dir/folder" -o "$dir/e.npy" --force --size 4 2>"$dir/err" # refused or not, no alarm
[ "$(one)" = 0 ] || fail "a false alarm of another size"
# another data set, named
"$akin" embed --form plain "$dir/idx" "$dir/set" --split test -o "$dir/e.npy" --force 2>"$dir/err" || fail "embed a named set"
[ "$(one)" = 0 ] || fail "a false alarm of a named set"

# now they change: one image more, one value, one row less, one word
printf 'P5 4 4 255\nz0123456789abcde' >"$dir/folder/train/b/more.pgm"
changed folder "folder' have changed since training: 18 training items, now 19; fingerprint "
sed -i '20s/^[^,]*/7.5/' "$dir/t.csv"
changed csv "t.csv' have changed since training: as many items, fingerprint "
sed -i '30d' "$dir/t.libsvm"
changed libsvm "60 training items, now 59; "
sed -i '5s/.*/sun sun sun moon/' "$dir/t.txt"
changed lines "as many items, fingerprint "
sed -i 5d "$dir/t.tsv"
changed tsv "training items, now "
printf '\001' | dd of="$dir/set/t10k-images-idx3-ubyte" bs=1 seek=40 conv=notrunc 2>/dev/null
changed idx "as many items, fingerprint "

# every verb says it once, and --quiet is quiet
for verb in "eval --protocol mean --baselines none" bounds diagnose "prune --scores $dir/s --force"; do
    set -- $verb
    name=$1
    shift
    "$akin" "$name" "$dir/idx" "$@" --json >"$dir/out" 2>"$dir/err" || fail "$verb: $(cat "$dir/err")"
    [ "$(one)" = 1 ] || fail "$verb says it $(one) times: $(cat "$dir/err")"
    grep -q '"data_changed":true' "$dir/out" || fail "$verb --json: $(head -c 300 "$dir/out")"
    "$akin" "$name" "$dir/idx" "$@" --quiet >/dev/null 2>"$dir/err" || fail "$verb --quiet"
    [ "$(one)" = 0 ] || fail "$verb --quiet: $(cat "$dir/err")"
done
grep -q '"data_changed": true' "$dir/idx/eval.json" || fail "eval.json does not know"
"$akin" nn "$dir/idx" --query 0 >/dev/null 2>"$dir/err" || fail "nn"
[ "$(one)" = 1 ] || fail "nn says it $(one) times"
"$akin" embed "$dir/idx" --whiten -o "$dir/e.npy" --force 2>"$dir/err" || fail "whiten"
[ "$(one)" = 1 ] || fail "embed --whiten says it $(one) times"
rm "$dir/idx/DONE"
expect 3 "has changed since the run began" train --resume "$dir/idx"
[ $failures = 0 ] && echo ok
exit $failures
