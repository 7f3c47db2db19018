#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What the verbs put on stdout and beside it: with --json nothing but JSON; an output that takes no more is told once
# and is no success; existing files stay; names that are not UTF-8; unreadable images where a run is used.
akin=$1 helpers=$2
set -u
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
failures=0
fail() {
    echo "FAIL: $*" >&2
    failures=$((failures + 1))
}
# expect CODE TEXT ARGUMENTS...: the program exits with CODE and says TEXT on its last line
expect() {
    code=$1 text=$2
    shift 2
    "$akin" "$@" >"$dir/out" 2>"$dir/err"
    got=$?
    if [ $got != "$code" ] || ! tail -n 1 "$dir/err" | grep -qF -- "$text"; then
        fail "akin $*: exit $got, expected $code with '$text', got: $(cat "$dir/err")"
    fi
}
"$helpers/make_data" "$dir/set" 64 16 16 || exit 1
small="--epochs 1 --batch-size 16 --width 8 --log-every 1"
"$akin" train --recipe none "$dir/set" --out "$dir/r" $small --json >"$dir/train.json" 2>"$dir/err" || fail "train: $(cat "$dir/err")"
"$akin" embed --form plain "$dir/r" -o "$dir/e.npy" --quiet || fail "embed"

tail -n 1 "$dir/train.json" | grep -q '"weights_xxh64":' || fail "train --json does not end with what DONE says"
"$akin" train --resume "$dir/r" --json 2>"$dir/err" >"$dir/again.json" || fail "resume: $(cat "$dir/err")"
[ "$(cat "$dir/again.json")" = "$(tail -n 1 "$dir/train.json")" ] || fail "a complete run tells something else"

