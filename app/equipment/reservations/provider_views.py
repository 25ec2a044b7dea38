"""The institution's side: requests to answer, its bookings, today's instruments."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from app.accounts.identity import acting_required, current_actor, login_required
from app.accounts.models import OrganisationKind
from app.core.attempts import attempt
from app.core.clock import bounds, today
from app.core.db import session
from app.core.errors import Missing
from app.core.filters import asks, day, one_of, words
from app.core.i18n import gettext as _
from app.core.i18n import lazy_gettext as _l
from app.core.i18n import ngettext
from app.core.pages import csv_response, paginate, wants_csv
from app.core.policy import load
from app.core.templating import render
from app.equipment.reservations.forms import ReasonForm, RefusalForm, day_of
from app.equipment.reservations.models import Reservation, ReservationState
from app.equipment.reservations.operations import (
    approve_reservation,
    decline_reservation,
    waive_fee,
    withdraw_reservation,
)
from app.equipment.reservations.policy import ReservationPolicy
from app.equipment.reservations.queries import WITH_NAMES, bookings_of
from app.equipment.reservations.showing import (
    booking_page,
    filters,
    local_times,
    refusal_text,
    state_name,
    times_to_propose,
)
from app.equipment.reservations.today import now_quarter, today_rows
from app.equipment.tariffs.labels import PAYER_CLASSES
from app.equipment.tariffs.terms import PayerClass

bp = Blueprint("requests", __name__, template_folder="../templates")

DECLINE_REASONS = (
    _l("The instrument is needed for our own work at that time."),
    _l("The sample does not suit this instrument."),
    _l("Please take the training first."),
    _l("Please say more about the purpose."),
)


def institution_required() -> None:
    """Raise Missing for anybody who does not act for an institution."""
    organisation = current_actor().organisation
    if organisation is None or organisation.kind is not OrganisationKind.INSTITUTION:
        raise Missing(_l("There is nothing here, or it is not yours to see."))


@bp.get("/requests")
@acting_required
@asks(when=one_of(("coming", "past")), state=one_of(ReservationState), q=words, since=day, until=day)
def list() -> ResponseReturnValue:  # noqa: A001 the endpoint's name
    """Bookings of our instruments: what waits for an answer first, everything else by filter."""
    institution_required()
    actor = current_actor()
    arguments = {**request.args.to_dict(), "state": request.args.get("state", ReservationState.PENDING.value)}
    chosen = filters(arguments, default_when="all")
    statement = bookings_of(actor, side="provider", **chosen.query)
    if chosen.state == ReservationState.PENDING.value:
        statement = statement.order_by(None).order_by(Reservation.answer_due_at, Reservation.id)
    if wants_csv():
        rows = (
            (one.number, one.instrument.asset_no, one.instrument.name, one.payer.name,
             PAYER_CLASSES[PayerClass(one.payer_class)], *local_times(one), state_name(one), one.purpose)
            for one in session.scalars(statement)
        )  # fmt: skip
        header = (_("Number"), _("Asset no."), _("Instrument"), _("Customer"), _("Class"), _("Start"), _("End"),
                  _("State"), _("Purpose"))  # fmt: skip
        return csv_response("requests", header, rows)
    page = paginate(statement)
    return render(
        "equipment/reservations/requests.html", page=page, chosen=chosen, form=ReasonForm(), reasons=DECLINE_REASONS
    )


@bp.post("/requests/approve")
@acting_required
def approve_many() -> ResponseReturnValue:
    """Approve all ticked requests; one that moved on meanwhile is told and hinders no other."""
    actor = current_actor()
    approved, refused = 0, []
    for text in request.form.getlist("reservation")[:100]:
        identity = _identity(text)
        with attempt(even_denied=True) as tried:
            approve_reservation(actor, load(Reservation, identity, actor, ReservationPolicy.view))
        if tried.refusal is None:
            approved += 1
        else:
            refused.append(str(tried.refusal))
    if approved:
        text = ngettext("%(num)s booking approved.", "%(num)s bookings approved.", approved)
        flash(text, "ok")
    for sentence in dict.fromkeys(refused):
        flash(sentence, "warn")
    return redirect(url_for(".list"))


def _act(reservation_id: UUID, act: Any, said: str) -> ResponseReturnValue:
    actor = current_actor()
    reservation = load(Reservation, reservation_id, actor, ReservationPolicy.view)
    act(actor, reservation)
    flash(said, "ok")
    return redirect(_back(reservation_id))


def _back(reservation_id: UUID) -> str:
    """Where somebody came from: the list of requests, the desk, or else the booking."""
    places = {"list": ".list", "desk": "site.desk"}
    endpoint = places.get(request.values.get("back", ""))
    return url_for(endpoint) if endpoint else url_for("reservations.show", reservation_id=reservation_id)


@bp.post("/bookings/<uuid:reservation_id>/approve")
@login_required
def approve(reservation_id: UUID) -> ResponseReturnValue:
    """Confirm one request."""
    return _act(reservation_id, approve_reservation, _("Approved. The customer has been told."))


@bp.route("/bookings/<uuid:reservation_id>/decline", methods=["GET", "POST"])
@login_required
def decline(reservation_id: UUID) -> ResponseReturnValue:
    """Decline with a reason."""
    return _with_reason(reservation_id, "answer", decline_reservation, _("Declined. The customer has been told."))


@bp.route("/bookings/<uuid:reservation_id>/withdraw", methods=["GET", "POST"])
@login_required
def withdraw(reservation_id: UUID) -> ResponseReturnValue:
    """Take a confirmed booking back, free of charge, with a reason."""
    return _with_reason(reservation_id, "withdraw", withdraw_reservation, _("Withdrawn. The customer has been told."))


def _with_reason(reservation_id: UUID, action: str, act: Any, said: str) -> ResponseReturnValue:
    actor = current_actor()
    reservation = load(
        Reservation,
        reservation_id,
        actor,
        getattr(ReservationPolicy, action),
        known_to=ReservationPolicy.view,
        options=WITH_NAMES,
    )
    form = RefusalForm()
    zone = reservation.instrument.timezone
    if form.validate_on_submit():
        starts_at, ends_at = bounds(reservation.booked)
        with form.attempt():
            act(actor, reservation, form.reason.data or "", form.proposed(zone, ends_at - starts_at))
        if form.ok:
            flash(said, "ok")
            return redirect(_back(reservation_id))
        if form.refusal is not None and form.refusal.code == "slot_taken":
            form.form_errors[:] = [refusal_text(form.refusal, reservation.instrument)]
    form.offer.choices = times_to_propose(reservation)
    for clock in (form.start, form.end):
        clock.offer(30)
    context = booking_page(actor, reservation)
    page = render("equipment/reservations/reason.html", form=form, action=action, reasons=DECLINE_REASONS, **context)
    return page, 422 if form.is_submitted() else 200


@bp.post("/bookings/<uuid:reservation_id>/waive")
@login_required
def waive(reservation_id: UUID) -> ResponseReturnValue:
    """Let a late cancellation or a no-show cost nothing."""
    return _act(reservation_id, waive_fee, _("The fee is waived."))


@bp.get("/schedule")
@acting_required
@asks(day=day)
def schedule() -> ResponseReturnValue:
    """One day of all our instruments."""
    institution_required()
    actor = current_actor()
    day = day_of(request.args.get("day", "")) or today()
    page = today_rows(actor, day, number=request.args.get("page", 1, type=int) or 1)
    return render(
        "equipment/reservations/schedule.html",
        page=page,
        day=day,
        previous=(day - timedelta(days=1)).isoformat(),
        following=(day + timedelta(days=1)).isoformat(),
        now_quarter=now_quarter(day),
    )


def _identity(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise Missing(_l("There is nothing here, or it is not yours to see.")) from None
