# SPDX-License-Identifier: Apache-2.0
"""Losses: values, exact gradients, and what the values mean (docs/losses.md has every formula)."""

from __future__ import annotations

import ctypes
import dataclasses
import math
import os
import threading
from typing import Any, Dict, List, Optional, Tuple

import numpy as np
import numpy.typing as npt

from . import _abi
from ._arrays import Array, class_numbers, cmat, mat, matrix, scratch, view
from ._errors import ArgumentError, OutOfMemoryError, ShapeError
from ._library import C, call, interruptible, make, text
from ._results import Result

PRECISIONS = {"f32": _abi.AKIN_PRECISION_F32, "bf16": _abi.AKIN_PRECISION_BF16, "f64": _abi.AKIN_PRECISION_F64}
LONG = 3e8  # numbers in products of rows, from which on a call takes long enough to be worth a thread
KEPT = 64 << 20  # bytes of scratch that a thread keeps for the next call


@dataclasses.dataclass(frozen=True)
class Parameter(Result):
    """A parameter of a loss: its name here, its kind, its default as text, its bounds, one line of help."""

    name: str
    kind: str
    default: Optional[str]
    choices: Tuple[str, ...]
    least: float
    most: float
    help: str


@dataclasses.dataclass(frozen=True)
class LossKind(Result):
    """A row of the list of losses."""

    name: str
    paper: str
    line: str
    formula: str
    needs: Tuple[str, ...]  # of "labels", "features", "triples", "targets"
    unit: str  # "nats", "bits", or "" where it has none
    parameters: Tuple[Parameter, ...]


@dataclasses.dataclass(frozen=True)
class LossResult(Result):
    """The value of a loss on a batch, its gradients, and what the value means.

    value             mean over the anchors, in ``unit``
    grad_a, grad_b    dL/da and dL/db, [n,d], of the type of a; None where not wanted. curl-*: grad_b is None
    grad_keys, grad_positives, grad_negatives, grad_targets   likewise, where the batch has them
    chance            the loss when all embeddings are equal
    floor             no encoder goes below; nan when none is known
    duplicate_floor   the floor given the copies that ``groups`` tells
    permuted, permuted_error   the loss with partners permuted, and its error; nan where it was not asked for
    learned           share of the way from where nothing is learned (0) to the floor (1); nan without a floor
    verdict           "nothing learned", "worse than nothing", "learning", "good", "at the floor" or "broken"
    sentence          the verdict in a sentence
    averages          sogclr, isogclr: [n] the new averages of the items, for ``averages`` of a later batch; else None
    grad_temperatures isogclr: [n] the derivative of each item's loss by its temperature; else None
    above             sogclr, isogclr with thresholds: [n] the share of each item's negatives above its own; else None
    """

    value: float
    unit: str
    grad_a: Optional[Array]
    grad_b: Optional[Array]
    chance: float
    floor: float
    duplicate_floor: float
    permuted: float
    permuted_error: float
    learned: float
    verdict: str
    sentence: str
    grad_keys: Optional[Array] = None
    grad_positives: Optional[Array] = None
    grad_negatives: Optional[Array] = None
    grad_targets: Optional[Array] = None
    window_share: float = math.nan
    window_other_class: float = math.nan
    averages: Optional[Array] = None
    grad_temperatures: Optional[Array] = None
    above: Optional[Array] = None

    @property
    def gradients(self) -> Dict[str, Array]:
        """The gradients that there are, by the name of what they are of."""
        named = {name: getattr(self, "grad_" + name) for name in ("a", "b", "keys", "positives", "negatives", "targets")}
        return {name: grad for name, grad in named.items() if grad is not None}


OPTION_KINDS = ("flag", "int", "real", "text", "choice")


def parameter_of(row: Any) -> Parameter:
    """A row of a table of options."""
    kind = OPTION_KINDS[row.type]
    choices = tuple(text(row.values).split("|")) if kind == "choice" else ()
    bounded = row.min != row.max
    return Parameter(
        text(row.name).replace("-", "_"),
        kind,
        text(row.fallback) if row.fallback is not None else None,
        choices,
        row.min if bounded else -math.inf,
        row.max if bounded else math.inf,
        text(row.help),
    )


