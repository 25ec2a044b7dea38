"""The page of one patent, and what stands side by side when patents are compared."""

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from flask import url_for
from sqlalchemy import Row

from app.accounts.models import Actor
from app.core.clock import today
from app.core.i18n import gettext as _
from app.core.i18n import ngettext
from app.core.money import Money, tax_inside
from app.core.picking import MOST_PICKED
from app.core.templating import format_date, format_money
from app.core.workdays import add_months
from app.market.open_licences.models import DeclarationState, OpenLicence
from app.market.open_licences.wording import territory_words
from app.market.patents.models import Patent
from app.market.patents.terms import AnnuityState, annuity_state, next_annuity
from app.market.patents.words import CONCLUSION_NAMES, ENCUMBRANCE_NAMES, KIND_NAMES
from app.market.portal.filters import Filters, Sales, address
from app.market.portal.queries import cost, history_of, interest_of, last_public, patents_picked
from app.market.portal.showing import (
    BASE_NAMES,
    FORM_NAMES,
    STATUS_NAMES,
    name_of,
    notice_url,
    price_line,
    rate_text,
    two_titles,
)
from app.market.settings import settings

VAT_PERCENT = Decimal(6)  # money.md §5.6: licensing of intangibles


def patent_page(actor: Actor, row: Row[Any], sales: Sales) -> dict[str, Any]:
    """Context of ``market/portal/show.html``."""
    patent, priced = row.Patent, row.OpenLicence
    title, second, language = two_titles(patent)
    ended = last_public(patent.id) if priced is None else None
    return {
        "patent": patent,
        "priced": priced,
        "status": row.status,
        "ended": ended,
        "title": title,
        "second": second,
        "second_language": language,
        "crumbs": _crumbs(patent),
        "facts": _facts(patent, row.taken),
        "products": [part.strip() for part in patent.products.replace("，", ",").split(",") if part.strip()],
        "terms": _terms(patent, priced) if priced else [],
        "price_lines": _price_lines(priced) if priced else [],
        "due_now": priced.due_now_minor if priced else 0,
        "tax_now": tax_inside(priced.due_now_minor, VAT_PERCENT) if priced else 0,
        "total": cost(priced, sales),
        "sales": sales,
        "legal": legal_facts(patent),
        "history": _history(priced or ended),
        "pilot_step": _pilot_step(priced) if priced else 0,
        "notice_url": notice_url(priced) if priced and priced.is_open else "",
        "interest": interest_of(actor, patent.id),
        "is_own": actor.organisation_id == patent.owner_id,
        "is_stale": _is_stale(patent),
        "portfolio_url": url_for("portal.portfolio", code=patent.owner.code),
    }


def _crumbs(patent: Patent) -> list[dict[str, str]]:
    found = [{"label": _("Patent licences"), "url": url_for("portal.list")}]
    if patent.ipc:
        symbol = patent.ipc[0][:4]
        found.append({"label": symbol, "url": f"{url_for('portal.list')}?class={symbol}"})
    return [*found, {"label": name_of(patent.owner), "url": url_for("portal.list", owner=patent.owner.code)}]


def _facts(patent: Patent, taken: int) -> list[dict[str, str]]:
    owner = name_of(patent.owner)
    holders = _(", ").join(
        owner if holder.organisation_id == patent.owner_id else holder.name for holder in patent.holders
    )
    granted = format_date(patent.granted_on, "iso") if patent.granted_on else ""
    facts = [
        {"icon": "building-2", "text": holders or owner},
        {"icon": "file-text", "text": _("%(kind)s, granted %(day)s", kind=KIND_NAMES[patent.kind], day=granted)},
        {"icon": "calendar-clock", "text": _("Protected until %(day)s", day=_last_day(patent.expires_on))},
    ]
    if taken:
        text = ngettext("%(num)d licence taken", "%(num)d licences taken", taken)
        facts.append({"icon": "badge-check", "text": text})
    return facts


def _last_day(expires_on: date) -> str:
    """The day before the first one without protection."""
    return format_date(expires_on - timedelta(days=1), "iso")


def _is_stale(patent: Patent) -> bool:
    """Whether the register was looked at too long ago (flows-market.md §2 ⚙)."""
    fresh = timedelta(days=settings.number("register_fresh_days"))
    return patent.register_checked_on is None or patent.register_checked_on < today() - fresh


