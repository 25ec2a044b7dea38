"""Booking for people: quote, hold, check, book; my bookings; one booking with what can be done to it."""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from flask import Blueprint, Response, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from app.accounts.identity import acting_required, current_actor, login_required
from app.accounts.models import Actor
from app.core.db import session
from app.core.errors import Conflict
from app.core.filters import asks, day, one_of, words
from app.core.i18n import gettext as _
from app.core.money import Money
from app.core.pages import csv_response, file_response, paginate, wants_csv
from app.core.policy import load
from app.core.templating import format_time, is_htmx, render
from app.equipment.instruments.models import Instrument
from app.equipment.reservations.booking import Offer, make_reservation, quote_slot
from app.equipment.reservations.extending import extend_reservation
from app.equipment.reservations.forms import CancelForm, CheckForm, ExtendForm, SlotForm, shown_amount
from app.equipment.reservations.hindrance import is_cancellable
from app.equipment.reservations.holds import any_hold, find_hold, give_back, held_for, hold_slot, holder_names
from app.equipment.reservations.invitations import calendar_file
from app.equipment.reservations.models import Reservation, ReservationState
from app.equipment.reservations.operations import cancel_reservation, fee_of_cancelling, move_reservation
from app.equipment.reservations.panel import browser_holder, offered, stamp_of
from app.equipment.reservations.parts import list_parts_of
from app.equipment.reservations.policy import ReservationPolicy
from app.equipment.reservations.queries import WITH_NAMES, booked_from, bookings_of, has_booked
from app.equipment.reservations.showing import (
    again_url,
    booking_page,
    filters,
    local_times,
    moving_page,
    refusal_text,
    state_name,
    visible_instrument,
    wanted_slot,
    was_free_until,
)
from app.equipment.reservations.stamps import read_stamp, stamp
from app.equipment.reservations.told import told_at_hold
from app.equipment.schedule.models import Occupation

bp = Blueprint("reservations", __name__, template_folder="../templates")


@bp.post("/instruments/<uuid:instrument_id>/quote")
def quote(instrument_id: UUID) -> ResponseReturnValue:
    """The lines of a quote, as a part of the page; nothing is written."""
    actor = current_actor()
    instrument = visible_instrument(actor, instrument_id)
    form = SlotForm()
    offer, refusal = offered(actor, instrument, form, request.form.get("quote", ""))
    return render(
        "equipment/reservations/_quote.html",
        booking_offer=offer,
        booking_refusal=refusal,
        booking_stamp=stamp_of(actor, offer, form),
    )


@bp.post("/instruments/<uuid:instrument_id>/hold")
def hold(instrument_id: UUID) -> ResponseReturnValue:
    """Keep the chosen slot for this browser and go on to the check page."""
    actor = current_actor()
    instrument = visible_instrument(actor, instrument_id)
    form = SlotForm()
    back = url_for("instruments.show", instrument_id=instrument_id)
    if not form.validate_on_submit():
        flash(_("Choose a day, from and to."), "error")
        return redirect(back)
    chosen = {"date": form.date.data, "from": f"{form.start.data:%H:%M}", "to": f"{form.end.data:%H:%M}"}
    with form.attempt():
        stretch = form.period(instrument.timezone)
        operator = bool(form.with_operator.data)
        told = read_stamp(request.form.get("quote", ""), actor, instrument_id, stretch, with_operator=operator)
        kept = hold_slot(actor, instrument_id, stretch, holder=browser_holder(), with_operator=operator, told=told)
    more = {"operator": form.with_operator.data and "1", "purpose": request.form.get("purpose", "")}
    wanted: dict[str, Any] = {name: value for name, value in more.items() if value}
    if form.refusal is not None:
        flash(refusal_text(form.refusal, instrument), "error")
        taken = {"taken": "1"} if form.refusal.code == "slot_taken" else {}
        return redirect(f"{back}?{urlencode({**chosen, **wanted, **taken})}")
    target = url_for(".check", hold_id=kept.id, **wanted)
    return redirect(url_for("people.sign_up", next=target) if actor.user is None else target)


