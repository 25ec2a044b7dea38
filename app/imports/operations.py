"""Importing the rows of a list."""

import itertools
from collections.abc import Callable, Iterable

from app.accounts.models import Actor, Organisation
from app.core.audit import record
from app.core.db import hold_key
from app.core.policy import ensure
from app.imports.kinds import ImportKind
from app.imports.plans import Counts, PlannedRow
from app.imports.queries import existing_of, planned
from app.imports.records import ImportRow

CHUNK = 5000


def _ignore(_planned: PlannedRow) -> None:
    """Nobody wants to hear of each row."""


def apply_import(
    kind: ImportKind,
    actor: Actor,
    owner: Organisation,
    rows: Iterable[ImportRow],
    *,
    source: str = "",
    tell: Callable[[PlannedRow], None] = _ignore,
) -> Counts:
    """Create and change the owner's things as a list says, all in the present transaction.

    Rows are taken in chunks, so memory does not grow with the list; `tell` hears of every row. Raises Forbidden or
    Missing.
    """
    ensure(actor, kind.import_, owner, known_to=kind.view)
    hold_key(f"import:{owner.id}")  # a second import of the organisation waits, and then sees what the first wrote
    counts = Counts()
    remaining = iter(rows)
    while chunk := list(itertools.islice(remaining, CHUNK)):
        existing = existing_of(kind, owner, chunk)
        plan = list(planned(kind, owner, chunk, existing))
        for each in plan:
            counts.add(each.outcome)
            tell(each)
        kind.write(owner, plan, existing)
    if counts.writes:
        record(actor, kind.audit, owner, {"source": source[:200], **counts.as_json()})
        kind.after(owner, counts)
    return counts
