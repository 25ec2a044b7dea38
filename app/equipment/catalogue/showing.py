"""Rows and filters of the catalogue as its templates show them."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from babel.dates import format_date as babel_date
from flask import url_for
from markupsafe import Markup
from werkzeug.datastructures import MultiDict

from app.accounts.models import Actor, OrganisationKind
from app.accounts.regions import region_name
from app.core.clock import now
from app.core.i18n import current_locale
from app.core.i18n import gettext as _
from app.core.i18n import lazy_gettext as _l
from app.core.money import Money
from app.core.templating import format_date, format_money, format_time, render_part
from app.equipment.catalogue.filters import Filters, address, read_filters, without
from app.equipment.catalogue.offers import FIRST_HOUR, LAST_HOUR
from app.equipment.catalogue.queries import Counts, Listed, count_instruments
from app.equipment.instruments.classes import class_name

STRIP_STATES = {"f": "free", "b": "busy", "m": "maintenance", "c": "closed"}
MOST_SHOWN = 6


def two_names(thing: Any) -> tuple[str, str, str]:
    """(title, second line, language of the second line): the Chinese name first in Chinese, second in English."""
    if not thing.name_zh or thing.name_zh == thing.name:
        return thing.name, "", ""
    if current_locale() == "en":
        return thing.name, thing.name_zh, "zh-CN"
    return thing.name_zh, thing.name, "en"


def owner_title(thing: Any) -> str:
    """The owner's name in the language of the reader."""
    return str(thing.owner_name_en if current_locale() == "en" and thing.owner_name_en else thing.owner_name)


def soon_text(moment: datetime, zone: ZoneInfo) -> str:
    """``今天 15:00``, ``明天 08:00``, ``周五 10:30``, ``12月1日 09:00``."""
    return f"{_day_name(moment.astimezone(zone).date(), now().astimezone(zone).date())} {format_time(moment, zone)}"


def _day_name(day: date, present: date) -> str:
    away = (day - present).days
    if away == 0:
        return str(_("Today"))
    if away == 1:
        return str(_("Tomorrow"))
    return babel_date(day, "EEE", locale=current_locale()) if away < 6 else format_date(day, "short")


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the list as it is drawn."""

    id: UUID
    html: Markup


def list_rows(rows: Iterable[Listed], picks: Collection[UUID] = ()) -> list[Line]:
    """The lines of the list; those picked are ticked."""
    present, locale = now(), current_locale()
    days = {name: present.astimezone(ZoneInfo(name)).date() for name in {row.zone for row in rows}}
    return [Line(row.id, _line(row, row.id in picks, days[row.zone], locale)) for row in rows]


@lru_cache(maxsize=4096)
def _line(row: Listed, is_picked: bool, here: date, locale: str) -> Markup:
    """Drawn once for all that it shows, on the day `here` at the place: most lines are the same a minute later."""
    return render_part("equipment/catalogue/line.html", row=_shown(row, here, locale == "en"), is_picked=is_picked)


def _shown(row: Listed, here: date, english: bool) -> dict[str, Any]:
    zone = ZoneInfo(row.zone)
    base = url_for("instruments.list")
    free = row.next_free_at.astimezone(zone) if row.next_free_at else None
    chinese = bool(row.name_zh) and row.name_zh != row.name
    title, second = (row.name_zh, row.name) if chinese and not english else (row.name, row.name_zh if chinese else "")
    strip = row.today if row.today_on == here and free is not None else ""
    return {
        "id": row.id,
        "list_url": base,
        "url": f"{base}/{row.id}",
        "picture": f"{base}/{row.id}/pictures/{row.picture_id}/small.webp" if row.picture_id else "",
        "title": title,
        "second": second,
        "language": "zh-CN" if english else "en",
        "asset_no": row.asset_no,
        "owner": row.owner_name_en if english and row.owner_name_en else row.owner_name,
        "place": " ".join(filter(None, (row.building, row.room))) or row.site,
        "blocked": format_date(row.blocked_until, "short", zone) if row.blocked_until else "",
        "free": f"{_day_name(free.date(), here)} {free:%H:%M}" if free is not None else "",
        "strip": _strip_bar(strip),
        "strip_text": _strip_text(strip) if strip else "",
        "needs_approval": row.needs_approval,
        "price": _hourly(row.price_minor),
    }


def _hourly(minor: int | None) -> str:
    """Whole yuan without decimals, as in the list's column."""
    return "" if minor is None else format_money(Money(minor), symbol=False).removesuffix(".00")


def _strip_bar(letters: str) -> Markup:
    """The hours of today as the cells of a bar."""
    return Markup("").join(Markup('<i class="{}"></i>').format(STRIP_STATES[letter]) for letter in letters)


def _strip_text(letters: str) -> str:
    """What a reader who cannot see the strip is told: the free hours of today."""
    free = [f"{hour}:00" for hour, letter in enumerate(letters, start=FIRST_HOUR) if letter == "f"]
    if not free:
        return str(_("Nothing free today between %(first)s and %(last)s", first=FIRST_HOUR, last=LAST_HOUR))
    return str(_("Free today at %(hours)s", hours=", ".join(free)))


