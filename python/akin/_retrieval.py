# SPDX-License-Identifier: Apache-2.0
"""How well rows find what belongs to them (docs/evaluation.md, retrieval-v1 and similarity-v1); hard negatives."""

from __future__ import annotations

import ctypes
import dataclasses
from typing import Any, Dict, List, Mapping, Optional, Sequence, Tuple

import numpy as np
import numpy.typing as npt

from . import _abi
from ._arrays import Doubles, Floats, cmat, float_rows, view
from ._errors import ArgumentError, InputError, RangeError, ShapeError
from ._library import call, interruptible, make, text
from ._results import Result

SIMILARITIES = ("cosine", "dot")
KINDS = ("cosine", "dot", "euclidean", "manhattan")


@dataclasses.dataclass(frozen=True)
class Measured(Result):
    """A measure and its 95 % interval by the bootstrap; nan where there is none."""

    value: float
    ci95: Tuple[float, float]


@dataclasses.dataclass(frozen=True)
class Retrieval(Result):
    """What akin.retrieval() measured.

    measures   by name, such as "ndcg@10": accuracy, precision, recall, mrr, ndcg, map, and graded-ndcg where grades differ
    each       [queries, measures] the measures of each query with a relevant document, in the order of `measures`
    query      [queries] which queries those are
    left_out   queries without a relevant document
    zero_rows  of queries and documents
    """

    protocol: str
    measures: Dict[str, Measured]
    each: Doubles
    query: npt.NDArray[np.int64]
    left_out: int
    zero_rows: int

    def __getitem__(self, name: str) -> float:
        return self.measures[name].value

    def __repr__(self) -> str:
        return f"Retrieval({len(self.query)} queries, " + ", ".join(f"{k} {m.value:.4f}" for k, m in self.measures.items()) + ")"


@dataclasses.dataclass(frozen=True)
class Similarity(Result):
    """What akin.similarity() measured: spearman and pearson by "cosine", "dot", "euclidean" and "manhattan"; nan where all
    scores, or all similarities, are equal."""

    protocol: str
    pairs: int
    zero_rows: int
    spearman: Dict[str, Measured]
    pearson: Dict[str, Measured]


@dataclasses.dataclass(frozen=True)
class HardNegatives(Result):
    """What akin.hard_negatives() found.

    index     [q, negatives] rows of the documents, most similar first; -1 where there are no more
    score     [q, negatives] their similarities; nan where there are no more
    positive  [q] the least similarity of a relevant document; nan where none is relevant
    """

    index: npt.NDArray[np.int32]
    score: Floats
    positive: Floats


def _kind(name: str, who: str) -> int:
    if name not in SIMILARITIES:
        raise ArgumentError(f"{who}: similarity is {name!r}; it is one of {', '.join(SIMILARITIES)}")
    return SIMILARITIES.index(name)


def _judgments(relevant: Sequence[Any], queries: int, who: str) -> Tuple[Any, List[Any], npt.NDArray[np.int64]]:
    """akin_judgments, the arrays that it borrows, and the queries with a relevant document."""
    if len(relevant) != queries:
        raise ShapeError(f"{who}: relevant has {len(relevant)} entries for {queries} queries")
    start = np.zeros(queries + 1, np.int64)
    document: List[Any] = []
    grade: List[Any] = []
    for q, found in enumerate(relevant):
        if isinstance(found, (int, np.integer)):
            found = [int(found)]
        of = found if isinstance(found, Mapping) else dict.fromkeys(np.asarray(found).reshape(-1).tolist(), 1.0)
        document += of.keys()
        grade += of.values()
        start[q + 1] = len(document)
    try:
        documents, grades = np.array(document, np.float64), np.array(grade, np.float64)
    except (TypeError, ValueError) as reason:
        raise InputError(f"{who}: relevant: rows and grades are numbers: {reason}") from reason
    if not (np.abs(documents) < 2**31).all() or (documents != np.floor(documents)).any():
        raise RangeError(f"{who}: relevant: rows of documents are whole numbers")
    rows = documents.astype(np.int32)
    of_query = np.repeat(np.arange(queries), np.diff(start))
    judged = make(_abi.akin_judgments, start=start.ctypes.data, document=rows.ctypes.data, grade=grades.ctypes.data)
    return judged, [start, rows, grades], np.unique(of_query[grades > 0])


def _rows(x: Any, name: str) -> Floats:
    return float_rows(getattr(x, "rows", x), name)


def _measured(m: Any) -> Measured:
    return Measured(m.value, (m.ci95[0], m.ci95[1]))