# JSON and nothing else, one object except for train
i=0
json() {
    i=$((i + 1))
    "$akin" "$@" --json >"$dir/$i.json" 2>"$dir/err" || fail "akin $* --json: $(cat "$dir/err")"
    [ "$(wc -l <"$dir/$i.json")" = 1 ] || fail "akin $* --json: not one line"
}
json embed "$dir/r" -o "$dir/e2.npy"
json export "$dir/r" -o "$dir/e.onnx"
json eval "$dir/r" --protocol mean --baselines none
json eval --features "$dir/e.npy" --labels "$dir/e.labels.npy" --test-features "$dir/e.npy" --test-labels "$dir/e.labels.npy" --protocol mean
json report "$dir/r"
json inspect "$dir/set"
json data inspect "$dir/set"
json plan --classes 10
json bounds "$dir/r"
json diagnose "$dir/r"
json loss --loss ntxent --a "$dir/e.npy" --b "$dir/e.npy"
json loss --compare ntxent,infonce --a "$dir/e.npy" --b "$dir/e.npy"
json loss --list
json train --encoder list
json selftest --loss ntxent --rows 20 --dim 16
json bench train --encoder cnn4 --width 8 --batch 8 --size 8 --steps 2 --threads 1
grep -q '"steps": *2,' "$dir/$i.json" || fail "bench train --steps 2 counts others: $(head -c 300 "$dir/$i.json")"
json bench engine --rows 64 --dim 16 --repeat 1
if command -v python3 >/dev/null; then
    python3 - "$dir"/*.json <<'PY' || fail "a line is no JSON object"
import json, sys
for path in sys.argv[1:]:
    for line in open(path):
        assert isinstance(json.loads(line, parse_constant=lambda c: 1 / 0), dict), path
PY
else
    echo "skipped: no python3 to parse the JSON with"
fi

# Output that takes no more
if [ -w /dev/full ]; then
    full() {
        "$akin" "$@" >/dev/full 2>"$dir/err"
        got=$?
        [ $got = 5 ] || fail "akin $* into a full output: exit $got, expected 5"
        [ "$(grep -c "cannot write to standard output" "$dir/err")" = 1 ] || fail "akin $*: told $(cat "$dir/err")"
    }
    full --help
    full --version
    full train --help
    full train --encoder list
    full train "$dir/set" --out "$dir/full" $small --json
    full report "$dir/r"
    full eval "$dir/r" --protocol mean --baselines none
    full plan --classes 10
    full diagnose "$dir/r" --quiet
    full bounds "$dir/r" --quiet
    full loss --list
    full loss --loss ntxent --a "$dir/e.npy" --b "$dir/e.npy"
    full selftest --loss ntxent --rows 20 --dim 16
    full bench engine --rows 64 --dim 16 --repeat 1
    [ -e "$dir/full/DONE" ] || fail "a run ends although nobody reads its progress"
fi

# A reader that has seen enough: nothing is said, and the exit code is that of programs which SIGPIPE ends. The program begins
# when the reader has closed the pipe.
mkfifo "$dir/closed"
left() {
    {
        read -r _ <"$dir/closed"
        "$akin" "$@" 2>"$dir/err"
        echo $? >"$dir/code"
    } | {
        exec <&-
        echo >"$dir/closed"
    }
    [ "$(cat "$dir/code")" = 141 ] || fail "akin $* into a closed pipe: exit $(cat "$dir/code"), expected 141"
    [ -s "$dir/err" ] && fail "akin $* into a closed pipe: told $(cat "$dir/err")"
}
left --help
left --version
left help train
left train --encoder list
left inspect "$dir/set"
left inspect "$dir/set" --json
left plan --classes 10
left bounds "$dir/r" --quiet
left loss --list
left embed "$dir/r" -o - --quiet
left nn "$dir/r" --query 3 --quiet
left train "$dir/set" --out "$dir/unread" $small --json --quiet
[ -e "$dir/unread/DONE" ] || fail "a run ends because the reader of its progress has gone"
left dups "$dir/r" -o "$dir/kept.txt" --quiet
[ -s "$dir/kept.txt" ] || fail "a file that was asked for is not written when nobody reads the output"

# A form of rows by the end of the name, or by --as; what is none is refused before any work
for form in csv tsv txt vec npy; do
    expect 0 "e.$form: 64 x 32" embed --form plain "$dir/r" -o "$dir/e.$form" --force
done
[ "$(head -n 1 "$dir/e.csv" | cut -d, -f1,2,32-)" = "d0,d1,d31" ] || fail "header of a table: $(head -n 1 "$dir/e.csv")"
[ "$(head -n 1 "$dir/e.tsv" | tr '\t' ,)" = "$(head -n 1 "$dir/e.csv")" ] || fail "header of a table with tabs"
[ "$(wc -l <"$dir/e.csv")" = 65 ] || fail "a table has $(wc -l <"$dir/e.csv") lines"
for form in csv tsv; do
    sed 1d "$dir/e.$form" | tr ',\t' '  ' | cmp -s - "$dir/e.txt" || fail "a table of $form holds other numbers than the text"
done
[ "$("$akin" inspect "$dir/e.csv" --json | grep -o '"d":32')" = '"d":32' ] || fail "akin does not read its own table"
for name in e.parquet e.safetensors e.npy.gz e.npz.gz E.CSVX; do
    expect 2 "$name' ends in no form that rows are written in: .npy, .npz, .txt, .csv, .tsv or .vec" embed --form plain "$dir/none" -o "$dir/$name"
done
expect 0 "e.data: 64 x" embed --form plain "$dir/r" -o "$dir/e.data" --as csv
expect 0 "plain: 64 x" embed --form plain "$dir/r" -o "$dir/plain"
head -c 6 "$dir/plain" | tail -c 5 | grep -q NUMPY || fail "a name without an end is not .npy"
expect 2 "it is HTML: -o FILE.html" report "$dir/r" -o "$dir/page.pdf"
# An option of other verbs is told as such
expect 2 "--weights is no option of train, but of embed, eval" train --recipe none "$dir/set" --weights raw
expect 2 "--epoch is no option of train, but of data; did you mean --epochs?" train --recipe none "$dir/set" --epoch 3
expect 2 "there is no loss 'ntxen'; did you mean 'ntxent'?" bench engine --loss ntxen
expect 2 "there is no loss 'ntxen'; did you mean 'ntxent'?" selftest --loss ntxen
expect 2 "unknown bench 'engin'; did you mean 'engine'?" bench engin

# asked to stop, bench leaves nothing of the folder that it works in
mkdir "$dir/tmp"
TMPDIR="$dir/tmp" "$akin" bench train --encoder cnn4 --width 8 --batch 8 --size 8 --steps 100000 --threads 1 >/dev/null 2>"$dir/err" &
job=$!
tries=0
while ! ls "$dir/tmp"/*/run-f32/metrics.jsonl >/dev/null 2>&1 && [ $tries -lt 600 ]; do sleep 0.1; tries=$((tries + 1)); done
kill -TERM $job
wait $job
got=$?
[ $got = 143 ] && grep -q 'stopped; nothing is kept' "$dir/err" || fail "bench, stopped: exit $got: $(cat "$dir/err")"
[ -z "$(ls -A "$dir/tmp")" ] || fail "bench, stopped, leaves $(ls -A "$dir/tmp")"
expect 2 "unknown shell 'bsh'; did you mean 'bash'?" completion bsh
expect 2 "no bounds are called 'savnshi'; 'akin bounds --only list' names them" bounds "$dir/r" --only savnshi
expect 2 "no bounds are called 'nozawa'; did you mean 'nozawa-sato'?" bounds "$dir/r" --only nozawa
expect 2 "unknown option --weigths; did you mean --weights?" embed --form plain "$dir/r" --weigths raw

# A run whose data was named relative to another folder finds it; one whose data was moved away says so
(cd "$dir" && cp -r set moved && "$akin" train --recipe none moved --out rel $small --quiet) || fail "train with a relative path"
expect 0 "rel.npy: 64 x" embed --form plain "$dir/rel" -o "$dir/rel.npy"
mv "$dir/moved" "$dir/away"
expect 3 "moved" eval "$dir/rel"
expect 0 "rel2.npy: 64 x" embed --form plain "$dir/rel" "$dir/away" -o "$dir/rel2.npy"

