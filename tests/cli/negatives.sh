# SPDX-License-Identifier: Apache-2.0
# akin nn --queries --qrels: hard negatives against a slow search [Moreira2024], of rows and of texts; akin train takes them.
akin=$1
. "$(dirname "$0")/expect.inc"
cd "$dir" || exit 1
cat >check.py <<'P'
import json, math, random, struct, subprocess, sys
random.seed(5)
def npy(path, rows):
    head = "{'descr': '<f4', 'fortran_order': False, 'shape': (%d, %d), }" % (len(rows), len(rows[0]))
    head += " " * (63 - (len(head) + 10) % 64) + "\n"
    open(path, "wb").write(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(head)) + head.encode() + b"".join(struct.pack("<%df" % len(r), *r) for r in rows))
rows = lambda n: [[random.gauss(0, 1) for _ in range(6)] for _ in range(n)]
Q, D = rows(30), rows(200)
npy("q.npy", Q)
npy("d.npy", D)
cos = lambda a, b: sum(x * y for x, y in zip(a, b)) / math.sqrt(sum(x * x for x in a) * sum(y * y for y in b))
S = [[cos(q, d) for d in D] for q in Q]
rel = {q: random.sample(sorted(range(200), key=lambda d: -S[q][d])[:25], random.randint(1, 3)) for q in range(28)}
open("rel.tsv", "w").write("".join("%d\t%d\t%d\n" % (q, d, 1) for q in rel for d in rel[q]) + "29\t5\t0\n")
most = max(map(len, rel.values()))
def want(q, n=3, low=0, high=None, margin=None, relative=None, top=None, least=None):
    limits = margin is not None or relative is not None or top is not None
    high = high or low + (10 if limits else 1) * n + most
    near = sorted(range(200), key=lambda d: -S[q][d])[:high + most]
    plus = min(S[q][d] for d in rel[q])
    left = [d for d in near if d not in rel[q] and not (margin is not None and S[q][d] + margin > plus)
            and not (relative is not None and S[q][d] > plus - relative * abs(plus))
            and not (top is not None and S[q][d] > top) and not (least is not None and S[q][d] < least)]
    return left[:high][low:]
def mined(*options):
    subprocess.run([sys.argv[1], "nn", "d.npy", "--queries", "q.npy", "--qrels", "rel.tsv", "-o", "out.jsonl", "--force", "--quiet", *options], check=True)
    got = {}
    for line in open("out.jsonl"):
        o = json.loads(line)
        assert int(o["positive"]) in rel[int(o["query"])] and abs(o["score"] - S[int(o["query"])][int(o["document"])]) < 1e-6, o
        got.setdefault((int(o["query"]), int(o["positive"])), []).append(int(o["document"]))
    return got
for options, how in (((), {}), (("--negatives", "5", "--range-min", "2"), dict(n=5, low=2)), (("--range-min", "1", "--range-max", "6"), dict(low=1, high=6)),
                     (("--margin", "0.1"), dict(margin=0.1)), (("--relative-margin", "0.05"), dict(relative=0.05)),
                     (("--max-score", "0.6", "--min-score", "0.2"), dict(top=0.6, least=0.2))):
    got, n = mined(*options), how.get("n", 3)
    expected = {(q, p): want(q, **how)[:n] for q in rel for p in rel[q] if want(q, **how)[:n]}
    assert got == expected, (options, [(k, got.get(k), expected[k]) for k in expected if got.get(k) != expected[k]][:3])
drawn, again = mined("--sampling", "random", "--range-max", "20", "--seed", "1"), mined("--sampling", "random", "--range-max", "20", "--seed", "1", "--threads", "1")
assert drawn == again != mined("--sampling", "random", "--range-max", "20", "--seed", "2")
for (q, p), found in drawn.items():
    wide = want(q, high=20)
    assert len(set(found)) == 3 and [d for d in wide if d in found] == found, (q, found, wide)
assert len({d for f in drawn.values() for d in f}) > len({d for f in mined().values() for d in f}) / 2
P
python3 check.py "$akin" || fail "negatives are not those of a slow search"
awk 'BEGIN { for (i = 0; i < 60; i++) print "d" i "\tw" i " w" i " w" (i + 1) % 60 }' >docs.tsv
awk 'BEGIN { for (i = 0; i < 60; i += 2) print "q" i "\tw" i " w" (i + 1) % 60 }' >queries.tsv
awk 'BEGIN { for (i = 0; i < 60; i += 2) print "q" i " 0 d" i " 1" }' >rel.txt
cut -f2 docs.tsv >t.txt
"$akin" train t.txt --out r --epochs 0 --maxn 0 --min-count 1 --dim 16 --quiet 2>err || fail "train: $(cat err)"
"$akin" nn r --queries queries.tsv --documents docs.tsv --qrels rel.txt --negatives 2 -o t.tsv 2>err || fail "$(cat err)"
[ "$(wc -l <t.tsv)" = 61 ] && [ "$(head -1 t.tsv)" = "$(printf 'anchor\tpositive\tnegative')" ] || fail "rows: $(head -2 t.tsv)"
grep -q "60 rows in 't.tsv': 60 negatives of 30 queries" err || fail "told: $(cat err)"
"$akin" train t.tsv --out again --pairs given --negatives 1 --epochs 1 --min-count 1 --batch-size 10 --quiet 2>err || fail "train on them: $(cat err)"
expect 2 "t.tsv' exists" nn r --queries queries.tsv --documents docs.tsv --qrels rel.txt -o t.tsv
expect 2 "--qrels FILE" nn r --queries queries.tsv --documents docs.tsv -o x.tsv
expect 2 "-o FILE.tsv or FILE.jsonl" nn r --queries queries.tsv --documents docs.tsv --qrels rel.txt
expect 2 "--query looks, --queries mines" nn r --queries queries.tsv --query 3 --qrels rel.txt -o x.tsv
expect 2 "of a query from candidates 0 to 2" nn d.npy --queries q.npy --qrels rel.tsv --range-max 2 -o x.tsv
expect 3 "judges none of the 30 queries" nn d.npy --queries q.npy --qrels rel.txt -o x.tsv
[ ! -e x.tsv ] || fail "a refused command wrote a file"
[ $failures = 0 ] && echo ok
exit $failures
