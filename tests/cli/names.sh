# SPDX-License-Identifier: Apache-2.0
# Names of items, classes, folders and options that hold anything: line ends, tabs, commands of a terminal, bytes that are no
# UTF-8. No verb sends such a byte to a terminal, files of names have a line a row, and every name comes back.
akin=$1
. "$(dirname "$0")/expect.inc"
nl=$(printf 'nl\nx') tab=$(printf 'tab\tx') red=$(printf '\033[31mred') c1=$(printf 'c1\302\233x') bidi=$(printf 'bidi\342\200\256x')
bad=$(printf 'bad\377x') del=$(printf 'del\177') cr=$(printf 'cr\rx') u='Ã¼'

# safe FILE WHAT: nothing in FILE but text and line ends, tabs where a row of a table has them
safe() {
    LC_ALL=C tr -d '\n' <"$1" | LC_ALL=C grep -qa "[$(printf '\001-\037\177')]" && fail "a control byte of $2: $(od -c "$1" | head -40)"
    LC_ALL=C grep -qaF -e "$(printf '\302\233')" -e "$(printf '\342\200\256')" -e "$(printf '\377')" "$1" &&
        fail "a command of a terminal of $2: $(od -c "$1" | head -20)"
}
# ok ARGUMENTS...: it exits with 0, and what it prints is safe
ok() {
    "$akin" "$@" >"$dir/out" 2>"$dir/err" || fail "akin $*: exit $?: $(cat "$dir/err")"
    safe "$dir/out" "akin $1 on stdout"
    safe "$dir/err" "akin $1 on stderr"
}
# refused CODE ARGUMENTS...: one line on stderr, safe
refused() {
    code=$1
    shift
    "$akin" "$@" >"$dir/out" 2>"$dir/err"
    got=$?
    [ $got = "$code" ] || fail "akin $*: exit $got, expected $code: $(cat "$dir/err")"
    [ "$(wc -l <"$dir/err")" = 1 ] || fail "akin $*: not one line: $(cat "$dir/err")"
    safe "$dir/err" "akin $1, refused"
    safe "$dir/out" "akin $1, refused, on stdout"
}

# two classes with hard names, and in each the same hard names of pictures
A="$(printf 'a\033[7m\nclass')" B="#b\\$(printf '\tx')"
mkdir -p "$dir/data/train/$A" "$dir/data/train/$B" "$dir/data/test/$A" "$dir/data/test/$B"
i=0
for class in "train/$A" "train/$B" "test/$A" "test/$B"; do
    for n in "$nl" "$tab" "$red" "$c1" "$bidi" "$bad" "$del" "$cr" "$u" 'q"uote' "'s" '#hash' 'back\slash' '\n' '%s%n' '-dash' 'a b' ' lead' 'amp&<b>'; do
        i=$((i + 1))
        { printf 'P5 8 8 255\n' && awk -v i=$i 'BEGIN { for (k = 0; k < 64; k++) printf "%c", 33 + (i * 37 + k * k * (i % 7 + 1)) % 90 }'; } >"$dir/data/$class/$n.pgm"
    done
done
items=$((i / 2))
ok inspect "$dir/data"
ok inspect "$dir/data" --json
run="$dir/run$tab$red"
ok train "$dir/data" --out "$run" --encoder linear --epochs 2 --batch-size 16 --augment none --difficult none --seed 1
ok train "$dir/data" --out "$run" --encoder linear --epochs 2 --batch-size 16 --augment none --force --json
safe "$run/log.txt" log.txt
safe "$run/run.json" run.json
ok embed "$run" -o "$dir/e.npy" --force
[ "$(wc -l <"$dir/e.names.txt")" = "$items" ] || fail "not a name a row"
safe "$dir/e.names.txt" e.names.txt
ok embed "$run" -o "$dir/e.vec" --force
[ "$(wc -l <"$dir/e.vec")" = $((items + 1)) ] || fail "not a line a row in .vec"
safe "$dir/e.vec" e.vec
ok nn "$dir/e.npy" --query 0 -k 40
[ "$(wc -l <"$dir/out")" = $((items + 1)) ] || fail "nn: not a line a row"
ok nn "$dir/e.npy" --query 0 -k 40 --json
for n in "$nl" "$tab" "$red" "$bad" '#hash' 'back\slash' '\n' ' lead'; do
    ok nn "$dir/e.npy" --query "train/$A/$n.pgm" -k 2 # the name as it is, not as it is written
    ok nn "$run" --query "train/$B/$n.pgm" -k 2
done
while IFS= read -r n; do ok nn "$dir/e.npy" --query "$n" -k 1; done <"$dir/e.names.txt" # and as it is written
ok eval "$run" --protocol knn,mean --per-class
ok eval "$run" --protocol knn --json
ok diagnose "$run"
ok diagnose "$run" --json
ok data views "$dir/data" -o "$dir/views.png" --augment none
ok data views "$dir/data" -o "$dir/views.png" --augment none --json --force

