# SPDX-License-Identifier: Apache-2.0
"""A small grid of options within a time, ranked without labels (docs/tune.md)."""

from __future__ import annotations

import dataclasses
import json
import os
import tempfile
from typing import Any, Dict, Optional

from . import _program
from ._loss import option_text
from ._results import Result, Table


@dataclasses.dataclass(frozen=True)
class Tuned(Result):
    """What tune() chose, and all that it tried, best first.

    name, options    of the first: options as train() takes them
    command          the line of a shell that trains it for the whole budget
    configurations   rank, name, score, seconds, options and criteria of each that is done
    done, of         how many are done of how many of the grid; the same call with more time goes on
    criterion        what ranked them
    study            how often that errs: Kendall's tau and the regret, each with its 95 % interval (docs/studies/criteria.md)
    more             what else was told
    """

    name: str
    options: Dict[str, Any]
    command: str
    configurations: Table
    done: int
    of: int
    criterion: str
    study: Dict[str, Any]
    more: Dict[str, Any]


def tune(
    data: Any, budget: str, out: Any, *, grid: Any = None, criterion: Optional[str] = None, layer: Optional[str] = None,
    set: Optional[Dict[str, Any]] = None, **options: Any,
) -> Tuned:  # fmt: skip
    """Train each configuration of a grid for the same time, measure it without labels, and rank (`akin tune`).

    data       a path
    budget     for all of it: "90s", "30m", "2h"
    out        folder of the runs; the same call goes on after any interruption
    grid       axes and options of a study: a path, or a dict such as {"axes": [{"name": "batch-size", "values": [64, 256]}]}. None: the
               built-in one of that kind of data
    criterion  "mean-rank", "rankme", "lidar" and others, which `akin tune --criterion list` names
    layer      "backbone" or "projector": what is measured
    set        options of training in all runs, unless the grid has them
    options    others of the program: seed=, threads=
    """
    words = [os.fspath(data)]
    for name, value in (set or {}).items():
        words += ["--set", f"{name.rstrip('_').replace('_', '-')}={option_text(value)}"]
    given = {"budget": budget, "out": os.fspath(out), "criterion": criterion, "layer": layer, **options}
    with tempfile.TemporaryDirectory(prefix="akin-") as folder:
        if isinstance(grid, dict):
            path = os.path.join(folder, "grid.json")
            with open(path, "w", encoding="utf-8") as file:
                json.dump(grid, file)
            grid = path
        if grid is not None:
            given["grid"] = os.fspath(grid)
        told = _program.run("tune", words, given)[0]
    first, known = told["chosen"], ("chosen", "configurations", "done", "configurations_of_grid", "criterion", "study")
    return Tuned(first["name"], first["options"], first["command"], Table(told["configurations"]), told["done"],
                 told["configurations_of_grid"], told["criterion"], told["study"],
                 {k: v for k, v in told.items() if k not in known})  # fmt: skip
