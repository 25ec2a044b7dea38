"""Figures as the pages show them: rows of charts, tiles, sentences."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from babel.dates import format_date as babel_date
from flask import current_app, url_for

from app.core.i18n import current_locale, ngettext
from app.core.i18n import gettext as _
from app.core.templating import format_date, format_money, format_number, page_url
from app.equipment.settings import settings
from app.equipment.statistics.income import Income
from app.equipment.statistics.queries import Figures, MonthHours
from app.equipment.statistics.queues import Queues
from app.equipment.statistics.spans import Span, SpanKind, present
from app.equipment.tariffs.terms import PayerClass
from app.settlement.statements.calendar import following

LOW_UTILISATION = 60
"""Per cent; below it a bar is hatched and somebody should talk to the institution (face, picture `operator`)."""
TEN_THOUSAND_YUAN = 1_000_000


@dataclass(frozen=True, slots=True)
class Choice:
    """The choice of a span: what is chosen, the ways to others, and how it is called."""

    span: Span
    title: str
    items: list[dict[str, Any]]
    before_url: str
    after_url: str | None
    is_custom: bool


def choice_of(span: Span, today: date) -> Choice:
    """The row of buttons with which a span is chosen; all of it in the address."""
    kinds = (
        (SpanKind.RECENT, _("3 months")),
        (SpanKind.MONTH, _dated(today, "M月", "MMM")),
        (SpanKind.QUARTER, _dated(today, "Q季度", "QQQ")),
        (SpanKind.YEAR, _dated(today, "y年", "y")),
    )
    items = []
    for kind, label in kinds:
        running = present(kind, today)
        items.append({"label": label, "url": _span_url(running), "current": running == span})
    custom = Span(SpanKind.CUSTOM, span.first, span.end)
    items.append({"label": _("Other days"), "url": _span_url(custom), "current": span.kind is SpanKind.CUSTOM})
    after = _span_url(span.after) if span.end <= today else None
    return Choice(span, span_title(span), items, _span_url(span.before), after, span.kind is SpanKind.CUSTOM)


def _span_url(span: Span) -> str:
    return page_url(**{"first": None, "last": None, "page": None, **span.arguments})


def span_title(span: Span) -> str:
    """2026年11月 / November 2026, 2026年第4季度 / Q4 2026, 2026年 / 2026, or both days."""
    if span.kind is SpanKind.MONTH:
        return month_title(span.first)
    if span.kind is SpanKind.QUARTER:
        return str(_("Q%(quarter)s %(year)s", quarter=(span.first.month + 2) // 3, year=span.first.year))
    if span.kind is SpanKind.YEAR:
        return str(_("Year %(year)s", year=span.first.year))
    return f"{format_date(span.first, 'iso')} – {format_date(span.last, 'iso')}"


def _dated(day: date, chinese: str, english: str) -> str:
    """A day by the pattern of the reader's language."""
    return babel_date(day, chinese if current_locale() == "zh_CN" else english, locale=current_locale())


def month_title(month: date) -> str:
    """A month with its year."""
    return _dated(month, "y年M月", "MMMM y")


def percent(share: float | None) -> str:
    """``31.2%``; a dash where nothing was measured."""
    return "–" if share is None else f"{100 * share:.1f}%"


def hours(minutes: float | None, digits: int = 1) -> str:
    """Hours with thousands separators, without the unit."""
    return "–" if minutes is None else format_number(minutes / 60, digits)


def whole_hours(minutes: int) -> str:
    """Hours for a tile: with a decimal only while there are few."""
    return hours(minutes, 0 if minutes >= 60_000 else 1)


def large_money(minor: int) -> tuple[str, str]:
    """A statistic of money as (figure, unit): 5,817.2 万元 or ¥58.17 M (face §7)."""
    if current_locale() == "zh_CN":
        return format_number(minor / TEN_THOUSAND_YUAN, 1), "万元"
    if abs(minor) >= 100 * TEN_THOUSAND_YUAN:
        return f"¥{format_number(minor / (100 * TEN_THOUSAND_YUAN), 2)}", "M"
    return format_money(minor), ""


