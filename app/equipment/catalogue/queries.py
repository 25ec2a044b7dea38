"""The list of published instruments with its filters, counts and order: two statements a page."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, func, select
from sqlalchemy.orm import contains_eager

from app.accounts.models import Actor, Organisation
from app.core.clock import DEFAULT_ZONE, now, today
from app.core.db import session
from app.core.tenancy import everybody
from app.equipment.catalogue.filters import Filters
from app.equipment.catalogue.models import InstrumentOffer
from app.equipment.catalogue.statements import count_statement, first_picture, from_catalogue, list_statement, viewer_of
from app.equipment.instruments.models import Instrument, InstrumentState
from app.equipment.reservations.models import Reservation
from app.equipment.schedule.hours import END_OF_DAY, instant
from app.equipment.schedule.models import BookingRules
from app.equipment.schedule.queries import slot_rules
from app.equipment.schedule.slots import SlotRules
from app.equipment.tariffs.models import Tariff, TariffState
from app.equipment.tariffs.terms import Terms

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


def picked_instruments(actor: Actor, picks: Sequence[UUID]) -> Sequence[Row[Any]]:
    """What the tray names of the instruments picked to compare, in the order of picking; one statement or none."""
    if not picks:
        return []
    statement = select(Instrument.id, Instrument.name, Instrument.name_zh).where(
        Instrument.id.in_(picks), may_be_seen(actor)
    )
    return sorted(session.execute(statement), key=lambda row: picks.index(row.id))


def may_be_seen(actor: Actor) -> ColumnElement[bool]:
    """What is published, and what the organisation acted for owns."""
    published = Instrument.state == InstrumentState.PUBLISHED
    return published if actor.organisation_id is None else published | (Instrument.owner_id == actor.organisation_id)


@dataclass(frozen=True, slots=True)
class Compared:
    """One instrument beside others: its record, what the catalogue worked out, its rules and its price today."""

    instrument: Instrument
    offer: InstrumentOffer | None
    rules: SlotRules
    needs_approval: bool
    terms: Terms | None
    picture_id: UUID | None
    answer_minutes: int | None  # how long half of its requests waited for an answer, lately


def compared_instruments(actor: Actor, picks: Sequence[UUID]) -> list[Compared]:
    """Everything that is compared, in the order of picking: two statements, however many."""
    if not picks:
        return []
    local_day = func.date(func.timezone(Instrument.zone, now()))
    in_force = (
        (Tariff.instrument_id == Instrument.id)
        & (Tariff.state == TariffState.PUBLISHED)
        & Tariff.valid.op("@>")(local_day)
    )
    picture = first_picture(Instrument.id)
    rows = session.execute(
        select(Instrument, InstrumentOffer, BookingRules, Tariff.terms, picture.label("picture_id"))
        .join(Instrument.owner)
        .outerjoin(InstrumentOffer, InstrumentOffer.instrument_id == Instrument.id)
        .outerjoin(BookingRules, BookingRules.instrument_id == Instrument.id)
        .outerjoin(Tariff, in_force)
        .options(contains_eager(Instrument.owner))
        .where(Instrument.id.in_(picks), may_be_seen(actor))
    ).all()
    waits = _answer_minutes([row.Instrument.id for row in rows])
    found = [
        Compared(
            instrument=row.Instrument,
            offer=row.InstrumentOffer,
            rules=slot_rules(row.BookingRules),
            needs_approval=row.BookingRules is not None and row.BookingRules.needs_approval,
            terms=Terms.from_json(row.terms) if row.terms else None,
            picture_id=row.picture_id,
            answer_minutes=waits.get(row.Instrument.id),
        )
        for row in rows
    ]
    return sorted(found, key=lambda each: picks.index(each.instrument.id))


def _answer_minutes(ids: Sequence[UUID]) -> dict[UUID, int]:
    """The median of minutes from request to answer in the last 90 days; bookings are counted, none is named."""
    waited = func.extract("epoch", Reservation.answered_at - Reservation.created_at) / 60
    statement = (
        select(Reservation.instrument_id, func.percentile_cont(0.5).within_group(waited))
        .where(Reservation.instrument_id.in_(ids), Reservation.answered_at > now() - timedelta(days=90))
        .group_by(Reservation.instrument_id)
    )
    with everybody():
        return {row[0]: int(row[1]) for row in session.execute(statement)}


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
