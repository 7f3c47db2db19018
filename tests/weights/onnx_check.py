# SPDX-License-Identifier: Apache-2.0
"""onnx_check.py FOLDER ITEMS [ENCODER...]: what `akin export` writes as ONNX passes onnx.checker, and onnxruntime gives
what `akin embed` gives, to 1e-4 of a row, from the items as they lie in their files."""
import json
import sys

import numpy as np
import onnx
import onnxruntime

import runs

sys.path.insert(0, f"{runs.os.path.dirname(__file__)}/../../examples")
from akin_words import Words  # noqa: E402

CLOSE = 1e-4


def items_of(kind, data, about):
    if kind == "text":
        return Words(about)(open(f"{data}/test.txt", encoding="utf-8").read().splitlines())
    return np.load(f"{data}/test.npy")


def check(run, kind, data, folder, embed_options, export_options):
    file = f"{folder}/model.onnx"
    told = runs.export(run, file, *embed_options, *export_options)
    model = onnx.load(file)
    onnx.checker.check_model(model, full_check=True)
    about = json.loads({p.key: p.value for p in model.metadata_props}["akin"])
    assert about["encoder"] == told["encoder"] and about["width"] == told["width"], (about, told)
    assert model.opset_import[0].version == told["opset"]
    ours = runs.embed(run, f"{folder}/e.npy", *embed_options)
    session = onnxruntime.InferenceSession(file, providers=["CPUExecutionProvider"])
    items = items_of(kind, data, about)
    if kind == "images" and "first" in export_options:
        items = np.ascontiguousarray(items.reshape(*items.shape[:3], -1).transpose(0, 3, 1, 2))
    elif kind == "images":
        items = items.reshape(*items.shape[:3], -1)
    name = session.get_inputs()[0].name
    parts = [items[: len(items) // 3], items[len(items) // 3 : -1], items[-1:]]  # batches of several sizes
    theirs = np.concatenate([session.run(None, {name: part})[0] for part in parts])
    assert theirs.shape == ours.shape, (theirs.shape, ours.shape)
    return runs.distance(ours, theirs)


def main(folder, n, *only):
    worst = 0
    for name, kind, run, data in runs.make(folder, int(n), only):
        cases = [((), ()), (("--layer", "projector"), ("--opset", "28")), (("--whiten",), ())]
        if kind == "images":
            cases[1] = (cases[1][0], (*cases[1][1], "--channels", "first"))
        far = [check(run, kind, data, folder, *case) for case in cases]
        print(f"{name:16} backbone {far[0]:.1e}  projector {far[1]:.1e}  whitened {far[2]:.1e}", flush=True)
        worst = max(worst, *far)
    print(f"worst {worst:.1e}, allowed {CLOSE:.0e}")
    return not worst < CLOSE


sys.exit(main(*sys.argv[1:]))
