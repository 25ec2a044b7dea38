"""Importing a list: what it would do, doing it, and the draft in between."""

import itertools
from collections.abc import Callable, Iterable
from uuid import UUID

from sqlalchemy import text

from app.accounts.models import Actor, Organisation
from app.core.audit import record
from app.core.db import session
from app.core.events import emit
from app.core.policy import ensure
from app.equipment.exchange import writing
from app.equipment.exchange.events import InstrumentsImported
from app.equipment.exchange.plans import Counts, PlannedRow
from app.equipment.exchange.policy import ExchangePolicy
from app.equipment.exchange.queries import existing_instruments, planned
from app.equipment.exchange.records import ImportRow

CHUNK = 5000


def _ignore(_planned: PlannedRow) -> None:
    """Nobody wants to hear of each row."""


def apply_import(
    actor: Actor,
    owner: Organisation,
    rows: Iterable[ImportRow],
    *,
    source: str = "",
    tell: Callable[[PlannedRow], None] = _ignore,
) -> Counts:
    """Create and change the owner's instruments as a list says, all in the present transaction.

    New ones are drafts. Rows are taken in chunks, so memory does not grow with the list; `tell` hears of every row.
    Raises Forbidden or Missing.
    """
    ensure(actor, ExchangePolicy.import_, owner, known_to=ExchangePolicy.view)
    _one_import_at_a_time(owner.id)
    counts = Counts()
    remaining = iter(rows)
    while chunk := list(itertools.islice(remaining, CHUNK)):
        existing = existing_instruments(owner.id, [row.key for row in chunk if row.is_usable])
        plan = list(planned(chunk, existing))
        for each in plan:
            counts.add(each.outcome)
            tell(each)
        writing.write(owner, plan, existing)
    if counts.writes:
        record(actor, "instrument.import", owner, {"source": source[:200], **counts.as_json()})
        emit(InstrumentsImported(owner.id, counts.created, counts.changed))
    return counts


def _one_import_at_a_time(owner_id: UUID) -> None:
    """A second import of the same institution waits for the first, and then sees what it wrote."""
    session.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:owner, 5))"), {"owner": str(owner_id)})