def chips(filters: Filters, counts: Counts) -> list[dict[str, Any]]:
    """What is on, each with the address that takes it off."""
    return [
        {"label": label, "url": url_for("instruments.list", **arguments)} for label, arguments in _on(filters, counts)
    ]


def ways_on(actor: Actor, filters: Filters, counts: Counts) -> list[dict[str, Any]]:
    """When nothing matches: how many would without one of the conditions (flows.md W10)."""
    found = []
    for label, arguments in _on(filters, counts)[:MOST_SHOWN]:
        total = count_instruments(actor, read_filters(MultiDict(arguments))).matching
        note = _("Without “%(condition)s”: %(count)s", condition=label, count=total)
        found.append({"label": note, "url": url_for("instruments.list", **arguments), "total": total})
    return [each for each in found if each["total"]]


def _on(filters: Filters, counts: Counts) -> list[tuple[str, dict[str, Any]]]:
    """Every condition in words, with the address without it."""
    found = [(class_name(code), without(filters, "class", code)) for code in filters.classes]
    found += [(region_name(code), without(filters, "region", code)) for code in filters.regions]
    found += [(_owner_name(counts, code), without(filters, "owner", code)) for code in filters.owners]
    found += [(mode_names()[mode], without(filters, "mode", mode)) for mode in filters.modes]
    if filters.when:
        found.append((when_names()[filters.when], address(filters, when="")))
    if filters.low is not None or filters.high is not None:
        found.append((_price_chip(filters), address(filters, **{"from": "", "to": ""})))
    if filters.at_once:
        found.append((_("Confirms at once"), address(filters, at_once="")))
    if filters.for_me:
        found.append((_("Open to me"), address(filters, for_me="")))
    return found


def _price_chip(filters: Filters) -> str:
    low, high = (None if minor is None else f"¥{_hourly(minor)}" for minor in (filters.low, filters.high))
    if low is None:
        return str(_("≤ %(price)s / h", price=high))
    return str(_("≥ %(price)s / h", price=low) if high is None else _("%(low)s–%(high)s / h", low=low, high=high))


def _owner_name(counts: Counts, code: str) -> str:
    name, english, _count = counts.owners.get(code, (code, "", 0))
    return english if english and current_locale() == "en" else name


def mode_names() -> dict[str, str]:
    """Who works the instrument."""
    return {"self": _("Self-operated"), "assisted": _("Operated for you")}


def when_names() -> dict[str, str]:
    """How soon it must be free."""
    return {"today": _("Today"), "week": _("Within 7 days")}


def facet_values(filters: Filters, counts: Counts) -> dict[str, list[dict[str, Any]]]:
    """The values of every filter with their counts, most frequent first; what is on is always among them."""
    modes = {mode: counts.modes.get(mode, 0) + counts.modes.get("both", 0) for mode in mode_names()}
    owners = {code: count for code, (_name, _english, count) in counts.owners.items()}
    return {
        "classes": _values(counts.classes, filters.classes, class_name),
        "regions": _values(counts.regions, filters.regions, region_name),
        "owners": _values(owners, filters.owners, lambda code: _owner_name(counts, code)),
        "modes": [
            {"value": mode, "label": label, "count": modes[mode], "checked": mode in filters.modes}
            for mode, label in mode_names().items()
        ],
        "when": [
            {"value": "", "label": _("Any time"), "count": None, "checked": not filters.when},
            {"value": "today", "label": _("Today"), "count": counts.today, "checked": filters.when == "today"},
            {"value": "week", "label": _("Within 7 days"), "count": counts.week, "checked": filters.when == "week"},
        ],
    }


def _values(counted: dict[str, int], chosen: Sequence[str], name: Any) -> list[dict[str, Any]]:
    first: Iterable[str] = sorted(counted, key=lambda code: (-counted[code], code))
    shown = [*chosen, *(code for code in first if code not in chosen)][: max(MOST_SHOWN, len(chosen))]
    return [
        {"value": code, "label": name(code), "count": counted.get(code, 0), "checked": code in chosen} for code in shown
    ]


def price_title(actor: Actor) -> str:
    """Whose price the column shows."""
    organisation = actor.organisation
    if organisation is not None and organisation.kind is OrganisationKind.INSTITUTION:
        return str(_("My price (institution, per hour)"))
    return str(_("My price (enterprise, per hour)"))


EXPORTED = (
    _l("Asset no."), _l("Name"), _l("Chinese name"), _l("Class"), _l("Owner institution"), _l("Site"),
    _l("Building"), _l("Room"), _l("Next free"), _l("My price, CNY / h"),
)  # fmt: skip


def exported_row(row: Listed) -> list[Any]:
    """One line of the list as a file."""
    zone = ZoneInfo(row.zone)
    free = row.next_free_at.astimezone(zone).isoformat(timespec="minutes") if row.next_free_at else ""
    price = "" if row.price_minor is None else str(Money(row.price_minor).decimal)
    names = (row.asset_no, row.name, row.name_zh, class_name(row.class_code), owner_title(row))
    return [*names, row.site, row.building, row.room, free, price]
