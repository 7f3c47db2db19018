# SPDX-License-Identifier: Apache-2.0
"""Theory as numbers: what a number of negatives does, and what papers prove about features (docs/theory.md)."""

from __future__ import annotations

import ctypes
import dataclasses
import math
import os
from typing import Any, Dict, List, Optional, Sequence, Tuple, Union

import numpy as np

from . import _abi, _program
from ._arrays import address, class_numbers, cmat, float_rows
from ._data import is_path
from ._errors import ArgumentError
from ._library import C, call, interruptible, make, text
from ._results import Result, Table


@dataclasses.dataclass(frozen=True)
class Plan(Result):
    """What K negatives mean, exact up to rounding [Arora2019 sec.4] [Nozawa2021 sec.3]. Logarithms are natural.

    tau               P(two labels are equal)
    tau_k             P(at least one of K negatives has the anchor's class)
    upsilon           P(anchor and negatives hold all classes); log_upsilon, log1m_upsilon: ln of it and of the rest
    expected_ln_col1  E ln(Col + 1), Col = negatives of the anchor's class
    expected_draws    of the draws until all classes were seen; draws_for_coverage_99: until with probability 0.99
    chance, floor     of InfoNCE, nats
    info_min, sup_min least InfoNCE of class-wise positives, least loss of the mean classifier; nan unless uniform
    log_arora, log_nozawa, log_ash   ln of the factor of each paper's upper bound on the mean classifier's loss
    bao_upper, bao_lower             R_mu lies between R_cont + bao_lower and R_cont + bao_upper
    """

    classes: int
    negatives: int
    temperature: float
    uniform: bool
    tau: float
    tau_k: float
    log1m_tau_k: float
    upsilon: float
    log_upsilon: float
    log1m_upsilon: float
    expected_ln_col1: float
    expected_draws: float
    draws_for_coverage_99: float
    entropy: float
    chance: float
    floor: float
    info_min: float
    sup_min: float
    log_arora: float
    log_nozawa: float
    log_ash: float
    bao_upper: float
    bao_lower: float


def _plan(prior: _abi.akin_prior, negatives: int, temperature: float) -> Plan:
    seen, trade = make(_abi.akin_theory_plan), make(_abi.akin_tradeoff)
    call("akin_theory_plan_compute", ctypes.byref(prior), negatives, temperature, ctypes.byref(seen))
    call("akin_tradeoff_compute", ctypes.byref(prior), negatives, temperature, ctypes.byref(trade))
    fields: Dict[str, Any] = {"classes": prior.classes, "negatives": negatives, "temperature": temperature}
    fields["upsilon"] = math.exp(seen.log_upsilon)
    for field in dataclasses.fields(Plan):
        if field.name not in fields:
            fields[field.name] = getattr(trade if hasattr(trade, field.name) and not hasattr(seen, field.name) else seen, field.name)
    return Plan(**fields)


def plan(
    classes: Optional[int] = None,
    negatives: Union[int, Sequence[int]] = 255,
    temperature: float = 0.5,
    *,
    prior: Any = None,
    class_counts: Any = None,
    without_replacement: bool = False,
) -> Table[Plan]:
    """Collisions, coverage and bounds for numbers of negatives; one row each. Nothing is sampled.

    classes       C equally likely ones; or prior: [C] probabilities; or class_counts: [C] items of each class
    negatives     K of each anchor, or several
    temperature   divides every similarity
    without_replacement   draws are from the finite set of class_counts

    >>> row = plan(classes=10, negatives=64)[0]
    >>> round(row.tau_k, 4), round(row.chance, 3)
    (0.9988, 4.174)
    """
    struct = make(_abi.akin_prior, classes=classes or 0, without_replacement=without_replacement)
    rho = None if prior is None else np.ascontiguousarray(prior, dtype=np.float64)
    counts = None if class_counts is None else np.ascontiguousarray(class_counts, dtype=np.int64)
    struct.prior, struct.counts = address(rho), address(counts)
    given = rho if rho is not None else counts
    if given is not None:
        struct.classes = len(given)
    wanted = [negatives] if isinstance(negatives, (int, np.integer)) else list(negatives)
    return Table([_plan(struct, int(k), temperature) for k in wanted])