@bp.route("/holds/<uuid:hold_id>", methods=["GET", "POST"])
@login_required
@acting_required
def check(hold_id: UUID) -> ResponseReturnValue:
    """The one page before a booking binds: slot, payer, price, when cancelling costs, purpose.

    A hold that is over loses nothing: whether the slot can still be had is decided by booking it.
    """
    actor = current_actor()
    holders = (*holder_names(browser_holder()), *held_for(actor))
    if find_hold(hold_id, holders) is None and (made := booked_from(actor, hold_id)) is not None:
        return redirect(url_for(".show", reservation_id=made.id))  # back, or the button pressed twice
    kept = any_hold(hold_id, holders)
    if kept is None:
        raise Conflict(_("The hold has ended. If the slot is still free, hold it again."), code="hold_ended")
    operator = request.args.get("operator") == "1"
    offer = quote_slot(
        actor, kept.instrument_id, kept.period, with_operator=operator, check_time=False, told=told_at_hold(kept)
    )
    form = CheckForm()
    if has_booked(actor):
        del form.terms
    if request.method == "GET":
        form.shown.data = str(offer.quote.total.minor)
        form.purpose.data = request.args.get("purpose", "")
    if form.validate_on_submit():
        with form.attempt():
            reservation = make_reservation(
                actor,
                kept.instrument_id,
                kept.period,
                purpose=form.purpose.data or "",
                with_operator=operator,
                hold_id=hold_id,
                holders=holders,
                shown_minor=shown_amount(form),
            )
        if form.ok:
            return redirect(url_for(".show", reservation_id=reservation.id, made=1))
        if (made := booked_from(actor, hold_id)) is not None:  # the other press was faster
            return redirect(url_for(".show", reservation_id=made.id, made=1))
        form.shown.data = str(offer.quote.total.minor)
    return _check_page(actor, form, kept, offer)


def _check_page(actor: Actor, form: CheckForm, kept: Occupation, offer: Offer) -> ResponseReturnValue:
    holders = (*holder_names(browser_holder()), *held_for(actor))
    instrument = session.get_one(Instrument, kept.instrument_id)
    if form.refusal is not None and form.refusal.code == "slot_taken":
        form.form_errors[:] = [refusal_text(form.refusal, instrument)]
    page = render(
        "equipment/reservations/check.html",
        form=form,
        hold=kept,
        is_over=find_hold(kept.id, holders) is None,
        wanted=wanted_slot(kept.period, instrument.timezone, operator=offer.with_operator),
        stamp=stamp(actor, instrument.id, kept.period, offer.told, with_operator=offer.with_operator),
        offer=offer,
        instrument=instrument,
    )
    return page, 200 if form.ok else 422


@bp.post("/holds/<uuid:hold_id>/release")
def release_hold(hold_id: UUID) -> ResponseReturnValue:
    """Give the slot back."""
    kept = find_hold(hold_id, (*holder_names(browser_holder()), *held_for(current_actor())))
    if kept is None:
        return redirect(url_for("instruments.list"))
    give_back(kept)
    return redirect(url_for("instruments.show", instrument_id=kept.instrument_id))


@bp.get("/bookings")
@acting_required
@asks(when=one_of(("coming", "past")), state=one_of(ReservationState), q=words, since=day, until=day)
def list() -> ResponseReturnValue:  # noqa: A001 the endpoint's name
    """Bookings of the organisation acted for: coming, past or all."""
    actor = current_actor()
    chosen = filters(request.args)
    statement = bookings_of(actor, side="customer", **chosen.query)
    if wants_csv():
        return _csv(session.scalars(statement).all())
    page = paginate(statement)
    templates, context = list_parts_of(actor)
    return render("equipment/reservations/list.html", page=page, chosen=chosen, parts=templates, **context)


def _csv(found: Any) -> Response:
    header = (
        _("Number"), _("Instrument"), _("Institution"), _("Start"), _("End"), _("State"), _("Purpose"), _("Estimate"),
    )  # fmt: skip
    rows = (
        (
            one.number, one.instrument.name_zh or one.instrument.name, one.instrument.owner.name,
            *local_times(one), state_name(one), one.purpose, Money(one.estimate_minor, one.currency).decimal,
        )
        for one in found
    )  # fmt: skip
    return csv_response("bookings", header, rows)


