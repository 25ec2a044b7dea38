"""What negotiations bring to the application."""

from app.core.audit_words import register_changes
from app.core.i18n import lazy_gettext as _l
from app.core.templating import format_money
from app.core.web import App
from app.market.licences.words import KINDS, reason_word
from app.market.negotiations import contract_views, handlers, models, notices, registration_views, tasks, views
from app.market.negotiations.words import REGISTRATION_STATES, SIDES, STATES

__all__ = ["handlers", "models", "notices", "register", "tasks"]


def register(app: App) -> None:
    """Register pages, subscriptions, the sweep, and what the audit log calls the fields."""
    for pages in (views, contract_views, registration_views):
        app.register_blueprint(pages.bp)
    register_changes(
        "negotiations",
        {"kind": _l("Kind"), "revision": _l("Offer"), "contract": _l("Contract"), "hash": _l("SHA-256 of the text"),
         "state": _l("State"), "reason": _l("Reason"), "licence": _l("Licence no.")},
        {"kind": KINDS, "state": STATES, "reason": reason_word},
    )  # fmt: skip
    register_changes("patents", {"owner": _l("Patent owner")})
    register_changes("contracts", {"hash": _l("SHA-256 of the text"), "side": _l("Side")}, {"side": SIDES})
    register_changes(
        "contract_registrations",
        {"state": _l("State"), "total": _l("Contract value"), "technical": _l("Technology value"), "day": _l("Day")},
        {"state": REGISTRATION_STATES, "total": format_money, "technical": format_money},
    )
