# SPDX-License-Identifier: Apache-2.0
"""Runs: trained on arrays, images and texts; embedded, measured, pruned; progress, faults and Ctrl-C on the way."""

import json
import os
import re
import signal
import subprocess
import tempfile
import threading
import time
import unittest
from pathlib import Path

import numpy as np

import akin
from akin import _program
from akin._library import _worker

CENTRES = np.random.default_rng(5).normal(size=(3, 6))


def rows(n=96, seed=0):
    y = np.arange(n) % 3
    return (CENTRES[y] + 0.4 * np.random.default_rng(seed).normal(size=(n, 6))).astype(np.float32), y


SMALL = dict(epochs=2, batch_size=16, encoder="linear", width=8, head_hidden=8, head_out=8)


class Vectors(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.x, cls.y = rows()
        cls.test, cls.test_y = rows(48, 1)
        cls.names = np.array(["ant", "bee", "cat"])
        cls.told, cls.lines = [], []
        cls.run_ = akin.train(
            cls.x,
            Path(cls.folder.name) / "run",
            labels=cls.names[cls.y],
            test=cls.test,
            test_labels=cls.names[cls.test_y],
            progress=cls.told.append,
            on_message=cls.lines.append,
            log_every=4,
            **SMALL,
        )

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def test_a_run_is_its_folder(self):
        run = akin.open_run(self.run_.path)
        self.assertTrue(run.complete)
        self.assertEqual(run.step, 12)
        self.assertEqual(run.config["loss"], "ntxent")
        self.assertEqual(run.metrics().column("step"), [4, 8, 12])
        self.assertIn("step 12, complete", repr(run))
        with self.assertRaises(akin.InputError):
            akin.open_run(self.folder.name)

    def test_progress_is_told(self):
        self.assertEqual([p.step for p in self.told], [4, 8, 12])
        last = self.told[-1]
        self.assertEqual((last.steps, last.unit), (12, "vectors"))
        self.assertEqual(last.verdict, self.run_.metrics()[-1]["verdict"])
        self.assertTrue(any("12 steps" in line for line in self.lines), self.lines)

    def test_embeddings_do_not_depend_on_how_rows_come(self):
        own = self.run_.embed()
        self.assertEqual(own.rows.shape, (96, self.run_.model().width()))
        self.assertEqual([own.classes[k] for k in own.labels[:3]], ["ant", "bee", "cat"])
        np.testing.assert_array_equal(self.run_.embed(self.x).rows, own.rows)
        np.testing.assert_array_equal(self.run_.embed(self.x[5:9]).rows, own.rows[5:9])
        np.testing.assert_array_equal(self.run_.embed(self.x.astype(np.float64)).rows, own.rows)
        self.assertEqual(self.run_.embed(split="test").rows.shape[0], 48)
        self.assertEqual(self.run_.embed(layer="projector").rows.shape[1], 8)
        lengths = np.linalg.norm(own.normalized(), axis=1)
        np.testing.assert_allclose(lengths, 1, rtol=1e-6)
        white = self.run_.embed(whiten=True).rows
        self.assertLess(np.abs(white.mean(0)).max(), 1e-3)
        np.testing.assert_array_equal(self.run_.embed(form="whitened").rows, white)
        with tempfile.TemporaryDirectory() as folder:  # the rows of the program, where nobody says a form
            file = Path(folder) / "half.npy"
            _program.run("embed", [os.fspath(self.run_.path)], {"out": os.fspath(file)})
            np.testing.assert_allclose(self.run_.embed(form="half").rows, np.load(file), rtol=0, atol=1e-5)
            half = np.load(file)
            for how in ("int8", "binary"):
                _program.run("embed", [os.fspath(self.run_.path)], {"out": os.fspath(file), "quantize": how, "force": True})
                np.testing.assert_array_equal(akin.quantize(half, how), np.load(file))
                self.assertEqual(self.run_.embed(form="half", quantize=how).rows.dtype, np.load(file).dtype)
        self.assertRaises(akin.UnsupportedError, self.run_.embed(form="half", quantize="binary").normalized)
        d, bits, true = half.shape[1], akin.quantize(half, "binary"), akin.nn(half, half[:5], k=4)
        apart = np.unpackbits(bits[:5, None] ^ bits[None], axis=2).sum(2)
        found = akin.nn_codes(bits, bits[:5], k=4, width=d)
        np.testing.assert_array_equal(found.index, np.argsort(apart, axis=1, kind="stable")[:, :4])
        np.testing.assert_allclose(found.similarity, 1 - 2 * np.sort(apart, axis=1)[:, :4] / d, rtol=0, atol=1e-6)
        for rows, width in ((bits, d), (akin.quantize(half, "int8"), None)):
            again = akin.nn_codes(rows, half[:5], k=4, width=width, rescore=len(half), rescore_with=half)
            np.testing.assert_array_equal(again.index, true.index)
            np.testing.assert_allclose(again.similarity, true.similarity, rtol=0, atol=1e-5)
        signs = akin.nn_codes(bits, half[:5], k=4, width=d)  # cosines of numbers and signs
        np.testing.assert_array_equal(akin.nn_codes(bits, half[:5], k=4, width=d, rescore=len(half)).index, signs.index)
        for wrong in (dict(rows=half), dict(rows=bits, width=d, query=bits, rescore=9), dict(rows=bits, width=d, rescore=3)):
            self.assertRaises(akin.AkinError, lambda wrong=wrong: akin.nn_codes(**{"query": half[:1], "k": 4, **wrong}))
        for wrong in (dict(form="hlaf"), dict(form="half", whiten=True), dict(quantize="binary"), dict(quantize="int4")):
            self.assertRaises(akin.ArgumentError, lambda wrong=wrong: self.run_.embed(**wrong))

    def test_tune(self):
        with tempfile.TemporaryDirectory() as folder:
            data = Path(folder) / "t.csv"
            np.savetxt(data, np.random.default_rng(1).normal(size=(60, 3)), "%.4f", ",")
            grid = {"options": {"encoder": "mlp", "width": 16}, "axes": [{"name": "batch-size", "values": [32, 256]}]}
            found = akin.tune(data, "3s", Path(folder) / "d", grid=grid, set={"head_out": 8}, threads=1)
            self.assertEqual((found.name, found.done, found.of), ("batch-size=32", 1, 1))  # 256 of 60 become 32
            self.assertIn("--head-out 8", found.command)
            self.assertEqual(found.configurations[0]["options"], found.options)
            self.assertRaises(akin.ArgumentError, akin.tune, data, "soon", Path(folder) / "e")

    def test_protocols(self):
        table = self.run_.evaluate(protocols="mean,knn")
        best = max(r.top1 for r in table if r.layer == "backbone")
        self.assertGreater(best, 0.9)
        self.assertTrue((self.run_.path / "eval.json").exists())
        a, b = self.run_.embed(), self.run_.embed(split="test")
        ours = akin.evaluate(train=a.rows, labels=a.labels, test=b.rows, test_labels=b.labels, protocols="knn")[0]
        theirs = [r for r in table if r.protocol == "knn-v1" and r.layer == "backbone" and r.encoder == "trained"][0]
        self.assertEqual(ours.top1, theirs.top1)

    def test_theory_and_diagnosis(self):
        self.assertTrue(any(row.holds for row in self.run_.bounds(only="arora")))
        direct = akin.bounds(self.x, labels=self.y, only=["arora"], negatives=4, temperature=0.5)
        self.assertEqual({row.sense for row in direct} - {"upper", "lower", "measure"}, set())
        self.assertIn("effective-rank", self.run_.diagnose(views=2).column("name"))
        self.assertIn("effective-rank", akin.diagnose(self.x, labels=self.y).column("name"))

    def test_pruning(self):
        pruned = self.run_.prune(drop_difficult=0.25)
        self.assertEqual((pruned.kept, len(pruned.keep), pruned.items, len(pruned.scores)), (72, 72, 96, 96))
        with tempfile.TemporaryDirectory() as folder:
            keep = os.path.join(folder, "keep.txt")
            pruned.save(keep)
            again = akin.train(str(self.run_.path) + "-data", keep=keep, **SMALL)
            self.assertEqual(len(again.embed()), 72)

    def test_neighbours(self):
        found = self.run_.nn(k=3)
        self.assertEqual(found.index.shape, (96, 3))
        self.assertFalse((found.index == np.arange(96)[:, None]).any())
        z = self.run_.embed().normalized()
        s = z @ z.T
        np.fill_diagonal(s, -2)
        np.testing.assert_array_equal(found.index[:, 0], s.argmax(1))
        asked = self.run_.nn(self.test[:2], k=2)
        self.assertEqual(asked.index.shape, (2, 2))
        self.assertEqual(len(asked.names), 96)
        near = self.run_.nn(k=3, approximate=1)
        np.testing.assert_array_equal(near.index, found.index)
        self.assertEqual((near.found, found.found), (1, 1))
        names = self.run_.embed().names
        np.testing.assert_array_equal(self.run_.nn(names[5], k=3).index, found.index[5:6])  # an item
        np.testing.assert_array_equal(self.run_.nn(7, k=3).index, found.index[7:8])  # a row
        np.testing.assert_array_equal(self.run_.nn("7", k=3).index, found.index[7:8])
        with tempfile.TemporaryDirectory() as folder:
            np.save(folder + "/z.npy", self.run_.embed().rows[3:5])
            self.assertEqual(self.run_.nn(folder + "/z.npy", k=1).index.tolist(), [[3], [4]])
        for wrong in ("nobody", "96", folder + "/z.npy"):
            with self.assertRaises(akin.InputError):
                self.run_.nn(wrong)
        with self.assertRaises(akin.ArgumentError):
            akin.nn(self.run_.embed().rows, "x", query_as="text")

    def test_the_page(self):
        chart = self.run_.path / "loss.csv"
        self.run_.plot("loss", chart)
        self.assertTrue(chart.read_text().startswith("step,loss,chance"))
        with self.assertRaises(akin.ArgumentError):
            self.run_.plot("los", chart)
        chart = self.run_.path / "map.csv"
        self.run_.plot("map", chart, map_items=20, clusters=3)
        self.assertEqual(len(chart.read_text().splitlines()), 21)
        self.assertIn("cluster", chart.read_text().splitlines()[0].split(","))
        page = self.run_._repr_html_()
        self.assertTrue(page.startswith("<iframe srcdoc="))
        self.assertIn("ntxent", page)
        self.assertNotIn("<script", page)

    def test_the_page_has_a_map_and_items(self):
        page = self.run_.report()
        data = json.loads(re.search(r'<script type="application/json" id="map-data">(.*?)</script>', page, re.S).group(1))
        self.assertEqual(len(data["x"]), 96)
        self.assertEqual(data["classes"], ["ant", "bee", "cat"])
        self.assertIn('<section id="items"><h2>Look at these first</h2>', page)
        self.assertIn('<section id="classes">', page)
        page = self.run_.report(map_items=40)
        self.assertIn(" 40 of 96 items of the train part, evenly spaced", page)
        self.assertNotIn("<script", self.run_.report(map_items=0))
        self.assertNotIn("<script", self.run_.report(others=[self.run_]))
        with self.assertRaises(akin.RangeError):
            self.run_.report(map_items=20001)

    @unittest.skipUnless(os.environ.get("AKIN_PROGRAM"), "no program")
    def test_the_page_is_that_of_the_program(self):
        out = Path(self.folder.name) / "of-the-program.html"
        subprocess.run([os.environ["AKIN_PROGRAM"], "report", self.run_.path, "-o", out, "--quiet"], check=True)
        self.assertEqual(self.run_.report(), out.read_text("utf-8"))

    def test_files_are_enough_to_embed(self):
        again = akin.Run.from_files(self.run_.files())
        np.testing.assert_array_equal(again.embed(self.x).rows, self.run_.embed(self.x).rows)
        with self.assertRaises(akin.InputError):
            akin.Run.from_files({"../x": b""})

    def test_what_is_there_stays(self):
        with self.assertRaises(akin.ArgumentError):
            akin.train(self.x, self.run_.path, **SMALL)
        with self.assertRaises(akin.ArgumentError) as caught:
            akin.train(self.x, epoch=3)
        self.assertIn("epochs", str(caught.exception))
        with self.assertRaises(akin.RangeError):
            akin.train(self.x, epochs=-3)


class Refused(unittest.TestCase):
    def test_a_call_that_is_refused_leaves_no_data(self):
        x, y = rows()
        with tempfile.TemporaryDirectory() as folder:
            run = Path(folder) / "r"
            for wrong in (dict(epoch=3), dict(epochs=-3), dict(labels=y[:5]), dict(batch_size=10**6), dict(keep=Path(folder) / "none")):
                with self.assertRaises(akin.AkinError):
                    akin.train(x, run, **{**SMALL, **wrong})
                self.assertFalse((Path(folder) / "r-data").exists(), wrong)
            with self.assertRaises(akin.InputError):
                akin.import_weights("none.safetensors", run, encoder="resnet18", data=np.zeros((4, 16, 16, 3), np.uint8))
            self.assertFalse((Path(folder) / "r-data").exists())
            akin.train(x, run, **SMALL)
            with self.assertRaises(akin.ArgumentError):  # a name that is not known, before anything is replaced
                akin.train(x[:50], run, force=True, epoch=3)
            self.assertEqual(len(akin.open_run(run).embed()), len(x))
            # refused while its data are written, by the library, and while it trains
            nan = np.array(x[:50])
            nan[3, 2] = np.inf
            for wrong in (dict(labels=y[:5]), dict(labels=[None] * 50), dict(epochs=-3), dict(batch_size=10**6), dict(data=nan)):
                with self.assertRaises(akin.AkinError):
                    akin.train(**{"data": x[:50], "run": run, "force": True, **SMALL, **wrong})
                self.assertEqual(len(akin.open_run(run).embed()), len(x), wrong)
            with self.assertRaises(akin.AkinError):  # resumed with other labels than were begun with
                akin.train(x, run, resume=True, labels=y[:5])
            self.assertEqual(sorted(p.name for p in Path(folder).iterdir()), ["r", "r-data"])
            akin.train(x[:50], run, force=True, **SMALL)
            self.assertEqual(len(akin.open_run(run).embed()), 50)


class Damaged(unittest.TestCase):
    def test_a_damaged_folder(self):
        x, _ = rows()
        with tempfile.TemporaryDirectory() as folder:
            run = akin.train(x, Path(folder) / "r", log_every=4, **SMALL)
            file = run.path / "metrics.jsonl"
            whole = file.read_bytes()
            file.write_bytes(whole[:-5])
            self.assertEqual(run.metrics().column("step"), [4, 8])
            for bad in (b"[1]\n" + whole, b"\xff\n" + whole, whole[40:]):
                file.write_bytes(bad)
                with self.assertRaises(akin.FormatError) as caught:
                    run.metrics()
                self.assertIn("line 1 ", str(caught.exception))
            file.unlink()
            with self.assertRaises(akin.InputError):
                run.metrics()
            for bad in ("", "[1]", "{}", '{"config": null}'):
                (run.path / "run.json").write_text(bad)
                with self.assertRaises(akin.FormatError):
                    akin.open_run(run.path)

    def test_labels_that_are_none(self):
        x, y = rows()
        texts = ["ant bee cat dog"] * len(x)
        wrong = (y[:-1], np.zeros((len(x), 2)), 1, [None] * len(x), np.full(len(x), np.nan), [object()] * len(x))
        for bad in wrong:
            calls = [lambda: akin.train(x, labels=bad), lambda: akin.train(x, labels=y, test=x, test_labels=bad)]
            calls += [lambda: akin.loss("supcon", x, x, labels=bad), lambda: akin.diagnose(x, labels=bad)]
            calls += [lambda: akin.evaluate(train=x, labels=bad, test=x, test_labels=y), lambda: akin.train(x, groups=bad)]
            if not isinstance(bad, list) or bad[0] is None:  # of texts anything with a text is a name
                calls += [lambda: akin.train(texts, labels=bad), lambda: akin.train(texts, groups=bad)]
            for call in calls:
                with self.assertRaises((akin.ShapeError, akin.InputError)):
                    call()
        with self.assertRaises(akin.ArgumentError):
            akin.train(x, labels=y, test_labels=y)

    def test_threads_are_a_number(self):
        for bad, kind in (("a", TypeError), (-1, akin.RangeError), (1.5, TypeError)):
            with self.assertRaises(kind):
                akin.set_threads(bad)
            self.assertEqual(_worker.threads, 0)


class Weights(unittest.TestCase):
    def by_onnxruntime(self, graph, images, run):
        try:
            found = akin.embed_onnx(graph, images)
        except akin.ArgumentError as reason:  # a build without it, or its library is not there
            self.assertIn("onnxruntime", str(reason))
            return
        self.assertEqual((found.layer, found.names, found.rows.shape), ("embeddings", None, (16, 8)))
        np.testing.assert_allclose(found.rows, run.embed(images, layer="projector", whiten=True).rows, rtol=0, atol=1e-3)
        with self.assertRaises(akin.ArgumentError):
            akin.embed_onnx(graph, images, mean=0.5)

    def test_out_in_and_on(self):
        images = np.random.default_rng(0).integers(0, 255, (16, 16, 16, 3), np.uint8)
        small = dict(epochs=1, batch_size=8, head_hidden=8, head_out=8)
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "a.safetensors"
            run = akin.train(images, encoder="resnet18", width=8, seed=1, **small)
            out = run.export(file)
            self.assertEqual((out.file, out.format, out.bytes), (str(file), "safetensors", file.stat().st_size))
            self.assertEqual((out.layer, out.width, out.step, out.whitened), ("backbone", 64, 2, False))
            with self.assertRaises(akin.ArgumentError) as caught:
                akin.export(run, file)
            self.assertIn("exists", str(caught.exception))
            graph = akin.export(run, Path(folder) / "a.onnx", layer="projector", whiten=True, force=True)
            self.assertEqual((graph.format, graph.width, graph.whitened, graph.input["height"]), ("onnx", 8, True, 16))
            self.by_onnxruntime(Path(folder) / "a.onnx", images, run)
            again = akin.import_weights(file, data=images, settings={"temperature": 0.2})
            np.testing.assert_array_equal(again.embed(images).rows, run.embed(images).rows)
            self.assertEqual(again.embed().rows.shape, (16, 64))
            self.assertEqual(again.about["import"]["names"], "torchvision's")
            self.assertEqual(float(again.config["temperature"]), 0.2)
            with self.assertRaises(akin.InputError):
                akin.import_weights(Path(folder) / "none.safetensors", encoder="resnet18")
            on = akin.train(images, init=run, freeze=["stem", "stage1"], seed=2, **small)
            self.assertEqual((on.config["init"], on.config["freeze"]), (str(run.path), "stem,stage1"))


class Others(unittest.TestCase):
    def test_images(self):
        images = np.random.default_rng(0).integers(0, 255, (40, 8, 8), np.uint8)
        run = akin.train(images, epochs=1, batch_size=8, encoder="mlp", width=8, augment="none", crop_min=0.5)
        self.assertEqual(run.model().kind, "images")
        np.testing.assert_array_equal(run.embed(images[:7]).rows, run.embed().rows[:7])
        with tempfile.TemporaryDirectory() as folder:
            with open(folder + "/new.pgm", "wb") as file:
                file.write(b"P5 8 8 255\n" + images[11].tobytes())
            for query in (folder + "/new.pgm", folder, Path(folder) / "new.pgm"):
                self.assertEqual(akin.nn(run, query, k=1).index.tolist(), [[11]])

    def test_texts(self):
        words = "red blue green round square heavy light old new fast slow cold warm".split()
        rng = np.random.default_rng(0)
        texts = [" ".join(rng.choice(words, 8)) for _ in range(60)] + ["two\nlines", ""]
        run = akin.train(texts, epochs=1, batch_size=16, min_count=1, dim=8, text_view="erase", loss="ntxent", pairs="views", buckets=100)
        found = run.embed(texts[:5])
        self.assertEqual(found.rows.shape, (5, 8))
        hybrid = run.embed(texts[:5], form="hybrid").rows  # rows of length 1, the words of length 1 beside them
        self.assertEqual(hybrid.shape, (5, 8 + 100 + len(words) + 2))  # "two" and "lines" are words too
        np.testing.assert_allclose(hybrid[:, :8], found.normalized(), atol=1e-6)
        np.testing.assert_allclose(np.linalg.norm(hybrid[:, 8:], axis=1), 1, atol=1e-5)
        self.assertRaises(akin.ArgumentError, run.embed, texts[:5], form="hybrid", layer="projector")
        self.assertEqual(akin.nn(run, texts[3], k=1).index.tolist(), [[3]])  # a line
        with self.assertRaisesRegex(akin.ArgumentError, "query_as='text' or 'row'"):
            akin.nn(run, "3")
        self.assertNotIn(3, akin.nn(run, "3", query_as="row").index[0].tolist())
        with tempfile.TemporaryDirectory() as folder:
            with open(folder + "/lines.txt", "w") as file:
                file.write("\n".join(texts[5:7]))
            self.assertEqual(akin.nn(run, folder + "/lines.txt", k=1).index.tolist(), [[5], [6]])

    def test_wrong_data(self):
        for bad in (np.zeros((4, 4, 4), np.float32), np.zeros(5), np.zeros((3, 3), complex), None):
            with self.assertRaises(akin.AkinError):
                akin.train(bad)


class Stopping(unittest.TestCase):
    LONG = dict(epochs=100000, batch_size=16, encoder="linear", width=8, log_every=50)

    def test_should_stop_and_resume(self):
        with tempfile.TemporaryDirectory() as folder:
            x, _ = rows()
            run, seen = os.path.join(folder, "r"), []
            options = dict(epochs=20, batch_size=16, encoder="linear", width=8, log_every=1)
            with self.assertRaises(akin.InterruptedByCaller):
                akin.train(x, run, progress=seen.append, should_stop=lambda: len(seen) >= 30, **options)
            self.assertEqual(akin.open_run(run).step, 30)
            stopped = akin.train(run=run, resume=True)
            whole = akin.train(x, os.path.join(folder, "whole"), **options)
            np.testing.assert_array_equal(stopped.embed(x).rows, whole.embed(x).rows)

    def test_a_fault_of_the_callers_is_raised(self):
        def fail(progress):
            raise KeyError("mine")

        x, _ = rows()
        with self.assertRaises(KeyError):
            akin.train(x, progress=fail, **self.LONG)

    def _interrupted(self, work):
        """Run work, press Ctrl-C after a while; seconds until it is heard."""
        pressed = []

        def press():
            time.sleep(0.4)
            pressed.append(time.monotonic())
            os.kill(os.getpid(), signal.SIGINT)

        thread = threading.Thread(target=press)
        before = signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell starts what is behind & deaf
        try:
            thread.start()
            with self.assertRaises(KeyboardInterrupt):
                work()
            thread.join()
        finally:
            signal.signal(signal.SIGINT, before)
        return time.monotonic() - pressed[0]

    def test_ctrl_c_in_training(self):
        with tempfile.TemporaryDirectory() as folder:
            x, _ = rows()
            run = os.path.join(folder, "r")
            self._interrupted(lambda: akin.train(x, run, **self.LONG))
            self.assertGreater(akin.open_run(run).step, 0)
            self.assertFalse(akin.open_run(run).complete)

    def test_ctrl_c_in_a_loss(self):
        a = np.random.default_rng(0).normal(size=(5000, 32)).astype(np.float32)
        akin.set_threads(1)
        try:
            self._interrupted(lambda: [akin.loss("ntxent", a, a) for _ in range(1000)])
            # The call that was left runs on in its thread, and writes into memory that is nobody else's.
            fresh = [np.zeros((5000, 32), np.float32) for _ in range(8)]
            while _worker.thread.busy:
                time.sleep(0.01)
            self.assertFalse(any(x.any() for x in fresh))
            self.assertTrue(np.isfinite(akin.loss("ntxent", a[:64], a[64:128]).value))
        finally:
            akin.set_threads()


if __name__ == "__main__":
    unittest.main()
