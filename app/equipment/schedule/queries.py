"""What is known of an instrument's time: its timetable, what occupies it, and what of that is free."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, ScalarSelect, func, or_, select
from sqlalchemy.dialects.postgresql import aggregate_order_by

from app.core.clock import bounds, now, period
from app.core.db import session
from app.core.errors import Invalid
from app.core.i18n import lazy_gettext as _l
from app.equipment.instruments.models import Instrument
from app.equipment.schedule.cancellation import CancellationRules
from app.equipment.schedule.hours import (
    WEEKDAYS,
    ExceptionDay,
    WallStretch,
    WeeklyHours,
    day_hours,
    open_stretches,
    whole_days,
)
from app.equipment.schedule.models import BookingRules, Occupation, OccupationKind, OpeningException, OpeningStretch
from app.equipment.schedule.periods import Stretch, as_json, containing, iso_writer
from app.equipment.schedule.slots import SlotRules, availability, first_start

LONGEST_WINDOW = timedelta(days=366)
TWO_DAYS = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class Timetable:
    """When an instrument is open and how it may be booked; `exceptions` are those of the window it was read for."""

    zone: ZoneInfo
    weekly: WeeklyHours
    exceptions: Mapping[date, ExceptionDay]
    rules: SlotRules
    cancellation: CancellationRules
    needs_approval: bool

    def opening(self, window: Stretch) -> list[Stretch]:
        """Opening hours of the whole calendar days that a window touches."""
        return open_stretches(self.weekly, self.exceptions, self.zone, whole_days(window, self.zone))


@dataclass(frozen=True, slots=True)
class Availability:
    """A window of an instrument's time, split. What is open but too soon or too far ahead is in none of the three."""

    zone: ZoneInfo
    window: Stretch
    free: Sequence[Stretch]
    busy: Sequence[Stretch]
    closed: Sequence[Stretch]

    def to_json(self) -> dict[str, list[dict[str, str]]]:
        """The form the API speaks, with the offset of the place."""
        write = iso_writer(self.zone, self.window)
        return {name: as_json(getattr(self, name), write) for name in ("free", "busy", "closed")}


def timetable(instrument: Instrument, window: Stretch) -> Timetable:
    """The timetable of an instrument with the exceptions around a window: one statement."""
    lines, others, rules = session.execute(
        select(_template(instrument.id), _exceptions(instrument.id, window), BookingRules)
        .select_from(Instrument)
        .outerjoin(BookingRules, BookingRules.instrument_id == Instrument.id)
        .where(Instrument.id == instrument.id)
    ).one()
    return Timetable(
        zone=instrument.timezone,
        weekly=week_of(lines or []),
        exceptions={date.fromisoformat(day): exception_of(parts, reason) for day, parts, reason in others or []},
        rules=slot_rules(rules),
        cancellation=cancellation_rules(rules),
        needs_approval=rules is not None and rules.needs_approval,
    )


def _template(instrument_id: UUID) -> ScalarSelect[Any]:
    line = func.json_build_array(OpeningStretch.weekday, OpeningStretch.starts_minute, OpeningStretch.ends_minute)
    ordered = aggregate_order_by(line, OpeningStretch.weekday, OpeningStretch.starts_minute)
    return select(func.json_agg(ordered)).where(OpeningStretch.instrument_id == instrument_id).scalar_subquery()


def _exceptions(instrument_id: UUID, window: Stretch) -> ScalarSelect[Any]:
    line = func.json_build_array(OpeningException.day, OpeningException.stretches, OpeningException.reason)
    return (
        select(func.json_agg(line))
        .where(
            OpeningException.instrument_id == instrument_id,
            OpeningException.day.between((window[0] - TWO_DAYS).date(), (window[1] + TWO_DAYS).date()),
        )
        .scalar_subquery()
    )


def week_of(lines: Iterable[Sequence[int]]) -> WeeklyHours:
    """The template from its stored lines ``[weekday, from, to]`` in minutes."""
    days: list[list[WallStretch]] = [[] for _weekday in WEEKDAYS]
    for weekday, begin, end in lines:
        days[weekday].append(WallStretch(begin, end))
    return WeeklyHours(tuple(day_hours(day) for day in days))


def exception_of(parts: Iterable[Sequence[int]], reason: str) -> ExceptionDay:
    """An exception from its stored stretches ``[[from, to], …]`` in minutes."""
    return ExceptionDay(day_hours(WallStretch(begin, end) for begin, end in parts), reason)


def slot_rules(rules: BookingRules | None) -> SlotRules:
    """What the checks of slots need of the booking rules; the usual ones when none are set."""
    if rules is None:
        return SlotRules()
    return SlotRules(rules.granularity, rules.shortest, rules.longest, rules.notice, rules.horizon_days)


def cancellation_rules(rules: BookingRules | None) -> CancellationRules:
    """What cancelling costs; the usual rules when none are set."""
    if rules is None:
        return CancellationRules()
    return CancellationRules(rules.free_until, rules.late_percent, rules.no_show_percent)


