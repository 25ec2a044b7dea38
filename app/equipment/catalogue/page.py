"""The page of one instrument, put together from its description and the panels of other slices."""

from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from flask import url_for

from app.accounts.models import Actor
from app.core.clock import DEFAULT_ZONE
from app.core.i18n import gettext as _
from app.core.templating import format_date, format_money, page_url
from app.equipment.catalogue.queries import instruments_like
from app.equipment.catalogue.showing import owner_title, soon_text, two_names
from app.equipment.instruments.classes import class_path
from app.equipment.instruments.models import Instrument, OperationMode, ShareMode
from app.equipment.instruments.panels import Panel, panels_at
from app.equipment.instruments.pictures import pictures_of
from app.equipment.instruments.policy import InstrumentPolicy


def instrument_page(actor: Actor, instrument: Instrument, arguments: Mapping[str, str]) -> dict[str, Any]:
    """Context of ``equipment/catalogue/show.html``."""
    title, second, language = two_names(instrument)
    tabs = {**{name: panel.label for name, panel in panels_at("tab").items()}, **_own_tabs(instrument)}
    chosen = arguments.get("tab", "")
    tab = chosen if chosen in tabs else next(iter(tabs))
    current = panels_at("tab").get(tab)
    shown: list[Panel] = [*panels_at("main").values(), *panels_at("aside").values(), *([current] if current else [])]
    context: dict[str, Any] = {"instrument": instrument}
    for panel in shown:
        context |= panel.build(actor, instrument, arguments)
    return context | {
        "title": title,
        "second": second,
        "second_language": language,
        "owner_name": owner_name(instrument),
        "crumbs": _crumbs(instrument),
        "facts": _facts(instrument, context),
        "main_panels": [panel.template for panel in panels_at("main").values()],
        "aside_panels": [panel.template for panel in panels_at("aside").values()],
        "tab": tab,
        "tab_panel": current.template if current else None,
        "tabs": [
            {"label": label, "url": page_url(tab=name) + "#about", "current": name == tab}
            for name, label in tabs.items()
        ],
        "details": _details(instrument),
        "rules": [(_("Sharing rule"), instrument.sharing_rule), (_("Fees in words"), instrument.fee_note)],
        "may_edit": InstrumentPolicy.edit(actor, instrument),
        "similar": _similar(instrument),
        "pictures": shown_pictures(instrument),
    }


def shown_pictures(instrument: Instrument) -> list[dict[str, Any]]:
    """Addresses, size and description of an instrument's pictures, in their order."""
    found = []
    for each in pictures_of(instrument.id):
        small, large = (
            url_for("instruments.picture", instrument_id=instrument.id, picture_id=each.id, size=size)
            for size in ("small", "large")
        )
        size = {"width": each.large_width, "height": each.large_height}
        found.append({"id": each.id, "small": small, "large": large, "text": each.text, **size})
    return found


def _similar(instrument: Instrument) -> list[dict[str, str]]:
    """Others of the same class, for those who find this one full."""
    if not instrument.class_code:
        return []
    found = []
    for row in instruments_like(instrument):
        free = soon_text(row.next_free_at, ZoneInfo(row.zone)) if row.next_free_at else ""
        note = " · ".join(filter(None, (owner_title(row), free)))
        url = url_for("instruments.show", instrument_id=row.id)
        found.append({"label": two_names(row)[0], "note": note, "url": url})
    return found


def owner_name(instrument: Instrument) -> str:
    """The institution in the language of the reader."""
    return instrument.owner.called


def _own_tabs(instrument: Instrument) -> dict[str, object]:
    tabs: dict[str, object] = {"description": _("Specifications and functions")}
    if instrument.sharing_rule or instrument.fee_note:
        tabs["rules"] = _("Rules")
    return tabs


def _crumbs(instrument: Instrument) -> list[dict[str, Any]]:
    classes = [
        {"label": each.name, "url": f"{url_for('instruments.list')}?class={each.code}"}
        for each in class_path(instrument.class_code)[-1:]
    ]
    owner = {"label": owner_name(instrument), "url": url_for("instruments.list", owner=instrument.owner.code)}
    return [{"label": _("Instruments"), "url": url_for("instruments.list")}, *classes, owner]


def _facts(instrument: Instrument, context: Mapping[str, Any]) -> list[dict[str, str]]:
    place = " ".join(filter(None, (instrument.site, instrument.building, instrument.room)))
    facts = [{"icon": "map-pin", "text": place}] if place else []
    if instrument.timezone != DEFAULT_ZONE:
        facts.append({"icon": "clock", "text": _("All its times are those of %(zone)s", zone=instrument.zone)})
    words = {
        OperationMode.SELF: _("Self-operated"),
        OperationMode.ASSISTED: _("Operated for you"),
        OperationMode.BOTH: _("Operated for you, or self-operated"),
    }
    facts.append({"icon": "user-check", "text": words[instrument.operation_mode]})
    week = context.get("booking_week")
    if week is not None:
        answer = _("Needs approval") if week.sheet.needs_approval else _("Confirms at once")
        facts.append({"icon": "clock", "text": answer})
    return facts


def _details(instrument: Instrument) -> list[tuple[str, str]]:
    """Terms and texts; the template leaves empty ones out."""
    path = " / ".join(each.name for each in class_path(instrument.class_code))
    value = "" if instrument.value_minor is None else format_money(instrument.value_minor)
    return [
        (_("Model"), instrument.model),
        (_("Manufacturer"), instrument.manufacturer),
        (_("Country of origin"), instrument.country),
        (_("Technique"), instrument.technique),
        (_("Class"), path or instrument.class_code),
        (_("Specifications"), instrument.specifications),
        (_("Functions"), instrument.functions),
        (_("Description"), instrument.description),
        (_("Services"), instrument.services),
        (_("Subjects"), instrument.subjects),
        (_("In service since"), format_date(instrument.in_service_on, "iso") if instrument.in_service_on else ""),
        (_("Original value"), value),
        (_("Department"), str(instrument.extra.get("Department", ""))),
        (_("Sharing"), share_mode_name(instrument.share_mode)),
        (_("Customs supervision"), _("yes") if instrument.is_customs_supervised else ""),
        (_("Contact"), ", ".join(filter(None, (instrument.contact_name, instrument.contact_phone)))),
        (_("Asset no."), instrument.asset_no),
    ]


def share_mode_name(mode: ShareMode) -> str:
    """共享模式 in words."""
    return {
        ShareMode.NONE: str(_("Not shared")),
        ShareMode.INTERNAL: str(_("Within the institution")),
        ShareMode.EXTERNAL: str(_("With everybody")),
    }[mode]
