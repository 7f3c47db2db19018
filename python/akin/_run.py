# SPDX-License-Identifier: Apache-2.0
"""A run: the folder that training writes, and what can be asked of it."""

from __future__ import annotations

import ctypes
import dataclasses
import html
import json
import math
import os
import tempfile
from pathlib import Path
from typing import Any, Dict, List, Optional, Sequence, Union

import numpy as np

from . import _abi, _program
from ._arrays import column, distinct, float_rows
from ._data import Folder, PathLike, beside, is_path
from ._errors import ArgumentError, FormatError, InputError
from ._eval import EvalResult, Neighbours, evaluate, nn
from ._library import call, make
from ._loss import option_text
from ._model import Embeddings, Model, embed
from ._results import Result, Table
from ._theory import Bound, bounds


@dataclasses.dataclass(frozen=True)
class Measure(Result):
    """One line of a diagnosis: its paper, how far it can be trusted, a verdict where one value is better than another."""

    name: str
    group: str
    value: float
    paper: str
    mark: str
    verdict: str
    means: str


def diagnose(run: Any, b: Any = None, labels: Any = None, *, with_: Any = None, **options: Any) -> Table[Measure]:
    """What embeddings look like: collapse, spectrum, alignment, neural collapse, the similarity graph (docs/diagnose.md).

    run      a run: its folder, or a Run. Or rows [n,d], with b [n,d] other views of the same items, and labels [n]
    with_    another run on the same items, or a matrix of as many rows, to compare with
    options  those of `akin diagnose`: temperature, items, k ...

    The table's ``about`` has the rest: hardest pairs, spectrum and so on.

    >>> import numpy as np
    >>> table = diagnose(np.random.default_rng(0).normal(size=(200, 8)))
    >>> [row.verdict for row in table if row.name == "effective-rank"]
    ['good']
    """
    with tempfile.TemporaryDirectory(prefix="akin-") as folder:
        given: Dict[str, Any] = dict(options)
        words: List[str] = []
        if is_path(run) or hasattr(run, "path"):
            words = [os.fspath(getattr(run, "path", run))]
        else:
            given["a"] = _saved(folder, "a", run)
        if b is not None:
            given["b"] = _saved(folder, "b", b)
        if labels is not None:
            path = os.path.join(folder, "labels.npy")
            np.save(path, distinct(column(labels, np.size(labels), "labels"), "labels")[1].astype(np.int32))
            given["labels"] = path
        if with_ is not None:
            known = is_path(with_) or hasattr(with_, "path")
            given["with"] = os.fspath(getattr(with_, "path", with_)) if known else _saved(folder, "with", with_)
        shown = _program.run("diagnose", words, given)[0]
    rows = [Measure(**{f.name: row.get(f.name) for f in dataclasses.fields(Measure)}) for row in shown["measures"]]
    rows = [dataclasses.replace(row, value=_program.numbers(row.value)) for row in rows]
    return Table(rows, {k: v for k, v in shown.items() if k != "measures"})


def _saved(folder: str, name: str, rows: Any) -> str:
    path = os.path.join(folder, name + ".npy")
    np.save(path, float_rows(getattr(rows, "rows", rows), name))
    return path


@dataclasses.dataclass(frozen=True)
class Pruned(Result):
    """What prune() found.

    keep     names of the items to keep, what train(keep=FILE) reads
    kept, items, dropped   numbers of items; dropped by reason
    scores   one row an item: its name and scores (docs/prune.md)
    about    what else was told
    """

    keep: List[str]
    kept: int
    items: int
    dropped: Dict[str, int]
    scores: Table[Dict[str, Any]]
    about: Dict[str, Any]

    def save(self, path: PathLike) -> None:
        """The keep-list as a file, for train(keep=path)."""
        Path(path).write_text("".join(f"{name}\n" for name in self.keep), "utf-8")


