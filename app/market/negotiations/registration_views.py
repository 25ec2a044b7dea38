"""Registrations 技术合同认定登记 for people, and the operator's figures of them."""

from collections.abc import Sequence
from uuid import UUID

from flask import Blueprint, Response, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from app.accounts.identity import acting_required, current_actor, login_required
from app.core.clock import today
from app.core.db import session
from app.core.filters import asks, number, one_of
from app.core.i18n import gettext as _
from app.core.money import Money
from app.core.pages import csv_response, paginate, wants_csv
from app.core.policy import ensure, load
from app.core.templating import render
from app.market.licences.words import KINDS
from app.market.negotiations.forms import AmountsForm, StepForm
from app.market.negotiations.models import ContractRegistration, RegistrationState
from app.market.negotiations.policy import RegistrationPolicy
from app.market.negotiations.queries import REGISTRATION_WITH_ALL, visible_registrations
from app.market.negotiations.registering import NEXT, clock_days, report_change, set_amounts, take_step
from app.market.negotiations.statistics import BREAKDOWNS, breakdown, label_of, supervises_figures, totals
from app.market.negotiations.words import CHANGE_REPORTED, REGISTRATION_STATES, REGISTRATION_TONES

bp = Blueprint("contract_registrations", __name__, url_prefix="/contract-registrations", template_folder="../templates")
WRITABLE = (RegistrationState.DRAFT, RegistrationState.SUPPLEMENT, RegistrationState.REFUSED)


@bp.get("")
@acting_required
@asks(state=one_of(RegistrationState))
def list() -> ResponseReturnValue:  # noqa: A001 the endpoint's name
    """Registrations of the contracts of the organisation acted for; the operator sees all."""
    wanted = request.args.get("state", "")
    state = RegistrationState(wanted) if wanted in set(RegistrationState) else None
    statement = visible_registrations(current_actor())
    if state is not None:
        statement = statement.where(ContractRegistration.state == state)
    if wants_csv():
        return _csv(session.scalars(statement).unique().all())
    return render(
        "market/negotiations/registrations.html", page=paginate(statement), state=state, kinds=KINDS,
        states=REGISTRATION_STATES, tones=REGISTRATION_TONES,
    )  # fmt: skip


def _csv(found: Sequence[ContractRegistration]) -> Response:
    header = (_("Contract"), _("Seller"), _("Buyer"), _("Kind"), _("Contract value"), _("Technology value"),
              _("State"), _("Decision by"), _("Registration no."), _("Registered on"))  # fmt: skip
    rows = (
        (one.contract.number, one.seller.name, one.buyer.name, str(KINDS[one.kind]), Money(one.total_minor).decimal,
         Money(one.technical_minor).decimal, str(REGISTRATION_STATES[one.state]), one.due_on or "",
         one.registration_no, one.registered_on or "")
        for one in found
    )  # fmt: skip
    return csv_response("contract-registrations", header, rows)


@bp.route("/<uuid:registration_id>", methods=["GET", "POST"])
@login_required
def show(registration_id: UUID) -> ResponseReturnValue:
    """Sums, steps and the clock; the seller keeps the sums here."""
    actor = current_actor()
    registration = _load(registration_id)
    form = AmountsForm(obj=registration)
    if form.validate_on_submit():
        with form.attempt():
            set_amounts(actor, registration, form.amounts, is_disputed=bool(form.is_disputed.data))
        if form.ok:
            flash(_("Kept."), "ok")
            return redirect(url_for(".show", registration_id=registration.id))
    return _page(registration, form, StepForm(formdata=None))


@bp.post("/<uuid:registration_id>/step")
@login_required
def step(registration_id: UUID) -> ResponseReturnValue:
    """Record what the registrar has done, or a change that was reported to it."""
    actor = current_actor()
    registration = _load(registration_id)
    form = StepForm()
    form.offer(registration.state, today())
    if form.validate_on_submit():
        day, note = form.day.data or today(), form.note.data or ""
        with form.attempt():
            if form.state.data == "change":
                report_change(actor, registration, day, note)
            else:
                take_step(
                    actor, registration, RegistrationState(form.state.data), day, note=note,
                    registration_no=form.registration_no.data or "",
                )  # fmt: skip
        if form.ok:
            flash(_("Recorded."), "ok")
            return redirect(url_for(".show", registration_id=registration.id))
    return _page(registration, AmountsForm(formdata=None, obj=registration), form)


def _load(registration_id: UUID) -> ContractRegistration:
    action = RegistrationPolicy.edit if request.method == "POST" else RegistrationPolicy.view
    return load(
        ContractRegistration, registration_id, current_actor(), action, known_to=RegistrationPolicy.view,
        options=REGISTRATION_WITH_ALL,
    )  # fmt: skip


def _page(registration: ContractRegistration, form: AmountsForm, step_form: StepForm) -> ResponseReturnValue:
    step_form.offer(registration.state, today())
    may_edit = RegistrationPolicy.edit(current_actor(), registration)
    words = {**{state.value: word for state, word in REGISTRATION_STATES.items()}, "change": CHANGE_REPORTED}
    page = render(
        "market/negotiations/registration.html", registration=registration, form=form, step_form=step_form,
        states=REGISTRATION_STATES, tones=REGISTRATION_TONES, kinds=KINDS, words=words, days=clock_days(registration),
        may_write=may_edit and registration.state in WRITABLE, may_step=may_edit and bool(NEXT[registration.state]),
    )  # fmt: skip
    return page, 200 if form.ok and step_form.ok else 422


@bp.get("/statistics")
@acting_required
@asks(by=one_of(BREAKDOWNS), year=number)
def statistics() -> ResponseReturnValue:
    """Number, 成交额 and 技术交易额 of registered contracts by kind, field, region or flow, for the operator."""
    ensure(current_actor(), supervises_figures, None)
    by = request.args.get("by", "kind")
    by = by if by in BREAKDOWNS else "kind"
    year = request.args.get("year", today().year, type=int)
    year = year if 2000 <= year <= 2100 else today().year
    rows = breakdown(by, year)
    if wants_csv():
        header = (str(BREAKDOWNS[by]), _("Contracts"), _("Contract value"), _("Technology value"))
        return csv_response(
            f"contracts-{year}-{by}",
            header,
            ((str(label_of(by, one.key)), one.count, Money(one.total_minor).decimal,
              Money(one.technical_minor).decimal) for one in rows),
        )  # fmt: skip
    return render(
        "market/negotiations/statistics.html", rows=rows, by=by, year=year, breakdowns=BREAKDOWNS, label_of=label_of,
        sums=totals(rows), present=today().year,
    )  # fmt: skip