def _terms(patent: Patent, priced: OpenLicence) -> list[tuple[str, str]]:
    term = (
        ngettext("%(num)d month from the day it takes effect", "%(num)d months from the day it takes effect",
                 priced.term_months)
        if priced.term_months
        else _("From the day it takes effect to the patent’s end, %(day)s", day=_last_day(patent.expires_on))
    )  # fmt: skip
    royalty = priced.price_form.has_royalty
    months = priced.period_months
    report = settings.number("royalty_report_days")
    return [
        (_("Term"), term),
        (_("Territory"), territory_words(priced.territory)),
        (_("Permitted use"), priced.use_text),
        (_("Royalty base"), str(BASE_NAMES[priced.royalty_base]) if royalty and priced.royalty_base else ""),
        (_("Accounts"), _("A report within %(days)s days after every %(months)s months", days=report, months=months)
         if royalty else ""),
        (_("Not included"), priced.not_included),
        (_("Other terms"), priced.other_terms),
        (_("Not allowed"), _("Sublicensing. No exclusive or sole licence exists while it is open")),
        (_("If withdrawn"), _("No new licences from that announcement; those already taken stay untouched")),
        (_("Notice goes to"), ", ".join(filter(None, (priced.notice_name, priced.notice_email)))),
    ]  # fmt: skip


def _price_lines(priced: OpenLicence) -> list[dict[str, str]]:
    """The parts of the price with when each is paid."""
    found = []
    if priced.lump_minor:
        found.append(
            {"name": _("Lump sum"), "amount": format_money(priced.lump_minor), "note": _("once, on taking it")}
        )
    if priced.upfront_minor:
        found.append(
            {"name": _("Upfront fee"), "amount": format_money(priced.upfront_minor), "note": _("once, on taking it")}
        )
    for part in sorted(priced.instalments, key=lambda one: int(one["months"])):
        months = int(part["months"])
        note = ngettext("after %(num)d month", "after %(num)d months", months) if months else _("on taking it")
        found.append({"name": _("Instalment"), "amount": format_money(int(part["minor"])), "note": note})
    if priced.price_form.has_royalty:
        base = str(BASE_NAMES[priced.royalty_base]) if priced.royalty_base else ""
        note = ngettext(
            "%(base)s, every %(num)d month", "%(base)s, every %(num)d months", priced.period_months, base=base
        )
        found.append({"name": _("Royalty"), "amount": rate_text(priced), "note": note})
    if priced.floor_minor is not None:
        found.append({"name": _("At least"), "amount": format_money(priced.floor_minor), "note": _("for each period")})
    if priced.cap_minor is not None:
        found.append({"name": _("At most"), "amount": format_money(priced.cap_minor), "note": _("for each period")})
    return found


def legal_facts(patent: Patent) -> dict[str, Any]:
    """What the register says: annuities, encumbrances by kind (nobody named), report, family, inventors by name."""
    day = today()
    due = next_annuity(patent)
    active = sorted({str(ENCUMBRANCE_NAMES[one.kind]) for one in patent.encumbrances if one.is_active(day)})
    state = annuity_state(patent, day)
    sentence = _("All annuities are paid")
    if due is not None:
        words = {"day": format_date(due.due_on, "iso"), "year": due.year, "amount": format_money(due.full_minor)}
        sentence = (
            _("Year %(year)s is late: %(amount)s was due on %(day)s", **words)
            if state in (AnnuityState.LATE, AnnuityState.LAPSED)
            else _("Paid for the present year; the patentee owes year %(year)s, %(amount)s, by %(day)s", **words)
        )
    report = (
        CONCLUSION_NAMES[patent.conclusion]
        if patent.report_no or patent.kind.needs_report
        else _("Not required for an invention")
    )
    return {
        "annuity": sentence,
        "is_late": state in (AnnuityState.LATE, AnnuityState.LAPSED),
        "strip": life_strip(patent, day),
        "encumbrances": active,
        "lines": [
            (_("Filed on"), format_date(patent.filed_on, "iso")),
            (_("Evaluation report"), str(report)),
            (_("Patent family"), patent.family),
            (_("IPC"), _(", ").join(patent.ipc or patent.locarno)),
            (_("Inventors"), _(", ").join(inventor.name for inventor in patent.inventors)),
        ],
    }


def life_strip(patent: Patent, day: date) -> list[dict[str, Any]]:
    """A cell for each year of protection: paid, due now, or to come; where years are written under them."""
    cells, year, start = [], 1, patent.filed_on
    while start < patent.expires_on:
        following = add_months(patent.filed_on, 12 * year)
        state = "paid" if year <= patent.annuity_paid_through else "due" if start <= day else "next"
        cells.append({"state": state, "year": start.year, "is_now": start <= day < following})
        start, year = following, year + 1
    return cells