def _scores(path: str) -> Table[Dict[str, Any]]:
    with open(path, encoding="utf-8") as file:
        lines = [line.rstrip("\n") for line in file]
    lines = [line for line in lines if line and not line.startswith("#")]
    names = lines[0].split("\t")
    rows = []
    for line in lines[1:]:
        cells: List[Any] = line.split("\t")
        for i, cell in enumerate(cells):
            try:
                cells[i] = float(cell) if names[i] not in ("item", "name", "class") else cell
            except ValueError:
                pass
        rows.append(dict(zip(names, cells)))
    return Table(rows)


def prune(run: Any, **options: Any) -> Pruned:
    """Rank the items that a run learned from by difficulty, find copies, list what to keep (docs/prune.md).

    options  those of `akin prune`: drop_difficult=0.1, keep=0.9, random=0.1, dedup="auto" or 0.01, by="loss" ...
    """
    with tempfile.TemporaryDirectory(prefix="akin-") as folder:
        keep, scores = os.path.join(folder, "keep.txt"), os.path.join(folder, "scores.tsv")
        given = {"out": keep, "scores": scores, **options}
        shown = _program.run("prune", [os.fspath(getattr(run, "path", run))], given)[0]
        lines = Path(keep).read_text("utf-8").splitlines()
        table = _scores(scores)
    names = [line for line in lines if line and not line.startswith("#")]
    rest = {k: v for k, v in shown.items() if k not in ("kept", "items", "dropped")}
    return Pruned(names, shown["kept"], shown["items"], shown["dropped"], table, rest)


@dataclasses.dataclass(frozen=True)
class Exported(Result):
    """What export() wrote.

    file, format, bytes   where, "onnx", "safetensors" or "torch", and how long
    encoder, layer        the network, and where it ends: "backbone" or "projector"
    width, parameters     columns of what it gives, numbers in it
    weights, step         "raw" or "ema", of which step; whitened: the whitening is part of it
    input                 what it takes: kind, shape, mean, std ...
    more                  what else was told
    """

    file: str
    format: str
    bytes: int
    encoder: str
    layer: str
    width: int
    parameters: int
    weights: str
    step: int
    whitened: bool
    input: Dict[str, Any]
    more: Dict[str, Any]


def export(run: Any, path: PathLike, **options: Any) -> Exported:
    """Write the encoder of a run for other programs (docs/weights.md).

    path     its end says the format: .onnx a graph that runs; .safetensors, .pt or .pth weights for PyTorch
    options  those of `akin export`: layer="projector", whiten=True, weights="raw", channels="first", force=True ...
    """
    shown = _program.run("export", [os.fspath(getattr(run, "path", run))], {"out": os.fspath(path), **options})[0]
    known = {f.name for f in dataclasses.fields(Exported)} - {"more"}
    rest = {k: v for k, v in shown.items() if k not in known}
    return Exported(**{name: shown.get(name) for name in known}, more=rest)


def import_weights(
    path: PathLike,
    run: Optional[PathLike] = None,
    *,
    encoder: Optional[str] = None,
    data: Any = None,
    force: bool = False,
    settings: Optional[Dict[str, Any]] = None,
    **options: Any,
) -> "Run":
    """Weights that were trained elsewhere, as a run; train(init=RUN) goes on from it (docs/weights.md).

    path      a safetensors file with names of torchvision, timm or akin
    run       the run folder. None: a folder that goes when the Run does
    encoder   which network: "resnet18", "resnet50", "vgg16" ...; None: as a file of export() says
    data      images, as a path or in memory: the run's own, for evaluate(), bounds(), diagnose() and prune()
    force     replace the run that is there
    settings  options of train() that those read, such as {"temperature": 0.2}
    options   those of `akin import`: size, resize, mean, std

    What was read, and what of the file was not taken, stands in Run.about["import"].
    """
    keep = Folder() if run is None else None
    where = Path(run) if run is not None else keep.path / "run" if keep else Path()
    given = {"encoder": encoder, "out": os.fspath(where), "force": force, **options}
    with beside(where, force, False, data) as own:
        words = [os.fspath(path)] + ([] if own is None else [os.fspath(own)])
        for name, value in (settings or {}).items():
            words += ["--set", f"{name.rstrip('_').replace('_', '-')}={option_text(value)}"]
        _program.run("import", words, given)
    return Run(where, keep)


