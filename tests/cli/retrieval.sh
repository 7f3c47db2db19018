# SPDX-License-Identifier: Apache-2.0
# akin eval --qrels and --scores: measures against a slow reference in double [Manning2008 sec.8.4] [Jarvelin2002 sec.2]
# [Pearson1895] [Spearman1904], intervals against means of other draws [Efron1993 sec.13.3]; texts of a run; what is refused.
akin=$1
. "$(dirname "$0")/expect.inc"
cd "$dir" || exit 1

cat >make.py <<'P'
import random, struct
random.seed(4)
def npy(path, rows):
    head = "{'descr': '<f4', 'fortran_order': False, 'shape': (%d, %d), }" % (len(rows), len(rows[0]))
    head += " " * (63 - (len(head) + 10) % 64) + "\n"
    open(path, "wb").write(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(head)) + head.encode() + b"".join(struct.pack("<%df" % len(r), *r) for r in rows))
small = lambda n: [[random.randint(-2, 2) for _ in range(5)] for _ in range(n)]
npy("q.npy", small(40))
npy("d.npy", small(150))
open("d.npy.names.txt".replace(".npy.names", ".names"), "w").write("".join("doc%d\n" % (i * 7 % 150) for i in range(150)))
with open("qrels.tsv", "w") as f, open("trec.txt", "w") as t:
    f.write("query-id\tcorpus-id\tscore\n")
    for q in range(38):
        for d in random.sample(range(155), random.randint(1, 6)):
            grade = random.choice([0, 1, 1, 2])
            f.write("%d\tdoc%d\t%d\n" % (q, d, grade))
            t.write("%d 0 doc%d %d\n" % (q, d, grade))
    f.write("elsewhere\tdoc1\t1\n")
npy("a.npy", small(200))
npy("b.npy", small(200))
open("s.txt", "w").write("".join("%d\n" % random.randint(0, 5) for _ in range(200)))
P
python3 make.py || fail make.py
"$akin" eval --queries q.npy --documents d.npy --qrels qrels.tsv --similarity dot --at 1,5,200 --json >r.json 2>err || fail "$(cat err)"
grep -q "1 judgments are of queries that 'q.npy' does not have" err || fail "strange queries: $(cat err)"
grep -q "judgments are of documents that 'd.npy' does not have; they cannot be found and count" err || fail "strange documents: $(cat err)"
"$akin" eval --queries q.npy --documents d.npy --qrels trec.txt --similarity dot --at 1,5,200 --json >t.json 2>err || fail "$(cat err)"
cmp -s r.json t.json || fail "TREC's columns give other numbers than BEIR's"
"$akin" eval --a a.npy --b b.npy --scores s.txt --json >p.json 2>err || fail "$(cat err)"
cat >check.py <<'P'
import json, math, random, struct
def rows(path):
    data = open(path, "rb").read()
    head = struct.unpack("<H", data[8:10])[0]
    n, d = eval(data[10:10 + head])["shape"]
    x = struct.unpack("<%df" % (n * d), data[10 + head:])
    return [x[i * d:(i + 1) * d] for i in range(n)]
names = open("d.names.txt").read().split()
Q, D, rel = rows("q.npy"), rows("d.npy"), {}
for line in open("qrels.tsv").read().split("\n")[1:-1]:
    q, d, g = line.split("\t")
    if q.isdigit():
        rel.setdefault(int(q), {})[d] = int(g)