# tables and keep-lists: a row an item, and what the list says is kept
ok prune "$run" --keep 0.5 --scores "$dir/scores.tsv" -o "$dir/keep.txt"
safe "$dir/keep.txt" keep.txt
[ "$(wc -l <"$dir/scores.tsv")" = $((items + 1)) ] || fail "not a row an item in the table of scores"
[ "$(awk -F'\t' '{ print NF }' "$dir/scores.tsv" | sort -u | wc -l)" = 1 ] || fail "rows of different lengths"
tr '\t' ' ' <"$dir/scores.tsv" >"$dir/tsv" && safe "$dir/tsv" scores.tsv
ok train "$dir/data" --keep "$dir/keep.txt" --out "$dir/kept" --encoder linear --epochs 1 --batch-size 8 --augment none
ok embed "$dir/kept" -o "$dir/k.npy"
grep -v '^#' "$dir/keep.txt" | sort >"$dir/want"
sort "$dir/k.names.txt" | cmp -s - "$dir/want" || fail "not the items of the list are kept"
[ "$(wc -l <"$dir/want")" = $((items / 2)) ] || fail "the list is not half of the items"
grep -aE 'hash|back|nl' "$dir/e.names.txt" >"$dir/some.txt" # a file of names is a keep-list
ok inspect "$dir/data" --keep "$dir/some.txt" --json
[ "$(grep -o '"train"[^}]*' "$dir/out" | grep -c .)" -ge 1 ] || fail "inspect --keep: $(cat "$dir/out")"
ok data longtail "$dir/data" -o "$dir/tail.txt" --ratio 2
safe "$dir/tail.txt" tail.txt
ok inspect "$dir/data" --keep "$dir/tail.txt"

ok data split "$dir/data/train" -o "$dir/split" --test 0.3 --lists
cat "$dir"/split/* >"$dir/lists" && safe "$dir/lists" "the lists of a split"
ok inspect "$dir/data/train" --keep "$dir/split/keep-test.txt"

# a set that is written: its classes keep their names
ok data longtail "$dir/data" -o "$dir/tailed" --ratio 2
safe "$dir/tailed/class-names.txt" class-names.txt
ok inspect "$dir/tailed" --json
grep -qF '"a\u001B[7m\nclass"' "$dir/out" && grep -qF '"#b\\\tx"' "$dir/out" || fail "other classes: $(cat "$dir/out")"
ok data mix "$dir/data" -o "$dir/mixed" --share 0.5
tr '\t' ' ' <"$dir/mixed/mixed.tsv" >"$dir/tsv" && safe "$dir/tsv" mixed.tsv

# a name with a # at its beginning, in a list by hand
mkdir "$dir/flat"
for n in a b c '#hash'; do cp "$dir/data/train/$A/amp&<b>.pgm" "$dir/flat/$n.pgm"; done
printf 'a.pgm\n#hash.pgm\n' >"$dir/hand.txt"
expect 3 "line 2: '#hash.pgm' is a remark" inspect "$dir/flat" --keep "$dir/hand.txt"
printf 'a.pgm\n\\#hash.pgm\n# a remark\n' >"$dir/hand.txt"
ok inspect "$dir/flat" --keep "$dir/hand.txt"

ok report "$run" -o "$dir/page.html"
LC_ALL=C grep -qa "$(printf '[\001-\010\013-\037\177]')" "$dir/page.html" && fail "control bytes in the page"
LC_ALL=C grep -qaF "$(printf '\342\200\256')" "$dir/page.html" && fail "a turn of direction in the page"

# what is refused names paths, options and values
H="$red$nl$tab$bad$c1$bidi$del$cr"
refused 2 "$H"
refused 2 help "$H"
refused 2 train --recipe none "$dir/data" "--$H" 1
refused 2 train --recipe none "$dir/data" "-$H"
refused 2 train --recipe none "$dir/data" --out "$dir/x" --encoder "$H"
refused 2 train --recipe none "$dir/data" --out "$dir/x" --epochs "$H"
refused 2 train --recipe none "$dir/data" --out "$dir/x" --set "$H"
refused 2 train --recipe none "$dir/data" --out "$dir/x" --set "$H=1"
refused 2 embed "$run" -o "$dir/e.npy"
refused 2 embed "$run" "$dir/data" "$H" -o "$dir/f.npy"
refused 3 inspect "$dir/$H"
ok inspect "$dir/data/train/$A/$red.pgm"
refused 3 nn "$dir/e.npy" --query "$H"
refused 3 nn "$dir/e.npy" --names "$dir/$H" --query 0
refused 3 train --recipe none "$dir/data" --keep "$dir/$H" --out "$dir/x"
refused 3 train --recipe none "$dir/data" --config "$dir/$H" --out "$dir/x"
refused 3 report "$dir/$H"
refused 3 eval --features "$dir/$H" --labels "$dir/$H" --test-features "$H" --test-labels "$H"
printf 'a,b\n1,2\n3,%s\n' "$red$tab$bad$c1" >"$dir/t.csv"
refused 3 inspect "$dir/t.csv" --format vectors
printf '{"name": "%s"}\n' 'x\u001b[31m' >"$dir/study.json"
refused 3 study "$dir/study.json" --out "$dir/s"
printf 'x' >"$dir/data/train/$A/broken$red.png"
refused 3 train --recipe none "$dir/data" --out "$dir/x" --epochs 1 --on-bad stop

[ $failures = 0 ] && echo "names: all held"
[ $failures = 0 ]