class Run:
    """A run folder. What it has learned is in its files; this object only names it."""

    def __init__(self, path: PathLike, keep: Optional[Folder] = None) -> None:
        self.path = Path(path)
        self._keep = keep
        file = self.path / "run.json"
        try:
            about: Any = json.loads(file.read_bytes())
        except OSError as reason:
            raise InputError(f"'{self.path}' is no run folder: {reason}") from reason
        except ValueError as reason:
            raise FormatError(f"'{file}' is damaged: {reason}") from reason
        if not isinstance(about, dict) or not isinstance(about.get("config"), dict):
            raise FormatError(f"'{file}' is damaged: 'config' is missing")
        self.about: Dict[str, Any] = about

    def __fspath__(self) -> str:
        return str(self.path)

    def __repr__(self) -> str:
        state = "complete" if self.complete else "not complete"
        return f"<akin run '{self.path}': {self.config.get('encoder')}, {self.config.get('loss')}, step {self.step}, {state}>"

    @property
    def config(self) -> Dict[str, Any]:
        """Every option of the run."""
        return dict(self.about["config"])

    @property
    def complete(self) -> bool:
        """Training has come to its end."""
        return (self.path / "DONE").exists()

    @property
    def step(self) -> int:
        """Of the newest checkpoint; 0 without one."""
        steps = self.checkpoints()
        return steps[-1] if steps else 0

    def checkpoints(self) -> List[int]:
        """Steps at which there is a checkpoint, oldest first."""
        count = ctypes.c_int64()
        call("akin_run_checkpoints", os.fsencode(self.path), None, 0, ctypes.byref(count))
        steps = (ctypes.c_int64 * max(1, count.value))()
        call("akin_run_checkpoints", os.fsencode(self.path), ctypes.byref(steps), count.value, ctypes.byref(count))
        return list(steps)[: count.value]

    def metrics(self) -> Table[Dict[str, Any]]:
        """The lines of metrics.jsonl: loss, chance, floor, rate ... by step. A last line that was cut off is left out."""
        file, rows = self.path / "metrics.jsonl", []
        try:
            lines = file.read_bytes().split(b"\n")
        except OSError as reason:
            raise InputError(f"cannot read '{file}': {reason.strerror}") from reason
        for number, line in enumerate(lines[:-1], 1):  # the last has no end: it is empty, or was cut off
            try:
                rows.append({k: math.nan if v is None else v for k, v in json.loads(line).items()})
            except (ValueError, AttributeError) as reason:
                raise FormatError(f"'{file}' is damaged: line {number} holds no JSON object") from reason
        return Table(rows)

    def model(self, weights: str = "auto", checkpoint: Optional[str] = None) -> Model:
        """The encoder, opened: for many small calls of embed()."""
        return Model(self.path, weights, checkpoint, self)

    def embed(self, data: Any = None, **options: Any) -> Embeddings:
        """embed(self, ...)"""
        return embed(self, data, **options)

    def evaluate(self, **options: Any) -> Table[EvalResult]:
        """evaluate(self, ...)"""
        return evaluate(self, **options)

    def bounds(self, **options: Any) -> Table[Bound]:
        """bounds(self, ...)"""
        return bounds(self, **options)

    def diagnose(self, **options: Any) -> Table[Measure]:
        """diagnose(self, ...)"""
        return diagnose(self, **options)

    def prune(self, **options: Any) -> Pruned:
        """prune(self, ...)"""
        return prune(self, **options)

    def export(self, path: PathLike, **options: Any) -> Exported:
        """export(self, ...)"""
        return export(self, path, **options)

    def nn(self, query: Any = None, k: int = 10, **options: Any) -> Neighbours:
        """nn(self, ...)"""
        return nn(self, query, k, **options)

    def report(
        self,
        path: Optional[PathLike] = None,
        others: Sequence[Any] = (),
        overwrite: bool = True,
        map_items: int = 1000,
        clusters: int = 0,
        draws: int = 1,
    ) -> str:
        """The page of this run, or of several, as HTML; also written to path, where one is given. map_items: how many items
        its map has at most, evenly spaced in the training data; 0: no map; pages of several runs have none. clusters, by
        which it may be coloured; 0: as many as classes, or up to 12; -1: none. draws: pairs of views of each item, for the
        colour by difficulty; 0: none."""
        return report([self, *others], path, overwrite, map_items, clusters, draws)

    def plot(
        self,
        what: str,
        path: PathLike,
        others: Sequence[Any] = (),
        width: float = 0,
        height: float = 0,
        dark: bool = False,
        overwrite: bool = True,
        map_items: int = 1000,
        clusters: int = 0,
    ) -> None:
        """A chart of the report as .svg, .pdf, .png, .csv or .tex: "loss", "accuracy", "spectrum" and others, which `akin plot
        RUN` lists. others: runs in the same drawing. width and height in px, 96 an inch; 0: as the program has them. Of "map":
        map_items, 3 to 20,000, evenly spaced in the training data; clusters that colour it; 0: classes do, or without labels up
        to 12 clusters; -1: classes, or one colour."""
        folders = (ctypes.c_char_p * (1 + len(others)))(*[os.fsencode(getattr(run, "path", run)) for run in (self, *others)])
        options = make(_abi.akin_plot_opts, overwrite=int(overwrite), dark=int(dark), width=width, height=height,
                       map_items=int(map_items), clusters=int(clusters))  # fmt: skip
        call("akin_plot_make", ctypes.cast(folders, ctypes.c_void_p), len(folders), None, what.encode(), os.fsencode(path),
             ctypes.byref(options))

    def files(self) -> Dict[str, bytes]:
        """What is needed to open the encoder elsewhere: settings and the newest checkpoint, by their names in the folder."""
        steps, found = self.checkpoints(), {}
        for file in sorted(p for p in self.path.rglob("*") if p.is_file()):
            name = str(file.relative_to(self.path))
            part = file.name
            if part.startswith(("events.out", "log.txt", "metrics.jsonl", "report.html", "best.")):
                continue
            if part.startswith("step-") and steps and not part.startswith(f"step-{steps[-1]:010d}"):
                continue
            found[name] = file.read_bytes()
        return found

    @staticmethod
    def from_files(files: Dict[str, bytes]) -> "Run":
        """A run from what files() gave, in a folder that goes when the Run does."""
        keep = Folder()
        for name, content in files.items():
            target = keep.path / "run" / name
            if ".." in Path(name).parts or Path(name).is_absolute():
                raise InputError(f"'{name}' is no name within a run folder")
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
        return Run(keep.path / "run", keep)

    def _repr_html_(self) -> str:
        page = html.escape(self.report(), quote=True)
        return f'<iframe srcdoc="{page}" style="width:100%;height:40em;border:0" sandbox="allow-scripts"></iframe>'


