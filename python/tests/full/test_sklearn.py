# SPDX-License-Identifier: Apache-2.0
"""ContrastiveEncoder among scikit-learn's own: check_estimator, Pipeline, GridSearchCV, clone, pickle."""

import io
import pickle
import pickletools
import tempfile
import unittest
import warnings
from pathlib import Path

import numpy as np
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import check_estimator

import akin
from akin import ContrastiveEncoder

SMALL = dict(epochs=2, encoder="linear", width=8, batch_size=16, random_state=0)


def rows(n=90, seed=0):
    rng = np.random.default_rng(seed)
    y = np.arange(n) % 3
    return (np.random.default_rng(5).normal(size=(3, 6))[y] + 0.4 * rng.normal(size=(n, 6))), np.array(["a", "b", "c"])[y]


# What NumPy makes its arrays with, by the version of NumPy and of pickle.
ARRAYS = {"numpy.dtype", "numpy.ndarray"}
ARRAYS |= {f"numpy.{core}.{name}" for core in ("core", "_core") for name in ("multiarray._reconstruct", "numeric._frombuffer")}


def globals_of(stored):
    """Every name that a pickle asks for: a reader that notes them, and the opcodes by which none is hidden from it."""
    asked = []

    class Reader(pickle.Unpickler):
        def find_class(self, module, name):
            asked.append(f"{module}.{name}")
            return super().find_class(module, name)

    Reader(io.BytesIO(stored)).load()
    kinds = [op.name for op, _, _ in pickletools.genops(stored)]
    assert len(asked) == sum(kinds.count(kind) for kind in ("GLOBAL", "INST", "STACK_GLOBAL")), (asked, kinds)
    assert not any(kind.startswith(("EXT", "PERSID", "BINPERSID")) for kind in kinds)
    return set(asked)


class Estimator(unittest.TestCase):
    def test_check_estimator(self):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = check_estimator(ContrastiveEncoder(epochs=1, random_state=0), on_fail=None, on_skip=None)
        bad = {r["check_name"]: repr(r["exception"]) for r in found if r["status"] not in ("passed", "skipped")}
        self.assertEqual(bad, {})
        self.assertGreater(len(found), 40)
        self.assertLessEqual({r["check_name"] for r in found if r["status"] == "skipped"}, {"check_array_api_input"})

    def test_pipeline_grid_and_clone(self):
        x, y = rows()
        pipeline = make_pipeline(StandardScaler(), ContrastiveEncoder(**SMALL), LogisticRegression())
        grid = GridSearchCV(pipeline, {"contrastiveencoder__temperature": [0.1, 0.5], "contrastiveencoder__layer": ["backbone", "projector"]}, cv=3)
        grid.fit(x, y)
        self.assertGreater(grid.best_score_, 0.9)
        own = GridSearchCV(ContrastiveEncoder(**SMALL), {"temperature": [0.1, 1.0]}, cv=3).fit(x, y)
        self.assertGreater(own.best_score_, 0.8)
        without = GridSearchCV(ContrastiveEncoder(**SMALL), {"temperature": [0.1, 1.0]}, cv=3).fit(x)
        self.assertTrue(0 <= without.best_score_ <= 1)
        again = clone(ContrastiveEncoder(**SMALL).fit(x))
        self.assertFalse(hasattr(again, "run_"))

    def test_a_seed_is_a_run(self):
        x, _ = rows()
        a, b = (ContrastiveEncoder(**SMALL).fit_transform(x) for _ in range(2))
        np.testing.assert_array_equal(a, b)
        other = ContrastiveEncoder(**{**SMALL, "random_state": 1}).fit_transform(x)
        self.assertFalse(np.array_equal(a, other))

    def test_pickle_holds_no_code(self):
        x, y = rows()
        fitted = ContrastiveEncoder(**SMALL).fit(x, y)
        for unlabelled, more in ((True, set()), (False, ARRAYS)):
            encoder = ContrastiveEncoder(**SMALL).fit(x) if unlabelled else fitted
            for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1):
                names = globals_of(pickle.dumps(encoder, protocol=protocol))
                self.assertIn("akin._encoder.ContrastiveEncoder", names)
                bytes_of = {"_codecs.encode"} if protocol < 3 else set()  # how bytes are written there
                self.assertLessEqual(names, {"akin._encoder.ContrastiveEncoder"} | bytes_of | more, protocol)
        again = pickle.loads(pickle.dumps(fitted))
        np.testing.assert_array_equal(again.transform(x), fitted.transform(x))
        self.assertEqual(again.score(x, y), fitted.score(x, y))

    def test_what_is_wrong_is_told(self):
        x, y = rows()
        fitted = ContrastiveEncoder(**SMALL).fit(x, y)
        for bad in (y[:5], [None] * len(x)):
            with self.assertRaises(akin.AkinError):
                fitted.score(x, bad)
            with self.assertRaises(akin.AkinError):
                ContrastiveEncoder(**SMALL).fit(x, bad)

    def test_parts(self):
        x, y = rows()
        whole = ContrastiveEncoder(**SMALL).fit(x, y)
        parts = ContrastiveEncoder(**SMALL).partial_fit(x[:40], y[:40]).partial_fit(x[40:], y[40:])
        np.testing.assert_array_equal(parts.transform(x), whole.transform(x))

    def test_images_and_texts(self):
        rng = np.random.default_rng(0)
        images = rng.integers(0, 255, (40, 8, 8, 3), np.uint8)
        encoder = ContrastiveEncoder(epochs=1, encoder="mlp", width=8, batch_size=8, random_state=0)
        self.assertEqual(encoder.fit(images).transform(images[:5]).shape[0], 5)
        with tempfile.TemporaryDirectory() as folder:
            from PIL import Image

            for i, image in enumerate(images):
                Image.fromarray(image).save(Path(folder) / f"{i:03d}.png")
            z = clone(encoder).fit(folder).transform(folder)
            self.assertEqual(z.shape[0], 40)
        texts = [" ".join(rng.choice("ant bee cat dog elk fox gnu hen".split(), 6)) for _ in range(50)]
        options = {"min_count": 1, "dim": 8, "buckets": 100, "text_view": "erase", "pairs": "views"}
        told = ContrastiveEncoder(epochs=1, batch_size=16, random_state=0, options=options).fit(texts)
        self.assertEqual(told.transform(texts[:4]).shape, (4, 8))
        self.assertTrue(0 <= told.score(texts) <= 1)


if __name__ == "__main__":
    unittest.main()