@bp.get("/bookings/<uuid:reservation_id>")
@login_required
def show(reservation_id: UUID) -> ResponseReturnValue:
    """One booking: where it stands, what it costs and why, what can be done."""
    actor = current_actor()
    reservation = load(Reservation, reservation_id, actor, ReservationPolicy.view, options=WITH_NAMES)
    return render("equipment/reservations/show.html", **booking_page(actor, reservation))


@bp.get("/bookings/<uuid:reservation_id>/again")
@login_required
def again(reservation_id: UUID) -> ResponseReturnValue:
    """Go to the instrument with the first free time near the usual weekday and hour, and the purpose, filled in."""
    reservation = load(Reservation, reservation_id, current_actor(), ReservationPolicy.view, options=WITH_NAMES)
    return redirect(again_url(reservation))


@bp.get("/bookings/<uuid:reservation_id>/booking.ics")
@login_required
def ics(reservation_id: UUID) -> ResponseReturnValue:
    """The booking as a calendar file."""
    reservation = load(Reservation, reservation_id, current_actor(), ReservationPolicy.view, options=WITH_NAMES)
    return file_response(f"{reservation.number}.ics", "text/calendar; charset=utf-8", [calendar_file(reservation)])


@bp.route("/bookings/<uuid:reservation_id>/cancel", methods=["GET", "POST"])
@login_required
def cancel(reservation_id: UUID) -> ResponseReturnValue:
    """Cancel at the fee shown; if it rose meanwhile, the new one is shown and nothing is done."""
    actor = current_actor()
    reservation = load(
        Reservation,
        reservation_id,
        actor,
        ReservationPolicy.cancel,
        known_to=ReservationPolicy.view,
        options=WITH_NAMES,
    )
    form = CancelForm()
    if form.validate_on_submit():
        with form.attempt():
            shown = Money(shown_amount(form), reservation.currency)
            cancel_reservation(actor, reservation, shown_fee=shown, reason=form.reason.data or "")
        if form.ok:
            flash(_("The booking is cancelled."), "ok")
            return redirect(url_for(".show", reservation_id=reservation_id))
    fee = fee_of_cancelling(reservation)
    form.shown.data = str(fee.minor)
    page = render(
        "equipment/reservations/cancel.html",
        form=form,
        reservation=reservation,
        fee=fee,
        is_cancellable=is_cancellable(reservation),
        was_free_until=was_free_until(reservation),
    )
    return page, 422 if form.is_submitted() else 200


@bp.post("/bookings/<uuid:reservation_id>/extend")
@acting_required
def extend(reservation_id: UUID) -> ResponseReturnValue:
    """Give a running use more time."""
    actor = current_actor()
    reservation = load(
        Reservation,
        reservation_id,
        actor,
        ReservationPolicy.extend,
        known_to=ReservationPolicy.view,
        options=WITH_NAMES,
    )
    form = ExtendForm()
    with form.attempt():
        extend_reservation(actor, reservation, form.end)
    if form.refusal is not None:
        flash(str(form.refusal), "error")
    else:
        until = format_time(reservation.ends_at, reservation.instrument.timezone)
        flash(_("Extended to %(time)s.", time=until), "toast")
    return redirect(url_for(".show", reservation_id=reservation_id))


@bp.route("/bookings/<uuid:reservation_id>/move", methods=["GET", "POST"])
@login_required
@asks(week=day, date=day)
def move(reservation_id: UUID) -> ResponseReturnValue:
    """Move a booking: the calendar without its own block, the difference in price at once."""
    actor = current_actor()
    reservation = load(
        Reservation, reservation_id, actor, ReservationPolicy.move, known_to=ReservationPolicy.view, options=WITH_NAMES
    )
    form = SlotForm()
    if form.validate_on_submit() and not is_htmx():
        with form.attempt():
            move_reservation(actor, reservation, form.period(reservation.instrument.timezone))
        if form.ok:
            pending = reservation.state is ReservationState.PENDING
            flash(_("The request has a new time.") if pending else _("The booking is moved."), "ok")
            return redirect(url_for(".show", reservation_id=reservation_id))
        if form.refusal is not None and form.refusal.code == "slot_taken":
            form.blame(None, refusal_text(form.refusal, reservation.instrument))
    page = render("equipment/reservations/move.html", fragment="price", **moving_page(actor, reservation, form))
    return page, 422 if form.is_submitted() and not is_htmx() else 200
