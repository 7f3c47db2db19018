# SPDX-License-Identifier: Apache-2.0
"""Rows that are copies of others or nearly so, and rows that lie far from all others (docs/dups.md)."""

from __future__ import annotations

import ctypes
import dataclasses
from typing import Any, Optional, Union

import numpy as np

from . import _abi
from ._arrays import Doubles, Ints, cmat, float_rows
from ._library import C, call, interruptible, make
from ._results import Result

SUGGESTED, CHANCE = -2.0, -3.0


@dataclasses.dataclass(frozen=True)
class Dups(Result):
    """Pairs of rows that are nearly equal, most similar first, and their groups.

    first, second   [pairs] the rows of a pair, first < second
    alike           [pairs] their cosines. Of equal rows there is one pair each, with the first of them
    group           [n] the first earlier row that stays and is near, or the row itself: it stays
    nearest, similarity   [n] the nearest row that does not equal it, -1 and nan where there is none
    threshold       as used; by chance: of pairs that are taken whatever lies around them
    spacing, suggested    median distance (1 - cosine) to the nearest, and the share of it; nan below 20 rows that differ
    equal, zeros    rows that equal an earlier one; rows of zeros, which are compared with nothing
    reach, expected by chance: a pair is nearer than this part of what lies between each of the two and its fifth nearest,
                    and how many such pairs chance makes; else 0
    """

    first: Ints
    second: Ints
    alike: Doubles
    group: Ints
    nearest: Ints
    similarity: Doubles
    threshold: float
    spacing: float
    suggested: float
    equal: int
    zeros: int
    reach: float
    expected: float

    @property
    def keep(self) -> Any:
        """[n] bool: the rows that stay."""
        return self.group == np.arange(len(self.group))


def _array(pointer: Any, n: int, dtype: Any) -> Any:
    if not n:
        return np.zeros(0, dtype)
    size = n * np.dtype(dtype).itemsize
    return np.frombuffer(ctypes.string_at(pointer, size), dtype).copy()


def dups(
    rows: Any, *, threshold: Union[float, str, None] = None, share: float = 0.1, most: int = 10_000_000, chance: float = 0.05
) -> Dups:
    """Copies among rows [n,d]; Embeddings will do, too. Every pair is compared: n * n * d / 2 products.

    threshold  least cosine of a pair, in (0,1]; 1: rows of one direction. None: 1 less a share of what usually lies
               between a row and its nearest. "chance": pairs that are nearer than chance would have them
    share      that share; a third suits whitened rows
    most       more pairs than this are refused
    chance     with threshold="chance": how many of the pairs chance may have made, a share

    InputError (not finite; no threshold can be suggested), RangeError (threshold; too many pairs), OutOfMemoryError.

    >>> import numpy as np
    >>> x = np.random.default_rng(0).normal(size=(50, 8))
    >>> d = dups(np.concatenate([x, x[3:4], x[7:8] + 0.001]))
    >>> d.first.tolist(), d.second.tolist(), int(d.keep.sum())
    ([3, 7], [50, 51], 50)
    >>> len(dups(np.concatenate([x, x[3:4], x[7:8] + 0.001]), threshold="chance").first)
    2
    """
    x = float_rows(getattr(rows, "rows", rows), "rows")
    if isinstance(threshold, str) and threshold != "chance":
        raise ValueError(f'threshold is {threshold!r}; it must be a number, None or "chance"')
    least = SUGGESTED if threshold is None else CHANCE if threshold == "chance" else threshold
    opts = make(_abi.akin_dups_opts, threshold=least, most=most, share=share, chance=chance)
    out = ctypes.c_void_p()

    def work() -> None:
        call("akin_dups_find", cmat(x), ctypes.byref(opts), ctypes.byref(out))

    interruptible(work, (x, opts, out))
    try:
        f = C.akin_dups_look(out).contents
        pairs = _array(f.pair, f.pairs, [("a", "i8"), ("b", "i8"), ("s", "f8")])
        return Dups(
            pairs["a"].copy(), pairs["b"].copy(), pairs["s"].copy(),
            _array(f.group, f.n, np.int64), _array(f.nearest, f.n, np.int64), _array(f.similarity, f.n, np.float64),
            f.threshold, f.spacing, f.suggested, f.equal, f.zeros, f.reach, f.expected,
        )  # fmt: skip
    finally:
        C.akin_dups_free(out)


def outliers(rows: Any, *, k: int = 5) -> Doubles:
    """[n] how far each row of [n,d] lies from the k-th nearest (1 - cosine); Embeddings will do, too.

    Equal rows count once, so that a copy of an outlier does not hide it. nan of a row of zeros.
    InputError (not finite; no more than k rows differ), RangeError (k), OutOfMemoryError.

    >>> import numpy as np
    >>> x = np.random.default_rng(0).normal(size=(50, 8)) + 5
    >>> x[7] *= -1
    >>> int(outliers(x).argmax())
    7
    """
    x = float_rows(getattr(rows, "rows", rows), "rows")
    out = np.zeros(len(x), np.float64)
    opts = make(_abi.akin_outliers_opts, k=k)

    def work() -> None:
        call("akin_outliers", cmat(x), ctypes.byref(opts), out.ctypes.data_as(ctypes.c_void_p), None)

    interruptible(work, (x, opts, out))
    return out
