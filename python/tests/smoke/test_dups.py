# SPDX-License-Identifier: Apache-2.0
"""Copies and outliers: against all pairs of numpy, no copies, what is refused."""

import unittest

import numpy as np

import akin


class Copies(unittest.TestCase):
    def setUp(self) -> None:
        draw = np.random.default_rng(1)
        x = draw.normal(size=(150, 12)).astype("f4")
        self.x = np.concatenate([x, x[:5], x[20:30] + 0.02 * draw.normal(size=(10, 12)).astype("f4"), np.zeros((1, 12), "f4")])

    def test_all_pairs(self) -> None:
        d = akin.dups(self.x, threshold=0.6)
        unit = self.x[:-1].astype("f8") / np.linalg.norm(self.x[:-1].astype("f8"), axis=1, keepdims=True)
        s = unit @ unit.T
        want = {(i, j) for i in range(165) for j in range(i + 1, 165) if s[i, j] >= 0.6}
        alone = {(i, j) for i, j in want if not (150 <= j < 155 and i != j - 150) and not 150 <= i < 155}
        self.assertEqual(set(zip(d.first.tolist(), d.second.tolist())), alone)
        self.assertTrue(np.allclose(d.alike, s[d.first, d.second], atol=1e-12))
        self.assertTrue((np.diff(d.alike) <= 0).all())
        self.assertEqual((d.equal, d.zeros, d.nearest[-1]), (5, 1, -1))
        self.assertTrue(np.isnan(d.similarity[-1]))

    def test_suggested(self) -> None:
        d = akin.dups(self.x)
        self.assertEqual(len(d.first), 15)
        self.assertEqual(d.keep.tolist(), [True] * 150 + [False] * 15 + [True])
        self.assertEqual(d.group[150:165].tolist(), list(range(5)) + list(range(20, 30)))
        self.assertTrue(np.isclose(d.threshold, 1 - d.suggested) and d.suggested <= d.spacing / 10)

    def test_none(self) -> None:
        d = akin.dups(self.x[:150], threshold=1)
        self.assertEqual((len(d.first), len(d.alike), int(d.keep.sum())), (0, 0, 150))

    def test_what_is_refused(self) -> None:
        bad = self.x.copy()
        bad[3, 2] = np.nan
        with self.assertRaisesRegex(akin.InputError, "row 3, column 2"):
            akin.dups(bad)
        with self.assertRaisesRegex(akin.InputError, "no threshold can be suggested from 5 rows"):
            akin.dups(self.x[:5])
        with self.assertRaises(akin.RangeError):
            akin.dups(self.x, threshold=1.5)
        with self.assertRaisesRegex(akin.RangeError, "more than 20 pairs"):
            akin.dups(self.x, threshold=0.01, most=20)


class Outliers(unittest.TestCase):
    def test_all_pairs(self) -> None:
        draw = np.random.default_rng(2)
        x = draw.normal(size=(120, 9)).astype("f4")
        x[5] = 0
        unit = np.delete(x, 5, 0).astype("f8")
        unit /= np.linalg.norm(unit, axis=1, keepdims=True)
        want = np.sort(1 - unit @ unit.T, axis=1)
        for k in (1, 5, 30):
            got = akin.outliers(x, k=k)
            self.assertTrue(np.isnan(got[5]))
            self.assertTrue(np.allclose(np.delete(got, 5), want[:, k], atol=1e-12))

    def test_what_is_refused(self) -> None:
        with self.assertRaisesRegex(akin.InputError, "4 rows differ"):
            akin.outliers(np.eye(4))
        with self.assertRaises(akin.RangeError):
            akin.outliers(np.eye(4), k=0)


if __name__ == "__main__":
    unittest.main()
