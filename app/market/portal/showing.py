"""Rows, filters and prices of the portal in the words of its templates."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from flask import current_app, url_for
from sqlalchemy import Row

from app.accounts.models import Organisation
from app.accounts.regions import region_name
from app.core.i18n import current_locale, ngettext
from app.core.i18n import gettext as _
from app.core.i18n import lazy_gettext as _l
from app.core.money import Money
from app.core.templating import format_date, format_money
from app.market.open_licences.models import OpenLicence, PriceForm, RoyaltyBase
from app.market.patents.models import Patent
from app.market.patents.words import KIND_NAMES
from app.market.portal.filters import Filters, address, lists, without, yuan
from app.market.portal.queries import Counts, cost
from app.market.portal.understanding import plain_words
from app.search.words import fold

MOST_SHOWN = 6
STATUS_NAMES = {
    "announced": _l("Announced: can be taken"),
    "pilot": _l("Pilot: not yet"),
    "private": _l("No announced terms: talk"),
}
FORM_NAMES = {
    PriceForm.FREE: _l("Free of charge"),
    PriceForm.LUMP_SUM: _l("Lump sum"),
    PriceForm.INSTALMENTS: _l("Instalments"),
    PriceForm.ROYALTY: _l("Royalty"),
    PriceForm.UPFRONT_ROYALTY: _l("Upfront plus royalty"),
}
BASE_NAMES = {
    RoyaltyBase.NET_SALES: _l("of net sales"),
    RoyaltyBase.PROFIT: _l("of profit"),
    RoyaltyBase.OUTPUT_VALUE: _l("of added output value"),
}
SECTIONS = {
    "A": _l("Human necessities"), "B": _l("Operations; transport"), "C": _l("Chemistry; metallurgy"),
    "D": _l("Textiles; paper"), "E": _l("Fixed constructions"), "F": _l("Mechanics; lighting; heating; weapons"),
    "G": _l("Physics"), "H": _l("Electricity"),
}  # fmt: skip


def two_titles(patent: Patent) -> tuple[str, str, str]:
    """(title, second line, its language): the Chinese title first in Chinese, second in English."""
    if not patent.title_en:
        return patent.title, "", ""
    if current_locale() == "en":
        return patent.title_en, patent.title, "zh-CN"
    return patent.title, patent.title_en, "en"


def name_of(organisation: Organisation) -> str:
    """An organisation in the language of the reader."""
    return organisation.name_en if current_locale() == "en" and organisation.name_en else organisation.name


def whole(minor: int) -> str:
    """An amount for a narrow column: ``50,000``, fen only where there are any."""
    return format_money(Money(minor), symbol=False).removesuffix(".00")


def percent(rate: int) -> str:
    """Basis points as ``2%``."""
    return f"{rate / 100:g}%"


def rate_text(priced: OpenLicence) -> str:
    """``2%``, or the lowest and highest of several rates."""
    if not priced.price_form.has_royalty:
        return ""
    rates = sorted({int(step["rate"]) for step in priced.rate_steps} or {priced.rate})
    return percent(rates[0]) if len(rates) == 1 else f"{percent(rates[0])}–{percent(rates[-1])}"


def price_cells(priced: OpenLicence) -> dict[str, str]:
    """What stands in the columns: paid at once, paid later, royalty with its base."""
    later = [part for part in priced.instalments if int(part["months"]) > 0]
    now_due = priced.due_now_minor
    return {
        "first": _("free") if priced.price_form is PriceForm.FREE else whole(now_due) if now_due else "",
        "later": whole(sum(int(part["minor"]) for part in later)) if later else "",
        "later_note": ngettext("in %(num)d payment", "in %(num)d payments", len(later)) if later else "",
        "rate": rate_text(priced),
        "base": str(BASE_NAMES[priced.royalty_base]) if priced.royalty_base and priced.price_form.has_royalty else "",
    }


def price_line(priced: OpenLicence) -> str:
    """The price in a few words, as on a phone."""
    cells = price_cells(priced)
    if priced.price_form is PriceForm.FREE:
        return str(_("Free of charge"))
    parts = [_("¥%(amount)s at once", amount=cells["first"])] if cells["first"] else []
    parts += [_("¥%(amount)s later", amount=cells["later"])] if cells["later"] else []
    parts += [f"{cells['rate']} {cells['base']}"] if cells["rate"] else []
    return str(_(", then ").join(parts))


def list_rows(rows: Iterable[Row[Any]], filters: Filters) -> list[dict[str, Any]]:
    """The lines of the list."""
    words = plain_words(filters.q) if filters.q else []
    return [_list_row(row, filters, words) for row in rows]


def _list_row(row: Row[Any], filters: Filters, words: Sequence[str]) -> dict[str, Any]:
    patent, priced = row.Patent, row.OpenLicence
    title, _second, _language = two_titles(patent)
    total = cost(priced, filters.sales)
    until = patent.expires_on - timedelta(days=1)  # the last day of protection
    return {
        "id": patent.id,
        "url": url_for("portal.show", patent_id=patent.id),
        "status": row.status,
        "title": title,
        "number": patent.shown_number,
        "kind": KIND_NAMES[patent.kind],
        "owner": name_of(patent.owner),
        "taken": ngettext("%(num)d licence taken", "%(num)d licences taken", row.taken) if row.taken else "",
        "match": match_text(patent, words),
        "price": price_cells(priced) if priced else None,
        "line": price_line(priced) if priced else "",
        "total": "" if total is None else whole(total),
        "until": until.isoformat(),
        "checked": format_date(patent.register_checked_on, "iso") if patent.register_checked_on else "",
    }


def found_in(patent: Patent, word: str) -> str:
    """In which of a patent's texts a word stands: use, product, title or ipc; empty when in none of them."""
    texts = (("use", patent.use_text), ("product", patent.products), ("title", f"{patent.title} {patent.title_en}"))
    for name, text in texts:
        if word in fold(text):
            return name
    return "ipc" if any(symbol.lower().startswith(word) for symbol in patent.ipc) else ""


