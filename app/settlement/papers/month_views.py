"""The operator's months: what a close would do, what stands in its way, and closing."""

from datetime import date

from flask import Blueprint, Response, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Select

from app.accounts.identity import current_actor, login_required
from app.core.attempts import attempt
from app.core.clock import today
from app.core.db import session
from app.core.filters import asks, number, one_of
from app.core.i18n import gettext as _
from app.core.money import Money
from app.core.pages import csv_response, paginate, wants_csv
from app.core.policy import ensure
from app.core.runs import latest_run, request_run
from app.core.templating import format_date, format_datetime, render
from app.settlement.policy import operator_staff
from app.settlement.settings import settings
from app.settlement.statements.calendar import first_day, following, month_due, previous, working_day
from app.settlement.statements.models import MonthClose
from app.settlement.statements.operations import ensure_closable
from app.settlement.statements.policy import MonthPolicy
from app.settlement.statements.queries import (
    TO_STATE,
    charges_to_state,
    close_preview,
    closed_among,
    closed_months,
    first_open_month,
    years_closed,
)
from app.settlement.words import CHARGE_BADGES, CHARGE_KINDS, CHARGE_STATES

CLOSE_MONTH = "settlement.close_month"

bp = Blueprint("months", __name__, template_folder="../templates")


@bp.get("/settlement/months", endpoint="list")
@login_required
@asks(year=number)
def list_months() -> ResponseReturnValue:
    """Months that are open and closed, the open ones first; ``?format=csv`` gives the closed ones as a file."""
    ensure(current_actor(), MonthPolicy.view, None, known_to=operator_staff)
    year = request.args.get("year", type=int)
    closed = closed_months(year)
    if wants_csv():
        return _months_csv(closed)
    this_month = today().replace(day=1)
    first = min(first_open_month() or this_month, previous(this_month))
    months: list[date] = []
    month = this_month
    while month >= first:
        months.append(month)
        month = previous(month)
    done = closed_among(months)
    return render(
        "settlement/months/list.html",
        open_months=[close_preview(month) for month in months if month not in done],
        page=paginate(closed),
        year=year,
        years=years_closed(),
        due=month_due(),
    )


def _months_csv(closed: Select[MonthClose]) -> Response:
    header = (_("Month"), _("Closed on"), _("Statements"), _("Bills"), _("Lines"), _("Windows cut short"))
    rows = (
        (f"{one.month:%Y-%m}", format_datetime(one.closed_at, "iso"), one.statements, one.bills, one.lines,
         one.windows_cut)
        for one in session.scalars(closed)
    )  # fmt: skip
    return csv_response("months", header, rows)


@bp.get("/settlement/months/<month>")
@login_required
@asks(state=one_of(CHARGE_STATES))
def show(month: str) -> ResponseReturnValue:
    """What closing this month would do now, with every charge that waits or blocks."""
    actor = current_actor()
    ensure(actor, MonthPolicy.view, None, known_to=operator_staff)
    first = first_day(month)
    state = request.args.get("state", "")
    statement = charges_to_state(first, state=state)
    if wants_csv():
        header = (_("Date"), _("Number"), _("Instrument"), _("Institution"), _("Customer"), _("State"), _("Amount"))
        rows = (
            (one.used_on, one.subject_number, one.description, one.provider.name, one.payer.name,
             CHARGE_STATES[one.state], Money(one.total_minor).decimal)
            for one in session.scalars(statement)
        )  # fmt: skip
        return csv_response(f"month-{month}", header, rows)
    by_itself = working_day(following(first), settings.number("issue_working_day"))
    return render(
        "settlement/months/show.html",
        preview=close_preview(first),
        page=paginate(statement),
        state=state,
        states={each: CHARGE_STATES[each] for each in TO_STATE},
        badges=CHARGE_BADGES,
        kinds=CHARGE_KINDS,
        closes_on=by_itself if settings["closes_by_itself"] else None,
        may_close=MonthPolicy.close(actor, None),
        run=latest_run(CLOSE_MONTH, month),
    )


@bp.post("/settlement/months/<month>/close")
@login_required
def close(month: str) -> ResponseReturnValue:
    """Have the month closed in the background: statements, bills, no way back. Pressed twice it is done once."""
    actor = current_actor()
    ensure(actor, MonthPolicy.close, None, known_to=operator_staff)
    first = first_day(month)
    with attempt(even_denied=True) as tried:
        ensure_closable(first)
    if tried.refusal is not None:
        flash(str(tried.refusal), "warn")
        return redirect(url_for(".show", month=month))
    if closed_among([first]):
        flash(_("%(month)s is closed already.", month=format_date(first, "month")), "info")
    else:
        request_run(actor, CLOSE_MONTH, month)
    return redirect(url_for(".show", month=month))


@bp.get("/settlement/months/<month>/progress")
@login_required
def progress(month: str) -> ResponseReturnValue:
    """How far the closing is, as a part of the month's page; once it has ended, the page is to be loaded anew."""
    ensure(current_actor(), MonthPolicy.view, None, known_to=operator_staff)
    first = first_day(month)
    run = latest_run(CLOSE_MONTH, month)
    if run is None or not run.is_active:
        return "", {"HX-Refresh": "true"}
    return render("settlement/months/_closing.html", run=run, month=month, first=first)
