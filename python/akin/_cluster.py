# SPDX-License-Identifier: Apache-2.0
"""Groups of like rows (docs/cluster-items.md)."""

from __future__ import annotations

import ctypes
import dataclasses
from typing import Any, Optional

import numpy as np
import numpy.typing as npt

from . import _abi
from ._arrays import class_numbers, cmat, column, float_rows
from ._errors import ArgumentError, ShapeError
from ._library import call, interruptible, make
from ._results import Result

METRICS = ("cosine", "euclidean")


@dataclasses.dataclass(frozen=True)
class Clusters(Result):
    """What akin.cluster() made of n rows.

    cluster     [n] the cluster of each row, 0 the greatest; -1: noise, in none
    clusters, noise   how many there are; rows that are in none
    central     [clusters,m] the rows nearest to the mean of their cluster, nearest first; -1 where it has fewer
    distance    [n] of each row to that mean; nan for noise
    inertia, explained    kmeans: sum of squared distances to the centres; its share that the clusters take away
    converged   kmeans: the last step moved no row
    """

    cluster: npt.NDArray[np.int32]
    clusters: int
    noise: int
    central: npt.NDArray[np.int64]
    distance: npt.NDArray[np.float64]
    inertia: float
    explained: float
    converged: bool

    @property
    def sizes(self) -> npt.NDArray[np.int64]:
        """[clusters] rows of each."""
        return np.bincount(self.cluster[self.cluster >= 0], minlength=self.clusters)

    def __repr__(self) -> str:
        return f"Clusters({self.clusters} of {len(self.cluster)} rows, {self.noise} in none)"


@dataclasses.dataclass(frozen=True)
class ClusterAgreement(Result):
    """Clusters beside labels, over the n rows that are in a cluster; nan where none is.

    purity, nmi, ari   share of the most frequent label of each cluster; normalised mutual information (arithmetic
                       mean); adjusted Rand index
    """

    n: int
    clusters: int
    labels: int
    purity: float
    nmi: float
    ari: float


def cluster(
    rows: Any,
    k: Optional[int] = None,
    *,
    density: bool = False,
    metric: str = "cosine",
    starts: int = 5,
    iterations: int = 100,
    min_size: int = 20,
    neighbours: int = 10,
    central: int = 5,
    seed: int = 0,
) -> Clusters:
    """Clusters of rows [n,d], by k-means (k) or by density (density=True, which finds how many); Embeddings will do, too.

    metric      "cosine": of rows of length 1; or "euclidean"
    starts, iterations, seed   kmeans: the best of so many starts, steps of each at most
    min_size, neighbours       density (HDBSCAN): rows of a cluster, at least; which neighbour tells how dense it is
    central     rows in the middle of each cluster that are named

    ShapeError, RangeError (an option), InputError (not finite; fewer rows differ than k), OutOfMemoryError.

    >>> import numpy as np
    >>> x = np.random.default_rng(0).normal(size=(90, 4)) + 20 * np.eye(3, 4)[np.arange(90) % 3]
    >>> found = cluster(x, 3)
    >>> found, found.sizes.tolist(), cluster_agreement(found.cluster, np.arange(90) % 3).ari
    (Clusters(3 of 90 rows, 0 in none), [30, 30, 30], 1.0)
    >>> cluster(x, density=True)
    Clusters(3 of 90 rows, 0 in none)
    """
    if (k is None) == (not density):
        raise ArgumentError("cluster: give k, or density=True, which finds how many")
    if metric not in METRICS:
        raise ArgumentError(f"cluster: metric is {metric!r}; it is one of {', '.join(METRICS)}")
    x = float_rows(getattr(rows, "rows", rows), "rows")
    opts = make(
        _abi.akin_cluster_opts, method=int(density), metric=METRICS.index(metric), k=k or 0, starts=starts, iterations=iterations,
        min_size=min_size, neighbours=neighbours, seed=seed,
    )  # fmt: skip
    found, result, distance = np.empty(len(x), np.int32), make(_abi.akin_cluster_result), np.empty(len(x))
    interruptible(
        lambda: call("akin_cluster", cmat(x), ctypes.byref(opts), found.ctypes.data, ctypes.byref(result)),
        (x, opts, found, result),
    )
    middle = np.empty((max(result.clusters, 1), central), np.int64)
    call("akin_cluster_central", cmat(x), METRICS.index(metric), found.ctypes.data, central, middle.ctypes.data, distance.ctypes.data)
    return Clusters(
        found, result.clusters, result.noise, middle[: result.clusters], distance, result.inertia, result.explained,
        bool(result.converged),
    )  # fmt: skip


def cluster_agreement(clusters: Any, labels: Any) -> ClusterAgreement:
    """How clusters [n], -1 = in none, agree with labels [n], numbers or names.

    >>> cluster_agreement([0, 0, 1, -1], ["a", "a", "b", "a"]).purity
    1.0
    """
    c = np.ascontiguousarray(clusters, dtype=np.int32)
    if c.ndim != 1:
        raise ShapeError(f"clusters is {list(c.shape)}; expected [n]")
    numbers, _ = class_numbers(column(labels, len(c), "labels"), len(c))
    out = make(_abi.akin_cluster_agreement)
    call("akin_cluster_agree", c.ctypes.data, numbers.ctypes.data, len(c), ctypes.byref(out))
    return ClusterAgreement(out.n, out.clusters, out.labels, out.purity, out.nmi, out.ari)