def rules_json(rules: BookingRules | None) -> dict[str, int | bool]:
    """All booking rules by name, for templates and the audit log; the usual ones when none are set."""
    slots = slot_rules(rules)
    return {
        "granularity": slots.granularity,
        "shortest": slots.shortest,
        "longest": slots.longest,
        "notice": slots.notice,
        "horizon_days": slots.horizon_days,
        "needs_approval": rules is not None and rules.needs_approval,
        **cancellation_rules(rules).to_json(),
    }


def weekly_hours(instrument_id: UUID) -> WeeklyHours:
    """The weekly template alone."""
    columns = (OpeningStretch.weekday, OpeningStretch.starts_minute, OpeningStretch.ends_minute)
    return week_of(
        [tuple(row) for row in session.execute(select(*columns).where(OpeningStretch.instrument_id == instrument_id))]
    )


def instruments_with_hours(instrument: Instrument) -> Sequence[Instrument]:
    """Other instruments of the same owner that have a weekly template, by name; at most 500."""
    has_hours = select(OpeningStretch.id).where(OpeningStretch.instrument_id == Instrument.id).exists()
    return session.scalars(
        select(Instrument)
        .where(Instrument.owner_id == instrument.owner_id, Instrument.id != instrument.id, has_hours)
        .order_by(Instrument.name_zh, Instrument.name, Instrument.id)
        .limit(500)
    ).all()


def booking_rules(instrument_id: UUID) -> BookingRules | None:
    """The rules as set, or None when the usual ones hold."""
    return session.scalars(select(BookingRules).where(BookingRules.instrument_id == instrument_id)).one_or_none()


def exceptions_from(instrument_id: UUID, day: date) -> Sequence[OpeningException]:
    """Exceptions on `day` and later, by date."""
    return session.scalars(
        select(OpeningException)
        .where(OpeningException.instrument_id == instrument_id, OpeningException.day >= day)
        .order_by(OpeningException.day)
    ).all()


def maintenance_from(instrument_id: UUID, moment: datetime) -> Sequence[Occupation]:
    """Maintenance blocks that end after `moment`, by time."""
    return session.scalars(
        select(Occupation)
        .where(
            Occupation.instrument_id == instrument_id,
            Occupation.active,
            Occupation.kind == OccupationKind.MAINTENANCE,
            func.upper(Occupation.period) > moment,
        )
        .order_by(func.lower(Occupation.period))
    ).all()


def occupations_within(
    instrument_id: UUID, window: Stretch, kind: OccupationKind | None = None
) -> Sequence[Occupation]:
    """What has claimed any part of a window, by time; holds that ran out do not count."""
    statement = (
        select(Occupation)
        .where(
            Occupation.instrument_id == instrument_id,
            Occupation.active,
            Occupation.period.op("&&")(period(*window)),
            _lasts(),
        )
        .order_by(func.lower(Occupation.period))
    )
    return session.scalars(statement if kind is None else statement.where(Occupation.kind == kind)).all()


def busy_stretches(instrument_id: UUID, window: Stretch) -> list[Stretch]:
    """What is taken of a window, by whatever and whomever, as plain instants; holds that ran out do not count."""
    rows = session.execute(
        select(func.lower(Occupation.period), func.upper(Occupation.period))
        .where(
            Occupation.instrument_id == instrument_id,
            Occupation.active,
            Occupation.period.op("&&")(period(*window)),
            _lasts(),
        )
        .order_by(func.lower(Occupation.period))
    )
    return [(begin, end) for begin, end in rows]


def _lasts() -> ColumnElement[bool]:
    return or_(Occupation.expires_at.is_(None), Occupation.expires_at > now())


def availability_of(instrument: Instrument, window: Stretch) -> Availability:
    """What of a window is free, busy and closed, as of now: two statements.

    Raises Invalid when the window is empty or longer than 366 days (field to).
    """
    if not window[0] < window[1] <= window[0] + LONGEST_WINDOW:
        raise Invalid(_l("Ask for a window of at most 366 days that ends after it begins."), field="to")
    times = timetable(instrument, window)
    busy = busy_stretches(instrument.id, window)
    opening, (earliest, latest) = times.opening(window), times.rules.bookable(now(), times.zone)
    bookable = first_start(times.rules, times.zone, opening, earliest), latest
    parts = availability(opening, busy, bookable, window)
    return Availability(times.zone, window, *parts)


def bookings_outside(instrument_id: UUID, times: Timetable, until: datetime) -> list[Stretch]:
    """Bookings from now on that do not lie wholly within the opening hours of `times`."""
    window = (now(), until)
    opening = times.opening(window)
    bookings = occupations_within(instrument_id, window, OccupationKind.RESERVATION)
    found = []
    for begin, end in (bounds(booking.period) for booking in bookings):
        open_then = containing(opening, begin)
        if open_then is None or end > open_then[1]:
            found.append((begin, end))
    return found
