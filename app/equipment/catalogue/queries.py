"""The list of published instruments with its filters, counts and order: one statement a page."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Row, func, select
from sqlalchemy.orm import contains_eager

from app.accounts.models import Actor, Organisation
from app.core.clock import DEFAULT_ZONE, now, today
from app.core.db import read, session
from app.core.tenancy import everybody
from app.equipment.catalogue.filters import Filters
from app.equipment.catalogue.models import InstrumentOffer
from app.equipment.catalogue.statements import Line, catalogue_statement, first_picture, viewer_of
from app.equipment.instruments.models import Instrument, InstrumentState
from app.equipment.reservations.models import Reservation
from app.equipment.reservations.queries import minutes_to_answer
from app.equipment.schedule.hours import END_OF_DAY, instant
from app.equipment.schedule.models import BookingRules
from app.equipment.schedule.queries import slot_rules
from app.equipment.schedule.slots import SlotRules
from app.equipment.tariffs.models import Tariff, TariffState
from app.equipment.tariffs.terms import Terms

PAGE_SIZE = 25
MOST_EXPORTED = 5000


class Listed(NamedTuple):
    """What a line of the list shows of a published instrument; the price is that of who asks, fen for an hour."""

    id: UUID
    name: str
    name_zh: str
    asset_no: str
    class_code: str
    site: str
    building: str
    room: str
    zone: str
    owner_name: str
    owner_name_en: str
    next_free_at: datetime | None
    blocked_until: datetime | None
    today: str
    today_on: date | None
    needs_approval: bool
    price_minor: int | None
    picture_id: UUID | None


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


def find_instruments(actor: Actor, filters: Filters, *, limit: int, offset: int = 0) -> tuple[list[Listed], Counts]:
    """Published instruments in order, and how many match.

    Behind the last of them there are no rows, but the counts are those of the filters all the same.
    """
    page = {"page_size": limit, "page_start": offset}
    rows: Sequence[Any] = read(catalogue_statement(viewer_of(actor), filters), {**page, **_instants()})
    return [Listed(*row[1:]) for row in rows if row.id], _counts([Line(*line) for line in rows[0].counts])


def list_instruments(actor: Actor, filters: Filters, *, limit: int) -> list[Listed]:
    """The first of the published instruments in order."""
    return find_instruments(actor, filters, limit=limit)[0]


def count_instruments(actor: Actor, filters: Filters) -> Counts:
    """How many match, and the numbers beside the filters."""
    return find_instruments(actor, filters, limit=0)[1]


def _instants() -> dict[str, Any]:
    """The end of today, and seven days from now."""
    return {"until_today": instant(today(), END_OF_DAY, DEFAULT_ZONE), "until_week": now() + timedelta(days=7)}


def _counts(lines: Sequence[Line]) -> Counts:
    whole = next(_of(lines, 0b1111))
    return Counts(
        classes={line.class_code: line.n_class for line in _of(lines, 0b0111) if line.class_code and line.n_class},
        regions={line.region: line.n_region for line in _of(lines, 0b1011) if line.region and line.n_region},
        owners={
            line.owner: (line.owner_name or "", line.owner_name_en or "", line.n_owner)
            for line in _of(lines, 0b1101)
            if line.owner and line.n_owner
        },
        modes={line.mode: line.n_mode for line in _of(lines, 0b1110) if line.mode},
        today=whole.today,
        week=whole.week,
        at_once=whole.at_once,
        for_me=whole.for_me,
        any_time=whole.n_when,
        matching=whole.matching,
    )


def _of(lines: Sequence[Line], grouping: int) -> Iterator[Line]:
    return (line for line in lines if line.grouping == grouping)


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
    statement = (
        select(Reservation.instrument_id, func.percentile_cont(0.5).within_group(minutes_to_answer()))
        .where(Reservation.instrument_id.in_(ids), Reservation.answered_at > now() - timedelta(days=90))
        .group_by(Reservation.instrument_id)
    )
    with everybody():
        return {row[0]: int(row[1]) for row in session.execute(statement)}


def instruments_like(instrument: Instrument, limit: int = 3) -> Sequence[Row[Any]]:
    """Published instruments of the same class elsewhere or here, soonest free first."""
    columns: tuple[Any, ...] = (
        Instrument.id, Instrument.name, Instrument.name_zh, Organisation.name.label("owner_name"),
        Organisation.name_en.label("owner_name_en"), InstrumentOffer.next_free_at, Instrument.zone,
    )  # fmt: skip
    statement = (
        select(*columns)
        .join(Instrument.owner)
        .outerjoin(InstrumentOffer, InstrumentOffer.instrument_id == Instrument.id)
        .where(
            Instrument.state == InstrumentState.PUBLISHED,
            Instrument.class_code == instrument.class_code,
            Instrument.id != instrument.id,
        )
        .order_by(InstrumentOffer.next_free_at.asc().nulls_last(), Instrument.id)
        .limit(limit)
    )
    return session.execute(statement).all()
