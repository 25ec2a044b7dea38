"""The phone page behind the QR code: start, walk in, finish; two taps and three, nothing typed (flows.md §1h)."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import joinedload
from werkzeug.datastructures import MultiDict
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]

from app.accounts.identity import ask_to_sign_in, current_actor, login_required
from app.accounts.models import Actor
from app.core.attempts import attempt
from app.core.clock import now
from app.core.db import session
from app.core.errors import Invalid, Missing
from app.core.filters import asks, identity, one_of
from app.core.i18n import gettext as _
from app.core.i18n import lazy_gettext as _l
from app.core.policy import ensure, load
from app.core.templating import format_time, render
from app.equipment.instruments.models import Instrument
from app.equipment.reservations.extending import extend_reservation
from app.equipment.reservations.forms import ExtendForm
from app.equipment.reservations.models import Reservation
from app.equipment.reservations.policy import ReservationPolicy
from app.equipment.reservations.showing import refusal_text
from app.equipment.tariffs.pricing import MOST_UNITS
from app.equipment.usage.codes import code_of, instrument_id_of
from app.equipment.usage.forms import FinishForm, StartForm, WalkInForm
from app.equipment.usage.operations import finish_use, start_use
from app.equipment.usage.phone import consumable_tiles, phone_page, reckon
from app.equipment.usage.policy import UsePolicy
from app.equipment.usage.sent import SentPress, read_presses
from app.equipment.usage.walkins import start_walk_in

bp = Blueprint("phone", __name__, url_prefix="/i/<code>", template_folder="../templates")

STEP_MINUTES = 5
NOT_HERE = _l("There is nothing here, or it is not yours to see.")


def _instrument(code: str) -> Instrument:
    identity = instrument_id_of(code)
    found = identity and session.get(Instrument, identity, options=[joinedload(Instrument.owner)])
    if not found or not UsePolicy.know_instrument(current_actor(), found):
        raise Missing(NOT_HERE)
    return found


def _working(code: str) -> Instrument:
    """The instrument of somebody who works at it. Raises Forbidden or Missing for others."""
    instrument = _instrument(code)
    ensure(current_actor(), UsePolicy.walk_in, instrument, known_to=UsePolicy.know_instrument)
    return instrument


@bp.get("")
@asks(booking=identity, done=identity, stage=one_of(("finish",)))
def show(code: str) -> ResponseReturnValue:
    """The state of the instrument for its people; a visitor may sign in, everybody else sees the public page."""
    actor = current_actor()
    identity = instrument_id_of(code)
    instrument = identity and session.get(Instrument, identity, options=[joinedload(Instrument.owner)])
    if not instrument:
        raise Missing(NOT_HERE)
    if actor.user is None:
        if not instrument.is_published:
            return ask_to_sign_in()
        return render("equipment/usage/visitor.html", instrument=instrument, code=code)
    if not UsePolicy.walk_in(actor, instrument):
        ensure(actor, UsePolicy.know_instrument, instrument, known_to=UsePolicy.walk_in)
        return redirect(url_for("instruments.show", instrument_id=instrument.id))
    return _page(instrument)


def _page(instrument: Instrument, walk_in_form: WalkInForm | None = None, **changes: Any) -> str:
    page = phone_page(
        current_actor(), instrument, _identity(request.args.get("booking")), _identity(request.args.get("done"))
    )
    if page["stage"] == "running" and request.args.get("stage") == "finish":
        page["stage"] = "finish"
    lengths = page.get("lengths", [])
    walk_in = walk_in_form or WalkInForm(formdata=None, minutes=60 if 60 in lengths else max(lengths, default=None))
    walk_in.minutes.choices = [SelectChoice(each, each) for each in lengths]
    context = {
        **page,
        "start_form": StartForm(formdata=None),
        "walk_in_form": walk_in,
        "walk_in_open": bool(walk_in_form),
        "finish_form": FinishForm(formdata=None),
        "ended_at": page["moment"],
        "shifted": False,
        "code": code_of(instrument.id),
        **changes,
    }
    return render("equipment/usage/phone.html", **context)


def _identity(text: str | None) -> UUID | None:
    try:
        return UUID(text or "")
    except ValueError:
        return None


def _booking(instrument: Instrument, text: str | None) -> Reservation:
    identity = _identity(text)
    if identity is None:
        raise Missing(NOT_HERE)
    reservation = load(Reservation, identity, current_actor(), ReservationPolicy.view)
    if reservation.instrument_id != instrument.id:
        raise Missing(NOT_HERE)
    return reservation


def _home(code: str, **arguments: Any) -> ResponseReturnValue:
    return redirect(url_for(".show", code=code, **arguments))


@bp.post("/start")
@login_required
def start(code: str) -> ResponseReturnValue:
    """Start a booking now."""
    instrument = _working(code)
    form = StartForm()
    reservation = _booking(instrument, form.reservation.data)
    with form.attempt():
        start_use(current_actor(), reservation, device_key=form.device_key.data or None)
    if form.refusal is not None:
        flash(str(form.refusal), "error")
    return _home(code)


@bp.post("/walk-in")
@login_required
def walk_in(code: str) -> ResponseReturnValue:
    """Book from now and start at once."""
    instrument = _working(code)
    form = WalkInForm()
    form.minutes.choices = [SelectChoice(form.minutes.data or 0, "")]
    if form.validate():
        with form.attempt():
            start_walk_in(
                current_actor(),
                instrument,
                payer_code=form.payer_code.data or None,
                minutes=form.minutes.data,
                purpose=form.purpose.data or _("Walk-in"),
            )
        if form.ok:
            return _home(code)
    if form.refusal is not None and form.refusal.field != "payer_code":
        flash(refusal_text(form.refusal, instrument), "error")
        return _home(code)
    return _page(instrument, walk_in_form=form), 422


@bp.post("/finish")
@login_required
def finish(code: str) -> ResponseReturnValue:
    """Finish the running use; a POST with ``shift`` only steps the end or a count."""
    instrument = _working(code)
    form = FinishForm()
    reservation = _booking(instrument, form.reservation.data)
    counted = counted_consumables(request.form)
    ended_at = _instant(form.ended_at.data)
    shift = request.form.get("shift", "")
    if shift:
        ended_at, counted = _shifted(shift, ended_at or now(), counted)
    elif form.validate():
        with form.attempt():
            finish_use(
                current_actor(),
                reservation,
                ended_at=ended_at,
                consumables=counted,
                fault=_fault(form),
                device_key=form.device_key.data or None,
            )
        if form.ok:
            return _home(code, done=reservation.id)
    return _finish_page(instrument, reservation, form, ended_at or now(), counted, shifted=bool(shift))


def _finish_page(
    instrument: Instrument,
    reservation: Reservation,
    form: FinishForm,
    ended_at: datetime,
    counted: dict[str, int],
    *,
    shifted: bool,
) -> ResponseReturnValue:
    page = phone_page(current_actor(), instrument)
    if page["stage"] != "running" or page["reservation"].id != reservation.id:
        flash(str(form.refusal or _("This use has been finished already.")), "error")
        return _home(code_of(instrument.id), done=reservation.id)
    reckoning = reckon(reservation, page["use"].started_at, ended_at, counted)
    tiles = consumable_tiles(reservation, counted)
    changes: dict[str, Any] = {
        "stage": "finish",
        "finish_form": form,
        "ended_at": ended_at,
        "tiles": tiles,
        "reckoning": reckoning,
    }
    return _page(instrument, **changes, shifted=shifted), 200 if form.ok else 422


@bp.post("/extend")
@login_required
def extend(code: str) -> ResponseReturnValue:
    """Give the running use more time, up to the next booking."""
    instrument = _working(code)
    reservation = _booking(instrument, request.form.get("reservation"))
    form = ExtendForm()
    with form.attempt():
        extend_reservation(current_actor(), reservation, form.end)
    if form.refusal is not None:
        flash(str(form.refusal), "error")
    else:
        flash(_("Extended to %(time)s.", time=format_time(reservation.ends_at, instrument.timezone)), "toast")
    return _home(code)


@bp.post("/price")
@login_required
def price(code: str) -> ResponseReturnValue:
    """What the use would cost with these counts and this end, as a part of the page; nothing is written."""
    instrument = _working(code)
    reservation = _booking(instrument, request.form.get("reservation"))
    page = phone_page(current_actor(), instrument)
    ended_at = _instant(request.form.get("ended_at")) or now()
    began = page["use"].started_at if page["use"] is not None else now()
    reckoning = reckon(reservation, began, ended_at, counted_consumables(request.form))
    return render("equipment/usage/_cost.html", reckoning=reckoning)


@bp.post("/presses")
@login_required
def presses(code: str) -> ResponseReturnValue:
    """Presses that a phone kept while it had no network, in their order: JSON in, an outcome for each out."""
    instrument = _working(code)
    outcomes = [_carry_out(current_actor(), instrument, press) for press in read_presses(request.get_json(silent=True))]
    return {"outcomes": outcomes}


def _carry_out(actor: Actor, instrument: Instrument, press: SentPress) -> dict[str, Any]:
    with attempt(even_denied=True) as tried:
        reservation = _booking(instrument, press.reservation)
        common: dict[str, Any] = {"pressed_at": press.pressed_at, "device_key": press.key}
        if press.action == "start":
            use = start_use(actor, reservation, **common)
        else:
            use = finish_use(
                actor, reservation, ended_at=press.ended_at, consumables=press.consumables, fault=press.fault, **common
            )
    if tried.refusal is not None:
        return {"key": press.key, "ok": False, "message": str(tried.refusal)}
    return {"key": press.key, "ok": True, "state": use.state.value}


def _instant(text: str | None) -> datetime | None:
    try:
        found = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    return found if found.tzinfo is not None and 2000 <= found.year < 2200 else None


def _fault(form: FinishForm) -> str:
    return form.fault.data or (_("Something is wrong.") if request.form.get("is_faulty") else "")


def counted_consumables(sent: MultiDict[str, str]) -> dict[str, int]:
    """What was counted, from inputs called ``consumable:<code>``; blanks are none. Raises Invalid for no number."""
    counted = {}
    for name, value in sent.items():
        if not name.startswith("consumable:") or not value.strip():
            continue
        text = value.strip()
        if not (text.isascii() and text.isdigit()) or len(text) > 9 or int(text) > MOST_UNITS:
            raise Invalid(_l("A whole number from 0 on is expected here."), field=name)
        counted[name.removeprefix("consumable:")] = int(text)
    return counted


def _shifted(shift: str, ended_at: datetime, counted: dict[str, int]) -> tuple[datetime, dict[str, int]]:
    """Step without scripts: ``end:+`` and ``end:-`` by five minutes, ``<code>:+`` and ``<code>:-`` by one.

    Anything else, which is what the Enter key sends, only works the fee out anew.
    """
    if not shift.endswith((":+", ":-")):
        return ended_at, counted
    target, _colon, way = shift.rpartition(":")
    step = 1 if way == "+" else -1
    if target == "end":
        return min(ended_at + timedelta(minutes=STEP_MINUTES * step), now()), counted
    return ended_at, {**counted, target: max(0, counted.get(target, 0) + step)}
