# SPDX-License-Identifier: Apache-2.0
"""Results as dataclasses, and lists of them as tables."""

from __future__ import annotations

import dataclasses
from typing import Any, Dict, Generic, Iterator, List, Mapping, Sequence, TypeVar, overload

R = TypeVar("R")


class Result:
    """A dataclass whose fields can be had as a dict, or as a row of a table of pandas."""

    def to_dict(self) -> Dict[str, Any]:
        """Names and values of all fields."""
        return {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}  # type: ignore[arg-type]

    def to_pandas(self) -> Any:
        """A pandas Series of the fields."""
        import pandas

        return pandas.Series(self.to_dict())


class Table(Sequence[R], Generic[R]):
    """A list of results that pandas can read.

    >>> from akin import plan
    >>> table = plan(classes=10, negatives=[1, 15])
    >>> len(table), round(table[0].tau, 3), table.column("negatives")
    (2, 0.1, [1, 15])
    """

    def __init__(self, rows: Sequence[R], about: Mapping[str, Any] = {}) -> None:
        self.rows = list(rows)
        #: What holds for all rows.
        self.about = dict(about)

    @overload
    def __getitem__(self, at: int) -> R: ...

    @overload
    def __getitem__(self, at: slice) -> "Table[R]": ...

    def __getitem__(self, at: Any) -> Any:
        return Table(self.rows[at], self.about) if isinstance(at, slice) else self.rows[at]

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[R]:
        return iter(self.rows)

    def __repr__(self) -> str:
        return "\n".join(repr(row) for row in self.rows) or "(no rows)"

    def to_dicts(self) -> List[Dict[str, Any]]:
        """One dict a row."""
        return [row.to_dict() if isinstance(row, Result) else dict(row) for row in self.rows]  # type: ignore[call-overload]

    def column(self, name: str) -> List[Any]:
        """One field of all rows; None where a row lacks it."""
        return [row.get(name) for row in self.to_dicts()]

    def to_pandas(self) -> Any:
        """A pandas DataFrame, one row each."""
        import pandas

        return pandas.DataFrame(self.to_dicts())

    def _repr_html_(self) -> str:
        return str(self.to_pandas()._repr_html_())
