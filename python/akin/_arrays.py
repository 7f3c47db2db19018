# SPDX-License-Identifier: Apache-2.0
"""Arrays of anybody's as NumPy sees them, without a copy where the layout allows it."""

from __future__ import annotations

from typing import Any, Optional, Tuple, Union

import numpy as np
import numpy.typing as npt

from . import _abi
from ._errors import ArgumentError, InputError, ShapeError

Array = npt.NDArray[Any]
Floats = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


def view(x: Any, name: str, copy: Optional[bool] = None) -> Array:
    """x as a NumPy array over the same memory: NumPy, __array_interface__, the buffer protocol, DLPack. Else a copy, or
    with copy=False an ArgumentError.

    >>> import array
    >>> bytes_of = array.array("f", [1, 2])
    >>> seen = view(bytes_of, "a")
    >>> bytes_of[0] = 7; float(seen[0])
    7.0
    """
    if isinstance(x, np.ndarray):
        return x
    if hasattr(x, "detach"):  # a tensor that is part of a graph lends its memory only so
        x = x.detach()
    if hasattr(x, "__array_interface__"):
        return np.asarray(x)
    try:
        return np.asarray(memoryview(x))
    except (TypeError, ValueError, NotImplementedError):
        pass
    if hasattr(x, "__dlpack__"):
        try:
            return np.from_dlpack(x)
        except (BufferError, TypeError, RuntimeError, AttributeError):
            pass  # on another device, or a type that NumPy lacks
    try:
        seen = np.asarray(x)
    except (TypeError, ValueError, RuntimeError) as reason:
        raise InputError(f"{name}: NumPy cannot read a {type(x).__name__}: {reason}") from reason
    if copy is False and not np.may_share_memory(seen, np.asarray(x)):  # what lends its memory lends it twice
        raise ArgumentError(f"{name}: a {type(x).__name__} must be copied, and copy=False")
    return seen


def _rows_fit(x: Array) -> bool:
    """Rows of one number after the other, aligned, in order: what akin_cmat can say."""
    size = x.itemsize
    return bool(
        x.flags.aligned
        and x.dtype.isnative
        and (x.shape[1] <= 1 or x.strides[1] == size)
        and (x.shape[0] <= 1 or (x.strides[0] % size == 0 and x.strides[0] >= x.shape[1] * size))
    )


def matrix(x: Any, name: str, copy: Optional[bool] = None) -> Array:
    """x as [n,d] float32 or float64 that the library can read in place.

    Rows of float32 or float64 with any distance between them are not copied. Other types and layouts are copied once,
    to float32; with copy=False they are refused with ArgumentError, which is a ValueError.
    """
    seen = view(x, name, copy)
    if seen.ndim != 2:
        raise ShapeError(f"{name} has {seen.ndim} dimensions; expected [rows, columns]")
    if seen.dtype.kind not in "fiub":
        if seen.dtype.kind in "mM":
            raise InputError(f"{name}: {seen.dtype} is a time, not a number")
        if seen.dtype.kind == "c":
            raise InputError(f"{name}: Complex data not supported")
        try:
            seen = seen.astype(np.float64)
        except (TypeError, ValueError) as reason:
            raise InputError(f"{name}: not numbers: {reason}") from reason
    if seen.dtype in (np.float32, np.float64) and _rows_fit(seen):
        return seen
    if copy is False:
        raise ArgumentError(f"{name}: {seen.dtype} of strides {seen.strides} must be copied, and copy=False")
    return np.ascontiguousarray(seen, dtype=np.float64 if seen.dtype == np.float64 else np.float32)


def float_rows(x: Any, name: str, copy: Optional[bool] = None) -> Floats:
    """As matrix(), float32 always; float64 is rounded into a copy."""
    seen = matrix(x, name, copy)
    if seen.dtype == np.float32:
        return seen
    if copy is False:
        raise ArgumentError(f"{name}: float64 must be copied to float32, and copy=False")
    with np.errstate(over="ignore"):
        return seen.astype(np.float32)


def _parts(x: Array) -> Tuple[int, int, int, int]:
    rows, cols = x.shape
    stride = x.strides[0] // x.itemsize if rows > 1 else cols
    return x.ctypes.data, rows, cols, stride


def cmat(x: Optional[Array]) -> _abi.akin_cmat:
    """The library's view of x, which must outlive it; empty for None. Strides count numbers, whatever their type."""
    return _abi.akin_cmat() if x is None else _abi.akin_cmat(*_parts(x))


def mat(x: Optional[Array]) -> _abi.akin_mat:
    """The library's view of x for writing."""
    return _abi.akin_mat() if x is None else _abi.akin_mat(*_parts(x))


def column(values: Any, rows: int, name: str) -> Array:
    """One label or group for each of the rows; none of them missing."""
    seen = view(values, name)
    if seen.ndim == 2 and seen.shape[1] == 1:
        seen = seen[:, 0]
    if seen.ndim != 1 or len(seen) != rows:
        raise ShapeError(f"{name} is {list(seen.shape)}; expected [{rows}]")
    if seen.dtype.kind in "fcO":
        for i, one in enumerate(seen.tolist()):
            if one is None or one != one:
                raise InputError(f"{name}: item {i} (from 0) is {one}; each item needs one")
    return seen


def distinct(values: Array, name: str) -> Tuple[Array, Array]:
    """What occurs among values, in order, and the place in it of each."""
    try:
        found, inverse = np.unique(values, return_inverse=True)
    except TypeError as reason:
        raise InputError(f"{name}: numbers or names are expected, one kind of them: {reason}") from reason
    return found, inverse.reshape(-1)


def class_numbers(labels: Any, rows: int, name: str = "labels") -> Tuple[npt.NDArray[np.int32], Array]:
    """Labels as int32 from 0, and what each number stands for. Whole numbers from 0 stay as they are."""
    seen = column(labels, rows, name)
    if seen.dtype.kind in "iub" and (rows == 0 or (seen.min() >= 0 and seen.max() < 2**31)):
        numbers = np.ascontiguousarray(seen, dtype=np.int32)
        return numbers, np.arange(int(numbers.max()) + 1 if rows else 0)
    names, inverse = distinct(seen, name)
    return np.ascontiguousarray(inverse, dtype=np.int32), names


def address(x: Optional[Array]) -> Union[int, None]:
    """Where the numbers of a contiguous array begin; None for None."""
    return None if x is None else x.ctypes.data


def scratch(size: int) -> Array:
    """Memory that an arena of that size fits in, wherever it begins."""
    return np.empty(size + 64, dtype=np.uint8)
