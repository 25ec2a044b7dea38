"""What is there already, compared with what a list says; and the uploads of an organisation."""

import itertools
from collections.abc import Iterable, Iterator, Sequence

from sqlalchemy import select

from app.accounts.models import Organisation
from app.core.db import session
from app.imports.comparing import changes
from app.imports.kinds import Existing, ImportKind
from app.imports.models import ImportDraft
from app.imports.plans import Outcome, PlannedRow
from app.imports.records import ImportRow

CHUNK = 2000


def plan_import(kind: ImportKind, owner: Organisation, rows: Iterable[ImportRow]) -> Iterator[PlannedRow]:
    """What importing would do to each row, in the order of the file; reads only, and never holds all rows."""
    remaining = iter(rows)
    while chunk := list(itertools.islice(remaining, CHUNK)):
        yield from planned(chunk, existing_of(kind, owner, chunk))


def existing_of(kind: ImportKind, owner: Organisation, rows: Iterable[ImportRow]) -> Existing:
    """What the owner has under the keys of the rows."""
    keys = [row.key for row in rows if row.is_usable]
    return kind.existing(owner.id, keys) if keys else {}


def planned(rows: Iterable[ImportRow], existing: Existing) -> Iterator[PlannedRow]:
    """Rows beside the things that have their keys."""
    for row in rows:
        if row.problems:
            yield PlannedRow(row, Outcome.FAILED, {})
        elif row.skip is not None:
            yield PlannedRow(row, Outcome.SKIPPED, {})
        elif (known := existing.get(row.key)) is None:
            yield PlannedRow(row, Outcome.CREATED, {})
        else:
            differing = changes(known, row)
            outcome = Outcome.CHANGED if differing else Outcome.UNCHANGED
            yield PlannedRow(row, outcome, differing, known["id"])


def recent_drafts(kind: ImportKind, owner: Organisation) -> Sequence[ImportDraft]:
    """Uploads of the last week, the latest first."""
    statement = select(ImportDraft).where(ImportDraft.organisation_id == owner.id, ImportDraft.kind == kind.code)
    return session.scalars(statement.order_by(ImportDraft.created_at.desc()).limit(10)).all()


def earlier_reading(kind: ImportKind, owner: Organisation, columns: Sequence[str]) -> ImportDraft | None:
    """The last list of this owner and kind with the same headings that was imported."""
    statement = (
        select(ImportDraft)
        .where(
            ImportDraft.organisation_id == owner.id,
            ImportDraft.kind == kind.code,
            ImportDraft.applied_at.is_not(None),
            ImportDraft.headings == list(columns),
        )
        .order_by(ImportDraft.applied_at.desc())
        .limit(1)
    )
    return session.scalars(statement).one_or_none()
