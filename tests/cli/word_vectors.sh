# SPDX-License-Identifier: Apache-2.0
# akin train --word-vectors: text begins with vectors from a .vec file or a folder of model2vec, with and without
# training; counted, resumed to the same bits, and refused where they are damaged.
akin=$1
. "$(dirname "$0")/expect.inc"
cd "$dir" || exit 1

awk 'BEGIN { srand(3); for (i = 0; i < 200; i++) { l = ""; for (w = 0; w < 8; w++) l = l "w" int(rand() * 40) " "; print l } }' >t.txt
{ echo "32 6"; awk 'BEGIN { for (i = 0; i < 32; i++) { w = i < 30 ? i : i == 30 ? 3 : 99; l = "w" w
    for (d = 0; d < 6; d++) l = l " " sin(i * 7 + d); print l } }'; } >w.vec
gzip -k w.vec
common="--maxn 0 --min-count 1 --batch-size 20 --head-out 8 --head-hidden 8 --workers 1"
start() { # OUT OPTIONS...
    out=$1
    shift
    # shellcheck disable=SC2086
    "$akin" train --recipe none t.txt --out "$out" $common "$@" >/dev/null 2>err || fail "train $*: $(cat err)"
}

# As they are: no epoch. A row is the mean of the vectors of its words, those of the file and those drawn.
start as --epochs 0 --word-vectors w.vec.gz
grep -q "30 of 40 words have a vector of 6 numbers in .*w.vec.gz'; the other 10 begin at random" err || fail "$(cat err)"
grep -q "1 of its 32 words are not among those of the texts" err || fail "strange words: $(cat err)"
grep -q "1 lines of it are of words that it has already" err || fail "words that come twice: $(cat err)"
grep -q '"steps": 0' as/DONE || fail "no epoch has steps: $(cat as/DONE)"

head -5 t.txt | "$akin" embed --form plain as - --quiet >got || fail "embed of a pipe"
head -5 t.txt | python3 -c '
import math, sys
for line, row in zip(sys.stdin, open("got")):
    ids = [int(w[1:]) for w in line.split()]
    if max(ids) < 30:
        want = [sum(math.sin(i * 7 + d) for i in ids) / len(ids) for d in range(6)]
        assert all(abs(float(a) - b) < 1e-5 for a, b in zip(row.split(), want)), (row, want)
' || fail "a row is not the mean of the vectors of its words"
start drawn --epochs 0 --dim 6
grep -q word_vectors drawn/run.json && fail "a run without vectors names some"

# A folder of model2vec: weights, a table that tokens share, pieces of words, as its own package would mean them.
cat >make.py <<'P'
import json, os, struct, sys
def save(path, tensors):
    head, data = {}, b""
    for name, kind, shape, values in tensors:
        code = {"F32": "f", "F64": "d", "I64": "q", "I8": "b"}[kind]
        raw = struct.pack("<%d%s" % (len(values), code), *values)
        head[name] = {"dtype": kind, "shape": shape, "data_offsets": [len(data), len(data) + len(raw)]}
        data += raw
    text = json.dumps(head).encode()
    text += b" " * (-len(text) % 8)
    open(path, "wb").write(struct.pack("<Q", len(text)) + text + data)
def model(folder, kind, vocab, **more):
    os.makedirs(folder, exist_ok=True)
    json.dump({"model": dict({"type": kind, "unk_token": "[UNK]", "vocab": vocab}, **more)}, open(folder + "/tokenizer.json", "w"))
tokens = ["[UNK]", "w", "##1", "##2", "##3", "w1", "##9"] + ["w%d" % i for i in range(20, 25)]
table = [[(3 * r + c) % 7 - 3.5 for c in range(5)] for r in range(4)]
mapping, weights = [i % 4 for i in range(len(tokens))], [0.5 + 0.25 * i for i in range(len(tokens))]
flat = sum(table, [])
model("m2v", "WordPiece", {t: i for i, t in enumerate(tokens)}, continuing_subword_prefix="##")
save("m2v/model.safetensors", [("embeddings", "F32", [4, 5], flat), ("mapping", "I64", [len(mapping)], mapping),
                               ("weights", "F64", [len(weights)], weights)])
