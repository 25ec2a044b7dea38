"""The waiting list for people: join, follow an offer, decline it, leave; and the institution's view of its lines."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from flask import Blueprint, Response, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from app.accounts.identity import acting_required, current_actor, login_required
from app.accounts.models import OrganisationKind
from app.core.clock import now, period
from app.core.db import session
from app.core.errors import Forbidden, Missing
from app.core.filters import asks, day, identity, mark, number
from app.core.i18n import gettext as _
from app.core.i18n import lazy_gettext as _l
from app.core.pages import csv_response, paginate, wants_csv
from app.core.policy import load
from app.core.templating import render
from app.equipment.reservations.booking import next_free_of
from app.equipment.reservations.policy import may_book
from app.equipment.reservations.sheet import BookingSheet, booking_sheet, ensure_offered
from app.equipment.reservations.showing import refusal_text, visible_instrument, wanted_slot
from app.equipment.waiting.forms import JoinForm
from app.equipment.waiting.models import WaitingEntry, WaitingState
from app.equipment.waiting.operations import decline_offer, join_line, leave_line
from app.equipment.waiting.panel import days_text, is_offer_open
from app.equipment.waiting.policy import WaitingPolicy
from app.equipment.waiting.queries import lengths_of_lines, waiting_for

bp = Blueprint("waiting", __name__, template_folder="../templates")
bp.add_app_template_global(days_text, "waiting_days")
bp.add_app_template_global(is_offer_open, "is_offer_open")


@bp.route("/instruments/<uuid:instrument_id>/waiting", methods=["GET", "POST"])
@acting_required
@asks(date=day, minutes=number, operator=mark)
def join(instrument_id: UUID) -> ResponseReturnValue:
    """Join the line of an instrument for some days."""
    actor = current_actor()
    instrument = visible_instrument(actor, instrument_id)
    if not may_book(actor):
        raise Forbidden(_l("Your role does not allow booking."), details={"needs": "owner / booker"})
    sheet = booking_sheet(instrument_id, (now(), now()))
    ensure_offered(sheet, actor)
    form = JoinForm()
    form.offer(sheet.rules)
    next_free = next_free_of(sheet)
    if request.method == "GET":
        free_on = next_free.astimezone(sheet.zone).date() if next_free else None
        form.prefill(request.args, now().astimezone(sheet.zone).date(), sheet.rules, free_on)
    if form.validate_on_submit():
        with form.attempt():
            join_line(actor, instrument_id, form.wish)
        if form.ok:
            flash(_("You are on the waiting list. We write as soon as something becomes free."), "ok")
            return redirect(url_for("reservations.list") + "#waiting")
    free = _free_slot(form, sheet)
    if form.refusal is not None and form.refusal.code == "free_now":
        form.form_errors[:] = [refusal_text(form.refusal, instrument)]
    page = render("equipment/waiting/join.html", form=form, instrument=instrument, next_free=next_free, free=free)
    return page, 200 if form.ok else 422


def _free_slot(form: JoinForm, sheet: BookingSheet) -> dict[str, str] | None:
    """The free slot of a refusal, as the fields of the booking form."""
    if form.refusal is None or form.refusal.code != "free_now":
        return None
    edges = form.refusal.details["alternatives"][0]
    begin, end = (datetime.fromisoformat(edges[name]) for name in ("starts_at", "ends_at"))
    return wanted_slot(period(begin, end), sheet.zone)


@bp.get("/waiting/<uuid:entry_id>")
@login_required
def show(entry_id: UUID) -> ResponseReturnValue:
    """Where a notice leads: to the check page while the slot is held, else to where the entry stands."""
    entry = load(WaitingEntry, entry_id, current_actor(), WaitingPolicy.leave)
    if entry.state is WaitingState.OFFERED and is_offer_open(entry):
        operator = "1" if entry.with_operator else None
        target = url_for("reservations.check", hold_id=entry.hold_id, purpose=entry.purpose, operator=operator)
        return redirect(target)
    if entry.state is WaitingState.BOOKED and entry.hold_id is not None:
        return redirect(url_for("reservations.show", reservation_id=entry.hold_id))
    flash(_("This offer has ended."), "warn")
    return redirect(url_for("reservations.list") + "#waiting")


@bp.post("/waiting/<uuid:entry_id>/decline")
@login_required
def decline(entry_id: UUID) -> ResponseReturnValue:
    """Not this slot; the next one is offered it."""
    actor = current_actor()
    entry = load(WaitingEntry, entry_id, actor, WaitingPolicy.decline, known_to=WaitingPolicy.view)
    decline_offer(actor, entry)
    flash(_("Declined. You stay on the waiting list for other times."), "ok")
    return redirect(url_for("reservations.list") + "#waiting")


@bp.post("/waiting/<uuid:entry_id>/leave")
@login_required
def leave(entry_id: UUID) -> ResponseReturnValue:
    """Give the place in line up."""
    actor = current_actor()
    entry = load(WaitingEntry, entry_id, actor, WaitingPolicy.leave, known_to=WaitingPolicy.view)
    leave_line(actor, entry)
    flash(_("You have left the waiting list."), "ok")
    return redirect(url_for("reservations.list"))


@bp.get("/waiting")
@acting_required
@asks(instrument=identity)
def list() -> ResponseReturnValue:  # noqa: A001 the endpoint's name
    """Who waits for our instruments, and for when."""
    actor = current_actor()
    if actor.organisation is None or actor.organisation.kind is not OrganisationKind.INSTITUTION:
        raise Missing(_l("There is nothing here, or it is not yours to see."))
    chosen = _identity(request.args.get("instrument", ""))
    statement = waiting_for(actor, chosen)
    if wants_csv():
        return _csv(session.scalars(statement).all())
    return render(
        "equipment/waiting/list.html",
        page=paginate(statement),
        lines=lengths_of_lines(actor),
        chosen=chosen,
    )


def _csv(entries: Sequence[WaitingEntry]) -> Response:
    header = (_("Asset no."), _("Instrument"), _("Customer"), _("Waits for"), _("Purpose"), _("State"), _("Since"))
    rows = (
        (one.instrument.asset_no, one.instrument.name_zh or one.instrument.name, one.payer.name,
         days_text(one, one.instrument), one.purpose, one.state.value,
         one.joined_at.astimezone(one.instrument.timezone).isoformat())
        for one in entries
    )  # fmt: skip
    return csv_response("waiting", header, rows)


def _identity(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
