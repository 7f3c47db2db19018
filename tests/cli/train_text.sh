# SPDX-License-Identifier: Apache-2.0
# akin train, embed, eval, nn and report on text: documents, lines, tables with pairs; resumed to the same bits; and what
# is refused.
akin=$1 helpers=$2
. "$(dirname "$0")/expect.inc"
cd "$dir" || exit 1

# Twelve documents of two classes; each has words of its own and words of all.
mkdir -p docs/a docs/b
awk 'BEGIN { srand(3)
    for (d = 0; d < 12; d++) { file = "docs/" (d % 2 ? "a" : "b") "/d" d ".txt"
        for (i = 0; i < 40; i++) { line = ""
            for (w = 0; w < 8; w++) line = line (rand() < 0.5 ? "own" d "x" int(rand() * 12) : "common" int(rand() * 60)) " "
            print line > file } } }'
cat docs/*/*.txt >lines.txt
awk 'BEGIN { print "anchor\tpositive\tnegative" } { print $0 "\t" $0 " twin\t" "common1 common2" }' lines.txt >pairs.tsv

common="--min-count 1 --buckets 500 --dim 24 --head-hidden 16 --head-out 16 --batch-size 48 --lr 0.02 --quiet --workers 2"
run() {
    "$akin" train --recipe none "$@" $common >out 2>err || fail "train $*: $(cat err)"
}
sum() { sed 's/.*weights_xxh64": "//; s/".*//' "$1/DONE"; }

# Positives come from the documents; the features tell documents apart that a random encoder does not.
run docs --out r --holdout 0.25 --epochs 6 --loss infonce --temperature 0.1
grep -q '"pairs": "group"' r/run.json || fail "documents are not taken as groups"
grep -q '"kind": "text"' r/run.json || fail "run.json does not say text"
"$akin" eval r --protocol mean,kway --target group --json --quiet >eval 2>err || fail "eval: $(cat err)"
python3 - <<'P' || fail "a trained encoder is no better than a random one"
import json
rows = json.load(open("eval"))["results"]
words = json.load(open("r/run.json"))["data"]["words"]
top = {r["encoder"]: r["top1"] for r in rows if r["protocol"] == "mean-v1" and r["layer"] == "backbone" and not r.get("labels_per_class")}
assert top["trained"] >= 0.9 and top["trained"] > top["random"], top
raw = [r for r in rows if r["encoder"] == "none"]
assert {r["layer"] for r in raw} == {"tf-idf", "tf-idf-white"} and all(r["features"] == words for r in raw), raw
trained = [r for r in rows if r["encoder"] == "trained" and r["layer"] == "backbone" and "items_row" in r]
assert [a["layer"] for a in trained[0]["against"]] == ["tf-idf", "backbone"], trained
P
"$akin" eval r --protocol knn --target group --whiten off >out 2>err || fail "eval: $(cat err)"
grep -Eq '^knn-v1, backbone: (no )?better than a bag of words ' out || fail "no comparison with a bag of words: $(tail -2 out)"
# A line of a pipe is the same row as the line of the set; text and .npy hold the same numbers.
"$akin" embed --form plain r docs --split test -o t.npy --quiet || fail "embed"
"$akin" embed --form plain r docs --split test -o t.vec --quiet || fail "embed to .vec"
[ "$(head -1 t.vec)" = "120 24" ] || fail ".vec begins with '$(head -1 t.vec)'"
sed 1d t.vec | cut -d' ' -f1 | tr _ ' ' >piped
"$akin" embed --form plain r - --quiet <piped >rows || fail "embed of a pipe"
sed 1d t.vec | cut -d' ' -f2- >again
cmp -s rows again || fail "a pipe gives other numbers than a set"
"$akin" embed --form plain r - -o p.npy --quiet <piped && cmp -s t.npy p.npy || fail ".npy of a pipe differs"
printf '' | "$akin" embed --form plain r - --quiet >rows && [ ! -s rows ] || fail "an empty pipe"
"$akin" nn r --query "$(head -1 docs/a/d1.txt)" -k 3 --json >out || fail "nn"
grep -q 'own1x' out || fail "the nearest line to a line of a document is of another"
"$akin" diagnose r --items 60 --json --quiet >out 2>err || fail "diagnose: $(cat err)"
"$akin" bounds r --items 100 --only nozawa-sato --json --quiet >out 2>err || fail "bounds: $(cat err)"
"$akin" report r -o r.html --quiet >/dev/null 2>err || fail "report: $(cat err)"
grep -q 'better than a bag of words' r.html || fail "the report does not compare with a bag of words"
grep -q 'class="texts"' r.html && grep -q 'own1x' r.html || fail "the report shows no texts"

