# SPDX-License-Identifier: Apache-2.0
"""The trained encoder of a run, and embeddings with the names of their items."""

from __future__ import annotations

import ctypes
import dataclasses
import os
import threading
from typing import Any, List, Optional, Tuple

import numpy as np
import numpy.typing as npt

from . import _abi
from ._arrays import Floats, cmat, float_rows, mat
from ._data import Folder, PathLike, is_path, stage, texts_of
from ._errors import ArgumentError, InputError, UnsupportedError
from ._library import C, Handle, call, interruptible, make, text
from ._results import Result

LAYERS = {"backbone": _abi.AKIN_LAYER_BACKBONE, "projector": _abi.AKIN_LAYER_PROJECTOR}
WEIGHTS = {"auto": _abi.AKIN_MODEL_TRAINED, "random": _abi.AKIN_MODEL_RANDOM, "raw": _abi.AKIN_MODEL_RAW, "ema": _abi.AKIN_MODEL_AVERAGED}
TARGETS = {"auto": _abi.AKIN_TARGET_AUTO, "label": _abi.AKIN_TARGET_LABEL, "group": _abi.AKIN_TARGET_GROUP}
KINDS = {_abi.AKIN_DATA_IMAGES: "images", _abi.AKIN_DATA_VECTORS: "vectors", _abi.AKIN_DATA_TEXT: "text"}
FORMS = {"plain": 0.0, "half": 0.5, "whitened": 1.0, "hybrid": 0.0}  # the power of Whitening
FITTED = 20000  # items that whitening is fitted to, as `akin embed` does
STEP = 2048  # items between which Ctrl-C is heard


def choice(value: str, among: Any, name: str) -> Any:
    if value not in among:
        raise ArgumentError(f"{name} is '{value}'; it must be {', '.join(among)}")
    return among[value]


@dataclasses.dataclass(frozen=True)
class Embeddings(Result):
    """Rows of features, one an item.

    rows     [n,width] float32, as the network gives them, not of unit length; of embed(quantize=) int8, or uint8 [n,ceil(width/8)]
    names    [n] of the items, or None for what has no names
    labels   [n] int32, -1 = none; or None
    classes  names of the classes that labels number
    layer    "backbone", "projector", or the name of an output of an ONNX model
    """

    rows: Floats
    names: Optional[List[str]]
    labels: Optional[npt.NDArray[np.int32]]
    classes: Optional[List[str]]
    layer: str

    def __array__(self, dtype: Any = None, copy: Optional[bool] = None) -> npt.NDArray[Any]:
        rows = self.rows if dtype is None else self.rows.astype(dtype, copy=False)
        return rows.copy() if copy else rows

    def __len__(self) -> int:
        return len(self.rows)

    def normalized(self) -> Floats:
        """Rows of length 1, for cosines; a row of zeros stays. UnsupportedError for packed signs."""
        if self.rows.dtype == np.uint8:
            raise UnsupportedError("rows of packed signs have no length; numpy.unpackbits(rows, axis=1, count=width) gives bits")
        length = np.linalg.norm(self.rows, axis=1, keepdims=True)
        return np.asarray(self.rows / np.where(length == 0, 1, length), dtype=np.float32)

    def to_arrow(self) -> Any:
        """A pyarrow Table: item (string), label (dictionary), embedding (fixed size list of float32).

        The embeddings are not copied: pandas, polars and duckdb read the same memory by Arrow's C data interface.
        """
        import pyarrow

        width = self.rows.shape[1]
        numbers = pyarrow.array(np.ascontiguousarray(self.rows).reshape(-1))
        columns = {}
        if self.names is not None:
            columns["item"] = pyarrow.array(self.names, pyarrow.string())
        if self.labels is not None:
            codes = pyarrow.array(self.labels, mask=self.labels < 0)
            names = self.classes or [str(i) for i in range(int(self.labels.max(initial=-1)) + 1)]
            columns["label"] = pyarrow.DictionaryArray.from_arrays(codes, pyarrow.array(names, pyarrow.string()))
        columns["embedding"] = pyarrow.FixedSizeListArray.from_arrays(numbers, width)
        return pyarrow.table(columns).replace_schema_metadata({"akin.layer": self.layer})

    def __arrow_c_stream__(self, requested_schema: Any = None) -> Any:
        return self.to_arrow().__arrow_c_stream__(requested_schema)

    def to_parquet(self, path: PathLike, **options: Any) -> None:
        """Write to_arrow() to a file of Parquet; options are pyarrow.parquet.write_table's."""
        import pyarrow.parquet

        pyarrow.parquet.write_table(self.to_arrow(), os.fspath(path), **options)

    def to_pandas(self) -> Any:
        """A pandas DataFrame: a column a feature, items as the index, the label as a last column."""
        import pandas

        frame = pandas.DataFrame(self.rows, index=self.names, columns=[f"f{i}" for i in range(self.rows.shape[1])])
        if self.labels is not None:
            values = [None if k < 0 else self.classes[k] if self.classes else int(k) for k in self.labels]
            frame["label"] = pandas.Series(values, index=frame.index)
        return frame


