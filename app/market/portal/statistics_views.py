"""The page of public figures, with its file."""

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from app.accounts.identity import current_actor
from app.core.filters import asks, one_of
from app.core.i18n import current_locale, ngettext
from app.core.i18n import gettext as _
from app.core.money import Money
from app.core.pages import csv_response, wants_csv
from app.core.templating import format_number, render
from app.market.open_licences.wording import STATE_NAMES
from app.market.portal.showing import SECTIONS
from app.market.portal.statistics import Figures, Statistics, states_for, statistics
from app.market.referrals.statistics import referral_figures
from app.market.referrals.words import KINDS as KIND_NAMES

bp = Blueprint("patent_statistics", __name__, template_folder="../templates")
MOST_BARS = 10
KINDS = ("owner", "section", "month")


@bp.get("/patents/statistics")
@asks(by=one_of(KINDS))
def show() -> ResponseReturnValue:
    """Declared, announced, taken, income and days to a licence; by university, IPC section and month."""
    found = statistics()
    by = request.args.get("by", "owner")
    if wants_csv():
        header = [
            _("Group"),
            _("Declared"),
            _("Announced"),
            _("Licences taken"),
            _("Income, yuan"),
            _("Median days to a licence"),
        ]
        return csv_response("patent-statistics", header, map(_line, _groups(found, by if by in KINDS else "owner")))
    owners = sorted(found.owners.values(), key=lambda one: (-one.taken, -one.announced, one.name))
    return render(
        "market/portal/statistics.html",
        figures=_figures(found.whole),
        months=[
            {"label": f"{day:%m}", "values": [one.announced, one.taken]} for day, one in sorted(found.months.items())
        ],
        bars=[
            {"label": _name(one), "value": one.taken, "text": format_number(one.taken)} for one in owners[:MOST_BARS]
        ],
        owners=[(_name(one), one) for one in owners],
        sections=[(f"{code} {SECTIONS.get(code, '')}", one) for code, one in sorted(found.sections.items())],
        states=[(STATE_NAMES[state], count) for state, count in states_for(current_actor()).items()],
        ten_thousand=ten_thousand,
        referrals=[(KIND_NAMES[one.kind], one) for one in referral_figures(current_actor())],
    )


def ten_thousand(minor: int) -> str:
    """Fen in 万元 with one decimal, or in millions for English readers."""
    yuan = Money(minor).decimal
    return format_number(yuan / 10_000, 1) if current_locale() == "zh_CN" else format_number(yuan / 1_000_000, 2)


def _name(one: Figures) -> str:
    return one.name_en if current_locale() == "en" and one.name_en else one.name


def _groups(found: Statistics, by: str) -> Sequence[tuple[str, Figures]]:
    if by == "month":
        return [(f"{day:%Y-%m}", one) for day, one in sorted(found.months.items())]
    if by == "section":
        return sorted(found.sections.items())
    return [(_name(one), one) for _code, one in sorted(found.owners.items())]


def _line(group: tuple[str, Figures]) -> Sequence[Any]:
    name, one = group
    days = "" if one.median_days is None else f"{one.median_days:g}"
    return (name, one.declared, one.announced, one.taken, Money(one.income_minor).decimal, days)


def _figures(whole: Figures) -> list[dict[str, Any]]:
    days = whole.median_days
    return [
        {"label": _("Declared"), "value": format_number(whole.declared)},
        {"label": _("Announced"), "value": format_number(whole.announced)},
        {"label": _("Licences taken"), "value": format_number(whole.taken)},
        {"label": _("Income"), "value": ten_thousand(whole.income_minor), "unit": _("million yuan")},
        {
            "label": _("Announcement to first licence"),
            "value": "–" if days is None else f"{days:g}",
            "unit": "" if days is None else ngettext("day", "days", int(days)),
            "note": _("median"),
        },
    ]
