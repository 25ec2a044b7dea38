"""The list of published instruments with its filters, counts and order: two statements a page."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sqlalchemy import Row, select

from app.accounts.models import Actor, Organisation
from app.core.clock import DEFAULT_ZONE, now, today
from app.core.db import session
from app.equipment.catalogue.filters import Filters
from app.equipment.catalogue.models import InstrumentOffer
from app.equipment.catalogue.statements import count_statement, from_catalogue, list_statement, viewer_of
from app.equipment.instruments.models import Instrument, InstrumentState
from app.equipment.schedule.hours import END_OF_DAY, instant

PAGE_SIZE = 25
MOST_EXPORTED = 5000


@dataclass(frozen=True, slots=True)
class Counts:
    """How many instruments each value of each filter would give, all other filters kept."""

    classes: dict[str, int] = field(default_factory=dict)
    regions: dict[str, int] = field(default_factory=dict)
    owners: dict[str, tuple[str, str, int]] = field(default_factory=dict)  # code → name, English name, count
    modes: dict[str, int] = field(default_factory=dict)
    today: int = 0
    week: int = 0
    at_once: int = 0
    for_me: int = 0
    any_time: int = 0
    matching: int = 0


def list_instruments(actor: Actor, filters: Filters, *, limit: int, offset: int = 0) -> Sequence[Row[Any]]:
    """Published instruments in order: name, owner, place, next free time and my price."""
    page = {"page_size": limit, "page_start": offset}
    return session.execute(list_statement(viewer_of(actor), filters), {**page, **_instants()}).all()


def count_instruments(actor: Actor, filters: Filters) -> Counts:
    """How many match, and the numbers beside the filters."""
    return _counts(session.execute(count_statement(viewer_of(actor), filters), _instants()).all())


def _instants() -> dict[str, Any]:
    """The end of today, and seven days from now."""
    return {"until_today": instant(today(), END_OF_DAY, DEFAULT_ZONE), "until_week": now() + timedelta(days=7)}


def _counts(rows: Sequence[Row[Any]]) -> Counts:
    """GROUPING sets a bit for every column that a row does not tell apart, the first column's the highest."""
    whole = next((row for row in rows if row.grouping == 0b1111), None)
    return Counts(
        classes={row.class_code: row.n_class for row in _of(rows, 0b0111) if row.class_code and row.n_class},
        regions={row.region: row.n_region for row in _of(rows, 0b1011) if row.region and row.n_region},
        owners={
            row.owner: (row.owner_name, row.owner_name_en, row.n_owner) for row in _of(rows, 0b1101) if row.n_owner
        },
        modes={row.mode.value: row.n_mode for row in _of(rows, 0b1110)},
        today=whole.today if whole else 0,
        week=whole.week if whole else 0,
        at_once=whole.at_once if whole else 0,
        for_me=whole.for_me if whole else 0,
        any_time=whole.n_when if whole else 0,
        matching=whole.n_ if whole else 0,
    )


def _of(rows: Sequence[Row[Any]], grouping: int) -> Iterator[Row[Any]]:
    return (row for row in rows if row.grouping == grouping)


def instruments_like(instrument: Instrument, limit: int = 3) -> Sequence[Row[Any]]:
    """Published instruments of the same class elsewhere or here, soonest free first."""
    statement = (
        from_catalogue(
            select(
                Instrument.id, Instrument.name, Instrument.name_zh, Organisation.name.label("owner_name"),
                Organisation.name_en.label("owner_name_en"), InstrumentOffer.next_free_at, Instrument.zone,
            )
        )
        .where(
            Instrument.state == InstrumentState.PUBLISHED,
            Instrument.class_code == instrument.class_code,
            Instrument.id != instrument.id,
        )
        .order_by(InstrumentOffer.next_free_at.asc().nulls_last(), Instrument.id)
        .limit(limit)
    )  # fmt: skip
    return session.execute(statement).all()
