# SPDX-License-Identifier: Apache-2.0
"""akin: contrastive representation learning, measured against its theory.

    >>> import numpy as np, akin
    >>> a = np.array([[1.0, 0], [0, 1], [-1, 0]])
    >>> akin.loss("ntxent", a, a, temperature=0.1).verdict
    'at the floor'

docs/python.md is the tour. Everything is computed by the C library that this package brings; NumPy is all it needs.
"""

from ._errors import (
    AkinError,
    ArgumentError,
    CheckError,
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
from ._library import isa, set_threads, threads, version
from ._loss import LossKind, LossResult, Parameter, loss, losses
from ._results import Table

__version__ = version()
