"""Pages of figures: an institution's own, and the operator's overview."""

from typing import Any
from uuid import UUID

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from app.accounts.identity import acting_required, current_actor
from app.accounts.models import Actor
from app.core.clock import now, today
from app.core.db import session
from app.core.filters import asks, one_of, words
from app.core.i18n import gettext as _
from app.core.pages import DEFAULT_PAGE_SIZE, Page, paginate
from app.core.policy import ensure, nobody
from app.core.templating import render
from app.equipment.settings import settings
from app.equipment.statistics import showing
from app.equipment.statistics.files import figures_file, in_hours, wanted_file
from app.equipment.statistics.income import Income, IncomeTable, income_in
from app.equipment.statistics.policy import StatisticsPolicy
from app.equipment.statistics.queries import (
    SORTS,
    Figures,
    added_up,
    answer_times,
    figures_by_institution,
    hours_by_month,
    instrument_figures,
    norm_minutes,
)
from app.equipment.statistics.queues import operator_queues
from app.equipment.statistics.spans import read_span
from app.files.workbooks import Column, Form

bp = Blueprint("statistics", __name__, template_folder="../templates")

SHORT_LIST = 8


@bp.get("/statistics")
@acting_required
def institution() -> ResponseReturnValue:
    """What the institution's instruments did: hours, shares, income, the busiest and the idlest."""
    actor = _member()
    owner_id, day = _owner_id(actor), today()
    span = read_span(request.args, day)
    total = added_up(figures_by_institution(span, owner_id))
    months = hours_by_month(span, day, owner_id)
    income = income_in(span, owner_id).total
    norm = norm_minutes(span, day)
    idle = instrument_figures(span, owner_id, ascending=True, only_published=True)
    return render(
        "equipment/statistics/institution.html",
        choice=showing.choice_of(span, day),
        total=total,
        large_limit=settings.number("large_instrument_minor"),
        figures=showing.hours_figures(total, income, norm, span, day),
        columns=showing.month_columns(months, day),
        income=income,
        income_months=[each.month for each in months],
        payers=showing.payer_words(),
        top=session.execute(instrument_figures(span, owner_id).limit(SHORT_LIST)).all(),
        idle=session.execute(idle.limit(SHORT_LIST)).all(),
        norm=norm,
        answers=answer_times(span, owner_id),
        words=showing,
        moment=now(),
    )


@bp.get("/statistics/instruments")
@acting_required
@asks(sort=words, direction=one_of(("ascending", "descending")))
def instruments() -> ResponseReturnValue:
    """Every instrument of the institution with its hours; also as a file."""
    actor = _member()
    owner_id, day = _owner_id(actor), today()
    span = read_span(request.args, day)
    sort, ascending = _sort(SORTS, "used")
    norm = norm_minutes(span, day)
    statement = instrument_figures(span, owner_id, sort=sort, ascending=ascending)
    if wanted_file():
        rows = (_instrument_row(row, norm) for row in session.execute(statement))
        name, title = f"instruments-{span.key}", _("Hours of instruments")
        return figures_file(name, title, _instrument_columns(), rows, showing.span_title(span))
    return render(
        "equipment/statistics/instruments.html",
        choice=showing.choice_of(span, day),
        page=paginate(statement, scalars=False),
        sort={"key": sort, "direction": "ascending" if ascending else "descending"},
        norm=norm,
        words=showing,
    )


def _instrument_columns() -> list[Column]:
    return [
        Column(_("Asset number")), Column(_("Name"), width=40), Column(_("Original name"), width=40),
        Column(_("Original value, CNY"), Form.MONEY, 16),
        Column(_("Booked hours"), Form.DECIMAL, is_summed=True), Column(_("Used hours"), Form.DECIMAL, is_summed=True),
        Column(_("Hours for others"), Form.DECIMAL, is_summed=True), Column(_("Uses"), Form.NUMBER, is_summed=True),
        Column(_("Utilisation, %"), Form.DECIMAL),
    ]  # fmt: skip


def _instrument_row(row: Any, norm: float) -> tuple[Any, ...]:
    one = row.Instrument
    share = round(100 * row.used / norm, 2) if norm else 0
    return (
        one.asset_no, one.name_zh or one.name, one.name, one.value_minor or 0, in_hours(row.booked),
        in_hours(row.used), in_hours(row.shared), row.uses, share,
    )  # fmt: skip