def vector(word):
    total, at = [0.0] * 5, 0
    while at < len(word):
        for end in range(len(word), at, -1):
            piece = ("##" if at else "") + word[at:end]
            if piece in tokens:
                break
        else:
            return None
        i = tokens.index(piece)
        total = [a + weights[i] * b for a, b in zip(total, table[mapping[i]])]
        at = end
    return total
json.dump({w: vector(w) for w in ("w%d" % i for i in range(40))}, open("want.json", "w"))
model("uni", "Unigram", [["<unk>", 0], ["\u2581w7", -1], ["w8", -2]])
save("uni/model.safetensors", [("embedding.weight", "I8", [3, 2], [0, 0, 1, -2, 3, 4])])
model("twice", "Unigram", [["w1", 0], ["w1", -1]])
save("twice/model.safetensors", [("embeddings", "F32", [2, 2], [1, 2, 3, 4])])
model("more", "WordPiece", {"w1": 0, "w2": 2})
save("more/model.safetensors", [("embeddings", "F32", [2, 2], [1, 2, 3, 4])])
model("rows", "WordPiece", {"w1": 0, "w2": 1})
save("rows/model.safetensors", [("embeddings", "F32", [2, 2], [1, 2, 3, 4]), ("mapping", "I64", [2], [0, 2])])
model("nan", "WordPiece", {"w1": 0, "w2": 1})
save("nan/model.safetensors", [("embeddings", "F32", [2, 2], [1, float("nan"), 3, 4])])
model("bert", "WordPiece", {"w1": 0})
save("bert/model.safetensors", [("bert.embeddings.word_embeddings.weight", "F32", [1, 2], [1, 2])])
model("none", "WordPiece", {})
save("none/model.safetensors", [("embeddings", "F32", [1, 2], [1, 2])])
P
python3 make.py || fail "make.py"
awk 'BEGIN { for (i = 0; i < 40; i++) print "w" i }' >each.txt
start m --epochs 0 --word-vectors m2v
grep -q "6 of them are one of its 12 tokens" err || fail "tokens are not told: $(cat err)"
"$akin" embed --form plain m - --quiet <each.txt >got || fail "embed of single words"
python3 - <<'P' || fail "words have other vectors than those of their pieces"
import json
want, rows = json.load(open("want.json")), [list(map(float, l.split())) for l in open("got")]
found = [w for w in want if want[w]]
assert 10 < len(found) < 40, found
for i in range(40):
    if want["w%d" % i]:
        assert all(abs(a - b) < 1e-6 for a, b in zip(rows[i], want["w%d" % i])), (i, rows[i], want["w%d" % i])
told = json.load(open("m/run.json"))["data"]["word_vectors"]
assert told["format"] == "model2vec" and told["found"] == len(found) and told["words"] == 12, told
assert told["composed"] == len([w for w in found if w not in ("w1", "w20", "w21", "w22", "w23", "w24")]), told
P
start u --epochs 0 --word-vectors uni
"$akin" embed --form plain u - --quiet <each.txt >got && [ "$(sed -n 8p got)" = "1 -2" ] && [ "$(sed -n 9p got)" = "3 4" ] ||
    fail "a unigram model: $(sed -n '8,9p' got)"

# In training they are as long as drawn ones: one factor for all, so that their median length is 1/sqrt(3 x 6).
start scaled --epochs 1 --words-lr 0 --word-vectors w.vec
grep -q "word vectors are multiplied by 0.136, to be as long as drawn ones (median length 1.[0-9]*, drawn 0.236)" err ||
    fail "the scale is not told: $(cat err)"
start given --epochs 1 --words-lr 0 --word-vectors w.vec --words-length given
grep -q "as long as they were given: median length 1.[0-9]*, drawn ones 0.236" err || fail "given: $(cat err)"
start frozen --epochs 1 --freeze-words --word-vectors w.vec
for run in scaled given frozen as; do
    "$akin" embed --form plain $run - --quiet <each.txt >$run.rows || fail "embed of the words of $run"