def report(
    runs: Union[Any, Sequence[Any]],
    path: Optional[PathLike] = None,
    overwrite: bool = True,
    map_items: int = 1000,
    clusters: int = 0,
    draws: int = 1,
) -> str:
    """The self-contained page of one or more runs as HTML, as `akin report` makes it. path: where it is written as well.
    map_items: of one run, how many items its map has at most, 0 to 20,000; clusters and draws: as in Run.report()."""
    given: List[Any] = list(runs) if isinstance(runs, (list, tuple)) else [runs]
    if not given:
        raise ArgumentError("report: no run")
    folders = (ctypes.c_char_p * len(given))(*[os.fsencode(getattr(run, "path", run)) for run in given])
    options = make(_abi.akin_report_make_opts, overwrite=int(overwrite), map_items=int(map_items), clusters=int(clusters), draws=int(draws))
    with tempfile.TemporaryDirectory(prefix="akin-") as folder:
        out = os.fspath(path) if path is not None else os.path.join(folder, "report.html")
        call("akin_report_make", ctypes.cast(folders, ctypes.c_void_p), len(given), os.fsencode(out), ctypes.byref(options))
        return Path(out).read_text("utf-8")


def open_run(path: PathLike) -> Run:
    """The run in a folder. Raises InputError where there is none."""
    return Run(path)
