"""Rows, tabs and tasks of an institution's own instruments as its pages show them."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import url_for
from sqlalchemy import Row

from app.core.i18n import gettext as _
from app.core.i18n import lazy_gettext as _l
from app.core.templating import page_url
from app.equipment.catalogue.owning import Readiness, place_of
from app.equipment.catalogue.showing import soon_text, two_names
from app.equipment.instruments.classes import class_name
from app.equipment.instruments.models import Instrument, InstrumentState
from app.equipment.tariffs.labels import validity

STATES = {
    InstrumentState.DRAFT: _l("Draft"),
    InstrumentState.PUBLISHED: _l("In the catalogue"),
    InstrumentState.WITHDRAWN: _l("Withdrawn"),
}
FIELDS = {"name": _l("Name"), "class_code": _l("Class"), "site": _l("Site")}
EXPORTED = (
    _l("Asset no."), _l("Name"), _l("Chinese name"), _l("State"), _l("Class"), _l("Site"), _l("Building"), _l("Room"),
    _l("Opening hours"), _l("Prices"),
)  # fmt: skip


def list_row(row: Row[Any]) -> dict[str, Any]:
    """One line of the list."""
    title, second, language = two_names(row)
    needed = ((_("class"), row.class_code), (_("opening hours"), row.has_hours), (_("prices"), row.has_tariff))
    lacking = [word for word, is_there in needed if not is_there]
    return {
        "id": row.id,
        "title": title,
        "second": second,
        "language": language,
        "asset_no": row.asset_no,
        "place": place_of(row),
        "state": "retired" if row.state is InstrumentState.WITHDRAWN else row.state.value,
        "state_name": STATES[row.state],
        "lacking": str(_(", ")).join(lacking),
        "free": soon_text(row.next_free_at, ZoneInfo(row.zone)) if row.next_free_at else "",
    }


def source_names(rows: Iterable[Row[Any]]) -> list[tuple[UUID, str]]:
    """(id, name with asset number) for a short list of instruments to copy from."""
    return [(row.id, f"{two_names(row)[0]} · {row.asset_no}") for row in rows]


def source_ways(rows: Iterable[Row[Any]]) -> list[dict[str, Any]]:
    """Instruments to copy from as links, each with what tells it apart: model or second name, place, number."""
    return [
        {
            "label": two_names(row)[0],
            "note": " · ".join(filter(None, (row.model or two_names(row)[1], place_of(row), row.asset_no))),
            "url": url_for("instruments.new", like=row.id),
        }
        for row in rows
    ]


def exported_row(row: Row[Any]) -> list[Any]:
    """One line of the list as a file."""
    yes, no = _("yes"), _("no")
    return [
        row.asset_no, row.name, row.name_zh, STATES[row.state], class_name(row.class_code), row.site, row.building,
        row.room, yes if row.has_hours else no, yes if row.has_tariff else no,
    ]  # fmt: skip


def tabs_of(counts: dict[str, int], show: str) -> list[dict[str, Any]]:
    """All, by state, and those that lack something."""
    names = {
        "": _("All"),
        "incomplete": _("To complete"),
        "draft": _("Drafts"),
        "published": _("In the catalogue"),
        "withdrawn": _("Withdrawn"),
    }
    return [
        {
            "label": label,
            "url": page_url(show=key or None, page=None),
            "current": key == show,
            "count": counts.get(key, 0),
        }
        for key, label in names.items()
    ]


def tasks_of(instrument: Instrument, found: Readiness) -> list[dict[str, Any]]:
    """Describe, hours, prices, rules, publish: each with where it stands and where it is done."""
    missing = str(_(", ")).join(str(FIELDS[name]) for name in found.gaps)
    return [
        {
            "name": _("Describe"),
            "state": "blocked" if found.gaps else "done",
            "text": _("Missing: %(fields)s", fields=missing) if found.gaps else class_name(instrument.class_code),
            "url": url_for("instruments.describe", instrument_id=instrument.id),
        },
        {
            "name": _("Opening hours"),
            "state": "done" if found.has_hours else "open",
            "text": _("Set") if found.has_hours else _("Without hours nobody can book"),
            "url": url_for("schedule.hours", instrument_id=instrument.id),
        },
        {
            "name": _("Prices"),
            "state": "done" if found.tariff else "open",
            "text": _prices_text(found),
            "url": url_for("tariffs.list", instrument_id=instrument.id),
        },
        {
            "name": _("Booking rules"),
            "state": "done",
            "text": _rules_text(found),
            "url": url_for("schedule.rules", instrument_id=instrument.id),
        },
    ]


def _prices_text(found: Readiness) -> str:
    if found.tariff is not None:
        return validity(found.tariff)
    return str(_("The draft waits to be published") if found.draft else _("Without prices nobody can book"))


def _rules_text(found: Readiness) -> str:
    if found.rules is None:
        return str(_("The usual rules hold"))
    return str(_("Needs approval") if found.rules.needs_approval else _("Confirms at once"))
