"""A public declaration as programs get it, the same facts in every feed and in the API; a pilot is called one."""

from typing import Any

from app.core.money import Money
from app.market.open_licences.models import OpenLicence
from app.market.patents.models import Patent


def status_name(open_licence: OpenLicence) -> str:
    """``announced`` or ``pilot``; only the first has the effect of 专利法 art. 51."""
    return "announced" if open_licence.is_open else "pilot"


def facts_of(open_licence: OpenLicence, patent: Patent, url: str) -> dict[str, Any]:
    """Everything public of a declaration: amounts in minor units, rates in per cent, days at home. No person."""
    owner = patent.owner
    return {
        "id": str(open_licence.id),
        "number": open_licence.number,
        "status": status_name(open_licence),
        "can_be_taken": open_licence.is_open,
        "patent": {
            "id": str(patent.id),
            "number": patent.shown_number,
            "kind": patent.kind.value,
            "title": patent.title,
            "title_en": patent.title_en,
            "use": patent.use_text,
            "products": products_of(patent),
            "industry": patent.industry,
            "ipc": list(patent.ipc),
            "locarno": list(patent.locarno),
            "expires_on": patent.expires_on,
            "register_checked_on": patent.register_checked_on,
        },
        "owner": {"code": owner.code, "name": owner.name, "name_en": owner.name_en, "region": owner.region},
        "price": price_of(open_licence),
        "term_months": open_licence.term_months,
        "territory": open_licence.territory,
        "announcement_no": open_licence.announcement_no,
        "announced_on": open_licence.announced_on,
        "withdrawal_filed_on": open_licence.withdrawal_filed_on,
        "url": url,
    }


def products_of(patent: Patent) -> list[str]:
    """What can be made or mended, one by one."""
    return [part.strip() for part in patent.products.replace("，", ",").split(",") if part.strip()]


def price_of(open_licence: OpenLicence) -> dict[str, Any]:
    """The one announced (or, for a pilot, asked) price."""

    def money(minor: int | None) -> dict[str, Any] | None:
        return None if minor is None else Money(minor, open_licence.currency).as_json()

    return {
        "form": open_licence.price_form.value,
        "is_binding": open_licence.is_open,
        "due_now": money(open_licence.due_now_minor),
        "instalments": [
            {"months": int(part["months"]), "amount": money(int(part["minor"]))} for part in open_licence.instalments
        ],
        "rate_percent": f"{open_licence.rate / 100:g}",
        "royalty_base": open_licence.royalty_base.value if open_licence.royalty_base else None,
        "floor": money(open_licence.floor_minor),
        "cap": money(open_licence.cap_minor),
        "period_months": open_licence.period_months,
    }
