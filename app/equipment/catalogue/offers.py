"""Working out what the catalogue shows: the next free slot, the strip of today, the hourly price of each class."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import BigInteger, Row, cast, func, or_, select
from sqlalchemy.dialects.postgresql import aggregate_order_by

from app.core.clock import period
from app.core.db import session
from app.equipment.instruments.models import Instrument
from app.equipment.schedule.hours import ExceptionDay, WeeklyHours, instant, open_stretches, whole_days
from app.equipment.schedule.models import BookingRules, Occupation, OccupationKind, OpeningException, OpeningStretch
from app.equipment.schedule.periods import Stretch
from app.equipment.schedule.queries import exception_of, slot_rules, week_of
from app.equipment.schedule.slots import SlotRules, availability, next_free
from app.equipment.tariffs.models import Tariff, TariffState
from app.equipment.tariffs.terms import PayerClass, Terms

FIRST_HOUR, LAST_HOUR = 8, 19
FURTHEST = timedelta(days=62)
# Most instruments are free within days: look near first, the whole horizon only when that is full.
LOOKED_AHEAD = (timedelta(days=3), timedelta(days=14), FURTHEST)


@dataclass(frozen=True, slots=True)
class Facts:
    """What an offer follows from."""

    instrument_id: UUID
    zone: ZoneInfo
    weekly: WeeklyHours
    exceptions: dict[date, ExceptionDay]
    rules: SlotRules
    needs_approval: bool
    busy: list[Stretch]
    maintenance: list[Stretch]
    terms: Terms | None


def work_out(facts: Facts, moment: datetime) -> dict[str, Any]:
    """The columns of an `InstrumentOffer` as of `moment`."""
    local_day = moment.astimezone(facts.zone).date()
    prices = facts.terms.classes if facts.terms else {}
    hourly = {payer: prices[payer].tiers[0].per_hour if payer in prices else None for payer in PayerClass}
    return {
        "instrument_id": facts.instrument_id,
        "next_free_at": _next_free(facts, moment),
        "blocked_until": next((end for begin, end in facts.maintenance if begin <= moment < end), None),
        "today_on": local_day,
        "today": _strip(facts, local_day, moment),
        "needs_approval": facts.needs_approval,
        "internal_minor": hourly[PayerClass.INTERNAL],
        "institution_minor": hourly[PayerClass.INSTITUTION],
        "enterprise_minor": hourly[PayerClass.ENTERPRISE],
        "worked_out_at": moment,
    }


def _next_free(facts: Facts, moment: datetime) -> datetime | None:
    if facts.weekly.is_empty and not facts.exceptions:
        return None
    for ahead in LOOKED_AHEAD:
        window = whole_days((moment, moment + ahead), facts.zone)
        opening = open_stretches(facts.weekly, facts.exceptions, facts.zone, window)
        found = next_free(
            facts.rules, facts.zone, opening, facts.busy, after=moment, minutes=facts.rules.shortest, now=moment
        )
        if found is not None:
            return found[0]
    return None


def _strip(facts: Facts, day: date, moment: datetime) -> str:
    """A letter an hour: free where anything of the hour can still be booked."""
    window = (instant(day, FIRST_HOUR * 60, facts.zone), instant(day, LAST_HOUR * 60, facts.zone))
    opening = open_stretches(facts.weekly, facts.exceptions, facts.zone, whole_days(window, facts.zone))
    free, busy, _closed = availability(opening, facts.busy, facts.rules.bookable(moment, facts.zone), window)
    letters = []
    for hour in range(FIRST_HOUR, LAST_HOUR):
        cell = (instant(day, hour * 60, facts.zone), instant(day, (hour + 1) * 60, facts.zone))
        kinds = (("f", free), ("m", facts.maintenance), ("b", busy))
        letters.append(next((letter for letter, stretches in kinds if _touches(stretches, cell)), "c"))
    return "".join(letters)


def _touches(stretches: Sequence[Stretch], cell: Stretch) -> bool:
    return any(begin < cell[1] and cell[0] < end for begin, end in stretches)


def facts_of(ids: Sequence[UUID], moment: datetime) -> Iterator[Facts]:
    """What is known of some instruments: one statement, however many."""
    for row in session.execute(_statement(ids, moment)):
        yield _facts(row)


def _statement(ids: Sequence[UUID], moment: datetime) -> Any:
    mine = OpeningStretch.instrument_id == Instrument.id
    line = func.json_build_array(OpeningStretch.weekday, OpeningStretch.starts_minute, OpeningStretch.ends_minute)
    ordered = aggregate_order_by(line, OpeningStretch.weekday, OpeningStretch.starts_minute)
    stretches = select(func.json_agg(ordered)).where(mine).scalar_subquery()
    other_days = OpeningException.day.between(
        (moment - timedelta(days=2)).date(), (moment + FURTHEST + timedelta(days=2)).date()
    )
    exceptions = (
        select(func.json_agg(func.json_build_array(OpeningException.day, OpeningException.stretches)))
        .where(OpeningException.instrument_id == Instrument.id, other_days)
        .scalar_subquery()
    )
    local_day = func.date(func.timezone(Instrument.zone, moment))
    in_force = (
        (Tariff.instrument_id == Instrument.id)
        & (Tariff.state == TariffState.PUBLISHED)
        & Tariff.valid.op("@>")(local_day)
    )
    return (
        select(
            Instrument.id, Instrument.zone, BookingRules, stretches.label("stretches"),
            exceptions.label("exceptions"), _occupied(moment).label("occupied"), Tariff.terms,
        )
        .outerjoin(BookingRules, BookingRules.instrument_id == Instrument.id)
        .outerjoin(Tariff, in_force)
        .where(Instrument.id.in_(ids))
    )  # fmt: skip


def _occupied(moment: datetime) -> Any:
    """Seconds since 1970 of the ends of what is taken, with whether it is maintenance."""
    begin = func.floor(func.extract("epoch", func.lower(Occupation.period)))
    end = func.ceil(func.extract("epoch", func.upper(Occupation.period)))
    seconds = (cast(begin, BigInteger), cast(end, BigInteger))
    line = func.json_build_array(*seconds, Occupation.kind == OccupationKind.MAINTENANCE)
    window = period(moment - timedelta(days=1), moment + FURTHEST)
    return (
        select(func.json_agg(aggregate_order_by(line, func.lower(Occupation.period))))
        .where(
            Occupation.instrument_id == Instrument.id,
            Occupation.active,
            Occupation.period.op("&&")(window),
            or_(Occupation.expires_at.is_(None), Occupation.expires_at > moment),
        )
        .scalar_subquery()
    )


def _facts(row: Row[Any]) -> Facts:
    taken = [(_moment(begin), _moment(end), is_maintenance) for begin, end, is_maintenance in row.occupied or []]
    rules: BookingRules | None = row.BookingRules
    return Facts(
        instrument_id=row.id,
        zone=ZoneInfo(row.zone),
        weekly=week_of(row.stretches or []),
        exceptions={date.fromisoformat(day): exception_of(parts, "") for day, parts in row.exceptions or []},
        rules=slot_rules(rules),
        needs_approval=rules is not None and rules.needs_approval,
        busy=[(begin, end) for begin, end, _is_maintenance in taken],
        maintenance=[(begin, end) for begin, end, is_maintenance in taken if is_maintenance],
        terms=Terms.from_json(row.terms) if row.terms else None,
    )


def _moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