@bp.get("/operator")
@acting_required
def operator() -> ResponseReturnValue:
    """The operator's overview: what waits first, then figures of all institutions."""
    _operator()
    day = today()
    span = read_span(request.args, day)
    figures, income = figures_by_institution(span), income_in(span)
    norm = norm_minutes(span, day)
    months = hours_by_month(span, day)
    return render(
        "equipment/statistics/operator.html",
        choice=showing.choice_of(span, day),
        queues=showing.queue_figures(operator_queues()),
        figures=showing.hours_figures(added_up(figures), income.total, norm, span, day),
        columns=showing.month_columns(months, day),
        bars=showing.utilisation_bars(figures, norm)[:SHORT_LIST],
        yearly=settings.number("yearly_hours"),
        low=showing.LOW_UTILISATION,
        rows=_by_income(figures, income)[:SHORT_LIST],
        count=len(figures),
        income_months=[each.month for each in months],
        words=showing,
        moment=now(),
    )


@bp.get("/operator/institutions")
@acting_required
def institutions() -> ResponseReturnValue:
    """Hours and income of every institution; also as a file."""
    _operator()
    day = today()
    span = read_span(request.args, day)
    figures, income = figures_by_institution(span), income_in(span)
    norm, rows = norm_minutes(span, day), _by_income(figures, income)
    if wanted_file():
        name, title = f"institutions-{span.key}", _("Institutions")
        written = (_institution_row(one, earned, norm) for one, earned in rows)
        return figures_file(name, title, _institution_columns(), written, showing.span_title(span))
    return render(
        "equipment/statistics/institutions.html",
        choice=showing.choice_of(span, day),
        page=_page_of(rows),
        norm=norm,
        words=showing,
    )


def _institution_columns() -> list[Column]:
    return [
        Column(_("Institution"), width=32), Column(_("Instruments"), Form.NUMBER, is_summed=True),
        Column(_("Booked hours"), Form.DECIMAL, is_summed=True), Column(_("Used hours"), Form.DECIMAL, is_summed=True),
        Column(_("Hours for others"), Form.DECIMAL, is_summed=True), Column(_("Sharing rate, %"), Form.DECIMAL),
        Column(_("Utilisation, %"), Form.DECIMAL), Column(_("Large instruments"), Form.NUMBER, is_summed=True),
        Column(_("Average hours, large"), Form.DECIMAL), Column(_("Income, CNY"), Form.MONEY, 16, is_summed=True),
        *(Column(word, Form.MONEY, 16, is_summed=True) for word in showing.payer_words().values()),
    ]  # fmt: skip


def _institution_row(one: Figures, earned: Income, norm: float) -> tuple[Any, ...]:
    shares = [round(100 * (share or 0), 2) for share in (one.sharing_rate, one.utilisation(norm))]
    classes = (earned.by_class.get(payer, 0) for payer in showing.payer_words())
    return (
        one.name, one.instruments, in_hours(one.booked), in_hours(one.used), in_hours(one.shared), *shares, one.large,
        round(one.large_average or 0, 2), earned.total, *classes,
    )  # fmt: skip


def _by_income(figures: list[Figures], income: IncomeTable) -> list[tuple[Figures, Income]]:
    """Institutions with what they earned, the highest income first."""
    rows = [(one, income.of[one.owner_id] if one.owner_id else Income()) for one in figures]
    return sorted(rows, key=lambda pair: (-pair[1].total, -pair[0].used, pair[0].name))


def _page_of(rows: list[Any]) -> Page[Any]:
    """One page of rows that were added up already."""
    wanted = request.args.get("page", 1, type=int)
    number = min(max(1, wanted), max(1, -(-len(rows) // DEFAULT_PAGE_SIZE)))
    first = (number - 1) * DEFAULT_PAGE_SIZE
    return Page(rows[first : first + DEFAULT_PAGE_SIZE], number, DEFAULT_PAGE_SIZE, len(rows))


def _sort(allowed: tuple[str, ...], default: str) -> tuple[str, bool]:
    key = request.args.get("sort", default)
    key = key if key in allowed else default
    return key, request.args.get("direction", "ascending" if key == "name" else "descending") == "ascending"


def _member() -> Actor:
    """Whoever acts for an institution; for everybody else there is nothing here."""
    actor = current_actor()
    ensure(actor, StatisticsPolicy.institution, actor.organisation, known_to=nobody)
    return actor


def _operator() -> None:
    ensure(current_actor(), StatisticsPolicy.operator, None, known_to=nobody)


def _owner_id(actor: Actor) -> UUID:
    assert actor.organisation_id is not None  # noqa: S101 the policy has looked
    return actor.organisation_id