# The same bits: whatever loads the batches, and interrupted or not.
run docs --out r2 --holdout 0.25 --epochs 6 --loss infonce --temperature 0.1 --workers 1
[ "$(sum r)" = "$(sum r2)" ] || fail "the number of workers changes the weights"
for options in "--loss curl-logistic --negatives 3 --block 2 --head-out 0" "--encoder gru --maxn 0 --width 12 --loss ntxent" \
    "--encoder transformer --maxn 0 --width 16 --blocks 1 --max-words 5" \
    "--encoder bigru --maxn 0 --width 8 --pool mean --words-optimizer adagrad" "--text-view erase --pairs views" \
    "--loss cross-entropy --target group" "--loss curl-hinge --negatives 2 --without-replacement --class-prior uniform --head-out 0"; do
    rm -rf whole part
    # shellcheck disable=SC2086
    "$akin" train --recipe none docs --out whole --epochs 2 --checkpoint-every 4 $common $options >out 2>err || fail "train $options: $(cat err)"
    # shellcheck disable=SC2086
    "$akin" train --recipe none docs --out part --epochs 2 --checkpoint-every 4 $common $options >/dev/null 2>&1 &
    pid=$!
    while [ ! -e part/checkpoints ] && kill -0 $pid 2>/dev/null; do sleep 0.02; done
    kill -9 $pid 2>/dev/null
    wait $pid 2>/dev/null
    "$akin" train --resume --out part --quiet 2>err || fail "resume of $options: $(cat err)"
    [ "$(sum whole)" = "$(sum part)" ] || fail "$options: resumed, the weights differ"
done
grep -q '"collisions"' whole/metrics.jsonl || fail "collisions are not counted"

# Pairs from columns, with negatives and without.
run pairs.tsv --out p --epochs 1 --loss infonce
grep -q '"pairs": "given"' p/run.json || fail "columns are not taken as pairs"
run pairs.tsv --out p --epochs 1 --loss curl-hinge --pairs given --negatives 1 --head-out 0 --force
run pairs.tsv --out p --epochs 1 --loss ntxent --negatives 1 --pairs given --force

# Words begin as given vectors; they replace, and may stay as they are.
{ echo "60 24"; awk 'BEGIN { for (i = 0; i < 60; i++) { line = "common" i; for (d = 0; d < 24; d++) line = line " " sin(i * 7 + d); print line } }'; } >w.vec
run docs --out v --epochs 1 --word-vectors w.vec --text-view replace --pairs views --word-replace 0.5
run docs --out v --epochs 1 --word-vectors w.vec --freeze-words --force