def _unit(needs: int) -> str:
    if needs & _abi.AKIN_LOSS_UNITLESS:
        return ""
    return "bits" if needs & _abi.AKIN_LOSS_BITS else "nats"


def _kind_of(row: Any) -> LossKind:
    needs = row.contents.needs
    names = (
        ("labels", _abi.AKIN_LOSS_LABELS),
        ("features", _abi.AKIN_LOSS_FEATURES),
        ("triples", _abi.AKIN_LOSS_TRIPLES),
        ("targets", _abi.AKIN_LOSS_TARGETS),
        ("links", _abi.AKIN_LOSS_LINKS),
        ("values", _abi.AKIN_LOSS_VALUES),
    )
    parameters: List[Parameter] = []
    while True:
        option = C.akin_loss_option_at(row, len(parameters))
        if not option:
            break
        parameters.append(parameter_of(option.contents))
    return LossKind(
        text(row.contents.name),
        text(row.contents.paper),
        text(row.contents.line),
        text(row.contents.formula),
        tuple(name for name, bit in names if needs & bit),
        _unit(needs),
        tuple(parameters),
    )


def losses() -> Dict[str, LossKind]:
    """Every loss by name, with its paper, formula, needs and parameters.

    >>> sorted(losses())[:3]
    ['align-uniform', 'balanced', 'curl-hinge']
    >>> [p.name for p in losses()["ntxent"].parameters]
    ['temperature']
    """
    found: Dict[str, LossKind] = {}
    while True:
        row = C.akin_loss_at(len(found))
        if not row:
            return found
        kind = _kind_of(row)
        found[kind.name] = kind


def option_text(value: Any) -> str:
    """A value as the text that the library reads."""
    if isinstance(value, (bool, np.bool_)):
        return "1" if value else "0"
    if isinstance(value, (float, np.floating)):
        return repr(float(value))
    if isinstance(value, (list, tuple)):
        return ",".join(option_text(v) for v in value)
    if isinstance(value, os.PathLike):  # a Run is one
        return os.fsdecode(value)
    return str(value)


class Batch:
    """A batch as the library takes it, with all memory that it borrows."""

    def __init__(self, name: str, parameters: Dict[str, Any]) -> None:
        self.kind = C.akin_loss_find(name.encode())
        if not self.kind:
            raise ArgumentError(f"there is no loss '{name}'; akin.losses() lists: {', '.join(losses())}")
        self.needs = self.kind.contents.needs
        self.params = make(_abi.akin_loss_params)
        for parameter, value in parameters.items():
            option = parameter.rstrip("_").replace("_", "-").encode()
            call("akin_loss_params_set", ctypes.byref(self.params), self.kind, option, option_text(value).encode())
        self.struct = make(_abi.akin_loss_batch)
        self.rows: Dict[str, Array] = {}  # as the library reads them, once finish() was called
        self.held: List[Any] = []
        self.wide = False

    def add(self, name: str, x: Any, copy: Optional[bool]) -> None:
        """Rows [n,d] by the name of their field."""
        self.rows[name] = matrix(x, name, copy)

    def finish(self, copy: Optional[bool]) -> None:
        """All rows are of one type: double where any is."""
        self.wide = any(rows.dtype == np.float64 for rows in self.rows.values())
        self.struct.wide = int(self.wide)
        for name, rows in self.rows.items():
            if self.wide and rows.dtype != np.float64:
                if copy is False:
                    raise ArgumentError(f"{name}: float32 beside float64 must be copied, and copy=False")
                self.rows[name] = rows = rows.astype(np.float64)
            setattr(self.struct, name, cmat(rows))

    def items(self) -> int:
        return int(self.struct.a.rows)

    def has_slope(self, name: str) -> bool:
        """Whether the loss has a gradient with respect to these rows; matrix-ssl has none of its targets."""
        constants = _abi.AKIN_LOSS_COLUMNS | _abi.AKIN_LOSS_TARGETS
        return name != "features" and not (name == "targets" and self.needs & constants == constants)

    def link(self, links: Any) -> None:
        """What is known of pairs of rows, as a sparse matrix [2n,2n] or [m,3]."""
        rows = 2 * self.items()
        if hasattr(links, "tocsr"):
            links = links.tocsr().tocoo()
            of, to, weight = np.asarray(links.row), np.asarray(links.col), np.asarray(links.data)
            if tuple(links.shape) != (rows, rows):
                raise ShapeError(f"links are {list(links.shape)}; expected [{rows},{rows}]")
        else:
            pairs = view(links, "links")
            if pairs.ndim != 2 or pairs.shape[1] != 3:
                raise ShapeError(f"links are {list(pairs.shape)}; expected [m,3]: two rows and the weight of the pair")
            of, to, weight = (np.concatenate([pairs[:, a], pairs[:, b]]) for a, b in ((0, 1), (1, 0), (2, 2)))
            if pairs.size and not np.all((of == np.floor(of)) & (of >= 0) & (of < rows)):
                raise ArgumentError(f"links: a row is none of the {rows} of a and b")
        order = np.lexsort((to, of))
        start = np.zeros(rows + 1, np.int64)
        np.cumsum(np.bincount(of.astype(np.int64), minlength=rows), out=start[1:])
        arrays = (start, to[order].astype(np.int32), weight[order].astype(np.float32))
        self.held.extend(arrays)
        self.struct.link_start, self.struct.link, self.struct.link_weight = (x.ctypes.data for x in arrays)

    def value_rows(self, values: Any) -> None:
        """Numbers that the rows stand for, [2n,q], or [n], [n,q] for both views."""
        y = np.ascontiguousarray(view(values, "values"), dtype=np.float32)
        y = y.reshape(len(y), -1)
        if len(y) == self.items():
            y = np.concatenate([y, y])
        self.held.append(y)
        self.struct.values = cmat(y)

    def label(self, labels: Any) -> None:
        numbers, _ = class_numbers(labels, self.items())
        self.held.append(numbers)
        self.struct.labels = numbers.ctypes.data


