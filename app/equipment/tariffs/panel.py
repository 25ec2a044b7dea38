"""The prices on an instrument's public page, with the reader's own column marked."""

from collections.abc import Mapping
from typing import Any

from app.accounts.models import Actor
from app.core.clock import today
from app.core.i18n import lazy_gettext as _l
from app.equipment.instruments.models import Instrument
from app.equipment.instruments.panels import Panel, register_panel
from app.equipment.tariffs.labels import price_table
from app.equipment.tariffs.queries import payer_class, tariff_on


def prices_panel(actor: Actor, instrument: Instrument, arguments: Mapping[str, str]) -> dict[str, Any]:
    """Context of ``equipment/tariffs/panel.html``: the prices in force today at the place."""
    tariff = tariff_on(instrument.id, today(instrument.timezone))
    mine = payer_class(actor.organisation, instrument.owner_id)
    return {"prices_table": price_table(tariff, mine) if tariff else None}


def register_prices_panel() -> None:
    """Put the prices beside the description of every instrument."""
    register_panel("prices", Panel("tab", "equipment/tariffs/panel.html", prices_panel, label=_l("Prices")))
