"""The week of one instrument as a page shows it: open, taken, mine, pending, maintenance, with what is free for readers
without scripts."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from babel.dates import format_date
from sqlalchemy import select

from app.accounts.models import Actor
from app.core.clock import minutes, now, period
from app.core.db import session
from app.core.i18n import current_locale
from app.core.i18n import gettext as _
from app.core.templating import format_date as shown_date
from app.core.templating import format_hours
from app.equipment.reservations.models import Reservation, ReservationState
from app.equipment.reservations.queries import own_occupation_ids
from app.equipment.reservations.sheet import BookingSheet, booking_sheet
from app.equipment.schedule.hours import instant
from app.equipment.schedule.models import Occupation, OccupationKind
from app.equipment.schedule.periods import Stretch, intersect, subtract

WEEK = timedelta(days=7)
DEFAULT_HOURS = (8, 20)


@dataclass(frozen=True, slots=True)
class Week:
    """One calendar week at the instrument's place."""

    sheet: BookingSheet
    monday: date
    data: dict[str, Any]
    days: list[dict[str, Any]]
    title: str
    is_full: bool  # it is open and could still be booked, but everything is taken

    @property
    def previous(self) -> str:
        return (self.monday - WEEK).isoformat()

    @property
    def next(self) -> str:
        return (self.monday + WEEK).isoformat()


def monday_of(day: date) -> date:
    """The Monday of a day's week."""
    return day - timedelta(days=day.weekday())


def week_of_instrument(
    actor: Actor, instrument_id: UUID, day: date, *, without: UUID | None = None, holders: tuple[str, ...] = ()
) -> Week:
    """The week that holds `day`; `without` leaves out a booking that is being moved. Three statements."""
    monday = monday_of(day)
    rough = datetime.combine(monday, datetime.min.time(), tzinfo=now().tzinfo)
    sheet = booking_sheet(instrument_id, (rough, rough + WEEK), tariff_day=max(now(), rough))
    window = (instant(monday, 0, sheet.zone), instant(monday + WEEK, 0, sheet.zone))
    taken = [one for one in _occupations(instrument_id, window) if one.id != without]
    mine = own_occupation_ids(actor, instrument_id, period(*window))
    opening = intersect(sheet.opening(window), [window])
    bookable = intersect(opening, [sheet.rules.bookable(now(), sheet.zone)])
    least = timedelta(minutes=sheet.rules.shortest)
    blocks = [_block(one, mine.get(one.id), sheet, holders) for one in taken]
    first, last = monday, monday + WEEK - timedelta(days=1)
    return Week(
        sheet=sheet,
        monday=monday,
        data=_data(sheet, monday, opening, blocks),
        days=list(_day_lists(sheet, monday, opening, taken, blocks)),
        is_full=_has_room(bookable, least)
        and not _has_room(subtract(bookable, sorted(_stretch(one) for one in taken)), least),
        title=f"{shown_date(first, 'short')} – {shown_date(last, 'short')}",
    )


def _has_room(stretches: list[Stretch], least: timedelta) -> bool:
    return any(end - begin >= least for begin, end in stretches)


def _occupations(instrument_id: UUID, window: Stretch) -> list[Occupation]:
    return list(
        session.scalars(
            select(Occupation)
            .where(
                Occupation.instrument_id == instrument_id,
                Occupation.active,
                Occupation.period.op("&&")(period(*window)),
                (Occupation.expires_at.is_(None)) | (Occupation.expires_at > now()),
            )
            .order_by(Occupation.period)
        )
    )


def _stretch(one: Occupation) -> Stretch:
    assert one.period.lower is not None and one.period.upper is not None  # noqa: S101, PT018 a check says so
    return one.period.lower, one.period.upper


def _block(
    one: Occupation, reservation: Reservation | None, sheet: BookingSheet, holders: tuple[str, ...]
) -> dict[str, Any]:
    """One taken stretch; names of others are never in it."""
    begin, end = (edge.astimezone(sheet.zone).isoformat() for edge in _stretch(one))
    block: dict[str, Any] = {"state": "busy", "start": begin, "end": end}
    if one.kind is OccupationKind.MAINTENANCE:
        block |= {"state": "maintenance", "note": one.reason} if one.reason else {"state": "maintenance"}
    elif one.kind is OccupationKind.HOLD and one.holder in holders:
        block |= {"state": "mine", "label": _("Held for you"), "url": f"/holds/{one.id}"}
    elif reservation is not None:
        pending = reservation.state is ReservationState.PENDING
        block |= {"state": "pending" if pending else "mine", "url": f"/bookings/{reservation.id}"}
    return block