_kept = threading.local()


def _memory(size: int) -> Array:
    """Scratch of that size; of a usual size it is the thread's own, which is warm."""
    if size > KEPT:
        return scratch(size)
    have: Optional[Array] = getattr(_kept, "memory", None)
    if have is None or len(have) < size + 64:
        have = _kept.memory = scratch(size)
    return have


def evaluate(
    batch: Batch,
    wanted: Tuple[str, ...],
    memory: int,
    permuted: Optional[Any],
    window: Optional[Any],
    items: Optional[Dict[str, Array]] = None,
) -> Tuple[float, Dict[str, Array]]:
    """The value and the gradients of the wanted rows, of float64 where the rows were."""
    struct = batch.struct
    grads = {name: np.empty(batch.rows[name].shape, np.float64 if batch.wide else np.float32) for name in wanted}
    out = make(_abi.akin_loss_grads)
    for name, grad in grads.items():
        setattr(out, name, mat(grad))
    if permuted is not None:
        out.permuted = ctypes.pointer(permuted)
    if window is not None:
        out.window = ctypes.pointer(window)
    for name, values in (items or {}).items():
        setattr(out, name, values.ctypes.data)
    size = C.akin_loss_scratch_bytes(batch.kind, ctypes.byref(batch.params), ctypes.byref(struct), memory)
    value = ctypes.c_double()
    n, d = struct.a.rows, struct.a.cols

    def work() -> None:
        try:
            held = _memory(size)
        except MemoryError as reason:
            raise OutOfMemoryError(f"{text(batch.kind.contents.name)}: no {size} bytes of scratch: {reason}") from reason
        arena = _abi.akin_arena()
        C.akin_arena_init(ctypes.byref(arena), held.ctypes.data, len(held))
        call(
            "akin_loss_eval",
            batch.kind,
            ctypes.byref(batch.params),
            ctypes.byref(struct),
            ctypes.byref(arena),
            ctypes.byref(value),
            ctypes.byref(out),
        )

    if float(n) * (n + struct.keys.rows) * d > LONG:
        interruptible(work, (batch, grads, out, permuted, window, items, value))
    else:
        work()
    return value.value, grads