def _history(priced: OpenLicence | None) -> list[dict[str, str]]:
    """What has become of a public declaration, as far as the public is told."""
    if priced is None:
        return []
    told = {
        DeclarationState.FILED: _("Filed with CNIPA"),
        DeclarationState.ANNOUNCED: _("Announced by CNIPA"),
        DeclarationState.WITHDRAWING: _("Withdrawal filed; still open"),
        DeclarationState.WITHDRAWN: _("Withdrawal announced"),
        DeclarationState.EXPIRED: _("Patent’s term ended"),
        DeclarationState.LAPSED: _("Patent lapsed"),
    }
    return [
        {"name": told[one.state], "when": format_date(one.effective_on, "iso"), "state": "done"}
        for one in history_of(priced)
        if one.state in told
    ]


def _pilot_step(priced: OpenLicence) -> int:
    """How far a pilot is on its way to the announcement, from 0."""
    step = {DeclarationState.CONSENTING: 1, DeclarationState.READY: 2, DeclarationState.FILED: 3}
    return step.get(priced.state, 3 if priced.state is DeclarationState.CORRECTION else 1)


def tray(filters: Filters, picked: Sequence[Row[Any]]) -> dict[str, Any] | None:
    """What the tray shows: the picked ones, each with the address without it; None when nothing is picked."""
    if not picked:
        return None
    ids = [row.Patent.id for row in picked]
    return {
        "count": len(ids),
        "ids": ids,
        "full": ",".join(str(each) for each in ids) if len(ids) == MOST_PICKED else "",
        "is_refused": filters.is_pick_refused,
        "items": [
            {
                "label": two_titles(row.Patent)[0],
                "url": url_for(
                    "portal.list", **address(filters, pick=[str(one) for one in ids if one != row.Patent.id])
                ),
            }
            for row in picked
        ],
        "compare_url": url_for("portal.compare", **_compared(filters, ids)),
        "compare_label": ngettext("Compare %(num)d patent", "Compare %(num)d patents", len(ids)),
        "clear_url": url_for("portal.list", **address(filters, pick=[])),
    }


def _compared(filters: Filters, ids: Sequence[UUID]) -> dict[str, Any]:
    sent = address(filters, pick=[str(each) for each in ids])
    return {name: sent[name] for name in ("pick", "sales", "margin", "years") if name in sent}


Cell = Callable[[Row[Any]], str]


def compare_page(filters: Filters) -> dict[str, Any]:
    """Context of ``market/portal/compare.html``: up to four patents, what differs marked."""
    rows = patents_picked(filters.picks)
    lines = [(name, [text(row) or "–" for row in rows]) for name, text in _compared_lines(filters.sales)]
    ids = [row.Patent.id for row in rows]
    return {
        "columns": [_column(row, ids, filters) for row in rows],
        "lines": [
            {"name": name, "cells": cells, "differs": len(set(cells)) > 1}
            for name, cells in lines
            if set(cells) != {"–"}
        ],
        "list_url": url_for("portal.list", **address(filters)),
        "most": MOST_PICKED,
        "sales": filters.sales,
    }


def _column(row: Row[Any], ids: Sequence[UUID], filters: Filters) -> dict[str, Any]:
    title, second, language = two_titles(row.Patent)
    others = [one for one in ids if one != row.Patent.id]
    return {
        "title": title,
        "second": second,
        "language": language,
        "status": row.status,
        "url": url_for("portal.show", patent_id=row.Patent.id),
        "without_url": url_for("portal.compare", **_compared(filters, others)) if others else url_for("portal.list"),
    }


def _compared_lines(sales: Sales) -> list[tuple[str, Cell]]:
    def total(row: Row[Any]) -> str:
        minor = cost(row.OpenLicence, sales)
        return "" if minor is None else format_money(minor)

    return [
        (_("Status"), lambda row: str(STATUS_NAMES[row.status])),
        (_("Price form"), lambda row: str(FORM_NAMES[row.OpenLicence.price_form]) if row.OpenLicence else ""),
        (_("Price"), lambda row: price_line(row.OpenLicence) if row.OpenLicence else ""),
        (_("Total at my sales"), total),
        (_("What it is for"), lambda row: row.Patent.use_text),
        (_("Products"), lambda row: row.Patent.products),
        (_("Patentee"), lambda row: name_of(row.Patent.owner)),
        (_("Kind"), lambda row: str(KIND_NAMES[row.Patent.kind])),
        (_("IPC"), lambda row: ", ".join(row.Patent.ipc)),
        (_("Protected until"), lambda row: _last_day(row.Patent.expires_on)),
        (_("Licences taken"), lambda row: str(row.taken) if row.taken else ""),
        (_("Register checked on"), lambda row: format_date(row.Patent.register_checked_on, "iso")),
    ]


def due_text(priced: OpenLicence) -> str:
    """What the main button names: the sum due with the notice."""
    return format_money(Money(priced.due_now_minor, priced.currency))