def read_parquet(path: PathLike) -> Embeddings:
    """What Embeddings.to_parquet() wrote."""
    import pyarrow.parquet

    table = pyarrow.parquet.read_table(os.fspath(path))
    if "embedding" not in table.column_names:
        raise InputError(f"'{os.fspath(path)}' has no column 'embedding'; it has {', '.join(table.column_names)}")
    column = table.column("embedding").combine_chunks()
    rows = np.asarray(column.flatten(), dtype=np.float32).reshape(len(table), column.type.list_size)
    names = table.column("item").to_pylist() if "item" in table.column_names else None
    labels, classes = None, None
    if "label" in table.column_names:
        coded = table.column("label").combine_chunks().dictionary_encode() if not hasattr(table.column("label").combine_chunks(), "indices") else table.column("label").combine_chunks()
        classes = coded.dictionary.to_pylist()
        labels = np.asarray(coded.indices.fill_null(-1), dtype=np.int32)
    layer = (table.schema.metadata or {}).get(b"akin.layer", b"backbone").decode()
    return Embeddings(rows, names, labels, classes, layer)


class Model:
    """The encoder of a run. One caller at a time; others wait."""

    def __init__(self, run: PathLike, weights: str = "auto", checkpoint: Optional[str] = None, keep: Any = None) -> None:
        self._keep = keep  # a folder that must live as long
        self._lock = threading.Lock()
        self._handle = Handle("akin_model_free")
        options = make(_abi.akin_model_opts, kind=choice(weights, WEIGHTS, "weights"))
        if checkpoint is not None:
            options.checkpoint = str(checkpoint).encode()
        call("akin_model_open", os.fsencode(run), ctypes.byref(options), ctypes.byref(self._handle.pointer))

    @property
    def kind(self) -> str:
        """What it was trained on: "images", "vectors" or "text"."""
        return KINDS[C.akin_model_data_kind(self._handle.pointer)]

    @property
    def step(self) -> int:
        """Of the checkpoint."""
        return int(C.akin_model_step(self._handle.pointer))

    def width(self, layer: str = "backbone") -> int:
        """Columns of that layer's rows."""
        return int(C.akin_model_width(self._handle.pointer, choice(layer, LAYERS, "layer")))

    def option(self, name: str) -> Optional[str]:
        """An option of the run, such as "temperature", as text."""
        value = C.akin_model_option(self._handle.pointer, name.replace("_", "-").encode())
        return None if value is None else text(value)

    def set_option(self, name: str, value: Any) -> None:
        """Change how data are read: "size", "on_bad", "missing" and others (akin_model_set_option())."""
        call("akin_model_set_option", self._handle.pointer, name.replace("_", "-").encode(), str(value).encode())

    def _out(self, n: int, layer: str) -> Tuple[Floats, _abi.akin_mat, _abi.akin_mat]:
        rows = np.empty((n, self.width(layer)), np.float32)
        backbone, projector = mat(None), mat(None)
        if layer == "backbone":
            backbone = mat(rows)
        else:
            projector = mat(rows)
        return rows, backbone, projector

    def _texts(self, texts: List[str], layer: str) -> Floats:
        encoded = [t.encode("utf-8", "replace") for t in texts]
        start = np.zeros(len(encoded) + 1, np.int64)
        np.cumsum([len(t) for t in encoded], out=start[1:])
        joined = b"".join(encoded)
        rows, backbone, projector = self._out(len(texts), layer)
        struct = make(_abi.akin_texts, bytes=joined, n=len(texts))
        struct.start = start.ctypes.data

        def work() -> None:
            with self._lock:
                call("akin_model_embed_texts", self._handle.pointer, ctypes.byref(struct), backbone, projector)

        interruptible(work, (self, joined, start, struct, rows))
        return rows

    def embed(
        self,
        data: Any = None,
        *,
        layer: str = "backbone",
        split: str = "train",
        target: str = "auto",
        names: bool = True,
        random_views: bool = False,
        view_seed: int = 0,
        view: int = 0,
    ) -> Embeddings:
        """Embed data: None = the run's own, a path, rows [n,d], images [n,h,w(,c)] of uint8, or a list of texts."""
        choice(layer, LAYERS, "layer")
        texts = None if data is None or is_path(data) else texts_of(data)
        if texts is not None and not random_views:
            if not C.akin_model_embeds_texts(self._handle.pointer):
                raise UnsupportedError(f"this model was trained on {self.kind}; it cannot embed texts")
            return Embeddings(self._texts(texts, layer), None, None, None, layer)
        keep, path = None, data
        if data is not None and not is_path(data):
            keep = Folder()
            path = stage(keep.path / "data", data)
            split, names = "train", False
        handle = Handle("akin_dataset_free")
        opening = "akin_model_open_dataset" if data is None else "akin_model_open_rows"
        encoded = None if path is None else os.fsencode(path)
        call(opening, self._handle.pointer, encoded, ctypes.byref(handle.pointer))
        found = self._split(handle, split, layer, target, names, random_views, view_seed, view)
        del keep
        return found

    def _split(
        self, handle: Handle, split: str, layer: str, target: str, names: bool, views: bool, view_seed: int, which: int
    ) -> Embeddings:
        part, wanted = make(_abi.akin_split_view), choice(target, TARGETS, "target")
        call("akin_dataset_split", handle.pointer, split.encode(), wanted, ctypes.byref(part))
        rows = np.empty((part.n, self.width(layer)), np.float32)
        for first in range(0, part.n, STEP):
            options = make(_abi.akin_embed_opts, random_views=views, split=split.encode(), view_seed=view_seed, view=which)
            items = np.arange(first, min(first + STEP, part.n), dtype=np.int64)
            options.item, options.n = items.ctypes.data, len(items)
            into = rows[first : first + len(items)]
            layers = (mat(into), mat(None)) if layer == "backbone" else (mat(None), mat(into))

            def work() -> None:
                with self._lock:
                    call("akin_model_embed", self._handle.pointer, handle.pointer, ctypes.byref(options), *layers)

            interruptible(work, (self, handle, items, options, rows))
        labels, classes = None, None
        if part.labels:
            labels = np.ctypeslib.as_array(ctypes.cast(part.labels, ctypes.POINTER(ctypes.c_int32)), (part.n,)).copy()
            classes = [text(C.akin_dataset_class_name(handle.pointer, wanted, k)) for k in range(part.classes)]
        return Embeddings(rows, self._names(handle, split, part.n) if names else None, labels, classes, layer)

    @staticmethod
    def _names(handle: Handle, split: str, n: int) -> List[str]:
        room = ctypes.create_string_buffer(4096)
        return [text(C.akin_dataset_item_name(handle.pointer, split.encode(), i, room, len(room))) for i in range(n)]