@dataclasses.dataclass(frozen=True)
class Bound(Result):
    """One paper's statement beside what was measured.

    sense     "upper": measured <= value; "lower"; "measure": nothing to hold
    holds     None: cannot be told, reason says why
    vacuous   it says nothing: an upper bound above chance level, a lower one below the least value
    mark      "" proved, "derived", "unverified" or "reconstruction": how far the statement is certain
    interval, measured_interval   95 %, over the tuples that were drawn
    """

    name: str
    paper: str
    mark: str
    quantity: str
    sense: str
    holds: Optional[bool]
    vacuous: bool
    value: float
    log_value: float
    interval: Tuple[float, float]
    measured: float
    measured_interval: Tuple[float, float]
    reference: float
    assumed: str
    reason: str


SENSES = ("upper", "lower", "measure")


def _bound(row: Any) -> Bound:
    fields: Dict[str, Any] = {}
    for field in dataclasses.fields(Bound):
        value = getattr(row, field.name)
        fields[field.name] = text(value) if isinstance(value, bytes) or value is None else value
    fields["sense"] = SENSES[row.sense]
    fields["holds"] = None if row.holds < 0 else bool(row.holds)
    for name in ("interval", "measured_interval"):
        fields[name] = tuple(getattr(row, name))
    return Bound(**fields)


def _bound_of_json(row: Dict[str, Any]) -> Bound:
    fields: Dict[str, Any] = {field.name: row.get(field.name) for field in dataclasses.fields(Bound)}
    for name in ("value", "log_value", "measured", "reference"):
        fields[name] = _program.numbers(fields[name])
    for name in ("interval", "measured_interval"):
        fields[name] = tuple(_program.numbers(x) for x in fields[name] or (None, None))
    return Bound(**fields)


def bounds(
    run: Any,
    b: Any = None,
    labels: Any = None,
    *,
    only: Union[str, Sequence[str]] = "all",
    temperature: float = math.nan,
    negatives: int = 0,
    delta: float = 0.05,
    seed: int = 0,
    **options: Any,
) -> Table[Bound]:
    """What papers prove about these features, beside what is measured.

    run          a run: its folder, or a Run. Or rows [n,d] of the first view, with b [n,d] of the second (None: the same)
                 and labels [n]
    only         names of papers, such as "arora,nozawa-sato"
    temperature  divides every similarity; of a run its own, else 0.5
    negatives    of each anchor; of a run its batch less one, else 255
    options      with a run: those of `akin bounds`

    >>> import numpy as np
    >>> rng = np.random.default_rng(0); y = np.arange(120) % 3
    >>> x = np.eye(3)[y] + 0.1 * rng.normal(size=(120, 3))
    >>> row = bounds(x, labels=y, only="arora", negatives=4)[0]
    >>> row.name, row.holds
    ('arora-lemma-4.3-hinge', True)
    """
    names = only if isinstance(only, str) else ",".join(only)
    if is_path(run) or hasattr(run, "path"):
        more = {"only": names, "delta": delta, "seed": seed, "negatives": negatives or None}
        more["temperature"] = None if math.isnan(temperature) else temperature
        shown = _program.run("bounds", [os.fspath(getattr(run, "path", run))], {**more, **options})[0]
        return Table([_bound_of_json(row) for row in shown["bounds"]], {k: v for k, v in shown.items() if k != "bounds"})
    if labels is None:
        raise ArgumentError("bounds: rows need labels")
    if options:
        raise ArgumentError(f"bounds: {', '.join(options)} go with a run")
    a, other = float_rows(run, "a"), None if b is None else float_rows(b, "b")
    numbers, _ = class_numbers(labels, len(a))
    struct = make(_abi.akin_bound_input, a=cmat(a), b=cmat(other), count=len(a), delta=delta, seed=seed)
    struct.labels = numbers.ctypes.data
    if not math.isnan(temperature):
        struct.temperature = temperature
    if negatives:
        struct.negatives = negatives
    pointer = ctypes.c_void_p()
    rows: List[Bound] = []

    def work() -> None:
        call("akin_bounds_compute", ctypes.byref(struct), names.encode(), ctypes.byref(pointer))

    interruptible(work, (a, other, numbers, struct, pointer))
    try:
        while True:
            row = C.akin_bounds_at(pointer, len(rows))
            if not row:
                return Table(rows)
            rows.append(_bound(row.contents))
    finally:
        C.akin_bounds_free(pointer)


def bound_names() -> List[str]:
    """What ``only`` of bounds() takes."""
    found: List[str] = []
    while True:
        row = C.akin_bound_kind_at(len(found))
        if not row:
            return found
        found.append(text(row.contents.name))
