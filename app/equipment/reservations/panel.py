"""The calendar and the quote on an instrument's page."""

from collections.abc import Mapping
from datetime import date
from typing import Any
from urllib.parse import urlencode

from flask import request, session, url_for

from app.accounts.models import Actor
from app.core.attempts import attempt
from app.core.clock import now
from app.core.errors import DomainError
from app.core.ids import secret_token
from app.equipment.instruments.models import Instrument
from app.equipment.reservations.booking import Offer, next_free_of, quote_slot
from app.equipment.reservations.calendar import week_of_instrument
from app.equipment.reservations.forms import SlotForm, day_of, prefill
from app.equipment.reservations.holds import held_for, holder_names, holder_of
from app.equipment.reservations.stamps import read_stamp, stamp
from app.equipment.tariffs.queries import payer_class


def own_holders(actor: Actor) -> tuple[str, ...]:
    """Under which names slots may be held for this browser or for the organisation acted for."""
    token = session.get("browser")
    return (*(holder_names(holder_of(token)) if token else ()), *held_for(actor))


def browser_holder() -> str:
    """The digest under which this browser holds slots; gives it a token at its first hold."""
    if "browser" not in session:
        session["browser"] = secret_token()
    return holder_of(session["browser"])


def wanted_day(arguments: Mapping[str, str], fallback: date) -> date:
    """The day that an address asks for, in `week` or `date`."""
    for name in ("week", "date"):
        day = day_of(arguments.get(name, ""))
        if day is not None:
            return day
    return fallback


def booking_panel(actor: Actor, instrument: Instrument, arguments: Mapping[str, str]) -> dict[str, Any]:
    """Context of ``equipment/reservations/_panel.html``."""
    today = now().astimezone(instrument.timezone).date()
    week = week_of_instrument(actor, instrument.id, wanted_day(arguments, today), holders=own_holders(actor))
    form = SlotForm(request.form if request.method == "POST" else None)
    prefill(form, arguments)
    for clock in (form.start, form.end):
        clock.offer(week.sheet.rules.granularity)
    stamped = request.form.get("quote", arguments.get("quote", ""))
    offer, refusal = offered(actor, instrument, form, stamped)
    base = url_for("instruments.show", instrument_id=instrument.id)
    return {
        "booking_week": week,
        "booking_next_free": next_free_of(week.sheet) if week.is_full else None,
        "booking_form": form,
        "booking_offer": offer,
        "booking_refusal": refusal,
        "booking_stamp": stamp_of(actor, offer, form),
        "booking_payer": payer_class(actor.organisation, instrument.owner_id).value,
        "booking_bookable": week.sheet.terms is not None and not week.sheet.weekly.is_empty,
        "booking_previous": f"{base}?{urlencode({'week': week.previous})}",
        "booking_next": f"{base}?{urlencode({'week': week.next})}",
        "booking_today": base,
    }


def offered(
    actor: Actor, instrument: Instrument, form: SlotForm, stamped: str = ""
) -> tuple[Offer | None, DomainError | None]:
    """The quote of what a form asks for, or why there is none; neither when nothing is chosen yet.

    `stamped` is the stamp of a quote that was shown before: it counts when it was of this very wish.
    """
    if not (form.date.data and form.start.data and form.end.data):
        return None, None
    offer = None
    with attempt(even_denied=True) as tried:
        stretch = form.period(instrument.timezone)
        operator = bool(form.with_operator.data)
        told = read_stamp(stamped, actor, instrument.id, stretch, with_operator=operator)
        offer = quote_slot(actor, instrument.id, stretch, with_operator=operator, told=told)
    return offer, tried.refusal


def stamp_of(actor: Actor, offer: Offer | None, form: SlotForm) -> str:
    """The stamp of a quote that is being shown for what a form asks."""
    if offer is None:
        return ""
    operator = bool(form.with_operator.data)
    return stamp(actor, offer.sheet.instrument_id, offer.stretch, offer.told, with_operator=operator)
