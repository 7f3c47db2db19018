# SPDX-License-Identifier: Apache-2.0
"""akin: contrastive representation learning, measured against its theory.

    >>> import numpy as np, akin
    >>> a = np.random.default_rng(0).normal(size=(32, 16))
    >>> akin.loss("ntxent", a, a, temperature=0.1).verdict
    'good'

docs/python.md is the tour. Everything is computed by the C library that this package brings; NumPy is all it needs.
"""

from typing import TYPE_CHECKING, Any

from ._cluster import ClusterAgreement, Clusters, cluster, cluster_agreement
from ._errors import (
    AkinError,
    ArgumentError,
    CheckError,
    DistributedError,
    FormatError,
    InputError,
    InternalError,
    InterruptedByCaller,
    NumericError,
    OutOfMemoryError,
    RangeError,
    ShapeError,
    StorageError,
    UnsupportedError,
)
from ._codes import nn_codes
from ._dups import Dups, dups, outliers
from ._eval import EvalResult, Neighbours, evaluate, nn
from ._labels import LabelErrors, labels
from ._library import isa, set_threads, threads, version
from ._loss import LossKind, LossResult, Parameter, loss, losses
from ._map import MapQuality, map_place, map_quality
from ._map import map as map  # not in __all__: `import *` leaves Python's own alone
from ._model import Embeddings, Model, Whitening, embed, quantize, read_parquet
from ._onnx import embed_onnx
from ._results import Result, Table
from ._retrieval import HardNegatives, Measured, Retrieval, Similarity, hard_negatives, retrieval, similarity
from ._run import Exported, Measure, Pruned, Run, diagnose, export, import_weights, open_run, prune, report
from ._theory import Bound, Plan, bound_names, bounds, plan
from ._train import TrainProgress, train, train_options
from ._tune import Tuned, tune

if TYPE_CHECKING:
    from ._encoder import ContrastiveEncoder

__version__ = version()


def __getattr__(name: str) -> Any:
    """ContrastiveEncoder, when it is asked for: scikit-learn, which it looks for, takes a second to import."""
    if name == "ContrastiveEncoder":
        from ._encoder import ContrastiveEncoder

        return ContrastiveEncoder
    raise AttributeError(f"module 'akin' has no attribute {name!r}")


__all__ = [
    "AkinError", "ArgumentError", "Bound", "CheckError", "ClusterAgreement", "Clusters", "ContrastiveEncoder", "DistributedError", "Dups", "Embeddings", "EvalResult",
    "Exported", "FormatError", "HardNegatives", "InputError", "InternalError", "InterruptedByCaller", "LabelErrors", "LossKind", "LossResult", "MapQuality", "Measure", "Measured", "Model",
    "Neighbours", "NumericError", "OutOfMemoryError", "Parameter", "Plan", "Pruned", "RangeError", "Result", "Retrieval", "Run", "ShapeError",
    "Similarity", "StorageError", "Table", "TrainProgress", "Tuned", "UnsupportedError", "Whitening", "bound_names", "bounds", "cluster", "cluster_agreement", "diagnose", "dups", "embed",
    "embed_onnx", "evaluate", "export", "hard_negatives", "import_weights", "isa", "labels", "loss", "losses", "map_place", "map_quality", "nn", "nn_codes", "open_run", "outliers",
    "plan", "prune", "quantize", "read_parquet",
    "report", "retrieval", "set_threads", "similarity", "threads", "train", "train_options", "tune", "version",
]  # fmt: skip