expect 2 "two views of a text would be the same words" train --recipe none lines.txt --quiet --out x --text-view none --min-count 1
expect 2 "--encoder resnet8 does not read text; take bag, gru, bigru or transformer" train --recipe none docs --out x --encoder resnet8
expect 2 "reads words, not their n-grams; give --maxn 0" train --recipe none docs --out x --encoder transformer --maxn 5
export AKIN_ISA=avx2
expect 2 "bf16 needs a processor with AVX-512" train --recipe none docs --quiet --out x --encoder transformer --maxn 0 --precision bf16
unset AKIN_ISA
expect 2 "--crop-min is no option for text" train --recipe none docs --out x --crop-min 0.3
expect 2 "--dim is no option for images" train --recipe none "$dir" --format images --out x --dim 3
expect 2 "needs --word-vectors" train --recipe none docs --out x --freeze-words
expect 2 "needs --word-vectors" train --recipe none docs --quiet --out x --text-view replace --min-count 1
expect 2 "--ema averages dense weights" train --recipe none docs --out x --ema 0.9
expect 2 "takes no further negatives" train --recipe none pairs.tsv --out x --loss dclw --pairs given --negatives 1
expect 2 "--negatives is an option of --pairs given and latent; --pairs is views" train --recipe none pairs.tsv --out x --pairs views --negatives 1
# The pairs of columns are taken without being asked for; so are their negatives, or it is said that they are not used.
{ printf 'anchor\tpositive\tnegative\n'; for i in 1 2 3 4 5 6 7 8; do printf 'sun moon %s\tmoon star %s\ttree river %s\n' $i $i $i; done; } >three.tsv
"$akin" train --recipe none three.tsv --out three --epochs 1 --batch-size 8 --min-count 1 >out 2>err || fail "$(cat err)"
[ "$(grep -c "the data have negatives, which are not used; --negatives 1" err)" = 1 ] || fail "unused negatives are not told: $(cat err)"
grep -q '"negatives": 0' three/run.json || fail "run.json tells other negatives than were used"
"$akin" train --recipe none three.tsv --out three --epochs 1 --batch-size 8 --min-count 1 --negatives 1 --force >out 2>err || fail "$(cat err)"
grep -q "not used" err && fail "used negatives are told as unused"
grep -q '"negatives": 1' three/run.json && grep -q '"pairs": "given"' three/run.json || fail "negatives of columns: $(cat three/run.json)"
"$akin" train --recipe none three.tsv --out x --epochs 1 --batch-size 8 --min-count 1 --negatives 1 --loss dclw >out 2>err && fail "a loss takes what it cannot"
grep -q "takes no further negatives" err || fail "$(cat err)"
expect 3 "has no rows with anchor and positive" train --recipe none docs --quiet --out x --pairs given --min-count 1
expect 3 "different words is seen 100000 times" train --recipe none docs --out x --min-count 100000
expect 2 "cannot both go to stdout" embed --form plain r - --json
expect 2 "give -o FILE.npy" embed --form plain r - --as npy
printf 'good\nbad \377 line\n' >bad
"$akin" embed --form plain r - <bad >out 2>err
[ $? = 3 ] && grep -qF "line 2 is not UTF-8 at byte 5, 0xff; --on-bad skip" err || fail "a bad byte in a pipe: $(cat err)"
echo '["one", "two"]' | "$akin" embed --form plain r - >out 2>err
grep -q 'the first looks like JSON; a file that is named' err || fail "JSON in a pipe: $(cat err)"
printf 'text\tlabel\n' | "$akin" embed --form plain r - >out 2>err
grep -q 'the first looks like a row of a table' err || fail "a table in a pipe: $(cat err)"
"$akin" embed --form plain r - --on-bad skip --quiet <bad >out 2>err && [ "$(wc -l <out)" = 2 ] || fail "a bad byte is not replaced: $(cat err)"

# Rows are never dropped: lines without a word, empty ones and rows that cannot be used are rows of zeros, from a file or a
# pipe, of the run's own data and of others; nothing is learned from them.
awk '{ print } NR % 50 == 3 { print "..." } NR % 90 == 4 { print "" }' lines.txt >gaps.txt
total=$(wc -l <gaps.txt)
rows() { # of which there are FILE.names.txt too
    names=$(wc -l <"$1.names.txt") bytes=$(($(wc -c <"$1.npy") - 128))
    [ $((bytes / 96)) = "$names" ] || fail "$1: $names names beside $((bytes / 96)) rows"
    echo "$names"
}
run gaps.txt --out g --epochs 1 --text-view crop
"$akin" embed --form plain g -o own.npy 2>err && [ "$(rows own)" = "$total" ] || fail "embed of the run's data: $(cat err)"
grep -q "16 of the $total texts have no words that the run knows; their rows are zeros" err || fail "zeros: $(cat err)"
grep -q "changed" err && fail "the same data have changed: $(cat err)"
cp gaps.txt other.txt
"$akin" embed --form plain g other.txt -o other.npy --quiet && "$akin" embed --form plain g - -o pipe.npy --quiet <gaps.txt || fail "embed gaps"
cmp -s own.npy other.npy && cmp -s own.npy pipe.npy || fail "a file, its copy and a pipe differ"
"$akin" eval g --quiet >/dev/null 2>err || fail "eval with gaps: $(cat err)"
"$akin" prune g -o keep.txt --drop-difficult 0.2 --quiet 2>err || fail "prune with gaps: $(cat err)"
run gaps.txt --keep keep.txt --out gk --epochs 1 --text-view crop
"$akin" embed --form plain gk -o kept.npy 2>err && [ "$(rows kept)" = "$(grep -vc '^#' keep.txt)" ] || fail "a keep-list: $(cat err)"
grep -q "changed" err && fail "with a keep-list the same data have changed: $(cat err)"
run gaps.txt --out gh --epochs 1 --text-view crop --holdout 0.25 --min-words 2 --drop-duplicates
"$akin" embed --form plain gh -o held.npy 2>err || fail "with a part held out: $(cat err)"
grep -q "these are the .* rows of the part 'train'; .* are in 'test'" err || fail "another part is not told: $(cat err)"
"$akin" embed --form plain gh other.txt -o all.npy --quiet && [ "$(rows all)" = "$total" ] || fail "options of the run drop rows of other data"
printf 'text,label\ncommon1 common2,a\n,b\ntwo,columns,too many\n!,a\ncommon3,b\ncommon4,b\n' >bad.csv
"$akin" embed --form plain g bad.csv -o bad.npy >out 2>err
[ $? = 3 ] && grep -qF "line 4: 3 columns where the first row has 2; --on-bad skip leaves such rows without a text" err ||
    fail "a bad row is not refused: $(cat err)"