def hours_figures(total: Figures, income: Income, norm: float, span: Span, today: date) -> list[dict[str, Any]]:
    """The four figures of both overviews."""
    amount, unit = large_money(income.total)
    yearly = settings.number("yearly_hours")
    days = span.elapsed_days(today)
    return [
        {"label": _("Booked hours"), "value": whole_hours(total.booked), "unit": _("h"),
         "note": _("%(hours)s h of them used", hours=whole_hours(total.used))},
        {"label": _("Hours for others"), "value": whole_hours(total.shared), "unit": _("h"),
         "note": _("%(share)s of the hours used", share=percent(total.sharing_rate))},
        {"label": _("Average utilisation"), "value": percent(total.utilisation(norm)),
         "note": ngettext(
             "of %(yearly)s h a year, for %(num)s day", "of %(yearly)s h a year, for %(num)s days", days,
             yearly=format_number(yearly),
         )},
        {"label": _("Income"), "value": amount, "unit": unit,
         "note": _("%(share)s from enterprises", share=percent(income.enterprise_share))},
    ]  # fmt: skip


def month_columns(months: Sequence[MonthHours], today: date) -> list[dict[str, Any]]:
    """Rows of the chart of hours by month; the highest and the lowest whole month are written out."""
    whole = [each for each in months if following(each.month) <= today]
    totals = [each.own + each.shared for each in whole]
    marked = {max(totals), min(totals)} if totals else set()
    return [
        {
            "label": _short_month(each.month, months),
            "values": [round(each.own / 60), round(each.shared / 60)],
            "tip": hours(each.own + each.shared, 0) if each in whole and each.own + each.shared in marked else None,
            "unfinished": None if each in whole else _("not over"),
        }
        for each in months
    ]


def _short_month(month: date, months: Sequence[MonthHours]) -> str:
    """11月 / Nov; with the year where several years are shown."""
    years = {each.month.year for each in months}
    pattern = "M月" if current_locale() == "zh_CN" else "MMM"
    return babel_date(month, pattern if len(years) == 1 else f"yy/{'M' if len(months) > 12 else pattern}",
                      locale=current_locale())  # fmt: skip


def utilisation_bars(figures: Sequence[Figures], norm: float) -> list[dict[str, Any]]:
    """Bars of institutions in per cent of the norm, the busiest first."""
    measured = [(each, each.utilisation(norm) or 0.0) for each in figures if each.instruments]
    measured.sort(key=lambda pair: -pair[1])
    return [
        {
            "label": named(each),
            "value": round(100 * share, 1),
            "text": percent(share),
            "below": 100 * share < LOW_UTILISATION,
        }
        for each, share in measured
    ]


def named(figures: Figures) -> str:
    """The institution's name in the reader's language."""
    return figures.name_en if current_locale() == "en" and figures.name_en else figures.name


def queue_figures(queues: Queues) -> list[dict[str, Any]]:
    """The operator's queues as tiles that lead to them."""
    waiting, disputes, payouts, money = queues.verifications, queues.disputes, queues.payouts, queues.money
    return [
        {"value": waiting.count, "label": _("organisations to verify"), "note": _waits(waiting.days, waiting.count),
         "url": _to("admin_organisations.list")},
        {"value": money.transfers, "label": _("transfers to assign"),
         "note": _("%(amount)s in total", amount=format_money(money.transfers_amount)), "url": _to("bank_lines.list")},
        {"value": disputes.count, "label": _("disputes to decide"), "late": queues.disputes_late,
         "note": _waits(disputes.days, disputes.count), "url": _to("use_lists.disputed")},
        {"value": payouts.count, "label": _("payout batches to approve"),
         "note": _("%(amount)s in total", amount=format_money(payouts.amount_minor)), "url": _to("payouts.list")},
    ]  # fmt: skip


def _waits(days: int, count: int) -> str:
    if not count:
        return str(_("Nothing to do here"))
    if not days:
        return str(_("The oldest came today"))
    return str(ngettext("The oldest has waited %(num)s day", "The oldest has waited %(num)s days", days))


def _to(endpoint: str) -> str | None:
    """The address of a page, if this installation has it."""
    return url_for(endpoint) if endpoint in current_app.view_functions else None


def payer_words() -> dict[str, str]:
    """The classes of payers that bring income, as words."""
    return {
        PayerClass.INSTITUTION.value: _("Other institutions"),
        PayerClass.ENTERPRISE.value: _("Enterprises and others"),
    }


def answer_text(median_minutes: float | None) -> tuple[str, str]:
    """How long an answer takes, as (figure, unit)."""
    if median_minutes is None:
        return "–", ""
    if median_minutes < 60:
        return format_number(median_minutes), _("min")
    return format_number(median_minutes / 60, 1), _("h")
