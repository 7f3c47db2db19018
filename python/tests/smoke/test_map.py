# SPDX-License-Identifier: Apache-2.0
"""Maps: shapes, the same bits, new rows on an old map, what is refused."""

import unittest

import numpy as np

import akin


class Maps(unittest.TestCase):
    def setUp(self) -> None:
        draw = np.random.default_rng(1)
        self.x = (draw.normal(size=(200, 6)) + 30 * draw.normal(size=(4, 6))[np.arange(200) % 4]).astype("f4")

    def test_groups_come_apart(self) -> None:
        for loss in ("nce", "infonce", "neg"):
            m = akin.map(self.x, metric="euclidean", loss=loss, epochs=100)
            self.assertEqual((m.shape, m.dtype), ((200, 2), np.float32))
            far = ((m[:, None] - m[None]) ** 2).sum(-1) + 1e9 * np.eye(200)
            self.assertTrue((far.argmin(1) % 4 == np.arange(200) % 4).mean() > 0.98, loss)
            placed = akin.map_place(self.x[:9], self.x, m, metric="euclidean", loss=loss)
            self.assertTrue((((placed[:, None] - m[None]) ** 2).sum(-1).argmin(1) % 4 == np.arange(9) % 4).all())

    def test_quality_is_that_of_the_rows(self) -> None:
        m = akin.map(self.x, epochs=20)
        q = akin.map_quality(self.x, m)
        self.assertTrue(0 < q.recall15_ci95[0] <= q.recall15 <= q.recall15_ci95[1] <= 1 and q.sample == 200)
        self.assertEqual(akin.map_quality(self.x[:, :2], self.x[:, :2], metric="euclidean").recall15, 1)

    def test_other_layouts_and_numbers(self) -> None:
        m = akin.map(self.x, epochs=5)
        self.assertTrue(np.array_equal(m, akin.map(self.x.astype("f8"), epochs=5)))
        self.assertTrue(np.array_equal(m, akin.map(np.asfortranarray(self.x), epochs=5)))

    def test_what_is_refused(self) -> None:
        bad = self.x.copy()
        bad[3, 2] = np.nan
        with self.assertRaisesRegex(akin.InputError, "row 3, column 2"):
            akin.map(bad)
        with self.assertRaises(akin.ArgumentError):
            akin.map(self.x, loss="umap")
        with self.assertRaises(akin.RangeError):
            akin.map(self.x, k=0)
        with self.assertRaises(akin.ShapeError):
            akin.map(self.x[:1])
        with self.assertRaises(akin.ShapeError):
            akin.map_quality(self.x, self.x[:5, :2])
        with self.assertRaises(akin.ShapeError):
            akin.map_place(self.x[:, :3], self.x, self.x[:, :2])


if __name__ == "__main__":
    unittest.main()
