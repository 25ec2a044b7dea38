"""Royalties: the list, a period with its report form, accept, ask, answer, inspect, take back."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import FileStorage

from app.accounts.identity import acting_required, current_actor, login_required
from app.accounts.models import Actor
from app.core.attempts import attempt
from app.core.clock import today
from app.core.db import session
from app.core.errors import Invalid
from app.core.filters import asks, mark, one_of
from app.core.forms import Form
from app.core.i18n import gettext as _
from app.core.i18n import lazy_gettext as _l
from app.core.money import Money
from app.core.pages import csv_response, paginate, wants_csv
from app.core.policy import Rule, load
from app.core.templating import render
from app.files.models import StoredFile
from app.files.operations import store_file
from app.market.royalties.forms import (
    AnswerForm,
    InspectionForm,
    QuestionForm,
    ReportForm,
    products_of,
    rows_from,
    rows_of,
)
from app.market.royalties.models import PeriodState, RoyaltyPeriod, RoyaltyQuestion, RoyaltyReport
from app.market.royalties.policy import RoyaltyPolicy
from app.market.royalties.queries import (
    SIDES,
    WITH_LICENCE,
    WITH_PARTIES,
    WITH_REPORTS,
    paid_minor,
    previous_products,
    questions_of,
    visible_periods,
)
from app.market.royalties.questions import (
    accept_report,
    agree_inspection,
    answer,
    ask,
    close_question,
    files_of,
    record_inspection,
    request_inspection,
)
from app.market.royalties.reporting import credit_difference, quote, report_royalty, to_credit
from app.market.royalties.words import INSPECTIONS, PERIOD_BADGES, PERIOD_STATES
from app.settlement.interests.queries import reckonings_of, run_up

bp = Blueprint("royalties", __name__, url_prefix="/royalties", template_folder="../../templates")

LOADED = (*WITH_LICENCE, *WITH_PARTIES, *WITH_REPORTS)
FILES = "royalty_evidence"


@bp.get("", endpoint="list")
@acting_required
@asks(side=one_of(SIDES), state=one_of(PERIOD_STATES), late=mark)
def list_periods() -> ResponseReturnValue:
    """Periods of the own licences, as licensee or as licensor."""
    actor = current_actor()
    side, state = request.args.get("side", ""), request.args.get("state", "")
    statement = visible_periods(actor, side=side, state=state, late="late" in request.args)
    if wants_csv():
        return _csv(statement)
    return render(
        "market/royalties/list.html", page=paginate(statement), side=side if side in SIDES else "", state=state,
        late="late" in request.args, states=PERIOD_STATES, badges=PERIOD_BADGES, number=number_of, due=due_of,
    )  # fmt: skip


def _csv(statement: Any) -> ResponseReturnValue:
    header = (_("Number"), _("Patent"), _("Licensee"), _("Licensor"), _("From"), _("Until"), _("Report due"),
              _("State"), _("Late"), _("Royalty, CNY"))  # fmt: skip
    rows = (
        (number_of(one), one.licence.patent.shown_number, one.licensee.name, one.licensor.name, one.starts_on,
         one.last_day, one.due_on, PERIOD_STATES[one.state], _("yes") if one.is_late else "",
         (one.reports and Money(one.reports[-1].due_minor).decimal) or "")
        for one in session.scalars(statement)
    )  # fmt: skip
    return csv_response("royalties", header, rows)


@bp.get("/<uuid:period_id>")
@login_required
def show(period_id: UUID) -> ResponseReturnValue:
    """One period, for either side."""
    period = _load(period_id)
    return _page(period)


@bp.post("/<uuid:period_id>/quote")
@login_required
def quoted(period_id: UUID) -> ResponseReturnValue:
    """What the rows typed so far come to."""
    period = _load(period_id, RoyaltyPolicy.report)
    return render("market/royalties/_quote.html", **_quote(period, rows_of(request.form)))


@bp.post("/<uuid:period_id>/report")
@login_required
def report(period_id: UUID) -> ResponseReturnValue:
    """Send a report, or a correction of it."""
    actor, period = current_actor(), _load(period_id, RoyaltyPolicy.report)
    form, rows = ReportForm(), rows_of(request.form)
    if form.validate_on_submit():
        with form.attempt():
            sold = [] if "no_sales" in request.form else products_of(rows)
            if not sold and "no_sales" not in request.form:
                raise Invalid(_l("Fill in a product, or report no sales."), field="products")
            evidence = _store(actor, period, form.evidence.data)
            sent = report_royalty(actor, period, sold, evidence, reason=form.reason.data or "")
        if form.ok:
            flash(_said(sent), "ok")
            return redirect(url_for(".show", period_id=period.id))
    return _page(_load(period_id), report_form=form, rows=rows), 422


def _said(sent: RoyaltyReport) -> str:
    """What a report has done."""
    if sent.fee_note_id:
        return _("Reported. The bill is below.")
    if sent.difference_minor >= 0:
        return _("Reported.")
    if to_credit(sent.period_id) > 0:
        return _("Corrected. What is stated already comes back by a credit note of the licensor.")
    return _("Corrected. The lower sum holds at once.")


@bp.post("/<uuid:period_id>/accept")
@login_required
def accept(period_id: UUID) -> ResponseReturnValue:
    """The licensor has no question."""
    return _do(period_id, accept_report, _("Accepted."))


@bp.post("/<uuid:period_id>/credit")
@login_required
def credit(period_id: UUID) -> ResponseReturnValue:
    """Issue the credit notes for what a correction took off."""
    return _do(period_id, credit_difference, _("Issued. A second person approves it among the credit notes."))


@bp.post("/<uuid:period_id>/ask")
@login_required
def question(period_id: UUID) -> ResponseReturnValue:
    """Ask about the report."""
    actor, period = current_actor(), _load(period_id, RoyaltyPolicy.question)
    form = QuestionForm()
    if form.carries_out(lambda: ask(actor, period, form.text.data or "", inspect=bool(form.inspect.data))):
        flash(_("Asked. Only this bill waits meanwhile."), "ok")
        return redirect(url_for(".show", period_id=period.id))
    return _page(_load(period_id), question_form=form), 422


@bp.post("/questions/<uuid:question_id>/answer")
@login_required
def answered(question_id: UUID) -> ResponseReturnValue:
    """Answer, with evidence."""
    actor = current_actor()
    asked, form = _load_question(question_id, RoyaltyPolicy.answer), AnswerForm()

    def reply() -> None:
        file = _store(actor, asked, form.evidence.data)
        answer(actor, asked, form.answer.data or "", [file] if file else [])

    if form.carries_out(reply):
        flash(_("Answered."), "ok")
        return redirect(url_for(".show", period_id=asked.period_id))
    return _page(_load(asked.period_id), answer_form=form), 422


@bp.post("/questions/<uuid:question_id>/inspection")
@login_required
def inspection(question_id: UUID) -> ResponseReturnValue:
    """Ask for an inspection of the books, name its day, or write down its outcome: whose turn it is says which."""
    actor = current_actor()
    asked, form = _load_question(question_id), InspectionForm()
    if form.validate_on_submit():
        with form.attempt():
            if form.day.data:
                agree_inspection(actor, asked, form.day.data)
            elif form.outcome.data:
                record_inspection(actor, asked, form.outcome.data)
            else:
                request_inspection(actor, asked)
        if form.ok:
            flash(_("Saved."), "ok")
            return redirect(url_for(".show", period_id=asked.period_id))
    return _page(_load(asked.period_id), inspection_form=form), 422


@bp.post("/questions/<uuid:question_id>/close")
@login_required
def close(question_id: UUID) -> ResponseReturnValue:
    """The question is settled."""
    asked = _load_question(question_id)
    close_question(current_actor(), asked)
    flash(_("Closed. The bill is due again."), "ok")
    return redirect(url_for(".show", period_id=asked.period_id))


def number_of(period: RoyaltyPeriod) -> str:
    """How people quote a period: the licence's number and its place."""
    return f"{period.licence.number}-{period.position:02d}"


