"""Pages on which an institution sets when an instrument is open, closed for maintenance, and how it is booked."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import joinedload

from app.accounts.identity import acting_required, current_actor
from app.core.clock import Period, now, period, today
from app.core.db import session
from app.core.errors import Missing
from app.core.i18n import gettext as _
from app.core.i18n import lazy_gettext as _l
from app.core.i18n import ngettext
from app.core.policy import Rule, load
from app.core.templating import render
from app.equipment.instruments.models import Instrument
from app.equipment.schedule.forms import FILLINGS, CopyForm, ExceptionForm, HoursForm, MaintenanceForm, RulesForm
from app.equipment.schedule.models import Occupation, OpeningException
from app.equipment.schedule.operations import (
    add_maintenance,
    copy_opening_hours,
    remove_exception,
    remove_maintenance,
    set_booking_rules,
    set_exception,
    set_opening_hours,
)
from app.equipment.schedule.policy import SchedulePolicy
from app.equipment.schedule.queries import (
    booking_rules,
    bookings_outside,
    exception_of,
    exceptions_from,
    instruments_with_hours,
    maintenance_from,
    timetable,
    weekly_hours,
)
from app.equipment.schedule.template_views import week_text
from app.equipment.schedule.templates import templates_of, week_kept
from app.equipment.settings import settings

bp = Blueprint("schedule", __name__, url_prefix="/instruments/<uuid:instrument_id>", template_folder="../templates")

LOOK_AHEAD = timedelta(days=366)
NOT_HERE = _l("There is nothing here, or it is not yours to see.")


@bp.route("/hours", methods=["GET", "POST"])
@acting_required
def hours(instrument_id: UUID) -> ResponseReturnValue:
    """The weekly template; a POST with ``fill`` only fills the fields."""
    instrument = _instrument(instrument_id)
    form = HoursForm()
    if request.method == "GET":
        form.show(weekly_hours(instrument.id))
    elif "fill" in request.form:
        _fill(form, request.form["fill"])
    elif form.validate():
        with form.attempt():
            set_opening_hours(current_actor(), instrument, form.weekly)
        if form.ok:
            _tell_outside(instrument)
            return redirect(url_for(".hours", instrument_id=instrument.id))
    return _hours_page(instrument, form=form)


@bp.post("/hours/copy")
@acting_required
def copy(instrument_id: UUID) -> ResponseReturnValue:
    """Take the weekly template of another instrument of the same owner."""
    instrument = _instrument(instrument_id, SchedulePolicy.manage)
    form = _copy_form(instrument)
    if form.validate():
        source = load(Instrument, UUID(form.source.data), current_actor(), SchedulePolicy.view)
        copy_opening_hours(current_actor(), source, instrument)
        _tell_outside(instrument)
        return redirect(url_for(".hours", instrument_id=instrument.id))
    return _hours_page(instrument, copying=form)


@bp.post("/exceptions")
@acting_required
def add_exception(instrument_id: UUID) -> ResponseReturnValue:
    """Other hours on one day."""
    instrument = _instrument(instrument_id, SchedulePolicy.manage)
    form = ExceptionForm(prefix="exception-")
    if form.validate():
        with form.attempt():
            set_exception(current_actor(), instrument, form.on, form.hours.hours, form.reason.data or "")
        if form.ok:
            _tell_outside(instrument)
            return redirect(url_for(".hours", instrument_id=instrument.id, _anchor="exceptions"))
    return _hours_page(instrument, excepting=form)


@bp.post("/exceptions/<uuid:exception_id>/remove")
@acting_required
def drop_exception(instrument_id: UUID, exception_id: UUID) -> ResponseReturnValue:
    """Let the template hold on that day again."""
    instrument = _instrument(instrument_id, SchedulePolicy.manage)
    exception = session.get(OpeningException, exception_id)
    if exception is None or exception.instrument_id != instrument.id:
        raise Missing(NOT_HERE)
    remove_exception(current_actor(), instrument, exception)
    flash(_("The usual hours hold on that day again."), "toast")
    return redirect(url_for(".hours", instrument_id=instrument.id, _anchor="exceptions"))


@bp.post("/maintenance")
@acting_required
def block(instrument_id: UUID) -> ResponseReturnValue:
    """Keep a stretch of time free of bookings; 409 with what stands in the way."""
    instrument = _instrument(instrument_id, SchedulePolicy.manage)
    form = MaintenanceForm(prefix="maintenance-")
    if form.validate():
        with form.attempt():
            add_maintenance(current_actor(), instrument, form.period(instrument.timezone), form.reason.data or "")
        if form.ok:
            flash(_("The instrument is blocked in that time."), "toast")
            return redirect(url_for(".hours", instrument_id=instrument.id, _anchor="maintenance"))
    return _hours_page(instrument, blocking=form)


@bp.post("/maintenance/<uuid:occupation_id>/remove")
@acting_required
def unblock(instrument_id: UUID, occupation_id: UUID) -> ResponseReturnValue:
    """End a maintenance block."""
    instrument = _instrument(instrument_id, SchedulePolicy.manage)
    occupation = session.get(Occupation, occupation_id)
    if occupation is None or occupation.instrument_id != instrument.id:
        raise Missing(NOT_HERE)
    remove_maintenance(current_actor(), instrument, occupation)
    flash(_("That time can be booked again."), "toast")
    return redirect(url_for(".hours", instrument_id=instrument.id, _anchor="maintenance"))


@bp.route("/rules", methods=["GET", "POST"])
@acting_required
def rules(instrument_id: UUID) -> ResponseReturnValue:
    """Granularity, lengths, notice, horizon, approval and cancellation."""
    instrument = _instrument(instrument_id)
    form = RulesForm(booking_rules(instrument.id))
    if form.validate_on_submit():
        with form.attempt():
            set_booking_rules(
                current_actor(), instrument, form.slots, form.cancellation, needs_approval=form.needs_approval.data
            )
        if form.ok:
            flash(_("These rules hold for new bookings from now on."), "toast")
            return redirect(url_for(".rules", instrument_id=instrument.id))
    page = render(
        "equipment/schedule/rules.html", instrument=instrument, form=form, may_change=_may_change(instrument),
        least_notice=settings.number("approval_notice_minutes"),
    )  # fmt: skip
    return page, _status(form)


def _instrument(instrument_id: UUID, permission: Rule = SchedulePolicy.view) -> Instrument:
    return load(
        Instrument,
        instrument_id,
        current_actor(),
        permission,
        known_to=SchedulePolicy.view,
        options=[joinedload(Instrument.owner)],
    )


def _may_change(instrument: Instrument) -> bool:
    return SchedulePolicy.manage(current_actor(), instrument)


def _fill(form: HoursForm, filling: str) -> None:
    if filling in FILLINGS:
        form.fill(FILLINGS[filling])
    elif filling == "monday":
        form.take_monday()


def _copy_form(instrument: Instrument) -> CopyForm:
    form = CopyForm(prefix="copy-")
    form.offer(instruments_with_hours(instrument))
    return form


def _tell_outside(instrument: Instrument) -> None:
    """Say that the hours are saved, and how many bookings now lie outside of them."""
    until = now() + LOOK_AHEAD
    outside = bookings_outside(instrument.id, timetable(instrument, (now(), until)), until)
    flash(_("Hours saved."), "toast")
    if outside:
        flash(
            ngettext(
                "%(num)d booking lies outside these hours and stays. Move or cancel it if it cannot.",
                "%(num)d bookings lie outside these hours and stay. Move or cancel those that cannot.",
                len(outside),
            ),
            "warn",
        )


def _hours_page(instrument: Instrument, **forms: Any) -> ResponseReturnValue:
    """The page with every form on it; those not sent are fresh."""
    form = forms.get("form")
    if form is None:
        form = HoursForm(formdata=None)
        form.show(weekly_hours(instrument.id))
    page = render(
        "equipment/schedule/hours.html",
        instrument=instrument,
        form=form,
        copying=forms.get("copying") or _copy_form(instrument),
        excepting=forms.get("excepting") or ExceptionForm(formdata=None, prefix="exception-"),
        blocking=forms.get("blocking") or MaintenanceForm(formdata=None, prefix="maintenance-"),
        weekly_minutes=weekly_hours(instrument.id).minutes,
        exceptions=[(each, _hours_text(each)) for each in exceptions_from(instrument.id, today(instrument.timezone))],
        hits=[
            _hit(each) for form in forms.values() if form.refusal for each in form.refusal.details.get("bookings", ())
        ],
        blocks=maintenance_from(instrument.id, now()),
        may_change=_may_change(instrument),
        templates=[(each, week_text(week_kept(each))) for each in templates_of(instrument.owner_id)]
        if _may_change(instrument)
        else [],
    )
    return page, max((_status(each) for each in forms.values()), default=200)


def _hours_text(exception: OpeningException) -> str:
    return ", ".join(str(one) for one in exception_of(exception.stretches, "").hours)


def _hit(booking: Mapping[str, str]) -> tuple[str, str, Period]:
    return (
        booking["id"],
        booking["kind"],
        period(*(datetime.fromisoformat(booking[name]) for name in ("starts_at", "ends_at"))),
    )


def _status(form: Any) -> int:
    """409 and 422 for what an operation refused, 422 for what the form itself did."""
    if form.refusal is not None:
        return int(form.refusal.status)
    return 422 if form.errors else 200
