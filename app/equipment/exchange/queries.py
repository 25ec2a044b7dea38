"""What is there already, compared with what a list says; and what can be exported."""

import itertools
from collections.abc import Iterable, Iterator, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import any_, literal, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import Text

from app.accounts.models import Organisation
from app.core.db import session
from app.equipment.exchange.comparing import changes
from app.equipment.exchange.plans import Outcome, PlannedRow
from app.equipment.exchange.records import ImportRow
from app.equipment.instruments.models import Instrument

CHUNK = 2000

IMPORTED = (
    "asset_no", "name", "name_zh", "model", "manufacturer", "country", "class_code", "technique", "description",
    "functions", "specifications", "services", "subjects", "sharing_rule", "fee_note", "value_minor",
    "in_service_on", "region", "site", "building", "room", "contact_name", "contact_phone", "contact_email",
    "share_mode", "is_customs_supervised", "extra",
)  # fmt: skip
"""Columns of `Instrument` that a list may fill."""

_columns = [getattr(Instrument, name) for name in ("id", *IMPORTED)]


def plan_import(owner: Organisation, rows: Iterable[ImportRow]) -> Iterator[PlannedRow]:
    """What importing would do to each row, in the order of the file; reads only, and never holds all rows."""
    remaining = iter(rows)
    while chunk := list(itertools.islice(remaining, CHUNK)):
        yield from planned(chunk, existing_instruments(owner.id, [row.key for row in chunk if row.is_usable]))


def existing_instruments(owner_id: UUID, keys: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Asset number → id and importable columns, for the given keys of one owner."""
    if not keys:
        return {}
    wanted = literal(list(keys), ARRAY(Text))
    statement = select(*_columns).where(Instrument.owner_id == owner_id, Instrument.asset_no == any_(wanted))
    return {row.asset_no: dict(row._mapping) for row in session.execute(statement)}


def planned(rows: Iterable[ImportRow], existing: dict[str, dict[str, Any]]) -> Iterator[PlannedRow]:
    """Rows beside the instruments that have their keys."""
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


def exportable_instruments(owner: Organisation) -> Iterator[Instrument]:
    """All instruments of an institution in the order of their asset numbers, streamed."""
    statement = select(Instrument).where(Instrument.owner_id == owner.id).order_by(Instrument.asset_no)
    for instrument in session.scalars(statement.execution_options(yield_per=500)):
        session.expunge(instrument)
        yield instrument
