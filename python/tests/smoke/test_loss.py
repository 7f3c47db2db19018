# SPDX-License-Identifier: Apache-2.0
"""Losses: values against formulas in double, gradients against differences, what goes in without a copy, exceptions."""

import array
import math
import unittest

import numpy as np

import akin


# Losses whose weights of anchors, or partners, are constants, by their papers: no gradient goes through them.
WEIGHTED = ("dclw", "dual-temperature", "matrix-ssl")


def batch(kind, dtype, n=24, d=8, seed=0):
    rng = np.random.default_rng(seed)
    a = rng.normal(size=(n, d)).astype(dtype)
    rest = {"b": (a + 0.5 * rng.normal(size=(n, d))).astype(dtype)}
    if "triples" in kind.needs:
        rest = {"positives": rest["b"], "negatives": rng.normal(size=(n, 3, d)).astype(dtype)}
    if "labels" in kind.needs:
        rest["labels"] = rng.integers(0, 4, n)
    if "features" in kind.needs:
        rest["features"] = rng.normal(size=(2 * n, 5)).astype(dtype)
    return a, rest


def ntxent(a, b, t):
    """[Chen2020 eq.1] with nothing but sums in double."""
    z = np.concatenate([a, b]).astype(float)
    z /= np.linalg.norm(z, axis=1, keepdims=True)
    s = z @ z.T / t
    np.fill_diagonal(s, -np.inf)
    n = len(a)
    partner = (np.arange(2 * n) + n) % (2 * n)
    return float(np.mean(np.log(np.exp(s).sum(1)) - s[np.arange(2 * n), partner]))