each = {}
dcg = lambda gains: sum(g / math.log2(i + 2) for i, g in enumerate(gains))
for q, judged in rel.items():
    good = {d: g for d, g in judged.items() if g > 0}
    if not good:
        continue
    order = sorted(range(len(D)), key=lambda i: (-sum(a * b for a, b in zip(Q[q], D[i])), names[i]))
    for k in (1, 5, 200):
        hits = [names[i] in good for i in order[:k]]
        gains, best = [good.get(names[i], 0) for i in order[:k]], sorted(good.values(), reverse=True)[:k]
        at = [sum(hits[:i + 1]) / (i + 1) for i, h in enumerate(hits) if h]
        for name, value in (("accuracy", float(any(hits))), ("precision", sum(hits) / k), ("recall", sum(hits) / len(good)),
                            ("mrr", 1 / (hits.index(True) + 1) if any(hits) else 0), ("map", sum(at) / min(k, len(good))),
                            ("ndcg", dcg(hits) / dcg([1] * min(k, len(good)))), ("graded-ndcg", dcg(gains) / dcg(best))):
            each.setdefault("%s@%d" % (name, k), []).append(value)
told = json.load(open("r.json"))["results"][0]
assert told["protocol"] == "retrieval-v1" and told["queries"] == len(each["map@1"]) and told["interval"] == "bootstrap-over-queries", told
assert set(told["measures"]) == set(each), set(told["measures"]) ^ set(each)
random.seed(1)
for name, x in each.items():
    m, n = told["measures"][name], len(x)
    mean = sum(x) / n
    assert abs(m["value"] - mean) < 1e-12, (name, m, mean)
    draws = sorted(sum(random.choices(x, k=n)) / n for _ in range(1000))
    sd = math.sqrt(sum((v - mean) ** 2 for v in x)) / n
    # a percentile of 1000 draws is off by about 0.1 of their deviation; two are compared
    assert all(abs(a - b) <= 0.5 * sd + 1e-12 for a, b in zip(m["ci95"], (draws[25], draws[974]))), (name, m, draws[25], draws[974])
A, B, S = rows("a.npy"), rows("b.npy"), [float(v) for v in open("s.txt")]
def pearson(x, y):
    mx, my = sum(x) / len(x), sum(y) / len(y)
    return sum((a - mx) * (b - my) for a, b in zip(x, y)) / math.sqrt(sum((a - mx) ** 2 for a in x) * sum((b - my) ** 2 for b in y))
def rank(x):
    return [sum(b < a for b in x) + 0.5 * (sum(b == a for b in x) - 1) for a in x]
norm = lambda v: math.sqrt(sum(a * a for a in v))
dot = lambda a, b: sum(x * y for x, y in zip(a, b))
single = lambda v: struct.unpack("<f", struct.pack("<f", v))[0]  # equal but for rounding is equal
kinds = {"cosine": lambda a, b: single(dot(a, b) / (norm(a) * norm(b)) if norm(a) * norm(b) else 0.0), "dot": dot,
         "euclidean": lambda a, b: -math.dist(a, b), "manhattan": lambda a, b: -sum(abs(x - y) for x, y in zip(a, b))}
told = json.load(open("p.json"))["results"][0]
assert told["protocol"] == "similarity-v1" and told["pairs"] == 200
for kind, f in kinds.items():
    x = [f(a, b) for a, b in zip(A, B)]
    for name, value in (("pearson", pearson(x, S)), ("spearman", pearson(rank(x), rank(S)))):
        m = told["measures"]["%s-%s" % (name, kind)]
        assert abs(m["value"] - value) < 1e-7, (name, kind, m, value)
        assert m["ci95"][0] < m["value"] < m["ci95"][1] and abs(m["ci95"][1] - m["ci95"][0] - 4 * 0.98 / math.sqrt(200)) < 0.08, (name, kind, m)
P
python3 check.py || fail "measures are not those of the reference"

