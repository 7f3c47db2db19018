# SPDX-License-Identifier: Apache-2.0
"""onnx_embed.py FOLDER ITEMS [ENCODER...]: what `akin export` writes as ONNX gives by `akin embed --onnx` what `akin embed`
gives of the run, to 1e-4 of a row; with the names and labels beside, byte for byte."""
import filecmp
import os
import sys

import runs

CLOSE = 1e-4


def check(run, data, folder, embed_options, export_options):
    runs.export(run, f"{folder}/model.onnx", *embed_options, *export_options)
    ours = runs.embed(run, f"{folder}/ours.npy", *embed_options)
    theirs = runs.embed(data, f"{folder}/theirs.npy", "--onnx", f"{folder}/model.onnx")
    assert theirs.shape == ours.shape, (theirs.shape, ours.shape)
    for end in ("names.txt", "labels.npy", "classes.txt"):
        ours_there, theirs_there = (os.path.exists(f"{folder}/{which}.{end}") for which in ("ours", "theirs"))
        assert ours_there == theirs_there, end
        assert not ours_there or filecmp.cmp(f"{folder}/ours.{end}", f"{folder}/theirs.{end}", shallow=False), end
    return runs.distance(ours, theirs)


def main(folder, n, *only):
    worst = 0
    for name, kind, run, data in runs.make(folder, int(n), only):
        cases = [((), ()), (("--layer", "projector"), ()), (("--whiten",), ())]
        if kind == "images":
            cases[1] = (cases[1][0], ("--channels", "first"))
        far = [check(run, data, folder, *case) for case in cases]
        print(f"{name:18} backbone {far[0]:.1e}  projector {far[1]:.1e}  whitened {far[2]:.1e}", flush=True)
        worst = max(worst, *far)
    print(f"worst {worst:.1e}, allowed {CLOSE:.0e}")
    return not worst < CLOSE


sys.exit(main(*sys.argv[1:]))
