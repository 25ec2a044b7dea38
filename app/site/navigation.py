"""Every way through the site on one page: the top bar, the side of the desk, the account menu."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import current_app, request, url_for

from app.accounts.identity import current_actor
from app.accounts.models import Actor, OrganisationKind, Role
from app.core.i18n import gettext as _
from app.core.i18n import lazy_gettext as _l

Shown = Callable[[Actor], bool]


def anybody(_actor: Actor) -> bool:
    return True


def acting(actor: Actor) -> bool:
    return actor.organisation is not None


def institution(actor: Actor) -> bool:
    return actor.organisation is not None and actor.organisation.kind is OrganisationKind.INSTITUTION


def customer(actor: Actor) -> bool:
    return actor.organisation is not None and actor.organisation.kind is not OrganisationKind.OPERATOR


def operator(*roles: Role) -> Shown:
    return lambda actor: actor.operates(*(roles or (Role.OWNER, Role.VERIFIER, Role.SETTLEMENT, Role.AUDITOR)))


PAPERS = (Role.OWNER, Role.FINANCE)  # who reads bills and statements


def of(kind: Shown, *roles: Role) -> Shown:
    """People of that kind of organisation with one of the roles."""
    return lambda actor: kind(actor) and bool(actor.roles.intersection(roles))


@dataclass(frozen=True, slots=True)
class Link:
    """One way on; hidden where its endpoint is not part of this installation."""

    label: object
    endpoint: str
    icon: str
    shown: Shown = anybody
    blueprint: str = ""


TOP = (
    Link(_l("Instruments"), "instruments.list", "microscope"),
    Link(_l("Patent licences"), "portal.list", "lightbulb"),
    Link(_l("Desk"), "site.desk", "inbox", acting),
)

DESK: tuple[tuple[object, tuple[Link, ...]], ...] = (
    ("", (Link(_l("To do"), "site.desk", "inbox"),)),
    (
        _l("Using"),
        (
            Link(_l("My bookings"), "reservations.list", "calendar", customer),
            Link(_l("Hours to confirm"), "usage.to_confirm", "timer", customer),
            Link(_l("Bills"), "bills.list", "receipt-text", of(customer, *PAPERS)),
            Link(_l("Fee notes"), "fee_notes.list", "wallet", of(customer, *PAPERS)),
            Link(_l("My licences"), "licences.list", "file-badge", customer),
            Link(_l("Royalties"), "royalties.list", "coins", customer),
        ),
    ),
    (
        _l("Instruments"),
        (
            Link(_l("Requests and bookings"), "requests.list", "clipboard-list", institution),
            Link(_l("Schedule"), "requests.schedule", "calendar-days", institution),
            Link(_l("Hours to review"), "usage.review", "clipboard-check", institution),
            Link(_l("Our instruments"), "instruments.mine", "microscope", institution),
            Link(_l("Import and export"), "exchange.new", "file-up", institution),
            Link(_l("Figures"), "statistics.institution", "chart-column", institution),
        ),
    ),
    (
        _l("Patents"),
        (
            Link(_l("Our patents"), "patents.mine", "lightbulb", customer),
            Link(_l("Declarations"), "open_licences.mine", "stamp", customer),
            Link(_l("Licences given"), "licences.given", "file-badge", customer),
            Link(_l("Negotiations"), "negotiations.list", "handshake", of(customer, Role.OWNER, Role.TRANSFER)),
            Link(_l("Interest in our patents"), "portal.interests", "message-square",
                 of(institution, Role.OWNER, Role.TRANSFER)),
            Link(_l("Referrals"), "referrals.list", "send", customer),
        ),
    ),
    (
        _l("Settling"),
        (
            Link(_l("Monthly statements"), "statements.list", "receipt-text", of(institution, *PAPERS)),
            Link(_l("Income shares"), "income.list", "coins", of(institution, *PAPERS, Role.TRANSFER, Role.INVENTOR)),
            Link(_l("This month’s charges"), "charges.list", "list", of(institution, *PAPERS)),
        ),
    ),
    (
        _l("Operator"),
        (
            Link(_l("Overview"), "statistics.operator", "chart-column", operator()),
            Link(_l("Organisations"), "admin_organisations.list", "building-2", operator(Role.VERIFIER, Role.OWNER)),
            Link(_l("Open licences"), "announcements.list", "stamp", operator(Role.VERIFIER, Role.OWNER)),
            Link(_l("Licences to look at"), "licences.reviews", "file-badge", operator(Role.VERIFIER)),
            Link(_l("Referrals"), "referrals.list", "send", operator(Role.VERIFIER, Role.OWNER)),
            Link(_l("Disputes"), "disputes.list", "scale", operator(Role.SETTLEMENT)),
            Link(_l("Months"), "months.list", "calendar-check", operator(Role.SETTLEMENT)),
            Link(_l("Bank transfers"), "bank_lines.list", "landmark", operator(Role.SETTLEMENT)),
            Link(_l("Receivables"), "receivables.list", "receipt-text", operator(Role.SETTLEMENT)),
            Link(_l("Fee notes"), "fee_notes.list", "wallet", operator(Role.SETTLEMENT)),
            Link(_l("Refunds"), "refunds.list", "undo-2", operator(Role.SETTLEMENT)),
            Link(_l("Held proceeds"), "proceeds.list", "scale", operator(Role.SETTLEMENT)),
            Link(_l("Payouts"), "payouts.list", "banknote", operator(Role.SETTLEMENT)),
            Link(_l("Credit notes"), "credit_notes.list", "undo-2", operator(Role.SETTLEMENT)),
            Link(_l("Books"), "ledger.list", "book-open-text", operator(Role.SETTLEMENT, Role.AUDITOR)),
            Link(_l("Technology contracts"), "contract_registrations.statistics", "chart-column", operator()),
            Link(_l("Audit log"), "admin_audit.list", "scroll-text", operator(Role.AUDITOR, Role.OWNER)),
            Link(_l("Settings"), "admin_settings.list", "settings", operator(Role.OWNER)),
        ),
    ),
    (
        _l("Organisation"),
        (
            Link(_l("Organisation profile"), "organisations.mine", "building-2", acting),
        ),
    ),
)  # fmt: skip

ACCOUNT = (
    Link(_l("Profile"), "people.profile", "user"),
    Link(_l("My organisations"), "organisations.mine", "building-2"),
    Link(_l("My watches"), "watches.list", "bell-ring"),
    Link(_l("Signed-in devices"), "sessions.list", "monitor"),
    Link(_l("API tokens"), "tokens.list", "key-round"),
)


def _items(links: tuple[Link, ...], actor: Actor) -> list[dict[str, Any]]:
    known = current_app.view_functions
    return [
        {
            "label": link.label,
            "url": url_for(link.endpoint),
            "icon": link.icon,
            "current": request.endpoint == link.endpoint,
        }
        for link in links
        if link.endpoint in known and link.shown(actor)
    ]


def desk_groups(actor: Actor) -> list[dict[str, Any]]:
    """The side of the desk: groups that have anything to show to this actor."""
    if actor.user is None:
        return []
    groups = [{"label": label, "items": _items(links, actor)} for label, links in DESK]
    return [group for group in groups if group["items"]]


def switch_locale_url(locale: str) -> str:
    """This page in the other language."""
    here = request.full_path.rstrip("?") if request.method == "GET" else "/"
    return url_for("site.language", locale=locale, next=here)


def template_globals() -> dict[str, Any]:
    """What the layout shows around every page."""
    if request.endpoint == "static":
        return {"switch_locale_url": switch_locale_url}
    actor = current_actor()
    return {
        "navigation": _items(TOP, actor),
        "desk_navigation": desk_groups(actor),
        "account_navigation": _items(ACCOUNT, actor) if actor.user else [],
        "switch_locale_url": switch_locale_url,
        "search_url": url_for("instruments.list") if "instruments.list" in current_app.view_functions else "/",
        "footer_links": [
            {"label": _("Loans on patents and IP services"), "url": url_for("referrals.offered")},
            {"label": _("API"), "url": "/api/v1/openapi.json"},
            {"label": _("Accessibility"), "url": url_for("site.accessibility")},
            {"label": _("Terms and fees"), "url": url_for("site.terms")},
        ],
    }
