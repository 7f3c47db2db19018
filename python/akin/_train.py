# SPDX-License-Identifier: Apache-2.0
"""Training: from data of any kind to a run folder, with progress, and stopped by Ctrl-C without a loss."""

from __future__ import annotations

import ctypes
import dataclasses
import os
import sys
from pathlib import Path
from typing import Any, Callable, Dict, Optional, Union

from . import _abi
from ._data import Folder, PathLike, beside, is_path
from ._errors import ArgumentError
from ._library import C, Handle, call, interruptible, make, text
from ._loss import Parameter, option_text, parameter_of
from ._results import Result
from ._run import Run


@dataclasses.dataclass(frozen=True)
class TrainProgress(Result):
    """What is known after a logged step: a line of metrics.jsonl.

    step, steps        steps done, steps in all; epoch, epochs likewise
    loss, chance, floor, permuted   means since the last report, in the loss's unit; nan where not known
    learned            share of the way to the floor, nan without one
    lr                 the rate; grad_norm: of all gradients together, before clipping
    samples_per_s      items a second, each gives two views
    elapsed_s, left_s  seconds
    embedding_std      0 = all projections point one way, 1 = they fill the sphere
    """

    step: int
    steps: int
    epoch: int
    epochs: int
    loss: float
    chance: float
    floor: float
    learned: float
    verdict: str
    lr: float
    samples_per_s: float
    data_wait_frac: float
    elapsed_s: float
    left_s: float
    grad_norm: float
    embedding_std: float
    participation_ratio: float
    permuted: float
    unit: str


def train_options() -> Dict[str, Parameter]:
    """Every option of train() by name: kind, default, bounds, help.

    >>> train_options()["epochs"].default
    '10'
    """
    found: Dict[str, Parameter] = {}
    at = 0
    while True:
        row = C.akin_train_option_at(at)
        if not row:
            return found
        parameter = parameter_of(row.contents)
        found.setdefault(parameter.name, parameter)
        at += 1


def _bar(total: int) -> Any:
    try:
        from tqdm.auto import tqdm
    except ImportError:
        return None
    return tqdm(total=total, unit="step")


