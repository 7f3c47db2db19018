# SPDX-License-Identifier: Apache-2.0
"""An ONNX model of anybody as an encoder."""

from __future__ import annotations

import os
from typing import Any, Optional

import numpy as np

from . import _program
from ._data import Folder, PathLike, is_path, stage
from ._model import Embeddings


def embed_onnx(
    file: PathLike,
    data: Any,
    *,
    output: Optional[str] = None,
    mean: Any = None,
    std: Any = None,
    channels: Optional[str] = None,
    size: Optional[int] = None,
    resize: Optional[int] = None,
    split: str = "train",
    target: str = "auto",
    names: bool = True,
    **options: Any,
) -> Embeddings:
    """Embed data with an ONNX model, run by onnxruntime (`akin embed --onnx`; docs/weights.md tells which models are taken).

    file      of akin.export() or of anybody
    data      a path, rows [n,d], images of uint8 [n,h,w] or [n,h,w,c]; a list of texts, for a model of akin.export()
    output    which output; None: the only one, else the first of two dimensions. It becomes `layer`
    mean, std of pixels from 0 to 1, a number or one a channel; None: ImageNet's. Not of models of akin.export()
    channels  "first" or "last"; None: where the model has 1 or 3
    size      of the images that the model takes, where it takes any; None: 224. 0: as they are
    resize    what the shorter side becomes before the middle is kept
    split     of a path: "train", "test" or "val"

    The library is $AKIN_ONNXRUNTIME, else libonnxruntime.so.1; that of the package onnxruntime will do.
    """
    folder = Folder()
    path = data if is_path(data) else stage(folder.path / "data", data)
    if not is_path(data):
        split, names = "train", False
    rows = folder.path / "rows.npz"
    given = dict(onnx=os.fspath(file), out=str(rows), output=output, mean=mean, std=std, channels=channels, size=size, resize=resize)
    told = _program.run("embed", [os.fspath(path)], {**given, "split": split, "target": target, **options})[0]
    with np.load(rows) as found:
        kept = {name: found[name] for name in found.files}
    classes = kept["classes"].tolist() if "classes" in kept else None
    return Embeddings(kept["embeddings"], kept["names"].tolist() if names else None, kept.get("labels"), classes, told["model"]["output"])
