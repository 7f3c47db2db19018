# SPDX-License-Identifier: Apache-2.0
"""The shared library: where it is, its functions with their types, and how they are called."""

from __future__ import annotations

import ctypes
import operator
import os
import queue
import threading
from concurrent.futures import Future
from concurrent.futures import TimeoutError as NotYet
from pathlib import Path
from typing import Any, Callable, Dict, Optional, Type, TypeVar

from . import _abi
from ._errors import RangeError, error_of

T = TypeVar("T")

HERE = Path(__file__).resolve().parent


def _open() -> ctypes.CDLL:
    """$AKIN_LIBRARY, else the library in this package (a wheel has it), else the system's."""
    named = os.environ.get("AKIN_LIBRARY")
    if named:
        return ctypes.CDLL(named)
    for inside in sorted(HERE.glob("libakin.so*")):
        return ctypes.CDLL(str(inside))
    try:
        return ctypes.CDLL("libakin.so.0")
    except OSError as reason:
        raise ImportError(
            "akin: the library libakin.so.0 is neither in this package nor installed; "
            "'pip install .' in akin's repository builds both, or set AKIN_LIBRARY to its path"
        ) from reason


_cdll = _open()


class _Functions:
    """Every function of _abi.FUNCTIONS, typed when it is first asked for."""

    def __getattr__(self, name: str) -> Any:
        if name not in _abi.FUNCTIONS:
            raise AttributeError(name)
        result, parameters = _abi.FUNCTIONS[name]
        function = getattr(_cdll, name)
        function.restype, function.argtypes = result, parameters
        setattr(self, name, function)
        return function


C: Any = _Functions()


def make(kind: Type[T], /, **fields: Any) -> T:
    """A struct as AKIN_..._INIT has it, with these fields set. ``lambda_`` is the field lambda."""
    struct = kind()
    values: Dict[str, Any] = {**_abi.DEFAULTS.get(kind, {}), **fields}
    for name, value in values.items():
        if isinstance(value, tuple):
            getattr(struct, name)[: len(value)] = value
        else:
            setattr(struct, name.rstrip("_"), value)
    return struct


def text(value: Optional[bytes]) -> str:
    """A string of the library; what is no UTF-8 becomes U+FFFD."""
    return value.decode("utf-8", "replace") if value else ""


def call(name: str, *arguments: Any) -> None:
    """A function that returns a status and takes an akin_error last. Raises the status's exception."""
    error = _abi.akin_error()
    status = getattr(C, name)(*arguments, ctypes.byref(error))
    if status:
        raise error_of(status, text(error.message) or text(C.akin_status_text(status)))


class Handle:
    """An object of the library, freed once nobody refers to it."""

    def __init__(self, free: str) -> None:
        self.pointer = ctypes.c_void_p()
        self._free = getattr(C, free)

    def __del__(self) -> None:
        if self.pointer:
            self._free(self.pointer)
            self.pointer = ctypes.c_void_p()


def set_threads(threads: int = 0) -> None:
    """How many threads the library computes with; 0 = all cores this process may run on.

    Results do not depend on it. It holds for the whole process.

    >>> set_threads(1); threads()
    1
    >>> set_threads()
    """
    count = operator.index(threads)
    if count < 0:
        raise RangeError(f"threads is {count}; 0 stands for all cores")
    C.akin_set_threads(count)
    _worker.threads = count


def threads() -> int:
    """How many threads the library computes with."""
    return int(C.akin_threads())


def version() -> str:
    """The library's version, such as '0.1.0'."""
    return text(C.akin_version())


def isa() -> str:
    """The instruction set in use: 'avx512bf16', 'avx512', 'avx2' or 'ref'."""
    return text(C.akin_isa())


class _Thread(threading.Thread):
    """Makes one call after the other; it does not keep the process from ending."""

    def __init__(self) -> None:
        super().__init__(name="akin", daemon=True)
        self.work: "queue.SimpleQueue[Callable[[], None]]" = queue.SimpleQueue()
        self.busy = False
        self.threads = 0  # what set_threads() said when this thread was last at work
        self.start()

    def run(self) -> None:
        while True:
            self.work.get()()


class _Worker:
    """The thread that makes the long calls, so that the main thread can hear Ctrl-C meanwhile.

    The same thread every time: OpenMP keeps its team for the thread that calls. Where Ctrl-C left a call alone that still
    runs, and after a fork, there is a new one.
    """

    def __init__(self) -> None:
        self.threads = 0
        self.pid = 0
        self.thread: Optional[_Thread] = None

    def submit(self, work: Callable[[], T], hold: Any) -> "Future[T]":
        if self.thread is None or self.thread.busy or self.pid != os.getpid():
            self.thread, self.pid = _Thread(), os.getpid()
        future: "Future[T]" = Future()
        thread, held = self.thread, [hold]

        def run() -> None:
            try:
                if thread.threads != self.threads:  # each thread has its own number
                    thread.threads = self.threads
                    C.akin_set_threads(self.threads)
                result = work()
            except BaseException as fault:
                thread.busy = False
                future.set_exception(fault)
            else:
                thread.busy = False
                future.set_result(result)
            del held[:]

        thread.busy = True
        thread.work.put(run)
        return future


_worker = _Worker()


def interruptible(work: Callable[[], T], hold: Any, stop: Optional[Callable[[], None]] = None) -> T:
    """Run ``work`` so that Ctrl-C is heard.

    hold  everything whose memory the call reads or writes: on Ctrl-C the caller is gone before the call has ended
    stop  is called on Ctrl-C, and ``work`` is then waited for: it ends soon. Without stop the call ends by itself in
          its thread, and nobody waits for it.
    """
    if threading.current_thread() is not threading.main_thread():
        return work()
    future = _worker.submit(work, hold)
    while True:
        try:
            return future.result(0.1)
        except NotYet:
            if future.done():
                return future.result()
        except KeyboardInterrupt:
            if stop is not None and not future.done():
                stop()
                future.exception()
            raise