class _Watcher:
    """The callbacks of one training: they tell, and they hear that it shall stop."""

    def __init__(self, progress: Any, on_message: Any, should_stop: Any) -> None:
        self.progress, self.on_message, self.should_stop = progress, on_message, should_stop
        self.stop = False
        self.fault: Optional[BaseException] = None
        self.bar: Any = None

    def _call(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """A fault in a callback of the caller's ends the training, and is raised after it."""
        try:
            return function(*arguments)
        except BaseException as fault:  # ctypes would only print it
            self.fault, self.stop = self.fault or fault, True
            return None

    def _show(self, seen: TrainProgress) -> None:
        if callable(self.progress):
            self.progress(seen)
            return
        if self.bar is None:
            self.bar = _bar(seen.steps)
        if self.bar is not None:
            self.bar.update(seen.step - self.bar.n)
            self.bar.set_postfix_str(f"loss {seen.loss:.4g}, {seen.verdict}")
        else:
            print(f"step {seen.step}/{seen.steps}  loss {seen.loss:.4g}  {seen.verdict}", file=sys.stderr)

    def told(self, pointer: Any, _: Any) -> None:
        def show() -> None:
            seen = pointer.contents
            fields = {f.name: getattr(seen, f.name) for f in dataclasses.fields(TrainProgress)}
            fields["verdict"], fields["unit"] = text(seen.verdict), text(seen.unit)
            self._show(TrainProgress(**fields))

        self._call(show)

    def message(self, line: bytes, _: Any) -> None:
        self._call(self.on_message, text(line))

    def asked(self, _: Any) -> bool:
        if self.should_stop is not None and not self.stop:
            self.stop = bool(self._call(self.should_stop)) or self.stop
        return self.stop

    def options(self) -> _abi.akin_train_opts:
        struct = make(_abi.akin_train_opts)
        if self.progress:
            struct.on_progress = _abi.akin_train_opts_on_progress(self.told)
        if self.on_message is not None:
            struct.on_message = _abi.akin_train_opts_on_message(self.message)
        struct.should_stop = _abi.akin_train_opts_should_stop(self.asked)
        return struct

    def end(self) -> None:
        self.stop = True

    def close(self) -> None:
        if self.bar is not None:
            self.bar.close()


def config_of(options: Dict[str, Any], config: Optional[PathLike]) -> Handle:
    """The library's configuration of options by name; underscores stand for dashes."""
    handle = Handle("akin_train_config_free")
    call("akin_train_config_create", ctypes.byref(handle.pointer))
    for name, value in options.items():
        if value is not None:
            flag = name.rstrip("_").replace("_", "-").encode()
            call("akin_train_config_set", handle.pointer, flag, option_text(value).encode())
    if config is not None:
        call("akin_train_config_load", handle.pointer, os.fsencode(config))
    return handle


def train(
    data: Any = None,
    run: Optional[PathLike] = None,
    *,
    labels: Any = None,
    groups: Any = None,
    test: Any = None,
    test_labels: Any = None,
    config: Optional[PathLike] = None,
    resume: bool = False,
    force: bool = False,
    progress: Union[bool, Callable[[TrainProgress], Any]] = False,
    on_message: Optional[Callable[[str], Any]] = None,
    should_stop: Optional[Callable[[], bool]] = None,
    **options: Any,
) -> Run:
    """Learn an encoder without labels.

    data          a path (images, tables, text: docs/formats.md), rows [n,d], images of uint8 [n,h,w] or [n,h,w,c], or a
                  list of texts
    run           the run folder. None: a folder that goes when the Run does
    labels        [n] numbers or names, for data in memory: measured with, and learned from by losses that need them
    groups        [n] which items belong together (pairs="group")
    test, test_labels   what the protocols are reported on, for data in memory
    config        a file of options: JSON, such as the run.json of another run
    resume        go on from the newest checkpoint; force: replace the run that is there
    progress      True: a bar (tqdm where it is installed). Or a function that takes a TrainProgress
    on_message    takes each line that the program would print
    should_stop   asked after each step; True: write a checkpoint and raise InterruptedByCaller
    options       those of `akin train`, by name: epochs=20, loss="ntxent", temperature=0.2, batch_size=256, seed=1;
                  train_options() lists them. init=RUN or a safetensors file begins with its weights, freeze="stem,stage1"
                  keeps parts of them (docs/weights.md). What is not given is set as recipe="auto" has it, as by `akin train`
                  (docs/choose.md); by recipe="none" and with config nothing is set

    Data in memory are written to RUN-data, beside the run, where later calls find them. Ctrl-C writes a checkpoint, then
    KeyboardInterrupt is raised; train(run=RUN, resume=True) goes on, to the same bits.

    >>> import numpy as np, akin
    >>> x = np.random.default_rng(0).normal(size=(64, 4)).astype("f4")
    >>> run = akin.train(x, epochs=1, batch_size=16, encoder="linear", seed=1)
    >>> run.step, run.embed().rows.shape[0]
    (4, 64)
    """
    if data is None and not resume:
        raise ArgumentError("train: data is missing; only resume=True finds them by itself")
    if test is None and test_labels is not None:
        raise ArgumentError("train: test_labels without test")
    keep: Optional[Folder] = None
    if run is None:
        keep = Folder()
        run = keep.path / "run"
    where = Path(os.fspath(run))
    if (data is None or is_path(data)) and any(x is not None for x in (labels, groups, test, test_labels)):
        raise ArgumentError("train: labels, groups and test go with data in memory; files have their own (docs/formats.md)")
    handle, watcher = config_of(options, config), _Watcher(progress, on_message, should_stop)
    struct = watcher.options()
    struct.resume, struct.force = resume, force
    struct.command = b"akin.train() of Python"
    struct.recipe = None if config is not None else b"auto"

    def work(path: Optional[PathLike]) -> None:
        name = None if path is None else os.fsencode(path)
        call("akin_train", name, os.fsencode(where), handle.pointer, ctypes.byref(struct))

    try:
        with beside(where, force, resume, data, labels, groups, test, test_labels) as path:
            interruptible(lambda: work(path), (handle, struct, watcher), watcher.end)
    except Exception:
        if watcher.fault is not None:
            raise watcher.fault
        raise
    finally:
        watcher.close()
    if watcher.fault is not None:
        raise watcher.fault
    return Run(where, keep)

