# SPDX-License-Identifier: Apache-2.0
"""How good features are, by locked protocols (docs/evaluation.md); nearest neighbours."""

from __future__ import annotations

import ctypes
import dataclasses
import os
from typing import Any, Dict, List, Optional, Tuple

import numpy as np
import numpy.typing as npt

from . import _abi, _program
from ._arrays import Floats, class_numbers, cmat, column, float_rows
from ._data import is_path
from ._errors import ArgumentError
from ._library import C, Handle, call, interruptible, make, text
from ._results import Result, Table


@dataclasses.dataclass(frozen=True)
class EvalResult(Result):
    """One row of eval.json.

    protocol          "knn-v1", "linear-v2", "mean-v1", "centroid-v1", "kway-v1", ...; with "-white" of whitened features
    encoder, layer    of what: "trained", "random" or "none" (raw data); "backbone", "projector", "pixels", "columns"
    top1, top5        share of test rows in [0,1]; nan where it says nothing
    ci95              95 % interval of top1
    labels_per_class  None = all labels
    n, reference, features, classes   test rows, training rows, columns, classes
    seconds           it took
    more              what else the protocol tells
    """

    protocol: str
    encoder: str
    layer: str
    top1: float
    top5: float
    ci95: Tuple[float, float]
    labels_per_class: Optional[int]
    n: int
    reference: int
    features: int
    classes: int
    seconds: float
    more: Dict[str, Any]


def _from_json(row: Dict[str, Any]) -> EvalResult:
    known = {f.name for f in dataclasses.fields(EvalResult)} - {"more"}
    fields = {name: row.get(name) for name in known}
    ci95 = row.get("ci95") or (None, None)
    return EvalResult(
        **{
            **fields,
            "top1": _program.numbers(row.get("top1")),
            "top5": _program.numbers(row.get("top5")),
            "ci95": (_program.numbers(ci95[0]), _program.numbers(ci95[1])),
            "more": {k: v for k, v in row.items() if k not in known},
        }
    )


def _protocols(names: str) -> List[Any]:
    rows, at = [], 0
    while True:
        row = C.akin_protocol_at(at)
        if not row:
            break
        rows.append(row)
        at += 1
    found, known = [], sorted({text(r.contents.option) for r in rows})
    for name in names.split(","):
        chosen = [r for r in rows if text(r.contents.option) == name]
        if not chosen:
            raise ArgumentError(f"there is no protocol '{name}'; there are {', '.join(known)}")
        found += chosen
    return found


def _of_arrays(train: Any, labels: Any, test: Any, test_labels: Any, protocols: str, options: Dict[str, Any]) -> Table[EvalResult]:
    a, b = float_rows(train, "train"), float_rows(test, "test")
    both = np.concatenate([column(labels, len(a), "labels"), column(test_labels, len(b), "test_labels")])
    numbers, _ = class_numbers(both, len(both))
    data = make(_abi.akin_eval_data, train=cmat(a), test=cmat(b), train_count=len(a), test_count=len(b))
    data.train_labels, data.test_labels = numbers.ctypes.data, numbers.ctypes.data + 4 * len(a)
    opts = make(_abi.akin_eval_opts, **options)
    found = []
    for protocol in _protocols(protocols):
        result = make(_abi.akin_eval_result)

        def work() -> None:
            call("akin_eval_run", protocol, ctypes.byref(data), ctypes.byref(opts), ctypes.byref(result))

        interruptible(work, (a, b, numbers, data, opts, result))
        per_class = protocol.contents.labels_per_class
        more = {k: getattr(result, k) for k in ("k", "temperature", "lambda", "loss", "iterations", "converged", "excess", "draws")}
        for name in ("avg", "top"):
            more[name] = {s.size: s.value for s in getattr(result, name) if s.size}
        found.append(
            EvalResult(
                text(result.protocol), "given", "given", result.top1, result.top5, (result.ci95[0], result.ci95[1]), per_class or None,
                result.n, result.reference, result.features, result.classes, result.seconds, more,
            )  # fmt: skip
        )
    return Table(found)


def evaluate(
    run: Any = None,
    *,
    train: Any = None,
    labels: Any = None,
    test: Any = None,
    test_labels: Any = None,
    protocols: str = "mean,centroid,knn,linear",
    **options: Any,
) -> Table[EvalResult]:
    """Measure the encoder of a run, or features of any source, by locked protocols.

    run        its folder or a Run: it is fitted on the training part of the run's data and reported on the test part, the
               raw data and a random encoder beside it; RUN/eval.json is written. Options are those of `akin eval`
    train, labels, test, test_labels   without run: [n,d] and [m,d] features, [n] and [m] classes. Options are those of
               akin_eval_opts: k, temperature, seed, draws ...
    protocols  of mean, centroid, knn, linear, linear-v1, kway; commas between

    >>> import numpy as np
    >>> x = np.array([[1, 0], [1, .2], [0, 1], [.2, 1]], dtype="f4")
    >>> r = evaluate(train=x, labels=["a", "a", "b", "b"], test=x, test_labels=["a", "a", "b", "b"], protocols="mean")
    >>> r[0].protocol, r[0].top1, r[0].n
    ('mean-v1', 1.0, 4)
    """
    if run is None:
        if train is None or labels is None or test is None or test_labels is None:
            raise ArgumentError("evaluate: a run, or train, labels, test and test_labels")
        return _of_arrays(train, labels, test, test_labels, protocols, options)
    shown = _program.run("eval", [os.fspath(getattr(run, "path", run))], {"protocol": protocols, **options})
    about = {k: v for k, v in shown[0].items() if k != "results"}
    return Table([_from_json(row) for row in shown[0]["results"]], about)


