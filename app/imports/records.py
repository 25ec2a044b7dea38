"""What a line of an uploaded list becomes: values for one thing, or the reason why not."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Values = dict[str, Any]
"""Column of the thing → value. What a file does not say is absent, never empty. ``extra`` holds texts by heading."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the file: its number from 1 and its heading as written there."""

    number: int
    heading: str


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a line cannot be taken: where, what stands there, and what to write instead (a lazy sentence)."""

    column: Column | None
    message: object


@dataclass(frozen=True, slots=True)
class ImportRow:
    """One line. `key` is unique within the owner. `values` is what the file says and is compared on every import;
    `derived` is what Jishi adds and counts for new things only. A `skip` reason or `problems` keep the line out.
    `columns` says where in the file the values of each target stand.
    """

    line: int
    key: str
    label: str
    values: Values = field(default_factory=dict)
    derived: Mapping[str, Any] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    skip: object | None = None
    is_cleaned: bool = False
    columns: Mapping[str, Column] = field(default_factory=dict)

    @property
    def is_usable(self) -> bool:
        return not self.problems and self.skip is None
