"""Royalties on the page of their licence: the periods that have begun, and the report that is due next."""

from collections.abc import Mapping
from typing import Any

from app.accounts.models import Actor
from app.core.clock import today
from app.core.i18n import gettext as _
from app.core.templating import format_date
from app.market.licences.models import Licence
from app.market.royalties.models import PeriodState
from app.market.royalties.queries import periods_of
from app.market.royalties.words import PERIOD_BADGES, PERIOD_STATES

TEMPLATE = "market/royalties/_licence_panel.html"


def royalties_of(_actor: Actor, licence: Licence) -> Mapping[str, Any]:
    """Rows for the table and clocks for the licence; nothing for a licence without royalties or before its effect."""
    if not licence.price_form.has_royalty or licence.effective_on is None:
        return {}
    day = today()
    periods = [one for one in periods_of(licence.id) if one.starts_on <= day]
    waiting = next((one for one in periods if one.state in {PeriodState.OPEN, PeriodState.DUE}), None)
    clocks = []
    if waiting is not None and licence.is_live:
        note = "" if waiting.state is PeriodState.DUE else _("opens on %(day)s", day=format_date(waiting.ends_on))
        clocks.append({"name": _("Royalty report"), "day": waiting.due_on, "amount": 0, "note": note,
                       "left": (waiting.due_on - day).days})  # fmt: skip
    return {
        "royalty_periods": periods, "period_states": PERIOD_STATES, "period_badges": PERIOD_BADGES,
        "royalty_total": sum(one.reports[-1].due_minor for one in periods if one.reports), "clocks": clocks,
    }  # fmt: skip
