# SPDX-License-Identifier: Apache-2.0
"""The program akin: where it is, and its verbs with --json as dicts."""

from __future__ import annotations

import json
import math
import os
import re
import shutil
import subprocess
import sys
from typing import Any, Dict, List, Sequence

from ._errors import BY_EXIT_CODE, InternalError, InterruptedByCaller, UnsupportedError
from ._library import HERE, _worker
from ._loss import option_text


def program() -> str:
    """$AKIN_PROGRAM, else the one in this package, else the one on the path."""
    named = os.environ.get("AKIN_PROGRAM")
    inside = HERE / "bin" / "akin"
    if named:
        return named
    if inside.exists():
        return str(inside)
    found = shutil.which("akin")
    if found:
        with open(found, "rb") as file:  # the console entry of this package is a script of Python; it would call itself
            if file.read(4) == b"\x7fELF":
                return found
    raise UnsupportedError("the program akin is neither in this package nor on the path; set AKIN_PROGRAM to its path")


def main() -> int:
    """The console entry: becomes the program."""
    where = program()
    os.execv(where, ["akin", *sys.argv[1:]])


def arguments(options: Dict[str, Any]) -> List[str]:
    """Options as a person would type them.

    >>> arguments({"drop_difficult": 0.1, "whiten": True, "only": ["arora", "bao"], "data": None})
    ['--drop-difficult', '0.1', '--whiten', '--only', 'arora,bao']
    """
    typed: List[str] = []
    for name, value in options.items():
        if value is None or value is False:
            continue
        typed.append("--" + name.rstrip("_").replace("_", "-"))
        if value is not True:
            typed.append(option_text(value))
    return typed


def numbers(found: Any) -> Any:
    """null of JSON stands for NaN where a number is meant."""
    return math.nan if found is None else found


def run(verb: str, words: Sequence[str], options: Dict[str, Any]) -> List[Any]:
    """What the verb prints with --json: one value a line. Raises the exception of its exit code."""
    typed = [program(), verb, *words, *arguments(options), "--json", "--quiet"]
    if _worker.threads and "threads" not in options:
        typed += ["--threads", str(_worker.threads)]
    done = subprocess.run(typed, stdin=subprocess.DEVNULL, capture_output=True)
    if done.returncode:
        lines = done.stderr.decode("utf-8", "replace").strip().splitlines() or [f"akin {verb} ended with {done.returncode}"]
        sentence = next((line for line in reversed(lines) if line.startswith(f"akin {verb}: ")), lines[-1])
        kind = InterruptedByCaller if done.returncode > 128 or done.returncode < 0 else BY_EXIT_CODE.get(done.returncode, InternalError)
        raise kind(re.sub(rf"^akin {verb}: ", "", sentence))
    return [json.loads(line) for line in done.stdout.decode("utf-8", "replace").splitlines() if line.strip()]