"$akin" embed --form plain g bad.csv -o bad.npy --on-bad skip --max-bad 0.5 2>err && [ "$(rows bad)" = 6 ] || fail "a bad row is dropped: $(cat err)"
printf 'common1\n... \n' | "$akin" embed --form plain g - 2>err | sed -n 2p | grep -q '^0 0' || fail "a wordless line of a pipe: $(cat err)"
rm -f ./*.npy ./*.names.txt

# Lines tell of no pairs: two views of each line, by a recipe that is said and kept.
# shellcheck disable=SC2086
"$akin" train --recipe none lines.txt --out l --epochs 1 ${common%--quiet*} --workers 2 >out 2>err || fail "lines: $(cat err)"
grep -q 'two views of each of the texts, taking --text-view erase' err || fail "the recipe of lines is not said: $(cat err)"
run lines.txt --out l2 --epochs 1 --text-view erase
[ "$(sum l)" = "$(sum l2)" ] || fail "taking --text-view erase is not --text-view erase"
grep -q '"text-view": "erase"' l/run.json || fail "the recipe that was taken is not in run.json"
expect 2 "two views of a text would be the same words" train --recipe none lines.txt --out l3 --text-view none --quiet
expect 2 "or leave --pairs out" train --recipe none docs --out l3 --pairs views --quiet

cp -r r broken && sed -i '3s/./?/' broken/vocabulary.txt
"$akin" embed --form plain broken docs -o b.npy >out 2>err
[ $? = 3 ] && grep -q vocabulary.txt err || fail "a damaged vocabulary: $(cat err)"
expect 2 "infonce: takes no further keys, such as negatives; ntxent, dcl and infonce that is not symmetric do" \
    train pairs.tsv --loss infonce --symmetric --negatives 1 --out refused $common
# A column of groups without one of labels: what is seen is called by its name.
awk 'BEGIN { print "text,group" } { print $0 ",g" NR % 6 }' lines.txt >grouped.csv
"$akin" train --recipe none grouped.csv --out seen-groups --epochs 1 ${common% --quiet*} >out 2>err || fail "train on groups: $(cat err)"
grep -q 'groups are seen in training; as there are no labels' err || fail "groups: $(cat err)"
sed '1s/group/label/' grouped.csv >labelled.csv
"$akin" train --recipe none labelled.csv --out by-views --epochs 1 ${common% --quiet*} >out 2>err || fail "train beside labels: $(cat err)"
grep -q 'labels are seen' err && fail "labels are seen without being asked for: $(cat err)"
grep -q 'two views of each of the texts, taking --text-view erase' err || fail "views: $(cat err)"
"$akin" train labelled.csv --out by-recipe --epochs 1 ${common% --quiet*} >out 2>err || fail "train beside labels: $(cat err)"
grep -q 'labels are seen\|--pairs group' err && fail "the recipe sees labels: $(cat err)"
grep -q '"pairs": "group"' by-recipe/run.json && fail "the recipe pairs by label"
# Where nothing tells of pairs the recipe takes runs of words, and reads long texts to their end; what is given stays.
taken=" --text-view crop --word-crop-min 0.1 --word-crop-max 0.5 --word-erase 0.2 --max-words 1024 "
grep -qe "$taken" err || fail "views of the recipe: $(cat err)"
tail -n +2 err | grep -q ' texts are cut at 1024 words' || fail "how much is read now: $(cat err)"
"$akin" train labelled.csv --out by-erase --epochs 1 --text-view erase --encoder gru --width 8 ${common% --quiet*} >out 2>err || fail "erase: $(cat err)"
grep -q 'word-crop\|word-erase\|max-words' err && fail "the recipe changes what was given: $(cat err)"
"$akin" train docs --out by-documents --epochs 1 ${common% --quiet*} >out 2>err || fail "documents: $(cat err)"
grep -qe ' --pairs group --text-view erase --word-erase 0.4 ' err || fail "pairs of documents: $(cat err)"
"$akin" train --recipe none labelled.csv --out seen-labels --epochs 1 --pairs group ${common% --quiet*} >out 2>err || fail "train on labels: $(cat err)"
grep -q 'labels are seen in training: ' err || fail "labels: $(cat err)"
[ $failures = 0 ] && echo ok
exit $failures
