# SPDX-License-Identifier: Apache-2.0
"""Labels that are likely wrong (docs/labels.md)."""

from __future__ import annotations

import ctypes
import dataclasses
from typing import Any, List, Sequence

import numpy as np
import numpy.typing as npt

from . import _abi
from ._arrays import Array, class_numbers, cmat, float_rows
from ._errors import ArgumentError, ShapeError
from ._library import C, Handle, call, interruptible, make
from ._results import Result

METHODS = ("both", "logistic", "knn")
SCORES = ("margin", "self", "ratio")


@dataclasses.dataclass(frozen=True)
class LabelErrors(Result):
    """What akin.labels() found among n items.

    classes       [C] the distinct labels
    probability   [n,C] how probable each class is, by a classifier that has not seen the item
    given         [n] the place in classes of each label
    suggested     [n] that of the most probable class; the given one where that is it
    score         [n] in [0,1], small where the label is likely wrong; nan: alone in its class, not judged
    order         [n] items, the smallest score first
    wrong         [n] True where confident learning calls the label wrong
    joint         [C,C] how probable it is that an item is given as the row's class and is of the column's
    estimate      how many labels are wrong, by the joint
    agree         share of the judged items whose most probable class is the given one
    """

    classes: Array
    probability: npt.NDArray[np.float32]
    given: npt.NDArray[np.int32]
    suggested: npt.NDArray[np.int32]
    score: npt.NDArray[np.float64]
    order: npt.NDArray[np.int64]
    wrong: npt.NDArray[np.bool_]
    joint: npt.NDArray[np.float64]
    estimate: float
    agree: float

    @property
    def keep(self) -> npt.NDArray[np.int64]:
        """The items whose labels are not called wrong."""
        return np.flatnonzero(~self.wrong)

    def __repr__(self) -> str:
        return f"LabelErrors({int(self.wrong.sum())} of {len(self.given)} labels called wrong, about {self.estimate:.0f} are)"


def _number(name: str, words: Sequence[str], word: str) -> int:
    if word not in words:
        raise ArgumentError(f"labels: {name} is {word!r}; it is one of {', '.join(words)}")
    return words.index(word)


def _array(address: int, shape: List[int], kind: Any) -> Any:
    """A copy of memory of the library."""
    size = int(np.prod(shape)) * np.dtype(kind).itemsize
    return np.frombuffer(ctypes.string_at(address, size), kind).reshape(shape).copy()


def labels(
    rows: Any,
    labels: Any = None,
    *,
    probabilities: Any = None,
    method: str = "both",
    score: str = "ratio",
    folds: int = 5,
    k: int = 20,
    lambda_: float = 0.0,
    seed: int = 0,
) -> LabelErrors:
    """Which labels of rows [n,d] are likely wrong, by confident learning; Embeddings will do, too, and bring their labels.

    labels         [n] numbers or names; None: those of the Embeddings
    probabilities  [n,C] out of sample, of any classifier, columns in the order of the distinct labels: then rows are
                   not read and may be None
    method         "both" (the mean of the two), "logistic" (a layer in `folds` folds), "knn" (the k nearest others)
    score          "ratio": the probability p of the given label over p + r, r the greatest other; "margin": p - r; "self": p
    lambda_        of the logistic layer's penalty; 0: picked
    seed           of the folds; the same one gives the same bits on any number of threads

    ShapeError, RangeError (an option), InputError (not finite, one class only), OutOfMemoryError.

    >>> import numpy as np
    >>> x = np.random.default_rng(0).normal(size=(200, 4)) + 9 * (np.arange(200) % 2)[:, None]
    >>> y = np.arange(200) % 2
    >>> y[[3, 8]] ^= 1
    >>> found = labels(x, y)
    >>> found, np.flatnonzero(found.wrong).tolist()
    (LabelErrors(2 of 200 labels called wrong, about 2 are), [3, 8])
    """
    given = getattr(rows, "labels", None) if labels is None else labels
    if given is None:
        raise ArgumentError("labels: no labels; give one for each row")
    brought = probabilities is not None
    x = float_rows(probabilities if brought else getattr(rows, "rows", rows), "probabilities" if brought else "rows")
    numbers, names = class_numbers(given, len(x))
    opts = make(
        _abi.akin_label_opts, method=_number("method", METHODS, method), score=_number("score", SCORES, score),
        folds=folds, k=k, lambda_=lambda_, seed=seed,
    )  # fmt: skip
    if brought and len(np.unique(numbers)) != x.shape[1]:
        raise ShapeError(f"labels: probabilities of {x.shape[1]} classes; the labels have {len(np.unique(numbers))} distinct values")
    found = Handle("akin_label_errors_free")

    def work() -> None:
        call(
            "akin_label_errors_of" if brought else "akin_label_errors_find",
            cmat(x), numbers.ctypes.data, len(x), ctypes.byref(opts), ctypes.byref(found.pointer),
        )  # fmt: skip

    interruptible(work, (x, numbers, opts, found))
    s = C.akin_label_errors_look(found.pointer).contents
    n, c = s.n, s.classes
    return LabelErrors(
        names[_array(s.label, [c], np.int32)],
        _array(s.probability, [n, c], np.float32),
        _array(s.given, [n], np.int32),
        _array(s.suggested, [n], np.int32),
        _array(s.score, [n], np.float64),
        _array(s.order, [n], np.int64),
        _array(s.wrong, [n], np.uint8).astype(bool),
        _array(s.joint, [c, c], np.float64),
        s.estimate,
        s.agree,
    )