def retrieval(
    queries: Any, documents: Any, relevant: Sequence[Any], *, at: Sequence[int] = (1, 3, 5, 10, 100), similarity: str = "cosine", seed: int = 0
) -> Retrieval:
    """How well the rows of queries [q,d] find the rows of documents [m,d] that are relevant to them; Embeddings will do, too.

    relevant    for each query: a row of the documents, a list of rows, or a dict {row: grade}, where a grade above 0 is
                relevant; -1 is a document that is not among them
    at          how many documents are looked at, ascending
    similarity  "cosine" or "dot"; of equal ones the lower row comes first

    ShapeError, RangeError (at; a row that there is not), InputError (not finite; nothing is relevant), OutOfMemoryError.

    >>> import numpy as np
    >>> found = retrieval(np.eye(3), np.eye(3), [0, [1], {1: 2}], at=[1, 3])
    >>> round(found["accuracy@1"], 4), round(found["recall@3"], 4), sorted(found.measures)[:2]
    (0.6667, 1.0, ['accuracy@1', 'accuracy@3'])
    """
    a, b = _rows(queries, "queries"), _rows(documents, "documents")
    judged, held, query = _judgments(relevant, len(a), "retrieval")
    opts = make(_abi.akin_retrieval_opts, similarity=_kind(similarity, "retrieval"), seed=seed)
    ks = [int(k) for k in at]
    if len(ks) > len(opts.at) or 0 in ks:
        raise RangeError(f"retrieval: at is {ks}; up to {len(opts.at)} numbers above 0 are taken")
    opts.at[:] = ks + [0] * (len(opts.at) - len(ks))
    result = make(_abi.akin_retrieval_result)
    each = np.empty(len(query) * len(result.measure))
    interruptible(
        lambda: call("akin_retrieval", cmat(a), cmat(b), ctypes.byref(judged), ctypes.byref(opts), each.ctypes.data, ctypes.byref(result)),
        (a, b, judged, held, opts, result, each),
    )
    measures = {text(m.name): _measured(m) for m in result.measure[: result.count]}
    values = each[: len(query) * result.count].reshape(len(query), result.count).copy()
    return Retrieval(text(result.protocol), measures, values, query, result.left_out, result.zero_rows)


def similarity(a: Any, b: Any, scores: Any, *, seed: int = 0) -> Similarity:
    """The correlation of the similarities of rows a_i and b_i [n,d] with scores [n] that people gave, by rank and by value.

    ShapeError, InputError (not finite), OutOfMemoryError.

    >>> import numpy as np
    >>> similarity(np.eye(3), [[1, 0, 0], [1, 1, 0], [1, 0, 0]], [5, 3, 1]).spearman["cosine"].value
    1.0
    """
    x, y = _rows(a, "a"), _rows(b, "b")
    given = np.ascontiguousarray(view(scores, "scores"), dtype=np.float64)
    if given.shape != (len(x),):
        raise ShapeError(f"scores is {list(given.shape)}; expected [{len(x)}]")
    r = make(_abi.akin_pair_scores)
    interruptible(lambda: call("akin_pair_scores_of", cmat(x), cmat(y), given.ctypes.data, seed, ctypes.byref(r)), (x, y, given, r))
    spearman, pearson = ({k: _measured(m) for k, m in zip(KINDS, of)} for of in (r.spearman, r.pearson))
    return Similarity(text(r.protocol), r.pairs, r.zero_rows, spearman, pearson)


def hard_negatives(
    queries: Any, documents: Any, relevant: Sequence[Any], negatives: int = 3, *, similarity: str = "cosine", random: bool = False,
    absolute_margin: Optional[float] = None, relative_margin: Optional[float] = None, **options: Any,
) -> HardNegatives:  # fmt: skip
    """Of each query the documents that are near and not relevant (docs/evaluation.md, "Hard negatives").

    relevant    as of retrieval()
    absolute_margin, relative_margin   how far below the least similar relevant document a negative stays
    random      drawn from the range, not the first of it
    options     range_min, range_max, max_score, min_score, seed

    Errors as retrieval(); RangeError also of numbers that contradict each other.

    >>> import numpy as np
    >>> hard_negatives([[1, 0]], [[1, 0], [1, .1], [0, 1]], [0], 2).index.tolist()
    [[1, 2]]
    """
    a, b = _rows(queries, "queries"), _rows(documents, "documents")
    judged, held, _ = _judgments(relevant, len(a), "hard_negatives")
    if negatives < 1:
        raise RangeError(f"hard_negatives: negatives is {negatives}; it must be at least 1")
    index = np.empty((len(a), negatives), np.int32)
    score, positive = np.empty((len(a), negatives), np.float32), np.empty(len(a), np.float32)
    for name, margin in ("absolute_margin", absolute_margin), ("relative_margin", relative_margin):
        if margin is not None:
            options[name] = margin
    opts = make(
        _abi.akin_negatives_opts, similarity=_kind(similarity, "hard_negatives"), negatives=negatives, random=int(random),
        score=score.ctypes.data, positive=positive.ctypes.data, **options,
    )  # fmt: skip
    result = make(_abi.akin_negatives_result)
    interruptible(
        lambda: call("akin_hard_negatives", cmat(a), cmat(b), ctypes.byref(judged), ctypes.byref(opts), index.ctypes.data, ctypes.byref(result)),
        (a, b, judged, held, opts, index, score, positive, result),
    )
    return HardNegatives(index, score, positive)
