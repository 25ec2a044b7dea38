"""What is there already, compared with what a list says; and the uploads of an organisation."""

import dataclasses
import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import select

from app.accounts.models import Organisation
from app.core.db import session
from app.imports.comparing import changes
from app.imports.kinds import Existing, ImportKind
from app.imports.models import ImportDraft
from app.imports.plans import Outcome, PlannedRow
from app.imports.records import ImportRow, Problem

CHUNK = 2000


def plan_import(kind: ImportKind, owner: Organisation, rows: Iterable[ImportRow]) -> Iterator[PlannedRow]:
    """What importing would do to each row, in the order of the file; reads only, and never holds all rows."""
    remaining = iter(rows)
    while chunk := list(itertools.islice(remaining, CHUNK)):
        yield from planned(kind, owner, chunk, existing_of(kind, owner, chunk))


def existing_of(kind: ImportKind, owner: Organisation, rows: Iterable[ImportRow]) -> Existing:
    """What the owner has under the keys of the rows."""
    keys = [row.key for row in rows if row.is_usable]
    return kind.existing(owner.id, keys) if keys else {}


def planned(
    kind: ImportKind, owner: Organisation, rows: Iterable[ImportRow], existing: Existing
) -> Iterator[PlannedRow]:
    """Rows beside the things that have their keys, judged by their kind."""
    for row in rows:
        if row.problems:
            yield PlannedRow(row, Outcome.FAILED, {})
        elif row.skip is not None:
            yield PlannedRow(row, Outcome.SKIPPED, {})
        else:
            known = existing.get(row.key)
            faults = kind.judge(owner, row, known)
            yield _faulty(row, faults) if faults else _compared(row, known)


def _faulty(row: ImportRow, faults: Iterable[tuple[str, object]]) -> PlannedRow:
    problems = tuple(Problem(row.columns.get(target), sentence) for target, sentence in faults)
    return PlannedRow(dataclasses.replace(row, problems=problems), Outcome.FAILED, {})


def _compared(row: ImportRow, known: Mapping[str, Any] | None) -> PlannedRow:
    if known is None:
        return PlannedRow(row, Outcome.CREATED, {})
    differing = changes(known, row)
    return PlannedRow(row, Outcome.CHANGED if differing else Outcome.UNCHANGED, differing, known["id"])


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