# Texts of a run: TSV and JSONL, packed; the words of a query are those of its document.
awk 'BEGIN { for (i = 0; i < 60; i++) print "w" i " w" i " w" (i + 1) % 60 }' >t.txt
"$akin" train t.txt --out r --epochs 0 --maxn 0 --min-count 1 --dim 16 --quiet 2>err || fail "train: $(cat err)"
awk 'BEGIN { for (i = 0; i < 60; i++) printf "{\"_id\": \"d%d\", \"title\": \"w%d\", \"text\": \"w%d w%d\"}\n", i, i, i, (i + 1) % 60 }' | gzip >docs.jsonl.gz
awk 'BEGIN { for (i = 0; i < 60; i += 3) print "q" i "\tw" i " w" i " w" (i + 1) }' >queries.tsv
awk 'BEGIN { for (i = 0; i < 60; i += 3) print "q" i "\td" i "\t1" }' >rel.tsv
"$akin" eval r --queries queries.tsv --documents docs.jsonl.gz --qrels rel.tsv --layer backbone --baselines none --json >t.json 2>err || fail "$(cat err)"
grep -q '"encoder":"trained","layer":"backbone"' t.json && grep -q '"accuracy@1":{"value":1.0' t.json || fail "texts are not found: $(cat t.json)"
"$akin" eval r --queries queries.tsv --documents docs.jsonl.gz --qrels rel.tsv >out 2>err && grep -q '^random *backbone *ndcg@10' out || fail "the table: $(cat out)"
printf 'sentence1\tsentence2\tscore\nw1 w2\tw1 w2\t5\nw3\tw9\t1\nw4 w5\tw4 w6\t3\n' >sts.tsv
"$akin" eval r --scores sts.tsv --layer backbone --baselines none --json >t.json 2>err || fail "$(cat err)"
grep -q '"spearman-cosine":{"value":1.0' t.json && grep -q "names its columns" err || fail "pairs of texts: $(cat t.json err)"

# What makes no sense.
expect 2 "--qrels is missing" eval --queries q.npy --documents d.npy
expect 2 "--qrels is of retrieval, --scores of similarity" eval --qrels rel.tsv --scores s.txt
expect 2 "--b is missing" eval --a a.npy --scores s.txt
expect 2 "--a is of --scores without RUN" eval r --a a.npy --scores sts.tsv
expect 2 "--at has 5 after 10; they must ascend" eval --queries q.npy --documents d.npy --qrels qrels.tsv --at 10,5
expect 3 "judges none of the 40 queries" eval --queries q.npy --documents d.npy --qrels rel.tsv
expect 3 "'a.npy' line 1 " eval r --queries a.npy --documents docs.jsonl.gz --qrels rel.tsv
printf 'q1\tx\nq1\ty\n' >twice.tsv
expect 3 "'twice.tsv' has the id 'q1' twice (lines 1 and 2)" eval r --queries twice.tsv --documents docs.jsonl.gz --qrels rel.tsv
printf 'q0\td0\t1\nq0\td0\t2\n' >again.tsv
expect 3 "judges document 'd0' for query 'q0' twice (lines 1 and 2)" eval r --queries queries.tsv --documents docs.jsonl.gz --qrels again.tsv
printf 'q0\td0\t1\nq0\td1\tmuch\n' >much.tsv
expect 3 "'much.tsv' line 2 has a grade that is no number" eval r --queries queries.tsv --documents docs.jsonl.gz --qrels much.tsv
printf 'q0\td0\t1\nq0 d1\n' >two.tsv
expect 3 "line 2 has not three columns" eval r --queries queries.tsv --documents docs.jsonl.gz --qrels two.tsv
printf 'q0\td0\t0\n' >zero.tsv
expect 3 "no query has a relevant document" eval r --queries queries.tsv --documents docs.jsonl.gz --qrels zero.tsv
printf 'a\tb\t1\na\tb\tnan\n' >nan.tsv
expect 3 "line 2 has a score that is not finite" eval r --scores nan.tsv
head -20 s.txt >few.txt
expect 3 "'few.txt' has 20 scores, 'a.npy' 200 rows" eval --a a.npy --b b.npy --scores few.txt
expect 3 "both must be of one shape" eval --a a.npy --b q.npy --scores s.txt
: >empty.tsv
expect 3 "'empty.tsv' is empty" eval r --queries empty.tsv --documents docs.jsonl.gz --qrels rel.tsv
[ $failures = 0 ] && echo ok
exit $failures
