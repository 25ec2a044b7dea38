"""Comparing: the tray under the catalogue and the page on which up to four instruments stand side by side."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import url_for
from sqlalchemy import Row

from app.accounts.models import Actor
from app.core.i18n import gettext as _
from app.core.i18n import ngettext
from app.core.picking import MOST_PICKED
from app.core.templating import format_date, format_hours, format_money
from app.equipment.catalogue.filters import Filters, address
from app.equipment.catalogue.page import owner_name
from app.equipment.catalogue.queries import Compared, compared_instruments
from app.equipment.catalogue.showing import soon_text, two_names
from app.equipment.instruments.classes import class_icon, class_name
from app.equipment.instruments.models import Instrument, OperationMode
from app.equipment.settings import settings
from app.equipment.tariffs.pricing import price
from app.equipment.tariffs.queries import payer_class

USUAL_MINUTES = 60
MOST_SPECIFICATIONS = 30
_PAIR = re.compile(r"\s*([^:：]{1,40})[:：]\s*(\S.*)", re.S)
_SEPARATORS = re.compile(r"[;；\n]")


@dataclass(frozen=True, slots=True)
class Line:
    """One row of the comparison; a dash stands where an instrument says nothing."""

    name: str
    cells: tuple[str, ...]

    @property
    def differs(self) -> bool:
        return len(set(self.cells)) > 1


def tray(filters: Filters, picked: Sequence[Row[Any]]) -> dict[str, Any] | None:
    """What the tray shows: the picked ones, each with the address without it; None when nothing is picked."""
    if not picked:
        return None
    ids = [row.id for row in picked]
    return {
        "count": len(ids),
        "ids": ids,
        "full": ",".join(str(each) for each in ids) if len(ids) == MOST_PICKED else "",
        "is_refused": filters.is_pick_refused,
        "items": [
            {
                "label": two_names(row)[0],
                "url": url_for("instruments.list", **address(filters, pick=[str(one) for one in ids if one != row.id])),
            }
            for row in picked
        ],
        "compare_url": url_for("instruments.compare", pick=[str(each) for each in ids]),
        "compare_label": ngettext("Compare %(num)s", "Compare %(num)s", len(ids)),
        "clear_url": url_for("instruments.list", **address(filters, pick=[])),
    }


def compare_page(actor: Actor, picks: Sequence[UUID]) -> dict[str, Any]:
    """Context of ``equipment/catalogue/compare.html``."""
    found = compared_instruments(actor, picks)
    ids = [each.instrument.id for each in found]
    return {
        "columns": [_column(each, ids) for each in found],
        "groups": [
            (_("Booking"), _lines(found, _booking(actor))),
            (_("Instrument"), _lines(found, _described())),
            (_("Specifications"), _specification_lines([each.instrument for each in found])),
        ],
        "list_url": url_for("instruments.list", pick=[str(each) for each in ids]),
        "most": MOST_PICKED,
    }


def _column(each: Compared, ids: Sequence[UUID]) -> dict[str, Any]:
    title, second, language = two_names(each.instrument)
    others = [str(one) for one in ids if one != each.instrument.id]
    return {
        "title": title,
        "second": second,
        "picture": each.picture_id
        and url_for("instruments.picture", instrument_id=each.instrument.id, picture_id=each.picture_id, size="small"),
        "language": language,
        "mark": class_icon(each.instrument.class_code),
        "url": url_for("instruments.show", instrument_id=each.instrument.id),
        "without_url": url_for("instruments.compare", pick=others) if others else url_for("instruments.list"),
    }


def _lines(found: Sequence[Compared], rows: Mapping[str, Callable[[Compared], str]]) -> list[Line]:
    """The rows in which at least one instrument says something."""
    lines = [Line(name, tuple(text(each) or "–" for each in found)) for name, text in rows.items()]
    return [line for line in lines if set(line.cells) != {"–"}]


def _booking(actor: Actor) -> dict[str, Callable[[Compared], str]]:
    return {
        _("My price"): lambda each: _my_price(actor, each),
        _("Next free"): _next_free,
        _("Approval"): lambda each: _("Needs approval") if each.needs_approval else _("Confirms at once"),
        _("Answer time"): _answer_time,
        _("Shortest booking"): lambda each: format_hours(each.rules.shortest),
        _("Longest booking"): lambda each: format_hours(each.rules.longest),
        _("Book ahead at least"): lambda each: format_hours(each.rules.notice),
    }


def _my_price(actor: Actor, each: Compared) -> str:
    """What the usual length costs: an hour, or what the rules allow nearest to it."""
    payer = payer_class(actor.organisation, each.instrument.owner_id)
    if each.terms is None or payer not in each.terms.classes:
        return ""
    length = max(each.rules.shortest, min(USUAL_MINUTES, each.rules.longest))
    amount = format_money(price(each.terms, payer, length).total)
    return str(_("%(amount)s for %(length)s", amount=amount, length=format_hours(length)))


def _next_free(each: Compared) -> str:
    if each.offer is None or each.offer.next_free_at is None:
        return ""
    return soon_text(each.offer.next_free_at, each.instrument.timezone)


def _answer_time(each: Compared) -> str:
    if not each.needs_approval:
        return str(_("at once"))
    if each.answer_minutes is None:
        days = settings.number("approval_days")
        return str(ngettext("within %(num)s working day", "within %(num)s working days", days))
    hours = max(1, round(each.answer_minutes / 60))
    return str(ngettext("usually within %(num)s hour", "usually within %(num)s hours", hours))


def _place(each: Compared) -> str:
    return " ".join(filter(None, (each.instrument.building, each.instrument.room))) or each.instrument.site


def _operation(each: Compared) -> str:
    return str({
        OperationMode.SELF: _("Self-operated"),
        OperationMode.ASSISTED: _("Operated for you"),
        OperationMode.BOTH: _("Operated for you, or self-operated"),
    }[each.instrument.operation_mode])  # fmt: skip


def _described() -> dict[str, Callable[[Compared], str]]:
    return {
        _("Owner institution"): lambda each: owner_name(each.instrument),
        _("Place"): _place,
        _("Model"): lambda each: each.instrument.model,
        _("Manufacturer"): lambda each: each.instrument.manufacturer,
        _("Class"): lambda each: class_name(each.instrument.class_code) if each.instrument.class_code else "",
        _("Technique"): lambda each: each.instrument.technique,
        _("Who operates it"): _operation,
        _("Functions"): lambda each: each.instrument.functions,
        _("In service since"): lambda each: (
            format_date(each.instrument.in_service_on, "iso") if each.instrument.in_service_on else ""
        ),
    }


def _specification_lines(instruments: Sequence[Instrument]) -> list[Line]:
    """The union of what the specifications name, in the order of first naming."""
    known = [specifications_of(each.specifications) for each in instruments]
    names = list(dict.fromkeys(name for pairs in known for name in pairs))[:MOST_SPECIFICATIONS]
    return [Line(name or str(_("Specifications")), tuple(pairs.get(name, "–") for pairs in known)) for name in names]


def specifications_of(text: str) -> dict[str, str]:
    """Specifications as pairs: ``Resolution: 1 nm; Voltage: 0.2–30 kV``. What has no name stays under ``""``."""
    pairs: dict[str, str] = {}
    for part in filter(str.strip, _SEPARATORS.split(text)):
        found = _PAIR.fullmatch(part)
        name, value = (found[1].strip(), found[2].strip()) if found else ("", part.strip())
        pairs[name] = "; ".join(filter(None, (pairs.get(name), value)))
    return pairs
