# SPDX-License-Identifier: Apache-2.0
"""Labels that are likely wrong: planted ones, names, probabilities of others, what is refused."""

import unittest

import numpy as np

import akin


class Labels(unittest.TestCase):
    def setUp(self) -> None:
        draw = np.random.default_rng(1)
        self.y = np.arange(240) % 3
        self.x = (draw.normal(size=(240, 5)) + 9 * np.eye(3, 5)[self.y]).astype("f4")
        self.planted = [4, 50, 77]
        self.noisy = self.y.copy()
        self.noisy[self.planted] = (self.y[self.planted] + 1) % 3

    def test_planted(self) -> None:
        for method in ("both", "logistic", "knn"):
            for score in ("ratio", "margin", "self"):
                found = akin.labels(self.x, self.noisy, method=method, score=score)
                self.assertEqual(sorted(found.order[:3].tolist()), self.planted, (method, score))
                self.assertLessEqual(set(np.flatnonzero(found.wrong)), set(self.planted))
                self.assertTrue((found.suggested == self.y).all())
                self.assertTrue(abs(found.estimate - 3) < 3 and 237 <= len(found.keep) < 240)
                self.assertTrue(np.allclose(found.probability.sum(1), 1, atol=1e-5) and np.isclose(found.joint.sum(), 1))
                self.assertIn("of 240 labels", repr(found))

    def test_names_and_other_layouts(self) -> None:
        words = np.array(["a", "b", "c"])[self.noisy]
        one, two = akin.labels(self.x, self.noisy), akin.labels(np.asfortranarray(self.x.astype("f8")), list(words))
        self.assertEqual(two.classes.tolist(), ["a", "b", "c"])
        self.assertTrue(np.array_equal(one.score, two.score))
        three = akin.labels(None, self.noisy, probabilities=one.probability)
        self.assertTrue(np.array_equal(one.score, three.score) and np.array_equal(one.wrong, three.wrong))

    def test_what_is_refused(self) -> None:
        with self.assertRaises(akin.ArgumentError):
            akin.labels(self.x)
        with self.assertRaises(akin.ArgumentError):
            akin.labels(self.x, self.noisy, method="svm")
        with self.assertRaises(akin.RangeError):
            akin.labels(self.x, self.noisy, k=0)
        with self.assertRaises(akin.ShapeError):
            akin.labels(self.x, self.noisy[:5])
        with self.assertRaises(akin.ShapeError):
            akin.labels(None, self.noisy, probabilities=np.full((240, 2), 0.5))
        with self.assertRaisesRegex(akin.InputError, "labels"):
            akin.labels(self.x, np.zeros(240, int))
        self.x[7, 1] = np.inf
        with self.assertRaisesRegex(akin.InputError, "row 7, column 1"):
            akin.labels(self.x, self.noisy)


if __name__ == "__main__":
    unittest.main()
