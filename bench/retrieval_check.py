#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""retrieval_check.py AKIN: akin eval --qrels and --scores beside sentence-transformers' evaluators (pip install
sentence-transformers) on drawn rows: plain ones, rows of few values, whose dot products are often equal, and binary ones of
width 64, whose cosines are too. (Cosines of other rows may be equal but for rounding; then rounding orders them, there and
here in its own way.) Prints the greatest difference of each; exit 1 where one is above 1e-6."""
import json
import os
import subprocess
import sys
import tempfile

import numpy as np
import torch
from sentence_transformers.sentence_transformer.evaluation import EmbeddingSimilarityEvaluator, InformationRetrievalEvaluator

K = [1, 3, 5, 10, 100]


class Rows:
    """Stands for a model: a text is the number of a row."""

    def __init__(self, rows, similarity):
        self.rows, self.similarity_fn_name = torch.from_numpy(rows), similarity
        fn = {"cosine": lambda a, b: torch.nn.functional.normalize(a, dim=1) @ torch.nn.functional.normalize(b, dim=1).T,
              "dot": lambda a, b: a @ b.T}.get(similarity)
        self.similarity = fn
        self.model_card_data = type("Card", (), {"set_evaluation_metrics": lambda *a, **k: None})()

    def take(self, texts):
        return self.rows[[int(t) for t in texts]]


class Retrieval(InformationRetrievalEvaluator):
    def embed_inputs(self, model, sentences, **kwargs):
        return model.take(sentences)


class Similarity(EmbeddingSimilarityEvaluator):
    def embed_inputs(self, model, sentences, **kwargs):
        return model.take(sentences)


def akin(*args):
    return json.loads(subprocess.run([sys.argv[1], "eval", *args, "--json", "--quiet"], check=True, capture_output=True).stdout)


def retrieval(rows, n, rng, similarity):
    docs = len(rows) - n
    np.save("q.npy", rows[:n])
    np.save("d.npy", rows[n:])
    relevant, lines = {}, ["query-id\tcorpus-id\tscore"]
    for q in range(n):
        found = rng.choice(docs, rng.integers(0, 9), replace=False)
        near = np.argsort(-(rows[n:] @ rows[q]))[: rng.integers(0, 5)]
        relevant[str(q)] = {str(d) for d in [*found, *near]}
        lines += ["%d\t%s\t1" % (q, d) for d in relevant[str(q)]] + ["%d\t%d\t0" % (q, d) for d in range(2) if str(d) not in relevant[str(q)]]
    open("qrels.tsv", "w").write("\n".join(lines) + "\n")
    ours = akin("--queries", "q.npy", "--documents", "d.npy", "--qrels", "qrels.tsv", "--similarity", similarity)["results"][0]["measures"]
    peer = Retrieval({str(q): str(q) for q in range(n)}, {str(d): str(n + d) for d in range(docs)}, relevant, mrr_at_k=K, ndcg_at_k=K,
                     accuracy_at_k=K, precision_recall_at_k=K, map_at_k=K, write_csv=False, show_progress_bar=False)
    peer.prefix_name_to_metrics = lambda metrics, name: metrics
    theirs = peer(Rows(rows, similarity))
    return max(abs(ours["%s@%d" % (m, k)]["value"] - theirs["%s_%s@%d" % (similarity, m, k)]) for k in K
               for m in ("accuracy", "precision", "recall", "mrr", "ndcg", "map"))


def similarity(rows, rng, names):
    n = len(rows) // 2
    scores = np.round(rng.uniform(0, 5, n) + np.sum(rows[:n] * rows[n : 2 * n], 1) / rows.shape[1], 1)
    np.save("a.npy", rows[:n])
    np.save("b.npy", rows[n : 2 * n])
    np.savetxt("scores.txt", scores, "%.17g")
    ours = akin("--a", "a.npy", "--b", "b.npy", "--scores", "scores.txt")["results"][0]["measures"]
    peer = Similarity([str(i) for i in range(n)], [str(n + i) for i in range(n)], scores, similarity_fn_names=names, write_csv=False)
    theirs = peer(Rows(rows, "cosine"))
    return max(abs(ours["%s-%s" % (m, k)]["value"] - theirs["%s_%s" % (m, k)]) for k in names for m in ("spearman", "pearson"))


def main():
    rng, worst = np.random.default_rng(1), 0.0
    os.chdir(tempfile.mkdtemp())
    all_kinds = ["cosine", "dot", "euclidean", "manhattan"]
    for name, rows, kinds in (("normal", rng.normal(size=(3300, 64)), all_kinds),
                              ("few values", rng.integers(-1, 2, (1300, 12)) + 0.0, all_kinds[1:]),
                              ("binary", rng.choice([-1.0, 1.0], (1300, 64)), all_kinds)):
        rows = rows.astype("f4")
        for kind in kinds[: kinds.index("dot") + 1]:
            gap = retrieval(rows, 300, rng, kind)
            worst = max(worst, gap)
            print("retrieval, %s, %s: %.2g" % (name, kind, gap))
        gap = similarity(rows, rng, kinds)
        worst = max(worst, gap)
        print("similarity, %s: %.2g" % (name, gap))
    sys.exit(not worst <= 1e-6)


main()
