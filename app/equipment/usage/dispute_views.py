"""An objection: what the customer says, the institution's one answer, the operator's decision."""

from uuid import UUID

from flask import Blueprint, flash, redirect, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from app.accounts.identity import acting_required, current_actor
from app.core.db import session
from app.core.errors import Missing
from app.core.forms import PressForm
from app.core.i18n import gettext as _
from app.core.i18n import lazy_gettext as _l
from app.core.policy import ensure
from app.core.templating import render
from app.equipment.instruments.models import Instrument
from app.equipment.reservations.models import Reservation
from app.equipment.usage.disputes import accept_offer, answer_objection, decide_objection, escalate_objection
from app.equipment.usage.forms import AnswerForm, DecideForm
from app.equipment.usage.models import Use, UseObjection
from app.equipment.usage.policy import UsePolicy
from app.equipment.usage.queries import use_panel
from app.equipment.usage.words import objection_state

bp = Blueprint("objections", __name__, url_prefix="/objections/<uuid:objection_id>", template_folder="../templates")


def _objection(objection_id: UUID) -> UseObjection:
    booking = joinedload(UseObjection.use, innerjoin=True).joinedload(Use.reservation, innerjoin=True)
    found = session.scalars(
        select(UseObjection)
        .where(UseObjection.id == objection_id)
        .options(
            booking.joinedload(Reservation.instrument).joinedload(Instrument.owner),
            booking.joinedload(Reservation.payer),
        )
    ).one_or_none()
    if found is None or not UsePolicy.view(current_actor(), found.use):
        raise Missing(_l("There is nothing here, or it is not yours to see."))
    return found


def _shown(objection: UseObjection) -> ResponseReturnValue:
    return redirect(url_for(".show", objection_id=objection.id))


def _page(
    objection: UseObjection, answer_form: AnswerForm | None = None, decide_form: DecideForm | None = None
) -> ResponseReturnValue:
    use = objection.use
    if decide_form is None:
        decide_form = DecideForm(formdata=None)
        offered = objection.offered_minutes
        decide_form.show(objection.recorded_minutes if offered is None else offered)
    is_refused = (answer_form is not None and not answer_form.ok) or not decide_form.ok
    page = render(
        "equipment/usage/objection.html",
        objection=objection,
        use=use,
        state=objection_state(objection),
        panel=use_panel(current_actor(), use.reservation),
        answer_form=answer_form or AnswerForm(formdata=None),
        decide_form=decide_form,
    )
    return page, 422 if is_refused else 200


@bp.get("")
@acting_required
def show(objection_id: UUID) -> ResponseReturnValue:
    """The thread, and what the reader can do now."""
    return _page(_objection(objection_id))


@bp.post("/answer")
@acting_required
def answer(objection_id: UUID) -> ResponseReturnValue:
    """The institution agrees, offers or refuses."""
    objection = _objection(objection_id)
    ensure(current_actor(), UsePolicy.reply, objection.use, known_to=UsePolicy.view)
    form = AnswerForm()
    if form.validate():
        offered = form.offered(objection.claimed_minutes, objection.recorded_minutes)
        with form.attempt():
            answer_objection(current_actor(), objection, offered_minutes=offered, answer=form.reason.data or "")
        if form.refusal is not None and form.refusal.field == "offered_minutes":
            form.form_errors.clear()
            form.blame("hours", str(form.refusal))
        if form.ok:
            flash(_("Answer sent."), "toast")
            return _shown(objection)
    return _page(objection, answer_form=form)


@bp.post("/take")
@acting_required
def take(objection_id: UUID) -> ResponseReturnValue:
    """The customer takes the offer."""
    objection = _objection(objection_id)
    form = PressForm()
    with form.attempt():
        accept_offer(current_actor(), objection)
    flash(str(form.refusal) if form.refusal is not None else _("Offer taken."), "error" if form.refusal else "toast")
    return _shown(objection)


@bp.post("/escalate")
@acting_required
def escalate(objection_id: UUID) -> ResponseReturnValue:
    """The customer turns to the operator."""
    objection = _objection(objection_id)
    form = PressForm()
    with form.attempt():
        escalate_objection(current_actor(), objection)
    text = str(form.refusal) if form.refusal is not None else _("The operator decides now.")
    flash(text, "error" if form.refusal else "toast")
    return _shown(objection)


@bp.post("/decide")
@acting_required
def decide(objection_id: UUID) -> ResponseReturnValue:
    """The operator decides the length that is charged."""
    objection = _objection(objection_id)
    ensure(current_actor(), UsePolicy.decide, objection.use, known_to=UsePolicy.view)
    form = DecideForm()
    if form.validate():
        with form.attempt():
            decide_objection(current_actor(), objection, decided_minutes=form.length)
        if form.refusal is not None and form.refusal.field == "decided_minutes":
            form.form_errors.clear()
            form.blame("hours", str(form.refusal))
        if form.ok:
            flash(_("Decided."), "toast")
            return redirect(url_for("disputes.list"))
    return _page(objection, decide_form=form)
