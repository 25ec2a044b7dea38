"""Figures of institutions: a fixed number of set-based statements each, however much there is."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Date, cast, func, select

from app.accounts.models import Organisation
from app.core.clock import DEFAULT_ZONE
from app.core.db import session
from app.equipment.instruments.models import Instrument, InstrumentState
from app.equipment.reservations.models import Reservation, ReservationState
from app.equipment.reservations.queries import asked_at, minutes_to_answer
from app.equipment.settings import settings
from app.equipment.statistics.measures import (
    bookings_by_instrument,
    is_counted,
    recorded_uses,
    used_minutes,
    used_on,
    uses_by_instrument,
)
from app.equipment.statistics.spans import Span


@dataclass(frozen=True, slots=True)
class Figures:
    """What the instruments of one institution, or of all, did in a span. Lengths in minutes.

    `large` instruments are those whose original value reaches the setting equipment.large_instrument_minor.
    """

    owner_id: UUID | None = None
    name: str = ""
    name_en: str = ""
    instruments: int = 0
    booked: int = 0
    used: int = 0
    shared: int = 0
    uses: int = 0
    large: int = 0
    large_used: int = 0
    large_shared: int = 0

    @property
    def sharing_rate(self) -> float | None:
        """共享率: hours for others ÷ hours used; None when nothing was used."""
        return self.shared / self.used if self.used else None

    @property
    def large_average(self) -> float | None:
        """年平均有效工作机时: hours used per large instrument; None without one."""
        return self.large_used / 60 / self.large if self.large else None

    @property
    def large_shared_average(self) -> float | None:
        """年平均对外服务机时: hours for others per large instrument; None without one."""
        return self.large_shared / 60 / self.large if self.large else None

    def utilisation(self, norm_minutes: float) -> float | None:
        """利用率: hours used ÷ the norm of a single instrument; None where nothing is measured."""
        return self.used / (norm_minutes * self.instruments) if self.instruments and norm_minutes else None


@dataclass(frozen=True, slots=True)
class MonthHours:
    """Minutes used in one month, by the owner's people and by others."""

    month: date
    own: int
    shared: int


@dataclass(frozen=True, slots=True)
class Answers:
    """How institutions answered requests: how many, the median in minutes, how many late or never."""

    count: int
    median_minutes: float | None
    late: int
    expired: int


def norm_minutes(span: Span, today: date) -> float:
    """What utilisation is measured against: the setting equipment.yearly_hours, cut down to the elapsed days."""
    return float(settings.number("yearly_hours") * 60 * span.share_of_year(today))


def figures_by_institution(span: Span, owner_id: UUID | None = None) -> list[Figures]:
    """The figures of every institution that offers or used an instrument, the most used first. One statement."""
    used, booked = uses_by_instrument(span, owner_id), bookings_by_instrument(span, owner_id)
    is_large = Instrument.value_minor >= settings.number("large_instrument_minor")
    statement = (
        select(
            Instrument.owner_id, Organisation.name, Organisation.name_en,
            func.count().label("instruments"),
            _sum(booked.c.booked).label("booked"), _sum(used.c.used).label("used"),
            _sum(used.c.shared).label("shared"), _sum(used.c.uses).label("uses"),
            func.count().filter(is_large).label("large"),
            _sum(used.c.used, is_large).label("large_used"), _sum(used.c.shared, is_large).label("large_shared"),
        )
        .join(Organisation, Organisation.id == Instrument.owner_id)
        .outerjoin(used, used.c.instrument_id == Instrument.id)
        .outerjoin(booked, booked.c.instrument_id == Instrument.id)
        .where(is_counted(used))
        .group_by(Instrument.owner_id, Organisation.name, Organisation.name_en)
        .order_by(_sum(used.c.used).desc(), Organisation.name)
    )  # fmt: skip
    if owner_id is not None:
        statement = statement.where(Instrument.owner_id == owner_id)
    return [
        Figures(row.owner_id, row.name, row.name_en, *(int(value) for value in row[3:]))
        for row in session.execute(statement)
    ]


def _sum(column: Any, condition: Any = None) -> Any:
    total = func.sum(column) if condition is None else func.sum(column).filter(condition)
    return func.coalesce(total, 0)


def added_up(figures: Sequence[Figures]) -> Figures:
    """The figures of several institutions together."""
    counted = ("instruments", "booked", "used", "shared", "uses", "large", "large_used", "large_shared")
    return Figures(**{name: sum(getattr(each, name) for each in figures) for name in counted})


def hours_by_month(span: Span, today: date, owner_id: UUID | None = None) -> list[MonthHours]:
    """Hours of every month that the span touches so far, also of those without any. One statement."""
    month = cast(func.date_trunc("month", used_on()), Date).label("month")
    statement = recorded_uses(
        month,
        _sum(used_minutes(), Reservation.is_internal).label("own"),
        _sum(used_minutes(), ~Reservation.is_internal).label("shared"),
        span=span,
        owner_id=owner_id,
    ).group_by(month)
    known = {row.month: (int(row.own), int(row.shared)) for row in session.execute(statement)}
    return [MonthHours(month, *known.get(month, (0, 0))) for month in span.months(today)]


SORTS = ("used", "shared", "booked", "uses", "name")


def instrument_figures(
    span: Span, owner_id: UUID, *, sort: str = "used", ascending: bool = False, only_published: bool = False
) -> Any:
    """Rows of Instrument, booked, used, shared, uses (minutes) of one institution: a select to page through."""
    used, booked = uses_by_instrument(span, owner_id), bookings_by_instrument(span, owner_id)
    columns = {
        "booked": func.coalesce(booked.c.booked, 0),
        "used": func.coalesce(used.c.used, 0),
        "shared": func.coalesce(used.c.shared, 0),
        "uses": func.coalesce(used.c.uses, 0),
    }
    key = columns.get(sort, func.lower(Instrument.name))
    statement = (
        select(Instrument, *(column.label(name) for name, column in columns.items()))
        .outerjoin(used, used.c.instrument_id == Instrument.id)
        .outerjoin(booked, booked.c.instrument_id == Instrument.id)
        .where(Instrument.owner_id == owner_id)
        .order_by(key.asc() if ascending else key.desc(), Instrument.asset_no)
    )
    condition = Instrument.state == InstrumentState.PUBLISHED if only_published else is_counted(used)
    return statement.where(condition)


def answer_times(span: Span, owner_id: UUID | None = None) -> Answers:
    """How requests made in the span were answered. One statement."""
    answered = Reservation.answered_at.is_not(None)
    asked_on = func.date(func.timezone(DEFAULT_ZONE.key, asked_at()))
    statement = select(
        func.count().filter(answered).label("answered"),
        func.percentile_cont(0.5).within_group(minutes_to_answer()).filter(answered).label("median"),
        func.count().filter(answered, Reservation.answered_at > Reservation.answer_due_at).label("late"),
        func.count().filter(Reservation.state == ReservationState.EXPIRED).label("expired"),
    ).where(Reservation.answer_due_at.is_not(None), asked_on >= span.first, asked_on < span.end)
    if owner_id is not None:
        statement = statement.where(Reservation.provider_id == owner_id)
    row = session.execute(statement).one()
    median = None if row.median is None else float(row.median)
    return Answers(row.answered, median, row.late, row.expired)