# Existing files stay
expect 2 "unexpected argument" data synth "$dir/y" --out "$dir/z"
expect 2 "e.npy' exists; --force replaces it" embed --form plain "$dir/r" -o "$dir/e.npy"
rm "$dir/e.npy"
expect 2 "e.names.txt' exists; --force replaces it" embed --form plain "$dir/r" -o "$dir/e.npy"
rm "$dir/e.names.txt"
expect 2 "e.labels.npy' exists; --force replaces it" embed --form plain "$dir/r" -o "$dir/e.npy"
expect 0 "64 x" embed --form plain "$dir/r" -o "$dir/e.npy" --force

# What cannot be a file is refused before the work, and leaves nothing
expect 2 "is a folder; name a file" embed --form plain "$dir/r" -o "$dir/set" --force
expect 5 "its folder is missing" embed --form plain "$dir/r" -o "$dir/no/e.npy"
expect 2 "the name of the file to write is empty" embed --form plain "$dir/r" -o ''
[ -e "$dir/set.set.json" ] && fail "a refused -o left a file"

# Names that are not UTF-8: a data set's path is refused, the rest is written so that JSON can be read
latin=$(printf 'caf\351')
mkdir "$dir/$latin" "$dir/sp ace"
cp "$dir/set/"* "$dir/$latin"
expect 3 "is not UTF-8, so run.json cannot name it" train --recipe none "$dir/$latin" --out "$dir/l" $small
[ -e "$dir/l/run.json" ] && fail "a refused path left a run"
expect 0 "done: 4 steps" train --recipe none "$dir/set" --out "$dir/sp ace/$latin" $small
"$akin" eval "$dir/sp ace/$latin" --protocol mean --json >"$dir/out" || fail "eval of a run whose name is not UTF-8"
expect 0 "64 x" embed --form plain "$dir/sp ace/$latin" -o "$dir/$latin.npy" --json
"$akin" report "$dir/sp ace/$latin" --json >"$dir/out" || fail "report of a run whose name is not UTF-8"

# Stopped before the first checkpoint was whole: resume begins
mkdir "$dir/b"
expect 0 "done: 4 steps" train --recipe none "$dir/set" --out "$dir/b/r" $small
rm "$dir/b/r/DONE" "$dir/b/r/checkpoints/"*
expect 0 "done: 4 steps" train --resume "$dir/b/r"
[ "$(grep -o '"weights_xxh64": "[^"]*"' "$dir/b/r/DONE")" = "$(grep -o '"weights_xxh64": "[^"]*"' "$dir/r/DONE")" ] ||
    fail "begun again: other weights"

# Unreadable images, and no labels, where a run is used
mkdir "$dir/pictures"
for level in a b c d e f g h; do
    printf 'P5 4 4 255\n%s0123456789abcde' $level >"$dir/pictures/$level.pgm"
done
expect 0 "done: 1 steps" train --recipe none "$dir/pictures" --out "$dir/p" --epochs 1 --batch-size 8 --encoder mlp
echo "no picture" >"$dir/pictures/x.jpg"
expect 3 "--on-bad skip leaves such files out" embed --form plain "$dir/p" -o "$dir/p.npy" --on-bad stop
expect 3 "more than --max-bad 0.05 allows" embed --form plain "$dir/p" -o "$dir/p.npy"
expect 3 "more than --max-bad 0.1 allows" embed --form plain "$dir/p" -o "$dir/p.npy" --on-bad skip --max-bad 0.1
expect 0 "p.npy: 8 x" embed --form plain "$dir/p" -o "$dir/p.npy" --on-bad skip --max-bad 0.5
grep -qF "8 images of 4x4, 1 unreadable (x.jpg); taking --on-bad skip." "$dir/err" || fail "what is left out is not told"
[ "$(wc -l <"$dir/p.names.txt")" = 8 ] || fail "names of what was embedded"
mkdir "$dir/sizes"
printf 'P5 8 6 255\n%048d' 0 >"$dir/sizes/1.pgm"
printf 'P5 4 9 255\n%036d' 0 >"$dir/sizes/2.pgm"
expect 3 "give --size N" embed --form plain "$dir/p" "$dir/sizes" -o "$dir/s.npy" --size 0
expect 0 "s.npy: 2 x" embed --form plain "$dir/p" "$dir/sizes" -o "$dir/s.npy" # of the size of the run
grep -qF "2 images of 2 sizes from 9x4 to 6x8 (height x width); scaled to 4x4." "$dir/err" || fail "scaling is not told"
expect 0 "s.npy: 2 x" embed --form plain "$dir/p" "$dir/sizes" -o "$dir/s.npy" --size 4 --force
expect 3 "the run was trained on 4x4" embed --form plain "$dir/p" "$dir/sizes" -o "$dir/t.npy" --size 5
"$akin" diagnose "$dir/p" --json --quiet >"$dir/out" 2>"$dir/err" && fail "diagnose reads an unreadable image"
rm "$dir/pictures/x.jpg"
"$akin" diagnose "$dir/p" --json --quiet >"$dir/out" 2>"$dir/err" || fail "diagnose without a test part: $(cat "$dir/err")"
expect 0 "has no labels, so there is no accuracy" eval "$dir/p"
[ $failures = 0 ] && echo ok
exit $failures
