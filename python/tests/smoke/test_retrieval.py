# SPDX-License-Identifier: Apache-2.0
"""Retrieval, similarity and hard negatives beside sums of NumPy; what is refused."""

import unittest

import numpy as np

import akin


class Found(unittest.TestCase):
    def setUp(self) -> None:
        draw = np.random.default_rng(3)
        self.q = draw.normal(size=(20, 6)).astype("f4")
        self.d = draw.normal(size=(50, 6)).astype("f4")
        self.relevant = [{int(j): int(g) for j, g in zip(draw.permutation(50)[:4], draw.integers(0, 3, 4))} for _ in range(19)] + [[]]
        unit = [x / np.linalg.norm(x, axis=1, keepdims=True) for x in (self.q.astype("f8"), self.d.astype("f8"))]
        self.cosine = unit[0] @ unit[1].T
        self.order = np.argsort(-self.cosine, axis=1)

    def test_retrieval(self) -> None:
        found = akin.retrieval(self.q, self.d, self.relevant, at=[5, 60])
        asked = [i for i, of in enumerate(self.relevant) if len(of) and max(of.values()) > 0]
        self.assertEqual((found.protocol, found.query.tolist(), found.left_out), ("retrieval-v1", asked, 20 - len(asked)))
        for row, i in zip(found.each, asked):
            good = {j for j, g in self.relevant[i].items() if g > 0}
            hits = np.array([j in good for j in self.order[i]])
            one = dict(zip(found.measures, row))
            self.assertAlmostEqual(one["recall@5"], hits[:5].sum() / len(good), 12)
            self.assertAlmostEqual(one["recall@60"], 1, 12)
            self.assertAlmostEqual(one["precision@60"], len(good) / 60, 12)
            self.assertAlmostEqual(one["mrr@60"], 1 / (1 + hits.argmax()), 12)
            ideal = (1 / np.log2(np.arange(min(5, len(good))) + 2)).sum()
            self.assertAlmostEqual(one["ndcg@5"], (hits[:5] / np.log2(np.arange(5) + 2)).sum() / ideal, 12)
        self.assertAlmostEqual(found["map@5"], found.each[:, list(found.measures).index("map@5")].mean(), 12)
        self.assertEqual(len(found.measures), 14)
        low, high = found.measures["ndcg@5"].ci95
        self.assertTrue(low < found["ndcg@5"] < high)
        whole = akin.retrieval(self.q, self.d, [list(of)[:1] for of in self.relevant[:19]] + [[-1]], similarity="dot")
        self.assertEqual((len(whole.measures), len(whole.query)), (30, 20))  # all grades are 1: no graded-ndcg

    def test_similarity(self) -> None:
        a, b = self.d[:40], self.d[10:]
        score = np.random.default_rng(1).integers(0, 6, 40)
        found = akin.similarity(a, b, score)
        self.assertAlmostEqual(found.pearson["dot"].value, np.corrcoef((a.astype("f8") * b).sum(1), score)[0, 1], 6)
        self.assertAlmostEqual(found.pearson["manhattan"].value, np.corrcoef(-np.abs(a.astype("f8") - b).sum(1), score)[0, 1], 6)
        self.assertEqual((found.pairs, found.zero_rows, len(found.spearman)), (40, 0, 4))
        self.assertTrue(np.isnan(akin.similarity(a, b, np.ones(40)).spearman["cosine"].value))

    def test_hard_negatives(self) -> None:
        first = [[int(row[4])] for row in self.order]  # the fifth is the relevant one
        found = akin.hard_negatives(self.q, self.d, first, 4)
        self.assertTrue((found.index == self.order[:, :4]).all())
        self.assertLess(np.abs(found.positive - [c[j[0]] for c, j in zip(self.cosine, first)]).max(), 1e-6)
        below = akin.hard_negatives(self.q, self.d, first, 4, absolute_margin=0.0, range_max=40)
        self.assertTrue((below.index == self.order[:, 5:9]).all())

    def test_what_is_refused(self) -> None:
        for error, at, of in (
            (akin.RangeError, [5, 1], self.relevant), (akin.RangeError, range(1, 10), self.relevant), (akin.RangeError, [0], self.relevant),
            (akin.RangeError, [1], [50] * 20), (akin.RangeError, [1], [0.5] * 20), (akin.ShapeError, [1], [1] * 19),
            (akin.InputError, [1], [[]] * 20), (akin.InputError, [1], [["a"]] * 20),
        ):  # fmt: skip
            with self.assertRaises(error):
                akin.retrieval(self.q, self.d, of, at=at)
        with self.assertRaises(akin.ArgumentError):
            akin.retrieval(self.q, self.d, self.relevant, similarity="manhattan")
        with self.assertRaises(akin.ShapeError):
            akin.retrieval(self.q, self.d[:, 1:], self.relevant)
        with self.assertRaises(akin.ShapeError):
            akin.similarity(self.q, self.q, [1, 2])
        with self.assertRaises(akin.RangeError):
            akin.hard_negatives(self.q, self.d, self.relevant, 0)


if __name__ == "__main__":
    unittest.main()