def due_of(period: RoyaltyPeriod) -> int | None:
    """What the latest report comes to; None before one."""
    return period.reports[-1].due_minor if period.reports else None


def _load(period_id: UUID, permission: Rule = RoyaltyPolicy.view) -> RoyaltyPeriod:
    return load(
        RoyaltyPeriod, period_id, current_actor(), permission, known_to=RoyaltyPolicy.view, options=LOADED
    )  # fmt: skip


def _load_question(question_id: UUID, permission: Rule = RoyaltyPolicy.view) -> RoyaltyQuestion:
    return load(RoyaltyQuestion, question_id, current_actor(), permission, known_to=RoyaltyPolicy.view)


def _do(period_id: UUID, deed: Callable[[Actor, RoyaltyPeriod], Any], said: str) -> ResponseReturnValue:
    period = _load(period_id)
    deed(current_actor(), period)
    flash(said, "ok")
    return redirect(url_for(".show", period_id=period.id))


def _store(actor: Actor, thing: RoyaltyPeriod | RoyaltyQuestion, sent: FileStorage | None) -> StoredFile | None:
    if sent is None or not sent.filename:
        return None
    subject = thing.id if isinstance(thing, RoyaltyPeriod) else thing.period_id
    return store_file(actor, sent.filename, sent.stream, subject_kind=FILES, subject_id=subject)  # type: ignore[arg-type]