def place_names() -> dict[str, str]:
    """How those texts are called beside a word."""
    return {"use": _("its use"), "product": _("product"), "title": _("title"), "ipc": "IPC"}


def match_text(patent: Patent, words: Sequence[str]) -> str:
    """Why a patent is in the list: the first text that holds words of the query, and its first IPC symbol."""
    symbol = patent.ipc[0] if patent.ipc else ""
    for name in ("use", "product", "title"):
        held = [word for word in words if found_in(patent, word) == name]
        if held:
            return " · ".join(filter(None, (f"{place_names()[name]} {' '.join(held)}", symbol)))
    return " · ".join(filter(None, (patent.products.split(",")[0].split("，")[0].strip(), symbol)))


def understood(filters: Filters, rows: Sequence[Row[Any]]) -> list[dict[str, str]]:
    """How a query was understood: each word, where the rows of this page have it, and the address without it."""
    if not filters.q or filters.is_exact:
        return []
    found = []
    words = plain_words(filters.q)
    for word in words:
        places = [place for row in rows if (place := found_in(row.Patent, word))]
        rest = " ".join(one for one in words if one != word)
        found.append(
            {
                "place": place_names()[max(set(places), key=places.count)] if places else "",
                "word": word,
                "url": url_for("portal.list", **address(filters, q=rest)),
            }
        )
    return found


def facet_values(filters: Filters, counts: Counts) -> dict[str, list[dict[str, Any]]]:
    """The values of every filter with their counts; what is on is always among them."""
    return {name: _facet(name, filters, counts) for name in lists(filters)}


def _facet(name: str, filters: Filters, counts: Counts) -> list[dict[str, Any]]:
    counted, chosen = counts.of(name), lists(filters)[name]
    if name == "status":
        shown: Sequence[str] = list(STATUS_NAMES)
    elif name == "form":
        shown = [form.value for form in PriceForm if form.value in counted or form.value in chosen]
    else:
        first = sorted(counted, key=lambda value: (-counted[value], value))
        shown = [*chosen, *(value for value in first if value not in chosen)][: max(MOST_SHOWN, len(chosen))]
    return [
        {
            "value": value,
            "label": value_name(name, value, counts),
            "count": counted.get(value, 0),
            "checked": value in chosen,
        }
        for value in shown
    ]


def value_name(name: str, value: str, counts: Counts) -> str:
    """A value of a filter in words."""
    names: Mapping[str, Mapping[Any, object]] = {
        "status": STATUS_NAMES,
        "form": {form.value: label for form, label in FORM_NAMES.items()},
        "kind": {kind.value: label for kind, label in KIND_NAMES.items()},
    }
    if name in names:
        return str(names[name].get(value, value))
    if name == "section":
        return f"{value} {SECTIONS[value]}"
    if name == "region":
        return region_name(value)
    if name == "owner":
        label, english = counts.owners.get(value, (value, ""))
        return english if english and current_locale() == "en" else label
    return value


def chips(filters: Filters, counts: Counts) -> list[dict[str, Any]]:
    """What is on, each with the address that takes it off."""
    return [
        {"label": value_name(name, value, counts), "url": url_for("portal.list", **without(filters, name, value))}
        for name, values in lists(filters).items()
        for value in values
    ]


EXPORTED = (
    _l("Patent no."), _l("Title"), _l("English title"), _l("Kind"), _l("IPC"), _l("Patentee"), _l("Status"),
    _l("Price form"), _l("Due at once, yuan"), _l("Later, yuan"), _l("Royalty"), _l("Royalty base"),
    _l("Total at my sales, yuan"), _l("Licences taken"), _l("In force until"), _l("Register checked on"),
)  # fmt: skip


def exported_row(row: Row[Any], filters: Filters) -> list[Any]:
    """One line of the list as a file; a pilot is called one."""
    patent, priced = row.Patent, row.OpenLicence
    cells = price_cells(priced) if priced else None
    total = cost(priced, filters.sales)
    return [
        patent.shown_number, patent.title, patent.title_en, KIND_NAMES[patent.kind], "; ".join(patent.ipc),
        name_of(patent.owner), STATUS_NAMES[row.status], FORM_NAMES[priced.price_form] if priced else "",
        yuan(priced.due_now_minor) if priced else "",
        yuan(sum(int(part["minor"]) for part in priced.instalments if int(part["months"]) > 0)) if priced else "",
        cells["rate"] if cells else "", cells["base"] if cells else "", "" if total is None else yuan(total),
        row.taken, (patent.expires_on - timedelta(days=1)).isoformat(),
        patent.register_checked_on.isoformat() if patent.register_checked_on else "",
    ]  # fmt: skip


def notice_url(open_licence: OpenLicence) -> str:
    """Where the statutory notice is given; empty where this installation takes none."""
    if "notices.new" not in current_app.view_functions:
        return ""
    return url_for("notices.new", open_licence_id=open_licence.id)