def make_batch(
    name: str,
    a: Any,
    b: Any,
    labels: Any,
    features: Any,
    positives: Any,
    negatives: Any,
    block: int,
    keys: Any,
    keys_only: bool,
    targets: Any,
    precision: str,
    copy: Optional[bool],
    parameters: Dict[str, Any],
) -> Batch:
    """All of it in one batch; its shapes are the library's to judge, but for those of triples."""
    batch = Batch(name, parameters)
    batch.add("a", a, copy)
    if batch.needs & _abi.AKIN_LOSS_TRIPLES:
        if positives is None or negatives is None:
            raise ArgumentError(f"{name}: needs positives and negatives instead of b")
        rows, width = batch.rows["a"].shape
        positive, negative = view(positives, "positives"), view(negatives, "negatives")
        of_all = negative.size // max(1, width)
        if rows * block == 0 or of_all % (rows * block) or negative.size % max(1, width):
            raise ShapeError(f"{name}: negatives are {list(negative.shape)}; expected a multiple of [{rows * block},{width}]")
        batch.add("positives", positive.reshape(-1, positive.shape[-1]), copy)
        batch.add("negatives", negative.reshape(-1, negative.shape[-1]), copy)
        batch.struct.block, batch.struct.count = block, of_all // (rows * block)
    elif b is None:
        raise ArgumentError(f"{name}: needs b, the other view of the items of a")
    else:
        batch.add("b", b, copy)
    if targets is not None:
        batch.add("targets", targets, copy)
    if keys is not None:
        batch.add("keys", keys, copy)
        batch.struct.keys_only = int(keys_only)
    if features is not None:
        batch.add("features", features, copy)
    batch.finish(copy)
    if labels is not None:
        batch.label(labels)
    if precision not in (*PRECISIONS, "auto"):
        raise ArgumentError(f"precision is '{precision}'; it must be auto, f32, bf16 or f64")
    batch.struct.precision = PRECISIONS.get(precision, PRECISIONS["f64" if batch.wide else "f32"])
    return batch


