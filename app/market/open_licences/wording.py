"""Prices, states and forms in the reader's words, used on cards, pages, notices, feeds and papers."""

from decimal import Decimal
from typing import Any

from app.core.i18n import gettext as _
from app.core.i18n import lazy_gettext as _l
from app.core.templating import format_money
from app.market.open_licences.models import (
    CodeWay,
    Consent,
    ConsentRole,
    ConsentState,
    DeclarationState,
    OpenLicence,
    PriceForm,
    RoyaltyBase,
)
from app.market.open_licences.prices import Priced
from app.notifications.telephones import masked

STATE_NAMES = {
    DeclarationState.DRAFT: _l("Declaration in draft"),
    DeclarationState.CONSENTING: _l("Consents and publicity"),
    DeclarationState.READY: _l("Ready to file"),
    DeclarationState.FILED: _l("Filed with CNIPA"),
    DeclarationState.CORRECTION: _l("To be corrected"),
    DeclarationState.GIVEN_UP: _l("Given up before filing"),
    DeclarationState.REFUSED: _l("Not announced"),
    DeclarationState.ANNOUNCED: _l("Announced"),
    DeclarationState.WITHDRAWING: _l("Withdrawal filed"),
    DeclarationState.WITHDRAWN: _l("Withdrawn by the patentee"),
    DeclarationState.EXPIRED: _l("Patent expired"),
    DeclarationState.LAPSED: _l("Patent lapsed"),
}
STATE_BADGES = {
    DeclarationState.DRAFT: "draft", DeclarationState.CONSENTING: "pending", DeclarationState.READY: "confirmed",
    DeclarationState.FILED: "issued", DeclarationState.CORRECTION: "returned", DeclarationState.GIVEN_UP: "closed",
    DeclarationState.REFUSED: "refused",
    DeclarationState.ANNOUNCED: "announced", DeclarationState.WITHDRAWING: "pending",
    DeclarationState.WITHDRAWN: "closed", DeclarationState.EXPIRED: "expired", DeclarationState.LAPSED: "expired",
}  # fmt: skip
FORM_NAMES = {
    PriceForm.FREE: _l("Free of charge"),
    PriceForm.LUMP_SUM: _l("Lump sum"),
    PriceForm.INSTALMENTS: _l("Instalments"),
    PriceForm.ROYALTY: _l("Royalty"),
    PriceForm.UPFRONT_ROYALTY: _l("Upfront fee and royalty"),
}
BASE_NAMES = {
    RoyaltyBase.NET_SALES: _l("net sales"),
    RoyaltyBase.PROFIT: _l("profit"),
    RoyaltyBase.OUTPUT_VALUE: _l("added output value"),
}
ROLE_NAMES = {ConsentRole.CO_OWNER: _l("Co-owner"), ConsentRole.PLEDGEE: _l("Pledgee")}
CONSENT_NAMES = {
    ConsentState.ASKED: _l("Asked"),
    ConsentState.AGREED: _l("Agreed"),
    ConsentState.REFUSED: _l("Refused"),
    ConsentState.VOID: _l("Void"),
}
WAY_NAMES = {CodeWay.MAIL: _l("Mail"), CodeWay.TEXT: _l("Text message")}

RETURN_REASONS = {
    "register": _l("differs from the register"),
    "price": _l("price not clear"),
    "use": _l("use not understandable"),
    "advertising": _l("advertising language"),
    "other": _l("another reason"),
}


def territory_words(code: str) -> str:
    """Where a licence holds, in the reader's language."""
    return _("in China") if code == "CN" else code


def return_words(open_licence: OpenLicence) -> str:
    """Why the operator has sent a declaration back, in one line."""
    words = [str(RETURN_REASONS.get(one, one)) for one in open_licence.return_reasons]
    return _("; ").join([*words, *([open_licence.return_note] if open_licence.return_note else [])])


def state_name(state: DeclarationState | str) -> object:
    """How a state of a declaration is called."""
    return STATE_NAMES[DeclarationState(state)]


def state_look(state: DeclarationState | str) -> str:
    """How a declaration's state is shown, for templates: the name of a badge."""
    return STATE_BADGES[DeclarationState(state)]


def per_cent(rate: int) -> str:
    """Basis points as a share, e.g. ``2.5%`` for 250."""
    return f"{Decimal(int(rate)).scaleb(-2).normalize():f}%"


def price_words(price: Priced) -> str:
    """An announced price as one plain sentence in the reader's language, without a full stop.

    E.g. ``¥30,000.00 once``, or ``2% of net sales, reported every 12 months, at least ¥5,000.00 each time``.
    """
    if price.price_form is PriceForm.FREE:
        return _("Free of charge")
    if price.price_form is PriceForm.LUMP_SUM:
        return _("%(amount)s once", amount=format_money(int(price.lump_minor)))
    if price.price_form is PriceForm.INSTALMENTS:
        return _instalment_words(price.instalments)
    royalty = _royalty_words(price)
    if price.price_form is PriceForm.UPFRONT_ROYALTY:
        return _("%(amount)s upfront, then %(royalty)s", amount=format_money(int(price.upfront_minor)), royalty=royalty)
    return royalty


def _instalment_words(parts: list[Any]) -> str:
    known = sorted((int(part["months"]), int(part["minor"])) for part in parts)
    each = [
        _("%(amount)s after %(months)s months", amount=format_money(amount), months=months)
        if months
        else _("%(amount)s with the notice", amount=format_money(amount))
        for months, amount in known
    ]
    total = format_money(sum(amount for _months, amount in known))
    return _("%(total)s in instalments: %(parts)s", total=total, parts=_(", ").join(each))


def _royalty_words(price: Priced) -> str:
    base = str(BASE_NAMES[RoyaltyBase(price.royalty_base)])
    if price.rate_steps:
        steps = sorted((int(step["from_minor"]), int(step["rate"])) for step in price.rate_steps)
        each = [
            _("%(rate)s above %(amount)s", rate=per_cent(rate), amount=format_money(start)) for start, rate in steps
        ]
        share = _("a share of %(base)s: %(steps)s", base=base, steps=_(", ").join(each))
    else:
        share = _("%(rate)s of %(base)s", rate=per_cent(price.rate), base=base)
    parts = [share, _("reported every %(months)s months", months=int(price.period_months))]
    if price.floor_minor:
        parts.append(_("at least %(amount)s each time", amount=format_money(int(price.floor_minor))))
    if price.cap_minor is not None:
        parts.append(_("at most %(amount)s each time", amount=format_money(int(price.cap_minor))))
    return _(", ").join(parts)


def hidden(email: str) -> str:
    """An address with most of its name left out: ``z•••@lab.example``."""
    name, _at, host = email.partition("@")
    return f"{name[:1]}•••@{host}"


def proof_words(consent: Consent) -> str:
    """With what the party proved who it is, its address left out for the most part; "" before a code was sent."""
    if consent.code_way is CodeWay.TEXT:
        return _("Code by text message to %(phone)s", phone=masked(consent.phone))
    if consent.code_way is CodeWay.MAIL:
        return _("Code by mail to %(email)s", email=hidden(consent.email))
    return ""
