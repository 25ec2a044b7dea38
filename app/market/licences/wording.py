"""The statutory notice as the patentee gets it, rendered in full from its fields (专利法 art. 51)."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from babel.dates import format_date

from app.accounts.models import Organisation, OrganisationKind
from app.core.i18n import current_locale, force_locale
from app.core.i18n import gettext as _
from app.core.money import Money
from app.core.templating import format_money
from app.market.open_licences.models import OpenLicence, PriceForm
from app.market.open_licences.wording import price_words


@dataclass(frozen=True, slots=True)
class NoticeFields:
    """What the licensee writes: what is made, used or sold, where, from which day, and who answers questions."""

    product: str
    place: str
    starts_on: date
    contact_name: str
    contact_phone: str = ""
    address: str = ""


def party_of(licensee: Organisation, fields: NoticeFields) -> dict[str, Any]:
    """The licensee as it stands in the papers; a private person has no code in them."""
    is_person = licensee.kind is OrganisationKind.PERSON
    return {
        "name": licensee.name,
        "name_en": licensee.name_en,
        "code": "" if is_person else licensee.code,
        "address": fields.address or licensee.address,
        "is_person": is_person,
        "is_verified": licensee.is_verified,
    }


def notice_parts(declaration: OpenLicence, party: dict[str, Any], fields: NoticeFields, day: date) -> list[str]:
    """The paragraphs of the notice in the language of the office, Chinese."""
    patent = declaration.patent
    with force_locale("zh_CN"):
        names = _(", ").join(holder.name for holder in patent.holders) or declaration.owner.name
        who = _("Licensee: %(name)s", name=party["name"])
        who += _(", unified social credit code %(code)s", code=party["code"]) if party["code"] else ""
        who += _(", address: %(address)s", address=party["address"]) if party["address"] else ""
        contact = " ".join(filter(None, (fields.contact_name, fields.contact_phone)))
        return [
            _("Notice of use under an open patent licence"),
            _("To: %(names)s", names=names),
            _("Under article 51 (1) of the Patent Law we notify you that we will use the following patent on the terms "
              "that CNIPA has announced under no. %(number)s:", number=declaration.announcement_no),
            f"{patent.shown_number} {patent.title}",
            _("%(who)s; contact: %(contact)s.", who=who, contact=contact),
            _("Use: %(product)s. Place: %(place)s. From %(day)s.",
              product=fields.product.rstrip("。."), place=fields.place, day=long_date(fields.starts_on)),
            payment_words(declaration),
            f"{party['name']}\n{long_date(day)}",
        ]  # fmt: skip


def payment_words(declaration: OpenLicence) -> str:
    """How the announced fee is paid, in the current language."""
    if declaration.price_form is PriceForm.FREE:
        return _("The licence is free of charge, as announced.")
    price = price_words(declaration)
    if not declaration.due_now_minor:
        return _("The fee is paid as announced: %(price)s; nothing is due with this notice.", price=price)
    due = format_money(Money(declaration.due_now_minor, declaration.currency))
    return _("The fee is paid as announced: %(price)s; with this notice %(amount)s.", price=price, amount=due)


def text_of(parts: list[str]) -> str:
    """The notice as one text; its hash is that of this text."""
    return "\n\n".join(parts)


def long_date(day: date) -> str:
    """A day with its year, as papers have it: 2026年12月1日, 1 December 2026."""
    return str(format_date(day, "long" if current_locale() == "zh_CN" else "d MMMM y", locale=current_locale()))
