"""One recorded use: the customer accepts or objects, the institution enters or corrects the hours."""

from uuid import UUID

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import joinedload

from app.accounts.identity import acting_required, current_actor
from app.core.db import session
from app.core.forms import PressForm
from app.core.i18n import gettext as _
from app.core.policy import ensure, load
from app.core.templating import format_money, render
from app.equipment.instruments.models import Instrument
from app.equipment.reservations.models import Reservation
from app.equipment.usage.disputes import object_to_use
from app.equipment.usage.forms import HoursForm, ObjectForm
from app.equipment.usage.models import Use, UseState
from app.equipment.usage.operations import accept_use, correct_use
from app.equipment.usage.phone import consumable_tiles
from app.equipment.usage.policy import UsePolicy
from app.equipment.usage.queries import presses_with_names, use_panel
from app.equipment.usage.views import counted_consumables
from app.settlement.models import Charge

bp = Blueprint("uses", __name__, url_prefix="/uses/<uuid:use_id>", template_folder="../templates")


def _use(use_id: UUID) -> Use:
    booking = joinedload(Use.reservation, innerjoin=True)
    names = (
        booking.joinedload(Reservation.instrument).joinedload(Instrument.owner),
        booking.joinedload(Reservation.payer),
    )
    return load(Use, use_id, current_actor(), UsePolicy.view, options=[booking, *names])


def _booking_page(use: Use) -> ResponseReturnValue:
    return redirect(url_for("reservations.show", reservation_id=use.reservation_id))


@bp.post("/accept")
@acting_required
def accept(use_id: UUID) -> ResponseReturnValue:
    """Accept the recorded hours: one click."""
    use = _use(use_id)
    form = PressForm()
    with form.attempt():
        accept_use(current_actor(), use)
    if form.refusal is not None:
        flash(str(form.refusal), "error")
    else:
        total = session.get_one(Charge, use.charge_id).total
        flash(_("Accepted: %(total)s", total=format_money(total)), "toast")
    return _booking_page(use)


@bp.route("/object", methods=["GET", "POST"])
@acting_required
def object(use_id: UUID) -> ResponseReturnValue:  # noqa: A001 the endpoint is uses.object
    """Say what the right length is, and why."""
    actor, use = current_actor(), _use(use_id)
    ensure(actor, UsePolicy.answer, use, known_to=UsePolicy.view)
    if use.state is not UseState.TO_CONFIRM:
        flash(_("There is nothing to object to at the moment."), "error")
        return _booking_page(use)
    form = ObjectForm()
    if request.method == "GET":
        form.show(use.used_minutes or 0)
    elif form.validate():
        with form.attempt():
            object_to_use(actor, use, claimed_minutes=form.length, reason=form.reason.data or "")
        if form.refusal is not None and form.refusal.field == "claimed_minutes":
            form.form_errors.clear()
            form.blame("hours", str(form.refusal))
        if form.ok:
            flash(_("Objection sent. Only this use waits; the institution answers."), "ok")
            return _booking_page(use)
    page = render("equipment/usage/object.html", form=form, use=use, panel=use_panel(actor, use.reservation))
    return page, 422 if request.method == "POST" else 200


@bp.route("/hours", methods=["GET", "POST"])
@acting_required
def hours(use_id: UUID) -> ResponseReturnValue:
    """Enter missing hours (the booked end is proposed) or correct recorded ones, with a reason."""
    actor, use = current_actor(), _use(use_id)
    ensure(actor, UsePolicy.correct, use, known_to=UsePolicy.view)
    if use.state in {UseState.ACCEPTED, UseState.OBJECTED}:
        flash(_("These hours can no longer be corrected here."), "error")
        return _booking_page(use)
    zone = use.reservation.instrument.timezone
    form = HoursForm()
    counted = use.consumables
    if request.method == "GET":
        form.show(use.started_at, use.ended_at or max(use.reservation.ends_at, use.started_at), zone)
    else:
        with form.attempt():
            counted = counted_consumables(request.form)
        if form.validate() and form.ok:
            with form.attempt():
                correct_use(actor, use, consumables=counted, reason=form.reason.data or "", **form.instants(zone))
            if form.ok:
                flash(_("Hours recorded. The customer is asked to confirm."), "toast")
                return _booking_page(use)
    page = render(
        "equipment/usage/hours.html",
        form=form,
        use=use,
        tiles=consumable_tiles(use.reservation, counted),
        presses=presses_with_names(use.reservation_id),
        panel=use_panel(actor, use.reservation),
    )
    return page, 422 if request.method == "POST" else 200