def _data(sheet: BookingSheet, monday: date, opening: list[Stretch], blocks: list[dict[str, Any]]) -> dict[str, Any]:
    rules = sheet.rules
    earliest, latest = rules.bookable(now(), sheet.zone)
    bookable = intersect(opening, [(earliest, latest)])
    return {
        "days": [_day(monday + timedelta(days=offset)) for offset in range(7)],
        "hours": list(_shown_hours(sheet)),
        "granularity": rules.granularity,
        "minimum": rules.shortest,
        "maximum": rules.longest,
        "usual": max(rules.shortest, min(60, rules.longest)),
        "now": now().astimezone(sheet.zone).isoformat(),
        "free_from": earliest.astimezone(sheet.zone).isoformat(),
        "open": [
            {"start": begin.astimezone(sheet.zone).isoformat(), "end": end.astimezone(sheet.zone).isoformat()}
            for begin, end in (opening if not bookable else _until(opening, latest))
        ],
        "blocks": blocks,
    }


def _until(opening: list[Stretch], latest: datetime) -> list[Stretch]:
    return [(begin, min(end, latest)) for begin, end in opening if begin < latest]


def _day(day: date) -> dict[str, str]:
    locale = current_locale()
    return {
        "date": day.isoformat(),
        "weekday": format_date(day, "EEE", locale=locale),
        "letter": format_date(day, "EEEEE", locale=locale),
        "label": shown_date(day),
    }


def _shown_hours(sheet: BookingSheet) -> tuple[int, int]:
    stretches = [stretch for day in sheet.weekly.days for stretch in day]
    if not stretches:
        return DEFAULT_HOURS
    first = min(stretch.start for stretch in stretches) // 60
    last = -(-max(stretch.end for stretch in stretches) // 60)
    return min(first, DEFAULT_HOURS[0]), max(last, DEFAULT_HOURS[1])


def _day_lists(
    sheet: BookingSheet, monday: date, opening: list[Stretch], taken: list[Occupation], blocks: list[dict[str, Any]]
) -> Iterator[dict[str, Any]]:
    """For every day its stretches in words, free ones with the address that picks them."""
    bookable = sheet.rules.bookable(now(), sheet.zone)
    free = subtract(intersect(opening, [bookable]), sorted(_stretch(one) for one in taken))
    states = {id(one): block for one, block in zip(taken, blocks, strict=True)}
    for offset in range(7):
        day = monday + timedelta(days=offset)
        window = (instant(day, 0, sheet.zone), instant(day + timedelta(days=1), 0, sheet.zone))
        lines = [(begin, _free_line(sheet, begin, end)) for begin, end in intersect(free, [window])]
        for one in taken:
            for begin, end in intersect([_stretch(one)], [window]):
                lines.append((begin, _taken_line(sheet, begin, end, states[id(one)])))
        yield {"label": shown_date(day), "stretches": [line for _begin, line in sorted(lines, key=lambda x: x[0])]}


def _clock(moment: datetime, sheet: BookingSheet) -> str:
    return moment.astimezone(sheet.zone).strftime("%H:%M")


def _free_line(sheet: BookingSheet, begin: datetime, end: datetime) -> dict[str, Any]:
    local = begin.astimezone(sheet.zone)
    picked = local + timedelta(minutes=sheet.rules.shortest)
    query = {"date": local.date().isoformat(), "from": f"{local:%H:%M}", "to": f"{picked:%H:%M}"}
    length = minutes(period(begin, end))
    return {
        "state": "free",
        "text": f"{_clock(begin, sheet)}–{_clock(end, sheet)}",
        "note": format_hours(length),
        "url": f"?{urlencode(query)}",
    }


def _taken_line(sheet: BookingSheet, begin: datetime, end: datetime, block: dict[str, Any]) -> dict[str, Any]:
    words = {
        "busy": _("Taken"),
        "maintenance": _("Maintenance"),
        "mine": _("My booking"),
        "pending": _("My request"),
    }
    return {
        "state": block["state"],
        "text": f"{_clock(begin, sheet)}–{_clock(end, sheet)}",
        "note": block.get("note") or words[block["state"]],
        "url": block.get("url"),
    }