def loss(
    name: str,
    a: Any,
    b: Any = None,
    *,
    labels: Any = None,
    features: Any = None,
    positives: Any = None,
    negatives: Any = None,
    block: int = 1,
    keys: Any = None,
    keys_only: bool = False,
    groups: Any = None,
    averages: Any = None,
    links: Any = None,
    values: Any = None,
    temperatures: Any = None,
    thresholds: Any = None,
    targets: Any = None,
    precision: str = "auto",
    gradients: bool = True,
    permuted: bool = True,
    memory: int = KEPT,
    copy: Optional[bool] = None,
    **parameters: Any,
) -> LossResult:
    """A loss on two views of n items, its exact gradients, and what the value means.

    name        of a loss, see losses()
    a, b        [n,d] rows of the two views. Anything with __array_interface__, the buffer protocol or DLPack. Rows of
                float32 are read in place, and so are rows of float64, with which everything is computed in double.
                Anything else is copied once to float32; copy=False refuses it
    labels      [n] class of each item, where the loss needs one: whole numbers, or names
    features    [2n,h] what precedes the projection head, rows of a then of b, where the loss needs them
    positives   curl-*, instead of b: [n*block,d]
    negatives   curl-*: [n,count,d], [n,count,block,d] or [n*count*block,d]
    block       curl-*: rows averaged into one positive or negative
    keys        [m,d] further negatives of every anchor, for ntxent, infonce and dcl; keys_only: the only ones
    groups      [n] items of equal numbers are copies of one another, for duplicate_floor
    targets     simsiam, byol, matrix-ssl: [2n,d] what the rows of a, then those of b are to predict; None: each its partner.
                In training grad_targets is not used: that is the stop-gradient; matrix-ssl has none
    averages    sogclr, isogclr: [n] what ``averages`` of the result was when each item was last in a batch, nan: in none
    temperatures  isogclr: [n] of each item; None: all have ``temperature``
    thresholds  sogclr, isogclr: [n] pairs more similar than an item's are not among its negatives
    links       xclr: what is known of pairs of rows (those of a, then of b): a SciPy sparse matrix [2n,2n] of weights, or
                [m,3], two rows and the weight of the pair, for both ways; below 0: known to differ
    values      y-aware, rank-n-contrast: [2n,q] numbers of the rows of a then of b, or [n] or [n,q] for both views
    precision   "auto" (f64 for float64 rows, else f32), "f32", "bf16" or "f64": of the n*n part
    gradients   False: only the value
    permuted    False: without the loss of permuted partners, by which the verdict is surer
    memory      bytes of scratch that may be taken to be faster; the least grows as n*d, never as n*n
    parameters  of the loss, such as temperature (a fraction, no unit); losses() lists them

    Values are in nats, of curl-logistic in bits; spectral, align-uniform, curl-hinge, vicreg, barlow, dimcl, matrix-ssl, simsiam and byol have no unit.
    The interpreter's lock is released; Ctrl-C is heard.

    >>> import numpy as np
    >>> a = np.array([[1, 0], [0, 1], [-1, 0], [0, -1]], dtype=np.float32)
    >>> r = loss("ntxent", a, a, temperature=0.5)
    >>> f"{r.value:.3f} {r.unit}, chance {r.chance:.3f}, floor {r.floor:.3f}: {r.verdict}"
    '0.456 nats, chance 1.946, floor 0.348: good'
    >>> r.grad_a.shape
    (4, 2)
    """
    batch = make_batch(name, a, b, labels, features, positives, negatives, block, keys, keys_only, targets, precision, copy, parameters)
    if links is not None:
        batch.link(links)
    if values is not None:
        batch.value_rows(values)
    for field, given in (("averages", averages), ("temperatures", temperatures), ("thresholds", thresholds)):
        if given is None:
            continue
        held = np.ascontiguousarray(given, dtype=np.float64)
        if held.shape != (batch.items(),):
            raise ShapeError(f"{field} are {list(held.shape)}; expected [{batch.items()}]")
        batch.held.append(held)
        setattr(batch.struct, field, held.ctypes.data)
    wish = {"averages": name in ("sogclr", "isogclr"), "temperatures": name == "isogclr", "above": thresholds is not None}
    items = {field: np.full(batch.items(), np.nan) for field, wanted in wish.items() if wanted}
    strangers = make(_abi.akin_loss_permuted) if permuted else None
    windowed = batch.needs & _abi.AKIN_LOSS_FEATURES or thresholds is not None
    window = make(_abi.akin_loss_window) if windowed else None
    wanted = tuple(k for k in batch.rows if batch.has_slope(k)) if gradients else ()
    value, found = evaluate(batch, wanted, memory, strangers, window, items)
    calibration = calibrate(batch, groups)
    if strangers is not None:
        C.akin_loss_calibration_add(ctypes.byref(calibration), ctypes.byref(strangers), batch.items())
    known = bool(calibration.permuted_known)
    return LossResult(
        value=value,
        unit=_unit(batch.needs),
        grad_a=found.get("a"),
        grad_b=found.get("b"),
        chance=calibration.chance,
        floor=calibration.floor if calibration.floor_known else math.nan,
        duplicate_floor=calibration.duplicate_floor if calibration.floor_known else math.nan,
        permuted=calibration.permuted if known else math.nan,
        permuted_error=calibration.permuted_error if known else math.nan,
        learned=C.akin_loss_learned(ctypes.byref(calibration), value),
        verdict=text(C.akin_loss_verdict(ctypes.byref(calibration), value)),
        sentence=text(C.akin_loss_verdict_text(ctypes.byref(calibration), value)),
        grad_keys=found.get("keys"),
        grad_positives=found.get("positives"),
        grad_negatives=found.get("negatives"),
        grad_targets=found.get("targets"),
        window_share=window.share if window is not None else math.nan,
        window_other_class=window.other_class if window is not None else math.nan,
        averages=items.get("averages"),
        grad_temperatures=items.get("temperatures"),
        above=items.get("above"),
    )


def calibrate(batch: Batch, groups: Any) -> _abi.akin_calibration:
    """Chance and floor of a batch of this shape."""
    calibration = make(_abi.akin_calibration)
    numbers = None
    if groups is not None:
        numbers = np.ascontiguousarray(class_numbers(groups, batch.items(), "groups")[0], dtype=np.int64)
    call(
        "akin_loss_calibrate",
        batch.kind,
        ctypes.byref(batch.params),
        ctypes.byref(batch.struct),
        None if numbers is None else numbers.ctypes.data,
        ctypes.byref(calibration),
    )
    return calibration