def _quote(period: RoyaltyPeriod, rows: list[dict[str, str]]) -> dict[str, Any]:
    last = period.reports[-1] if period.reports else None
    with attempt(even_denied=True) as tried:
        sold = products_of(rows)
        found = quote(period, period.licence, sold)
    if tried.refusal is not None:
        return {"period": period, "refusal": str(tried.refusal), "quote": None, "last": last}
    net = sum(product["gross_minor"] - product["deductions_minor"] for product in sold)
    return {"period": period, "refusal": "", "quote": found, "net": net,
            "difference": found.due_minor - (last.due_minor if last else 0), "last": last}  # fmt: skip


def _page(
    period: RoyaltyPeriod,
    *,
    report_form: Form | None = None,
    question_form: Form | None = None,
    answer_form: Form | None = None,
    inspection_form: Form | None = None,
    rows: list[dict[str, str]] | None = None,
) -> str:
    actor, last = current_actor(), period.reports[-1] if period.reports else None
    if rows is None:
        correcting = last is not None and not last.is_floor_only
        rows = rows_from(last.products if correcting and last else previous_products(period),
                         names_only=not correcting)  # fmt: skip
    questions = questions_of(period.id)
    notes = [each.fee_note for each in period.reports if each.fee_note is not None]
    return render(
        "market/royalties/show.html", rows=rows, questions=questions,
        number=number_of(period), files=files_of([each.id for each in questions]), paid=paid_minor(notes),
        reckonings=reckonings_of([each.id for each in notes]), running=run_up(notes),
        states=PERIOD_STATES,
        badges=PERIOD_BADGES, inspections=INSPECTIONS, may=_may(actor, period, last), taken_back=to_credit(period.id),
        report_form=report_form or ReportForm(formdata=None),
        question_form=question_form or QuestionForm(formdata=None),
        answer_form=answer_form or AnswerForm(formdata=None), today=today(),
        inspection_form=inspection_form or InspectionForm(formdata=None), **_quote(period, rows),
    )  # fmt: skip


def _may(actor: Actor, period: RoyaltyPeriod, last: RoyaltyReport | None) -> dict[str, bool]:
    over, state = period.ends_on <= today(), period.state
    return {
        "report": over and RoyaltyPolicy.report(actor, period),
        "ask": state is PeriodState.REPORTED and RoyaltyPolicy.question(actor, period),
        "close": state is PeriodState.QUESTIONED and RoyaltyPolicy.question(actor, period),
        "answer": state is PeriodState.QUESTIONED and RoyaltyPolicy.answer(actor, period),
        "credit": last is not None and RoyaltyPolicy.credit(actor, period),
    }


def may_read_evidence(actor: Any, period_id: UUID | None) -> bool:
    """Both sides and the operator read the evidence of a period."""
    period = session.get(RoyaltyPeriod, period_id) if period_id else None
    return isinstance(actor, Actor) and period is not None and RoyaltyPolicy.view(actor, period)
