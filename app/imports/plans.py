"""What an import would do, row by row and in numbers."""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from app.imports.comparing import Changes
from app.imports.records import ImportRow


class Outcome(StrEnum):
    """What becomes of a row."""

    CREATED = "created"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    SKIPPED = "skipped"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class PlannedRow:
    """A row with what it would do; `existing_id` and `changes` for things that are there already."""

    row: ImportRow
    outcome: Outcome
    changes: Changes
    existing_id: UUID | None = None


@dataclass(slots=True)
class Counts:
    """How many rows had which outcome."""

    created: int = 0
    changed: int = 0
    unchanged: int = 0
    skipped: int = 0
    failed: int = 0

    def add(self, outcome: Outcome) -> None:
        setattr(self, outcome, getattr(self, outcome) + 1)

    @property
    def total(self) -> int:
        return sum(self.as_json().values())

    @property
    def writes(self) -> int:
        """How many things would be written."""
        return self.created + self.changed

    def as_json(self) -> dict[str, int]:
        return {outcome.value: getattr(self, outcome) for outcome in Outcome}

    def __str__(self) -> str:
        """The line that programs read: ``created 143, changed 0, unchanged 0, skipped 6, failed 0``."""
        return ", ".join(f"{name} {number}" for name, number in self.as_json().items())
