# SPDX-License-Identifier: Apache-2.0
"""Maps of embeddings in two dimensions (docs/map.md)."""

from __future__ import annotations

import ctypes
import dataclasses
from typing import Any, Dict, Optional, Sequence, Tuple

import numpy as np

from . import _abi
from ._arrays import Floats, cmat, float_rows, mat
from ._errors import ArgumentError, ShapeError
from ._library import C, call, interruptible, make
from ._results import Result

METRICS = ("cosine", "euclidean")
LOSSES = ("nce", "infonce", "neg")
SEARCHES = ("auto", "exact", "approximate")


def _number(name: str, words: Sequence[str], word: str) -> int:
    if word not in words:
        raise ArgumentError(f"map: {name} is {word!r}; it is one of {', '.join(words)}")
    return words.index(word)


def _opts(metric: str, loss: str, search: str, **numbers: Optional[float]) -> Any:
    given: Dict[str, Any] = {name: value for name, value in numbers.items() if value is not None}
    return make(
        _abi.akin_map_opts,
        metric=_number("metric", METRICS, metric),
        loss=_number("loss", LOSSES, loss),
        search=_number("search", SEARCHES, search),
        **given,
    )


def map(
    rows: Any,
    *,
    k: int = 10,
    metric: str = "cosine",
    loss: str = "nce",
    spectrum: float = 0.0,
    negatives: Optional[int] = None,
    draws: int = 500,
    epochs: int = 400,
    rate: float = 1.0,
    search: str = "auto",
    seed: int = 0,
) -> Floats:
    """A map [n,2] float32 of rows [n,d], n >= 2, by contrastive neighbour embedding; Embeddings will do, too.

    k          neighbours of each row, 1 to 100, cut to n - 1
    metric     "cosine" or "euclidean"
    loss       "nce" (near t-SNE), "infonce", or "neg" (negative sampling)
    spectrum   infonce and neg: 0 is like t-SNE, 1 like UMAP
    negatives  for each edge; None: n/10 of nce, 500 of infonce, 5 of neg
    draws      nce and neg: pairs by chance for each row and epoch
    epochs, rate   passes, and the rate of learning, which falls to 0
    search     for neighbours: "auto", "exact" or "approximate"
    seed       of all that is by chance; the same one gives the same bits on any number of threads

    ShapeError (one row), RangeError (an option), InputError (a row that is not finite), OutOfMemoryError.

    >>> import numpy as np
    >>> x = np.random.default_rng(0).normal(size=(60, 8)) + 20 * (np.arange(60) % 2)[:, None]
    >>> m = map(x, metric="euclidean", epochs=50)
    >>> m.shape, m.dtype.name
    ((60, 2), 'float32')
    >>> bool(np.array_equal(m, map(x, metric="euclidean", epochs=50)))
    True
    """
    x = float_rows(getattr(rows, "rows", rows), "rows")
    out = np.empty((len(x), 2), np.float32)
    opts = _opts(
        metric, loss, search, k=k, spectrum=spectrum, negatives=negatives, draws=draws, epochs=epochs, rate=rate, seed=seed
    )

    def work() -> None:
        call("akin_map", cmat(x), ctypes.byref(opts), mat(out), None)

    interruptible(work, (x, out, opts))
    return out


def map_place(
    rows: Any,
    old_rows: Any,
    old_map: Any,
    *,
    k: int = 10,
    metric: str = "cosine",
    loss: str = "nce",
    spectrum: float = 0.0,
    negatives: Optional[int] = None,
    seed: int = 0,
) -> Floats:
    """Places [m,2] float32 of new rows [m,d] on an old map [n,2] of old rows [n,d], which stay where they are.

    The other arguments are those of the old map(). A place depends on its own row and the old map alone.
    ShapeError, RangeError, InputError, OutOfMemoryError.

    >>> import numpy as np
    >>> x = np.random.default_rng(0).normal(size=(60, 8)) + 20 * (np.arange(60) % 2)[:, None]
    >>> m = map(x, metric="euclidean", epochs=50)
    >>> map_place(x[:5], x, m, metric="euclidean").shape
    (5, 2)
    """
    x, old, places = float_rows(getattr(rows, "rows", rows), "rows"), float_rows(getattr(old_rows, "rows", old_rows), "old_rows"), float_rows(old_map, "old_map")
    out = np.empty((len(x), 2), np.float32)
    opts = _opts(metric, loss, "auto", k=k, spectrum=spectrum, negatives=negatives, seed=seed)

    def work() -> None:
        call("akin_map_place", cmat(old), cmat(places), cmat(x), ctypes.byref(opts), mat(out))

    interruptible(work, (x, old, places, out, opts))
    return out


@dataclasses.dataclass(frozen=True)
class MapQuality(Result):
    """What a map keeps, as means over `sample` rows with 95 % intervals.

    recall10, recall15   share of the 10, 15 nearest rows that are among the 10, 15 nearest in the map
    trust      trustworthiness with k = 15
    distances  rank correlation of distances of pairs
    """

    sample: int
    recall10: float
    recall10_ci95: Tuple[float, float]
    recall15: float
    recall15_ci95: Tuple[float, float]
    trust: float
    trust_ci95: Tuple[float, float]
    distances: float


def map_quality(rows: Any, places: Any, *, metric: str = "cosine", sample: int = 1000, seed: int = 0) -> MapQuality:
    """How well a map [n,2] of rows [n,d], whoever made it, keeps what is near. nan where n is too small.

    ShapeError, InputError (not finite), OutOfMemoryError.

    >>> import numpy as np
    >>> x = np.random.default_rng(0).normal(size=(100, 2))
    >>> map_quality(x, x, metric="euclidean").recall10
    1.0
    """
    x, y = float_rows(getattr(rows, "rows", rows), "rows"), float_rows(places, "places")
    if len(x) != len(y):
        raise ShapeError(f"map: {len(y)} places of {len(x)} rows")
    quality = make(_abi.akin_map_quality)

    def work() -> None:
        call("akin_map_measure", cmat(x), cmat(y), _number("metric", METRICS, metric), sample, seed, ctypes.byref(quality))

    interruptible(work, (x, y, quality))
    return MapQuality(
        quality.sample,
        quality.recall10, (quality.recall10_ci95[0], quality.recall10_ci95[1]),
        quality.recall15, (quality.recall15_ci95[0], quality.recall15_ci95[1]),
        quality.trust, (quality.trust_ci95[0], quality.trust_ci95[1]),
        quality.distances,
    )  # fmt: skip
