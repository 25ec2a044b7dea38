"""Importing the rows of a list."""

import itertools
from collections.abc import Callable, Iterable
from uuid import UUID

from sqlalchemy import text

from app.accounts.models import Actor, Organisation
from app.core.audit import record
from app.core.db import session
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
    _one_import_at_a_time(owner.id)
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


def _one_import_at_a_time(owner_id: UUID) -> None:
    """A second import of the same organisation waits for the first, and then sees what it wrote."""
    session.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:owner, 5))"), {"owner": str(owner_id)})
