"""The button that takes back what stands in the way of maintenance and blocks the instrument."""

from uuid import UUID

from flask import Blueprint, flash, redirect, url_for
from flask.typing import ResponseReturnValue

from app.accounts.identity import acting_required, current_actor
from app.core.i18n import ngettext
from app.core.policy import load
from app.core.templating import format_period, render
from app.equipment.instruments.models import Instrument
from app.equipment.reservations.blocking import block_over_bookings
from app.equipment.schedule.forms import MaintenanceForm
from app.equipment.schedule.policy import SchedulePolicy

bp = Blueprint("blocking", __name__, template_folder="../templates")


@bp.post("/instruments/<uuid:instrument_id>/maintenance/over")
@acting_required
def over(instrument_id: UUID) -> ResponseReturnValue:
    """Take back every booking in the way, free of charge, and block that time."""
    actor = current_actor()
    instrument = load(Instrument, instrument_id, actor, SchedulePolicy.manage, known_to=SchedulePolicy.view)
    form = MaintenanceForm(prefix="maintenance-")
    if form.validate():
        with form.attempt():
            blocked = block_over_bookings(actor, instrument, form.period(instrument.timezone), form.reason.data or "")
        if form.ok:
            when = format_period(blocked.stretch, instrument.timezone)
            flash(
                ngettext(
                    "Blocked: %(when)s. %(num)d booking was taken back; its customer reads which times are free.",
                    "Blocked: %(when)s. %(num)d bookings were taken back; their customers read which times are free.",
                    blocked.taken_back,
                    when=when,
                ),
                "ok",
            )
            return redirect(url_for("schedule.hours", instrument_id=instrument.id, _anchor="maintenance"))
    page = render("equipment/reservations/over.html", instrument=instrument, form=form)
    return page, form.refusal.status if form.refusal is not None else 422
