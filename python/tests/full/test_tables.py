# SPDX-License-Identifier: Apache-2.0
"""Results as tables of pandas and pyarrow; a bar of tqdm; a report in a notebook."""

import io
import tempfile
import unittest
from contextlib import redirect_stderr
from pathlib import Path

import numpy as np
import pandas
import pyarrow

import akin


class Tables(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        rng = np.random.default_rng(0)
        cls.y = np.arange(48) % 3
        cls.x = rng.normal(size=(3, 6))[cls.y] + 0.3 * rng.normal(size=(48, 6))
        cls.said = io.StringIO()
        with redirect_stderr(cls.said):
            cls.run_ = akin.train(
                cls.x, labels=np.array(["a", "b", "c"])[cls.y], epochs=2, batch_size=16, encoder="linear", width=4, progress=True, log_every=1
            )

    def test_progress_is_a_bar(self):
        self.assertIn("6/6", self.said.getvalue())

    def test_arrow_shares_the_memory(self):
        found = self.run_.embed()
        table = found.to_arrow()
        self.assertEqual(table.column_names, ["item", "label", "embedding"])
        values = table.column("embedding").chunk(0).flatten()
        self.assertEqual(values.buffers()[1].address, found.rows.ctypes.data)
        self.assertEqual(table.column("label").to_pylist()[:4], ["a", "b", "c", "a"])
        again = pyarrow.RecordBatchReader.from_stream(found).read_all()
        self.assertTrue(again.equals(table))

    def test_parquet_and_back(self):
        found = self.run_.embed()
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "e.parquet"
            found.to_parquet(path)
            again = akin.read_parquet(path)
            frame = pandas.read_parquet(path)
        np.testing.assert_array_equal(again.rows, found.rows)
        self.assertEqual((again.names, again.classes, again.layer), (found.names, found.classes, "backbone"))
        np.testing.assert_array_equal(again.labels, found.labels)
        self.assertEqual(list(frame["item"]), found.names)
        np.testing.assert_array_equal(np.stack(frame["embedding"]), found.rows)

    def test_pandas(self):
        frame = self.run_.embed().to_pandas()
        self.assertEqual(frame.shape, (48, 5))
        self.assertEqual(list(frame["label"][:3]), ["a", "b", "c"])
        self.assertEqual(list(self.run_.metrics().to_pandas()["step"]), [1, 2, 3, 4, 5, 6])
        self.assertEqual(len(self.run_.nn(k=2).to_pandas()), 96)
        bounds = self.run_.bounds(only="arora").to_pandas()
        self.assertIn("holds", bounds.columns)
        self.assertIn("<table", akin.plan(classes=4, negatives=[3, 9])._repr_html_())
        self.assertEqual(akin.plan(classes=4, negatives=[3, 9]).to_pandas()["negatives"].tolist(), [3, 9])

    def test_whitening_and_protocols_agree_with_numpy(self):
        rows = self.run_.embed().rows
        white = akin.Whitening(rows, shrinkage=0).apply(rows)
        near = akin.nn(white, k=3).index
        z = white / np.linalg.norm(white, axis=1, keepdims=True)
        s = z @ z.T
        np.fill_diagonal(s, -2)
        self.assertGreater((near[:, 0] == s.argmax(1)).mean(), 0.97)


if __name__ == "__main__":
    unittest.main()
