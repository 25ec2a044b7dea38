"""The waiting list on an instrument's page and above the list of my bookings."""

from collections.abc import Mapping
from typing import Any

from babel.dates import get_day_names

from app.accounts.models import Actor
from app.core.clock import now
from app.core.i18n import current_locale
from app.core.i18n import gettext as _
from app.core.templating import format_date, format_hours
from app.equipment.instruments.models import Instrument
from app.equipment.reservations.policy import may_book
from app.equipment.schedule.hours import END_OF_DAY, clock_text
from app.equipment.schedule.policy import SchedulePolicy
from app.equipment.schedule.slots import MINUTE
from app.equipment.waiting.models import WaitingEntry
from app.equipment.waiting.queries import length_of_line, own_places, places_of


def waiting_panel(actor: Actor, instrument: Instrument, _arguments: Mapping[str, str]) -> dict[str, Any]:
    """Context of ``equipment/waiting/_panel.html``."""
    manages = SchedulePolicy.manage(actor, instrument)
    return {
        "waiting_places": own_places(actor, instrument.id),
        "waiting_count": length_of_line(instrument.id) if manages else 0,
    }


def waiting_part(actor: Actor) -> dict[str, Any]:
    """Context of ``equipment/waiting/_mine.html``; nothing when the organisation is in no line."""
    places = places_of(actor)
    return {"waiting_places": places, "waiting_may": may_book(actor)} if places else {}


def days_text(entry: WaitingEntry, instrument: Instrument) -> str:
    """``11月30日 周一至12月4日 周五，2 小时，仅周二、周四，9:00–12:00``."""
    zone = instrument.timezone
    first, last = (format_date(moment, zone=zone) for moment in (entry.starts_at, entry.ends_at - MINUTE))
    parts = [
        first if first == last else _("%(first)s to %(last)s", first=first, last=last),
        format_hours(entry.minutes),
    ]
    if entry.weekdays:
        names = get_day_names("abbreviated", locale=current_locale())
        parts.append(_("only %(days)s", days=str(_(", ")).join(names[day] for day in entry.weekdays)))
    if (entry.from_minute, entry.until_minute) != (0, END_OF_DAY):
        parts.append(f"{clock_text(entry.from_minute)}–{clock_text(entry.until_minute)}")
    return str(_(", ")).join(str(part) for part in parts)


def is_offer_open(entry: WaitingEntry) -> bool:
    """Whether what is held for somebody can still be booked."""
    return entry.offered_until is not None and entry.offered_until > now()