class Values(unittest.TestCase):
    def test_ntxent_is_its_formula(self):
        a, rest = batch(akin.losses()["ntxent"], np.float64)
        for t in (0.1, 0.5, 2.0):
            want = ntxent(a, rest["b"], t)
            self.assertLess(abs(akin.loss("ntxent", a, rest["b"], temperature=t).value - want), 1e-12 * abs(want))
            got = akin.loss("ntxent", a.astype(np.float32), rest["b"].astype(np.float32), temperature=t).value
            self.assertLess(abs(got - want), 1e-5 * abs(want))

    def test_gradients_are_differences_of_values(self):
        for name, kind in akin.losses().items():
            if name in WEIGHTED:
                continue
            a, rest = batch(kind, np.float64)
            got = akin.loss(name, a, **rest)
            self.assertEqual(got.grad_a.dtype, np.float64)
            # The ranks that make the window of `difficult` are of features, which stay.
            rng = np.random.default_rng(1)
            for field, grad in got.gradients.items():
                at = a if field == "a" else rest[field]
                step = rng.normal(size=at.shape)
                h = 1e-6
                values = []
                for side in (h, -h):
                    moved = {**rest, "a": a}
                    moved[field] = at + side * step
                    values.append(akin.loss(name, **moved, gradients=False, permuted=False).value)
                seen = (values[0] - values[1]) / (2 * h)
                want = float(np.sum(grad * step.reshape(grad.shape)))
                # Rounding of the values, over 2 h; h^2 of the third derivative is less.
                size = abs(got.value) + np.abs(grad * step.reshape(grad.shape)).sum()
                self.assertLess(abs(seen - want), 1e-8 * size, (name, field))

    def test_in_double_gradients_have_the_digits_of_a_double(self):
        for name, kind in akin.losses().items():
            a, rest = batch(kind, np.float64)
            narrow = {k: v.astype(np.float32) if v.dtype == np.float64 else v for k, v in {"a": a, **rest}.items()}
            wide = {k: v.astype(np.float64) if v.dtype == np.float32 else v for k, v in narrow.items()}
            want, got = akin.loss(name, **narrow, precision="f64"), akin.loss(name, **wide)
            self.assertLess(abs(want.value - got.value), 1e-12 * abs(want.value), name)
            for field, grad in got.gradients.items():
                gap = np.abs(grad - want.gradients[field]).max()
                self.assertLess(gap, 1e-7 * np.abs(grad).max(), (name, field))
                self.assertNotEqual(np.abs(grad - grad.astype(np.float32)).max(), 0)

    def test_calibration(self):
        a, rest = batch(akin.losses()["infonce"], np.float32, n=16)
        same = akin.loss("infonce", np.ones_like(a), np.ones_like(a))
        self.assertAlmostEqual(same.value, same.chance, 5)
        self.assertEqual(same.verdict, "nothing learned")
        got = akin.loss("infonce", a, rest["b"], groups=np.arange(16) // 2)
        self.assertLessEqual(got.floor, got.duplicate_floor)
        self.assertTrue(0 <= got.learned <= 1)
        self.assertEqual(set(got.to_dict()) & {"value", "chance", "floor"}, {"value", "chance", "floor"})
        without = akin.loss("infonce", a, rest["b"], permuted=False, gradients=False)
        self.assertTrue(math.isnan(without.permuted))
        self.assertEqual(without.gradients, {})

    def test_units_and_parameters(self):
        kinds = akin.losses()
        self.assertEqual(kinds["curl-logistic"].unit, "bits")
        self.assertEqual(kinds["ntxent"].parameters[0].name, "temperature")
        a, rest = batch(kinds["balanced"], np.float32)
        one = akin.loss("balanced", a, rest["b"], lambda_=1.0).value
        self.assertNotEqual(one, akin.loss("balanced", a, rest["b"], lambda_=2.0).value)
        both = akin.loss("infonce", a, rest["b"], symmetric=True).value
        self.assertNotEqual(both, akin.loss("infonce", a, rest["b"], symmetric=False).value)

    def test_averages_go_from_one_batch_to_the_next(self):
        r = np.random.default_rng(3)
        a = r.normal(size=(6, 5))
        b = a + 0.3 * r.normal(size=(6, 5))
        first = akin.loss("sogclr", a, b, temperature=0.5)
        self.assertAlmostEqual(first.value, akin.loss("dcl", a, b, temperature=0.5).value, places=12)
        before = np.where(np.arange(6) < 3, first.averages, np.nan) + 1
        second = akin.loss("sogclr", a, b, temperature=0.5, average_share=0.25, averages=before)
        want = np.log(0.75 * np.exp(first.averages + 1) + 0.25 * np.exp(first.averages))
        np.testing.assert_allclose(second.averages[:3], want[:3], rtol=1e-10)
        np.testing.assert_allclose(second.averages[3:], first.averages[3:], rtol=1e-10)
        self.assertIsNone(akin.loss("dcl", a, b).averages)
        with self.assertRaises(akin.ShapeError):
            akin.loss("sogclr", a, b, averages=[0.0] * 5)

    def test_items_have_their_own_temperatures_and_thresholds(self):
        r = np.random.default_rng(5)
        a = r.normal(size=(8, 5))
        b = a + 0.4 * r.normal(size=(8, 5))
        own, h = r.uniform(0.1, 0.5, 8), 1e-6
        result = akin.loss("isogclr", a, b, temperatures=own, thresholds=np.full(8, 0.5))
        z = np.concatenate([a, b]) / np.linalg.norm(np.concatenate([a, b]), axis=1)[:, None]
        other = np.arange(16)[:, None] % 8 != np.arange(16) % 8
        above = ((z @ z.T > 0.5) & other).sum(1) / 14
        np.testing.assert_allclose(result.above, (above[:8] + above[8:]) / 2, atol=1e-12)
        self.assertAlmostEqual(result.window_share, above.mean(), places=12)
        for i in range(8):
            up, down = own.copy(), own.copy()
            up[i] += h
            down[i] -= h
            values = [akin.loss("isogclr", a, b, temperatures=t, thresholds=np.full(8, 0.5)).value for t in (up, down)]
            self.assertAlmostEqual(result.grad_temperatures[i], 8 * (values[0] - values[1]) / (2 * h), places=5)
        with self.assertRaises(akin.ShapeError):
            akin.loss("isogclr", a, b, temperatures=[0.1] * 7)

    def test_targets_are_constants_where_their_gradient_is_left(self):
        r = np.random.default_rng(4)
        a, b, y = r.normal(size=(6, 5)), r.normal(size=(6, 5)), r.normal(size=(12, 5))
        result = akin.loss("simsiam", a, b, targets=y)
        p = np.concatenate([a, b])
        cosines = (p * y).sum(1) / np.linalg.norm(p, axis=1) / np.linalg.norm(y, axis=1)
        self.assertAlmostEqual(result.value, -cosines.mean(), places=12)
        self.assertAlmostEqual(akin.loss("byol", a, b, targets=y).value, 4 - 4 * cosines.mean(), places=12)
        self.assertEqual(result.grad_targets.shape, (12, 5))
        alone, both = akin.loss("simsiam", a, b), akin.loss("simsiam", a, b, targets=np.concatenate([b, a]))
        np.testing.assert_allclose(alone.grad_a, 2 * both.grad_a, atol=1e-14)
        self.assertEqual(alone.unit, "")

    def test_covariances_as_matrices(self):
        r = np.random.default_rng(5)
        a = r.normal(size=(16, 5))
        b, y = a + 0.4 * r.normal(size=(16, 5)), np.concatenate([a, a]) + 0.4 * r.normal(size=(32, 5))

        def centred(x):
            rows = x / np.linalg.norm(x, axis=1)[:, None]
            return rows - rows.mean(0)

        def one_way(p, z):
            p, z = centred(p), centred(z)
            values, vectors = np.linalg.eigh(z.T @ z / 16 + np.eye(5))
            log = vectors * np.log(values) @ vectors.T
            return -np.linalg.slogdet(p.T @ z / 16 + np.eye(5))[1] - np.trace((p.T @ p / 16 + np.eye(5)) @ log)

        result = akin.loss("matrix-ssl", a, b, targets=y)
        self.assertAlmostEqual(result.value, (one_way(y[:16], a) + one_way(y[16:], b)) / 2, places=12)
        self.assertIsNone(result.grad_targets)
        self.assertEqual(result.grad_b.shape, (16, 5))
        self.assertLess(akin.loss("matrix-ssl", a, b, align_weight=0.1).value, akin.loss("matrix-ssl", a, b).value)

    def test_links_and_values(self):
        r = np.random.default_rng(4)
        a = r.normal(size=(6, 5))
        b = a + 0.3 * r.normal(size=(6, 5))
        labels = np.array([0, 0, 1, 1, 2, 2])
        both = np.concatenate([labels, labels])
        pairs = [(i, k, 1) for i in range(12) for k in range(i) if both[i] == both[k]]
        supcon = akin.loss("supcon", a, b, labels=labels, temperature=0.5).value
        self.assertAlmostEqual(akin.loss("xclr", a, b, links=pairs, temperature=0.5).value, supcon, places=12)
        near = akin.loss("y-aware", a, b, values=labels, temperature=0.5, bandwidth=0.05)
        self.assertAlmostEqual(near.value, supcon, places=12)
        ranked = akin.loss("rank-n-contrast", a, b, values=r.normal(size=(12, 2)))
        self.assertLess(ranked.floor, ranked.value)
        with self.assertRaises(akin.ShapeError):
            akin.loss("xclr", a, b, links=[(0, 1)])
        with self.assertRaises(akin.ArgumentError):
            akin.loss("xclr", a, b, links=[(0, 12, 1)])
        with self.assertRaises(akin.ShapeError):
            akin.loss("y-aware", a, b, values=[1.0] * 5)

    def test_same_bits_on_any_number_of_threads(self):
        a, rest = batch(akin.losses()["ntxent"], np.float32, n=300)
        values = set()
        for threads in (1, 2, 5):
            akin.set_threads(threads)
            values.add(akin.loss("ntxent", a, rest["b"]).value)
        akin.set_threads()
        self.assertEqual(len(values), 1)


class Inputs(unittest.TestCase):
    def setUp(self):
        self.a, rest = batch(akin.losses()["ntxent"], np.float32)
        self.b = rest["b"]
        self.want = akin.loss("ntxent", self.a, self.b).value

    def test_without_a_copy(self):
        class Interface:
            def __init__(self, x):
                self.x, self.__array_interface__ = x, x.__array_interface__

        class Capsule:
            def __init__(self, x):
                self.x = x

            def __dlpack__(self, **rest):
                return self.x.__dlpack__(**rest)

            def __dlpack_device__(self):
                return self.x.__dlpack_device__()

        wide = np.zeros((24, 20), np.float32)
        wide[:, 3:11] = self.a
        flat = memoryview(array.array("f", self.a.ravel().tolist())).cast("B").cast("f", [24, 8])
        for x in (self.a, Interface(self.a), Capsule(self.a), flat, wide[:, 3:11]):
            self.assertEqual(akin.loss("ntxent", x, self.b, copy=False).value, self.want, type(x))
        self.assertEqual(akin.loss("ntxent", self.a[::2], self.b[::2], copy=False).grad_a.shape, (12, 8))

    def test_with_one(self):
        for x in (self.a.tolist(), np.asfortranarray(self.a), self.a.astype(">f4"), self.a[:, ::-1][:, ::-1].astype("f4", order="F")):
            self.assertLess(abs(akin.loss("ntxent", x, self.b).value - self.want), 1e-6)
        mixed = (np.asfortranarray(self.a), self.a.astype(np.float64), self.a.astype(np.float16))  # beside a float32 b
        for x in (*mixed, self.a[::-1], self.a.tolist(), list(self.a)):
            with self.assertRaises(akin.ArgumentError):
                akin.loss("ntxent", x, self.b, copy=False)

    def test_read_only_and_unaligned(self):
        still = self.a.copy()
        still.flags.writeable = False
        self.assertEqual(akin.loss("ntxent", still, self.b, copy=False).value, self.want)
        odd = np.frombuffer(b"x" + self.a.tobytes(), np.uint8)[1:].view(np.float32).reshape(24, 8)
        self.assertEqual(akin.loss("ntxent", odd, self.b).value, self.want)

    def test_labels_by_name(self):
        names = np.array(["cat", "dog", "owl", "cat"] * 6)
        numbers = np.array([0, 1, 2, 0] * 6)
        got = [akin.loss("supcon", self.a, self.b, labels=x).value for x in (names, numbers, numbers.tolist())]
        self.assertEqual(len(set(got)), 1)


class Exceptions(unittest.TestCase):
    def test_a_class_for_every_status(self):
        a = np.ones((4, 3), np.float32)
        cases = [
            (akin.ArgumentError, ValueError, "nosuch", lambda: akin.loss("nosuch", a, a)),
            (akin.ArgumentError, ValueError, "temperature", lambda: akin.loss("ntxent", a, a, heat=1)),
            (akin.RangeError, ValueError, "0.0001", lambda: akin.loss("ntxent", a, a, temperature=-1)),
            (akin.ShapeError, ValueError, "[3,3]", lambda: akin.loss("ntxent", a, a[:3])),
            (akin.NumericError, ArithmeticError, "row 0, column 0", lambda: akin.loss("ntxent", a * np.nan, a)),
            (akin.InputError, ValueError, "row 0 of a", lambda: akin.loss("ntxent", a * 0, a)),
        ]
        for kind, standard, words, work in cases:
            with self.assertRaises(kind) as caught:
                work()
            self.assertIsInstance(caught.exception, standard)
            self.assertIsInstance(caught.exception, akin.AkinError)
            self.assertIn(words, str(caught.exception))

    def test_the_classes_are_the_statuses(self):
        from akin import _abi, _errors

        names = {v: k for k, v in vars(_abi).items() if k.startswith("AKIN_ERR_")}
        self.assertEqual(set(_errors.CLASSES), set(names))


if __name__ == "__main__":
    unittest.main()