def embed(
    run: Any,
    data: Any = None,
    *,
    layer: str = "backbone",
    split: str = "train",
    weights: str = "auto",
    checkpoint: Optional[str] = None,
    target: str = "auto",
    whiten: bool = False,
    names: bool = True,
    form: Optional[str] = None,
    quantize: str = "none",
) -> Embeddings:
    """Embed data with the encoder of a run.

    run         its folder, or what train() and open_run() return
    data        None: the run's own. Else a path, rows [n,d], images of uint8 [n,h,w] or [n,h,w,c], or a list of texts
    layer       "backbone": the features; "projector": what the loss has read
    split       of a path or of the run's own: "train", "test" or "val"
    weights     "auto", "ema", "raw" or "random": of the moving average, of the last step, or as before training
    checkpoint  "newest", "best" or a step
    whiten      as form="whitened"
    form        "plain" (the default here): rows as the network gives them; "half": halfway to whitened, as `akin embed` gives them of the
                backbone; "whitened": by mean and covariance of the run's own training part; "hybrid": of texts, features of length 1
                and their words beside them, as `akin embed` gives texts. ArgumentError where whiten says otherwise
    quantize    "none"; "int8" or "binary": as quantize(rows, how). binary needs form="half" or "whitened", whose mean is taken off
    """
    how = choice(quantize, QUANTIZE, "quantize")
    if whiten and form not in (None, "whitened"):
        raise ArgumentError(f"whiten=True and form='{form}' contradict each other")
    power = choice(form or ("whitened" if whiten else "plain"), FORMS, "form")
    if form == "hybrid" and layer != "backbone":
        raise ArgumentError("form='hybrid' sets words beside rows of the backbone; leave out layer='projector'")
    if how is packed and not power:
        raise ArgumentError(f"quantize='binary' keeps signs, which say little of {form or 'plain'} rows; form='half' or 'whitened' takes their mean off")
    model = Model(getattr(run, "path", run), weights, checkpoint, run)
    if form == "hybrid":
        call("akin_model_add_words", model._handle.pointer)
    found = model.embed(data, layer=layer, split=split, target=target, names=names)
    if not power:
        return dataclasses.replace(found, rows=how(found.rows))
    reference = found if data is None and split == "train" else model.embed(layer=layer, names=False)
    n = len(reference.rows)
    spread = np.arange(min(n, FITTED)) * n // min(n, FITTED)
    rows = Whitening(reference.rows[spread], power=power).apply(found.rows)
    rows[~found.rows.any(axis=1)] = 0  # a text without a word stays nothing
    return dataclasses.replace(found, rows=how(rows))


