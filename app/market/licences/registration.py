"""What licences bring to the application."""

from typing import Any
from uuid import UUID

from app.core.audit_words import register_changes
from app.core.db import session
from app.core.i18n import lazy_gettext as _l
from app.core.templating import format_money
from app.core.web import App
from app.files.policy import register_subject
from app.market.licences import handlers, notice_views, notices, tasks, views
from app.market.licences.books import register_books
from app.market.licences.earlier import earlier_prices
from app.market.licences.models import Licence
from app.market.licences.operations import SUBJECT
from app.market.licences.panels import register_panel
from app.market.licences.policy import LicencePolicy
from app.market.licences.reliefs import annuity_panel, open_reliefs
from app.market.licences.reviving import revive_notice
from app.market.licences.words import DISPUTE_STATES, REVIEWS, STATES, reason_word
from app.market.open_licences.estimates import register_earlier
from app.market.patents.reliefs import register_reliefs
from app.settlement.fee_notes.reviving import register_reviver

__all__ = ["handlers", "notices", "register", "tasks"]


def register(app: App) -> None:
    """Register pages, subscriptions, the nightly task, and what the audit log calls the fields."""
    app.register_blueprint(views.bp)
    app.register_blueprint(notice_views.bp)
    register_subject(views.SUBJECT, _may_read)
    register_earlier(earlier_prices)
    register_reliefs(open_reliefs)
    register_reviver(SUBJECT, revive_notice)
    register_panel("market/licences/_annuity.html", annuity_panel)
    register_books()
    register_changes(
        "licences",
        {"state": _l("State"), "number": _l("Licence no."), "hash": _l("SHA-256 of the notice"),
         "reason": _l("Reason"), "filing_no": _l("Filing no."), "filed_on": _l("Filed on"),
         "amount": _l("Amount"), "reminder": _l("Reminder"), "review": _l("To look at"), "stands": _l("Stands")},
        {"state": STATES, "review": REVIEWS, "reason": reason_word, "amount": format_money},
    )  # fmt: skip
    register_changes("licence_disputes", {"state": _l("State"), "claim": _l("Claim")}, {"state": DISPUTE_STATES})


def _may_read(actor: Any, licence_id: UUID | None) -> bool:
    """Both sides and the operator read what belongs to a licence."""
    licence = session.get(Licence, licence_id) if licence_id else None
    return licence is not None and LicencePolicy.view(actor, licence)