done
python3 - <<'P' || fail "vectors have another length than is asked for"
import json, math
def rows(run): return [list(map(float, l.split())) for l in open(run + ".rows")][:30]
file = [[math.sin(i * 7 + d) for d in range(6)] for i in range(30)]
median = sorted(math.sqrt(sum(x * x for x in row)) for row in file)[14]
for run, scale in ("scaled", 1 / math.sqrt(18) / median), ("given", 1), ("frozen", 1), ("as", 1):
    told = json.load(open(run + "/run.json"))["data"]["word_vectors"]
    assert abs(told["scale"] - scale) < 1e-5 and abs(told["length"] - median) < 1e-5, (run, told, scale, median)
    for got, want in zip(rows(run), file):
        assert all(abs(a - scale * b) < 1e-5 for a, b in zip(got, want)), (run, got, want, scale)
P

# Training goes on from them, and a run that was stopped has the same bits; other vectors than it began with are refused.

sum() { sed 's/.*weights_xxh64": "//; s/".*//' "$1/DONE"; }
mkdir elsewhere
cp w.vec keep.vec
# shellcheck disable=SC2086
"$akin" train --recipe none t.txt --out part --epochs 1 --word-vectors w.vec --text-view replace --schedule constant $common --quiet 2>err || fail "$(cat err)"
# shellcheck disable=SC2086
"$akin" train --recipe none t.txt --out both --epochs 2 --word-vectors w.vec --text-view replace --schedule constant $common --quiet 2>err || fail "$(cat err)"
sed 's/^w5 .*/w5 1 2 3 4 5 6/' keep.vec >w.vec
expect 3 "w.vec' has changed since the run began with its vectors (fingerprint" train --resume --out part --epochs 2 --quiet
cp keep.vec w.vec
(cd elsewhere && "$akin" train --resume --out ../part --epochs 2 --word-vectors ../w.vec --quiet) 2>err || fail "resume: $(cat err)"
[ "$(sum both)" = "$(sum part)" ] || fail "resumed, the weights differ"
# One that made no step has them as they are, and what it becomes has them as a run of its length at once.
start none --epochs 0 --word-vectors w.vec --text-view replace --schedule constant
"$akin" train --resume --out none --epochs 2 2>err >/dev/null || fail "resume of no step: $(cat err)"
grep -q "to be as long as drawn ones" err && grep -q '"scale": 0.1' none/run.json || fail "the new scale is not told: $(cat err)"
[ "$(sum both)" = "$(sum none)" ] || fail "resumed from no step, the weights differ"
"$akin" train --resume --out none --epochs 3 2>err >/dev/null || fail "resume: $(cat err)"
grep -q "to be as long as drawn ones" err && fail "vectors that have been trained are scaled again"

# What is no file of vectors.
bad() { # TEXT FILE-OR-FOLDER
    # shellcheck disable=SC2086
    expect 3 "$1" train t.txt --out x $common --quiet --word-vectors "$2"
}
: >empty.vec
printf '2 2\nw1 1 2\nw2 nan 1\n' >nan.vec
printf '2 2\nw1 1 2\nw2 1\n' >narrow.vec
printf '1 2\nzebra 1 2\n' >strange.vec
bad "empty.vec' is empty" empty.vec
bad "line 3: number 1 is ' nan'" nan.vec
bad "line 3 has 1 numbers" narrow.vec
bad "none of the 40 words of the texts has a vector in" strange.vec
bad "missing.vec" missing.vec
bad "model.safetensors" elsewhere
bad "token 'w1' comes twice" twice
bad "token 'w2' has the number 2; model.safetensors has 2 tokens" more
bad "tensor 'mapping' has row 2 for token 1; there are 2 rows" rows
bad "value 1 of tensor 'embeddings' is not finite" nan
bad "neither tensor 'embeddings' nor 'embedding.weight'" bert
bad "has no tokens" none
[ ! -e x ] || fail "a refused run left a folder"
[ $failures = 0 ] && echo ok
exit $failures
