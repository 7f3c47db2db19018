# SPDX-License-Identifier: Apache-2.0
"""What a query of nn() means, as `akin nn --query` has it: an item, a file, a line of text or a row."""

from __future__ import annotations

import os
from typing import Any, Optional, Tuple

import numpy as np

from ._arrays import Floats, float_rows
from ._errors import AkinError, ArgumentError, InputError

MEANINGS = ("auto", "item", "file", "vectors", "row", "text")


def _two(query: str, one: str, as_one: str, other: str, as_other: str) -> ArgumentError:
    return ArgumentError(f"'{query}' is {one} and {other}; query_as='{as_one}' or '{as_other}' says which is meant")


def _is_array(path: str) -> bool:
    return path.endswith((".npy", ".npz"))


def _load(path: str) -> Floats:
    try:
        found = np.load(path, allow_pickle=False)
        rows = found[found.files[0]] if hasattr(found, "files") else found
    except (OSError, ValueError, IndexError) as error:
        raise InputError(f"'{path}' is no array of embeddings: {error}") from None
    return float_rows(rows, f"'{path}'")


def _file_meaning(path: str, width: int, model: Any) -> str:
    """Whether a file holds items for the model, or embeddings."""
    if model is None:
        if not _is_array(path):
            raise InputError(f"'{path}' is no array of embeddings, .npy or .npz; a run embeds it: akin.nn(run, ...)")
        return "vectors"
    if not _is_array(path):
        return "file"
    if model.kind == "text":
        return "vectors"
    if model.kind == "images":
        return "vectors" if path.endswith(".npy") and np.load(path, mmap_mode="r").ndim == 2 else "file"
    columns = _load(path).shape[1]
    if columns != width:
        return "file"
    try:
        model.embed(path, names=False)
    except AkinError:
        return "vectors"
    raise _two(path, "as wide as the data that the run embeds", "file", "as wide as its embeddings", "vectors")


def _meaning(query: str, names: Any, n: int, width: int, model: Any) -> str:
    texts = model is not None and model.kind == "text"
    item = names.index(query) if names is not None and query in names else -1
    row = int(query) if query.isascii() and query.isdigit() and len(query) < 19 else -1
    file = query != "" and "\0" not in query and (os.path.isfile(query) or (model is not None and not texts and os.path.isdir(query)))
    if item >= 0 and 0 <= row < n and row != item:
        raise _two(query, "the name of an item", "item", "the number of another row", "row")
    if item >= 0:
        return "item"
    if file and 0 <= row < n:
        raise _two(query, "a file", "vectors" if model is None else "file", "the number of a row", "row")
    if file:
        return _file_meaning(query, width, model)
    if texts and 0 <= row < n:
        raise _two(query, "a line of text", "text", "the number of a row", "row")
    return "text" if texts else "row" if row >= 0 else "item"


def find(query: str, query_as: str, rows: Floats, names: Any, model: Any, layer: str) -> Tuple[Floats, Optional[int]]:
    """The rows that are asked for, and which row of the reference the only one is, where it is one."""
    if query_as not in MEANINGS:
        raise ArgumentError(f"query_as is '{query_as}'; it must be one of {', '.join(MEANINGS)}")
    n, width = rows.shape
    meant = _meaning(query, names, n, width, model) if query_as == "auto" else query_as
    if meant in ("file", "text") and model is None:
        raise ArgumentError(f"query_as='{meant}' is for a run, which embeds it")
    if meant == "file":
        return float_rows(model.embed(query, layer=layer, names=False).rows, "query"), None
    if meant == "text":
        return float_rows(model.embed([query], layer=layer).rows, "query"), None
    if meant == "vectors":
        found = _load(query)
        if found.shape[1] != width:
            raise InputError(f"'{query}' has {found.shape[1]} columns, the reference has {width}; they must agree")
        return found, None
    if meant == "item":
        if names is None or query not in names:
            raise InputError(f"no item is named '{query}', and no file")
        own = names.index(query)
    else:
        if not query.isdigit() or int(query) >= n:
            raise InputError(f"there is no row {query}; the reference has rows 0 to {n - 1}")
        own = int(query)
    return rows[own : own + 1], own
