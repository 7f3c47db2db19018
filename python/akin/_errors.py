# SPDX-License-Identifier: Apache-2.0
"""A class of exception for every status of the library; the text is the library's sentence."""

from __future__ import annotations

from typing import Dict, Type


class AkinError(Exception):
    """Anything akin refuses. ``status`` is the number of the akin_status (docs/errors.md)."""

    status = 0


class ArgumentError(AkinError, ValueError):
    """A required argument is missing, or an option is unknown (AKIN_ERR_ARGUMENT)."""

    status = 1


class ShapeError(AkinError, ValueError):
    """Shapes do not agree (AKIN_ERR_SHAPE)."""

    status = 2


class RangeError(AkinError, ValueError):
    """A value is outside its allowed range (AKIN_ERR_RANGE)."""

    status = 3


class OutOfMemoryError(AkinError, MemoryError):
    """Out of memory or scratch space (AKIN_ERR_NOMEM)."""

    status = 4


class NumericError(AkinError, ArithmeticError):
    """A result is not finite (AKIN_ERR_NUMERIC)."""

    status = 5


class StorageError(AkinError, OSError):
    """The operating system refused to store an output (AKIN_ERR_IO)."""

    status = 6


class FormatError(AkinError, ValueError):
    """A file is damaged or not of the expected kind (AKIN_ERR_FORMAT)."""

    status = 7


class UnsupportedError(AkinError, NotImplementedError):
    """Not available in this build or on this machine (AKIN_ERR_UNSUPPORTED)."""

    status = 8


class InputError(AkinError, ValueError):
    """An input is missing, unreadable or unusable (AKIN_ERR_INPUT)."""

    status = 9


class InternalError(AkinError, RuntimeError):
    """A fault of akin itself (AKIN_ERR_INTERNAL)."""

    status = 10


class CheckError(AkinError, AssertionError):
    """A check did not hold (AKIN_ERR_CHECK)."""

    status = 11


class InterruptedByCaller(AkinError):
    """Stopped by a signal or by ``should_stop``; a checkpoint was written (AKIN_ERR_INTERRUPTED)."""

    status = 12


class DistributedError(AkinError, RuntimeError):
    """The processes of one job cannot go on together (AKIN_ERR_DISTRIBUTED)."""

    status = 13


CLASSES: Dict[int, Type[AkinError]] = {
    kind.status: kind
    for kind in (
        ArgumentError,
        ShapeError,
        RangeError,
        OutOfMemoryError,
        NumericError,
        StorageError,
        FormatError,
        UnsupportedError,
        InputError,
        InternalError,
        CheckError,
        InterruptedByCaller,
        DistributedError,
    )
}

#: The program's exit codes (docs/errors.md); it has one for several statuses.
BY_EXIT_CODE: Dict[int, Type[AkinError]] = {
    1: InternalError,
    2: ArgumentError,
    3: InputError,
    4: NumericError,
    5: StorageError,
    6: OutOfMemoryError,
    7: DistributedError,
    8: CheckError,
}


def error_of(status: int, sentence: str) -> AkinError:
    """The exception of a status.

    >>> error_of(2, "ntxent: a is [4,2]; expected [5,2]")
    ShapeError('ntxent: a is [4,2]; expected [5,2]')
    """
    return CLASSES.get(status, InternalError)(sentence)
