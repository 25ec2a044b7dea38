"""The statement of a licence's royalties and the table of shares 收益分配表, as PDF and as workbooks."""

from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from app.accounts.models import Actor
from app.core.clock import today
from app.core.i18n import current_locale
from app.core.i18n import gettext as _
from app.core.templating import format_date, format_money
from app.files.documents import Column, Sheet, render_pdf, workbook
from app.files.workbooks import Form
from app.market.licences.models import Licence
from app.market.royalties.models import IncomeShare, RoyaltyPeriod
from app.market.royalties.queries import paid_by_note
from app.market.royalties.sharing import parts_for
from app.market.royalties.words import PART_KINDS, PERIOD_STATES
from app.settlement.fee_notes.models import FeeNote
from app.settlement.interests.queries import reckonings_of
from app.settlement.interests.words import stretches_words

TEMPLATE = Path(__file__).resolve().parent.parent / "documents" / "royalties.typ"


def statement_pdf(licence: Licence, periods: Sequence[RoyaltyPeriod]) -> bytes:
    """Every period of a licence with its reports, bills and payments. Patent and both sides are loaded."""
    lines = [
        [str(one), f"{start}–{last}", str(state), _money(due), note, _money(paid)]
        for one, start, last, _due_on, state, _net, due, note, paid in _rows(periods)
    ]
    total = ["", _("Total"), "", _money(_due(periods)), "", _money(sum(paid_by_note(_notes(periods)).values()))]
    data = {
        "date": today(), "title": _("Royalty statement"), "number": licence.number or licence.notice_no,
        "footer": _("Provincial Technology Market"),
        "heading": _("Royalties of licence %(number)s", number=licence.number or licence.notice_no),
        "facts": [
            [_("Patent"), f"{licence.patent.shown_number} {licence.patent.title}"],
            [_("Licensor"), licence.licensor.name],
            [_("Licensee"), licence.licensee.name],
            [_("Takes effect"), f"{licence.effective_on}–{licence.ends_on}"],
        ],
        "groups": [{"name": _("Periods"), "lines": lines, "total": total}, *_interest(periods)],
        "head": [_("No."), _("Period"), _("State"), _("Royalty, CNY"), _("Fee notes"), _("Paid, CNY")],
        "widths": ["auto", "auto", "1fr", "auto", "auto", "auto"], "numeric": [3, 5],
        "remark": _("Each correction stands as a revision of its own. This is not a tax invoice."),
    }  # fmt: skip
    return render_pdf(TEMPLATE, data, current_locale())


def statement_workbook(licence: Licence, periods: Sequence[RoyaltyPeriod]) -> bytes:
    """The same as XLSX."""
    columns = (
        Column(_("No."), Form.NUMBER, 8), Column(_("From"), Form.DATE, 12), Column(_("Until"), Form.DATE, 12),
        Column(_("Report due"), Form.DATE, 12), Column(_("State"), width=14),
        Column(_("Net, CNY"), Form.MONEY, 16, True),
        Column(_("Royalty, CNY"), Form.MONEY, 16, True), Column(_("Fee notes"), width=28),
        Column(_("Paid, CNY"), Form.MONEY, 16, True),
    )  # fmt: skip
    name = licence.number or licence.notice_no
    note = f"{name} · {licence.patent.shown_number} · {licence.licensee.name}"
    return workbook([Sheet(name, columns, _rows(periods), note=note, total_label=_("Total"))])


def _rows(periods: Sequence[RoyaltyPeriod]) -> Iterator[tuple[Any, ...]]:
    paid = paid_by_note(_notes(periods))
    for one in periods:
        last = one.reports[-1] if one.reports else None
        numbers = "、".join(each.fee_note.number for each in one.reports if each.fee_note)
        yield (one.position, one.starts_on, one.last_day, one.due_on, str(PERIOD_STATES[one.state]),
               last.net_minor if last else 0, last.due_minor if last else 0, numbers,
               sum(paid[each.fee_note.id] for each in one.reports if each.fee_note))  # fmt: skip


def _interest(periods: Sequence[RoyaltyPeriod]) -> list[dict[str, Any]]:
    """What late interest was asked for, with every line; nothing when there is none."""
    found = reckonings_of([note.id for note in _notes(periods)])
    lines = [
        ["", f"{one.due_on}–{one.value_on}", "; ".join(stretches_words(one.stretches)), _money(one.amount_minor),
         one.interest_note.number if one.interest_note else "", ""]
        for one in found
    ]  # fmt: skip
    total = ["", _("Total"), "", _money(sum(one.amount_minor for one in found)), "", ""]
    return [{"name": _("Late interest"), "lines": lines, "total": total}] if lines else []


def _due(periods: Sequence[RoyaltyPeriod]) -> int:
    return sum(one.reports[-1].due_minor for one in periods if one.reports)


def _notes(periods: Sequence[RoyaltyPeriod]) -> list[FeeNote]:
    return [each.fee_note for one in periods for each in one.reports if each.fee_note]


def shares_pdf(actor: Actor, licence: Licence, month: date, shares: Sequence[IncomeShare]) -> bytes:
    """The table of shares of a licence and month; inventors get their own rows alone."""
    lines = [
        [str(PART_KINDS[part["kind"]]), part["name"], part["department"], f"{part['share'] / 100:g} %",
         _money(part["amount_minor"])]
        for share in shares
        for part in parts_for(actor, share)
    ]  # fmt: skip
    total = sum(part["amount_minor"] for share in shares for part in parts_for(actor, share))
    data = {
        "date": today(), "title": _("Income shares"), "number": licence.number or licence.notice_no,
        "footer": _("Provincial Technology Market"),
        "heading": _("Income shares of %(month)s", month=format_date(month, "month")),
        "facts": [
            [_("Patent"), f"{licence.patent.shown_number} {licence.patent.title}"],
            [_("Licence"), licence.number or licence.notice_no],
            [_("Licensee"), licence.licensee.name],
        ],
        "groups": [{"name": _("Shares"), "lines": lines, "total": [_("Total"), "", "", "", _money(total)]}],
        "head": [_("Part"), _("Name"), _("Department"), _("Share"), _("Amount, CNY")],
        "widths": ["auto", "1fr", "auto", "auto", "auto"], "numeric": [3, 4],
        "remark": _("After commission and costs, by the table kept with the licence, to the fen."),
    }  # fmt: skip
    return render_pdf(TEMPLATE, data, current_locale())


def shares_workbook(actor: Actor, licence: Licence, month: date, shares: Sequence[IncomeShare]) -> bytes:
    """The same as XLSX."""
    columns = (
        Column(_("Part"), width=14), Column(_("Name"), width=24), Column(_("Department"), width=24),
        Column(_("Share, per cent"), Form.DECIMAL, 14), Column(_("Amount, CNY"), Form.MONEY, 16, True),
    )  # fmt: skip
    rows = (
        (str(PART_KINDS[part["kind"]]), part["name"], part["department"], part["share"] / 100, part["amount_minor"])
        for share in shares
        for part in parts_for(actor, share)
    )
    name = licence.number or licence.notice_no
    note = f"{name} · {licence.patent.shown_number} · {month:%Y-%m}"
    return workbook([Sheet(name, columns, rows, note=note, total_label=_("Total"))])


def _money(minor: int) -> str:
    return format_money(minor, symbol=False)
