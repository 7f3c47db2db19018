# SPDX-License-Identifier: Apache-2.0
"""Arrays, lists of texts and paths as data that the library opens."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import tempfile
import weakref
from pathlib import Path
from typing import Any, Iterator, List, Optional, Sequence, Tuple, Union

import numpy as np

from ._arrays import Array, class_numbers, column, view
from ._errors import ArgumentError, InputError, ShapeError

PathLike = Union[str, "os.PathLike[str]"]


class Folder:
    """A folder of this process's own; it goes when nobody refers to it, or when the process ends."""

    def __init__(self) -> None:
        self.path = Path(tempfile.mkdtemp(prefix="akin-"))
        self.remove = weakref.finalize(self, shutil.rmtree, str(self.path), True)


def is_path(data: Any) -> bool:
    """One string or path names files; a list of strings is texts."""
    return isinstance(data, (str, os.PathLike))


def texts_of(data: Any) -> Optional[List[str]]:
    """A list of texts; None where data is something else."""
    if isinstance(data, np.ndarray):
        if data.ndim != 1 or data.dtype.kind not in "OU":
            return None
        data = data.tolist()
    elif hasattr(data, "to_numpy") and getattr(data, "ndim", 0) == 1:  # a column of pandas
        data = data.tolist()
    if isinstance(data, (list, tuple)) and len(data) > 0 and all(isinstance(x, str) for x in data):
        return list(data)
    return None


def _write_texts(path: Path, texts: Sequence[str], labels: Optional[Sequence[str]], groups: Any) -> None:
    with open(path, "w", encoding="utf-8", errors="replace") as file:
        for i, one in enumerate(texts):
            item = {"text": one}
            if labels is not None:
                item["label"] = str(labels[i])
            if groups is not None:
                item["group"] = str(groups[i])
            file.write(json.dumps(item, ensure_ascii=True) + "\n")


def array_of(data: Any, name: str = "data") -> Array:
    """Rows of numbers [n,d] as float32, or images [n,h,w] or [n,h,w,c] of uint8."""
    seen = view(data, name)
    if seen.ndim in (3, 4):
        if seen.dtype != np.uint8:
            raise InputError(f"{name}: images are uint8, [n,h,w] or [n,h,w,c]; these are {seen.dtype}")
        return np.ascontiguousarray(seen)
    if seen.ndim != 2:
        raise ShapeError(f"{name} has {seen.ndim} dimensions; rows are [n,d], images [n,h,w] or [n,h,w,c], texts a list")
    if seen.dtype.kind not in "fiub":
        raise InputError(f"{name}: {seen.dtype} is no type of numbers that akin reads")
    with np.errstate(over="ignore"):
        return np.ascontiguousarray(seen, dtype=np.float32)


def put(folder: Path, split: str, data: Any, labels: Any, groups: Any) -> Tuple[str, Optional[Array]]:
    """Write one split into the folder; the file's end, and the names of classes."""
    texts, name = texts_of(data), "labels" if split == "train" else f"{split}_labels"
    if texts is not None:
        names = None if labels is None else column(labels, len(texts), name).tolist()
        together = None if groups is None else column(groups, len(texts), "groups").tolist()
        _write_texts(folder / f"{split}.jsonl", texts, names, together)
        return "jsonl", None
    rows = array_of(data, split)
    np.save(folder / f"{split}.npy", rows)
    classes = None
    if labels is not None:
        numbers, classes = class_numbers(labels, len(rows), name)
        np.save(folder / f"{split}-labels.npy", numbers)
    if groups is not None:
        np.save(folder / f"{split}-groups.npy", class_numbers(groups, len(rows), "groups")[0])
    return "npy", classes


def stage(folder: Path, data: Any, labels: Any = None, groups: Any = None, test: Any = None, test_labels: Any = None) -> Path:
    """Data in memory as files of a folder that akin reads like any other."""
    folder.mkdir(parents=True, exist_ok=True)
    joined, at = None, 0
    if labels is not None and test_labels is not None:  # one numbering for both
        first = column(labels, np.size(labels), "labels")
        second = column(test_labels, np.size(test_labels), "test_labels")
        at = len(first)
        joined, classes = class_numbers(np.concatenate([first, second]), at + len(second))
        if texts_of(data) is None:
            labels, test_labels = joined[:at], joined[at:]
            if first.dtype.kind not in "iub":
                (folder / "class-names.txt").write_text("".join(f"{name}\n" for name in classes), "utf-8")
    kind, names = put(folder, "train", data, labels, groups)
    if joined is None and names is not None and names.dtype.kind not in "iub":
        (folder / "class-names.txt").write_text("".join(f"{name}\n" for name in names), "utf-8")
    if test is not None:
        put(folder, "test", test, test_labels, None)
    return folder if test is not None or kind == "npy" else folder / "train.jsonl"


def _mark(run: Path) -> Optional[Tuple[int, int, int]]:
    """Tells one record of a run from the next; None where there is none."""
    try:
        found = (run / "run.json").stat()
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns, found.st_size


def _write_over(fresh: Path, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for path in fresh.iterdir():
        os.replace(path, folder / path.name)


@contextlib.contextmanager
def beside(run: Path, replace: bool, keep: bool, data: Any, *more: Any) -> Iterator[Optional[PathLike]]:
    """The path of the data: as it was given, or RUN-data, to which data in memory are written as stage() does.

    What is there is replaced, or kept and written over, once all of the new is written. If no run comes of it, the data go
    again, and what was there before comes back.
    """
    if data is None or is_path(data):
        yield data
        return
    folder, before = run.parent / (run.name + "-data"), _mark(run)
    if folder.exists() and not (replace or keep):
        raise ArgumentError(f"'{folder}' is there already; force=True replaces it with these data")
    run.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=run.name + "-data.", dir=run.parent) as work:
        fresh, old = Path(work) / "new", Path(work) / "old"
        path = folder / stage(fresh, data, *more).relative_to(fresh)
        if keep:
            _write_over(fresh, folder)
        else:
            if folder.exists():
                folder.rename(old)
            fresh.rename(folder)
        try:
            yield path
        except BaseException:
            if not keep and _mark(run) == before:  # the run is the one that was there, or there is none
                shutil.rmtree(folder, ignore_errors=True)
                if old.exists():
                    old.rename(folder)
            raise
