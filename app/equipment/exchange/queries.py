"""The instruments that are there already, and those that can be exported."""

from collections.abc import Iterator, Sequence
from uuid import UUID

from sqlalchemy import any_, literal, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import Text

from app.accounts.models import Organisation
from app.core.db import session
from app.equipment.instruments.models import Instrument
from app.imports.kinds import Existing

IMPORTED = (
    "asset_no", "name", "name_zh", "model", "manufacturer", "country", "class_code", "technique", "description",
    "functions", "specifications", "services", "subjects", "sharing_rule", "fee_note", "value_minor",
    "in_service_on", "region", "site", "building", "room", "contact_name", "contact_phone", "contact_email",
    "share_mode", "is_customs_supervised", "extra",
)  # fmt: skip
"""Columns of `Instrument` that a list may fill."""

_columns = [getattr(Instrument, name) for name in ("id", *IMPORTED)]


def existing_instruments(owner_id: UUID, keys: Sequence[str]) -> Existing:
    """Asset number → id and importable columns, for the given keys of one owner."""
    wanted = literal(list(keys), ARRAY(Text))
    statement = select(*_columns).where(Instrument.owner_id == owner_id, Instrument.asset_no == any_(wanted))
    return {row.asset_no: dict(row._mapping) for row in session.execute(statement)}


def exportable_instruments(owner: Organisation) -> Iterator[Instrument]:
    """All instruments of an institution in the order of their asset numbers, streamed."""
    statement = select(Instrument).where(Instrument.owner_id == owner.id).order_by(Instrument.asset_no)
    for instrument in session.scalars(statement.execution_options(yield_per=500)):
        session.expunge(instrument)
        yield instrument