def in_bytes(rows: Floats) -> Any:
    """127 x / max |x| of each row, rounded."""
    most = np.abs(rows).max(axis=1, keepdims=True, initial=0).astype(np.float64)
    return np.rint(rows * (127 / np.where(most > 0, most, 1))).astype(np.int8)


def packed(rows: Floats) -> Any:
    """A bit a column: 1 above zero."""
    return np.packbits(rows > 0, axis=1)


QUANTIZE = {"none": lambda rows: rows, "int8": in_bytes, "binary": packed}


def quantize(rows: Any, how: str) -> Any:
    """Rows [n,d] as `akin embed --quantize` writes them.

    how     "int8": int8 [n,d], 127 x / max |x| of each row, rounded: its direction, not its length, so cosines need nothing else.
            "binary": uint8 [n,ceil(d/8)], 1 where x > 0, as numpy.packbits has it; of rows without a mean. "none": float32.

    >>> quantize([[0.5, -1.0, 0.25]], "int8").tolist()
    [[64, -127, 32]]
    >>> quantize([[0.5, -1.0, 0.25]], "binary").tolist()
    [[160]]
    """
    return choice(how, QUANTIZE, "how")(float_rows(rows, "rows"))


class Whitening:
    """After it columns are uncorrelated and of unit variance on the reference rows [n,d] (akin/eval.h).

    >>> import numpy as np
    >>> x = np.random.default_rng(0).normal(size=(500, 3)) @ np.array([[3, 0, 0], [1, 1, 0], [0, 0, 0.1]])
    >>> white = Whitening(x, shrinkage=0).apply(x)
    >>> bool(np.allclose(np.cov(white.T, bias=True), np.eye(3), atol=1e-3))
    True
    """

    def __init__(self, reference: Any, shrinkage: float = 1e-2, power: float = 1.0) -> None:
        """power: 1 whitens; 0.5 goes halfway, so that a direction of variance v has about v^(1/2) left."""
        rows = float_rows(reference, "reference")
        options = make(_abi.akin_whiten_opts, shrinkage=shrinkage, power=power)
        self._handle = Handle("akin_whitening_free")
        call("akin_whitening_fit", cmat(rows), ctypes.byref(options), ctypes.byref(self._handle.pointer))

    def apply(self, rows: Any) -> Floats:
        """Rows [m,d], whitened."""
        given = float_rows(rows, "rows")
        out = np.empty(given.shape, np.float32)
        call("akin_whitening_apply", self._handle.pointer, cmat(given), mat(out))
        return out