@dataclasses.dataclass(frozen=True)
class Neighbours(Result):
    """Nearest reference rows of each query, nearest first.

    index       [q,k] int32, rows of the reference
    similarity  [q,k] float32, cosines in [-1,1]
    names       of the reference's items, or None
    found       share of the true neighbours where the search looked, of up to 256 queries; 1 = it was exact
    """

    index: npt.NDArray[np.int32]
    similarity: Floats
    names: Optional[List[str]] = None
    found: float = 1.0

    def to_pandas(self) -> Any:
        """One line for each pair: query, rank, row, similarity, item."""
        import pandas

        q, k = self.index.shape
        frame = pandas.DataFrame(
            {
                "query": np.repeat(np.arange(q), k),
                "rank": np.tile(np.arange(k), q),
                "row": self.index.reshape(-1),
                "similarity": self.similarity.reshape(-1),
            }
        )
        if self.names is not None:
            frame["item"] = [self.names[i] for i in frame["row"]]
        return frame


def _search(asked: Floats, rows: Floats, k: int, approximate: Optional[float]) -> Tuple[npt.NDArray[np.int32], Floats, float]:
    index, similarity = np.empty((len(asked), k), np.int32), np.empty((len(asked), k), np.float32)
    probes, found = ctypes.c_int64(), ctypes.c_double(1)
    cells = Handle("akin_near_cells_free")

    def work() -> None:
        if approximate is None:
            call("akin_eval_neighbours", cmat(asked), cmat(rows), k, index.ctypes.data, similarity.ctypes.data)
            return
        call("akin_near_cells_create", cmat(rows), 0, 0, ctypes.byref(cells.pointer))
        call("akin_near_cells_probes", cells.pointer, cmat(asked), k, approximate, ctypes.byref(probes), ctypes.byref(found))
        call("akin_near_cells_search", cells.pointer, cmat(asked), k, probes.value, index.ctypes.data, similarity.ctypes.data)

    interruptible(work, (asked, rows, index, similarity, cells, probes, found))
    return index, similarity, found.value


def nn(
    reference: Any, query: Any = None, k: int = 10, *, layer: str = "backbone", query_as: str = "auto", approximate: Optional[float] = None
) -> Neighbours:
    """The k nearest rows by cosine, exactly; equal ones in order of their row.

    reference  rows [n,d], Embeddings, or a run (a folder or a Run): the items it learned from
    query      rows [q,d], Embeddings; with a run also data that embed() takes, such as a list of texts. None: every row of
               the reference. A whole number: a row. A text is the first of these that there is: the name of an item; a
               file, which the run embeds, or of embeddings (.npy, .npz); with a run of text a line; the number of a row.
               A number that is something else too is refused. An item or a row is no neighbour of itself
    k          how many
    query_as   what a text is: "item", "file", "vectors", "row" or "text"
    approximate   None: exactly. A share such as 0.95: look only where that share of the true neighbours is, which takes less
               time for thousands of queries among a million rows (docs/evaluation.md)

    >>> import numpy as np
    >>> found = nn(np.array([[1, 0], [0, 1], [1, .1]], dtype="f4"), k=1)
    >>> found.index.tolist()
    [[2], [2], [0]]
    >>> nn(np.array([[1, 0], [0, 1], [1, .1]], dtype="f4"), 1, k=1).index.tolist()
    [[2]]
    """
    from ._model import Model, embed
    from ._query import find

    model = None
    if is_path(reference) or hasattr(reference, "path"):
        model = Model(getattr(reference, "path", reference))
        reference = embed(reference, layer=layer)
    names = getattr(reference, "names", None)
    rows = float_rows(getattr(reference, "rows", reference), "reference")
    own: Optional[npt.NDArray[np.int64]] = None
    if isinstance(query, os.PathLike):
        query, query_as = os.fspath(query), "file" if query_as == "auto" and model is not None else query_as
    if isinstance(query, (int, np.integer)) and not isinstance(query, bool):
        query, query_as = str(int(query)), "row"
    if query is None:
        asked, own = rows, np.arange(len(rows))
    elif isinstance(query, str):
        asked, row = find(query, query_as, rows, names, model, layer)
        own = None if row is None else np.array([row])
    else:
        wide = not isinstance(query, (list, tuple)) and np.ndim(query) == 2 and np.shape(query)[1] == rows.shape[1]
        if model is not None and not wide and not hasattr(query, "rows"):
            query = model.embed(query, layer=layer, names=False)
        asked = float_rows(getattr(query, "rows", query), "query")
    more = 0 if own is None else 1
    most = min(k + more, len(rows))
    index, similarity, found = _search(asked, rows, most, approximate)
    if own is not None:
        same = index == own.astype(np.int32)[:, None]
        same[~same.any(axis=1), -1] = True  # so many copies that the row itself is not among the nearest
        index = index[~same].reshape(len(asked), most - 1)
        similarity = similarity[~same].reshape(len(asked), most - 1)
    return Neighbours(index, similarity, names, found)
