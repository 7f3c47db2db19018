# SPDX-License-Identifier: Apache-2.0
"""Nearest neighbours among rows of bytes and of packed signs, which stay as they are."""

from __future__ import annotations

import ctypes
from typing import Any, Optional, Tuple

import numpy as np
import numpy.typing as npt

from . import _abi
from ._arrays import Array, float_rows, view
from ._errors import ArgumentError, RangeError, ShapeError
from ._eval import Neighbours
from ._library import call, interruptible, make

NONE, INT8, BINARY = 0, 1, 2


def _coded(x: Any, width: Optional[int], name: str) -> Tuple[Array, int, int]:
    """Rows as the library takes them, how they are coded, and how many columns they have."""
    rows = view(getattr(x, "rows", x), name)
    if rows.dtype == np.int8 and rows.ndim == 2:
        return np.ascontiguousarray(rows), INT8, rows.shape[1]
    if rows.dtype != np.uint8 or width is None:
        floats = np.ascontiguousarray(float_rows(rows, name))
        return floats, NONE, floats.shape[1]
    if rows.ndim != 2 or rows.shape[1] != -(-width // 8):
        raise ShapeError(f"{name} is {list(rows.shape)}; signs of {width} columns are [n,{-(-width // 8)}]")
    rows = rows.copy()
    rows[:, -1] &= 255 << (-width % 8) & 255
    return rows, BINARY, width


def _codes(rows: Array, how: int, width: int) -> _abi.akin_codes:
    return make(_abi.akin_codes, how=how, rows=len(rows), width=width, data=rows.ctypes.data)


def _again(asked: Array, better: Any, found: npt.NDArray[np.int32], k: int) -> Tuple[npt.NDArray[np.int32], Array]:
    """The k best of those found for each query, by cosines of float64."""
    index, similarity = np.empty((len(asked), k), np.int32), np.empty((len(asked), k), np.float32)
    for i, near in enumerate(found):
        rows, query = better[near].astype(np.float64), asked[i].astype(np.float64)
        length = np.linalg.norm(rows, axis=1) * np.linalg.norm(query)
        score = (rows @ query / np.where(length > 0, length, 1)).astype(np.float32)
        order = np.lexsort((near, -score))[:k]
        index[i], similarity[i] = near[order], score[order]
    return index, similarity


def nn_codes(
    rows: Any, query: Any, k: int = 10, *, width: Optional[int] = None, rescore: Optional[int] = None, rescore_with: Any = None
) -> Neighbours:
    """The k nearest among rows that embed(quantize=) or quantize() gives, without a float32 copy of them.

    rows          int8 [n,d], or uint8 [n,ceil(width/8)] of packed signs
    query         the same, or float32 [q,d]. Signs are compared with signs by the bits that differ, 1 - 2 h / d; all else by cosine
    width         of packed signs: how many columns they have
    rescore       look for so many by the codes, then put them in order by the query and rescore_with. (sentence-transformers'
                  rescore_multiplier is rescore / k.) A float query is compared by its signs first
    rescore_with  the same items as float32 or int8, such as a numpy.memmap, of which the rows that are found are read; None: their
                  signs as numbers

    >>> import numpy as np
    >>> from akin import quantize
    >>> rows = np.array([[1, -2, 3], [1, 2, 3], [-1, -2, 2]], dtype="f4")
    >>> nn_codes(quantize(rows, "binary"), quantize(rows[:1], "binary"), k=2, width=3).index.tolist()
    [[0, 1]]
    >>> nn_codes(quantize(rows, "binary"), rows[:1], k=2, width=3, rescore=3, rescore_with=rows).index.tolist()
    [[0, 2]]
    """
    own, how, columns = _coded(rows, width, "rows")
    asked, asked_how, asked_columns = _coded(query, width, "query")
    if how == NONE:
        raise ArgumentError("rows are neither int8 nor, with width=, packed signs of uint8; nn() is for others")
    if columns != asked_columns:
        raise ShapeError(f"query has {asked_columns} columns, rows {columns}; they must agree")
    if rescore is not None and rescore < k:
        raise RangeError(f"rescore is {rescore}; it must be k = {k} or more")
    if rescore is not None and rescore_with is None and (how == INT8 or asked_how):
        raise ArgumentError("nothing is known better than what was compared; rescore_with= gives the items as numbers")
    better = None if rescore_with is None else getattr(rescore_with, "rows", rescore_with)
    if better is not None and tuple(better.shape) != (len(own), columns):
        raise ShapeError(f"rescore_with is {list(better.shape)}, rows [{len(own)},{columns}]; they must be the same items")
    most = min(k if rescore is None else rescore, len(own))
    first, first_how = asked, asked_how
    if rescore is not None and how == BINARY and asked_how == NONE:
        first, first_how = np.packbits(asked > 0, axis=1), BINARY
    index, similarity = np.empty((len(asked), most), np.int32), np.empty((len(asked), most), np.float32)
    a, b = _codes(first, first_how, columns), _codes(own, how, columns)

    def work() -> None:
        call("akin_near_codes_by", None, ctypes.byref(a), ctypes.byref(b), most, index.ctypes.data, similarity.ctypes.data)

    interruptible(work, (first, own, index, similarity, a, b))
    if rescore is not None:
        exact = asked if asked_how != BINARY else np.unpackbits(asked, axis=1, count=columns).astype(np.int8) * 2 - 1
        if better is None:
            index, similarity = _again(exact, _Signs(own, columns), index, min(k, most))
        else:
            index, similarity = _again(exact, better, index, min(k, most))
    return Neighbours(index, similarity, getattr(rows, "names", None))


class _Signs:
    """Packed rows, of which those that are asked for become 1 and -1."""

    def __init__(self, rows: Array, width: int) -> None:
        self.rows, self.width = rows, width

    def __getitem__(self, some: Any) -> Array:
        return np.unpackbits(self.rows[some], axis=1, count=self.width).astype(np.int8) * 2 - 1
