"""What the pages of bookings need to know."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import request, url_for

from app.accounts.models import Actor
from app.core.attempts import attempt
from app.core.clock import DEFAULT_ZONE, Period, bounds, nearest_at_place, now, period
from app.core.db import session
from app.core.errors import DomainError, Missing
from app.core.i18n import gettext as _
from app.core.i18n import lazy_gettext as _l
from app.core.money import Money
from app.core.templating import format_period
from app.equipment.instruments.models import Instrument
from app.equipment.reservations.booking import answer_deadline, free_instead, nearest_free
from app.equipment.reservations.calendar import week_of_instrument
from app.equipment.reservations.extending import extensions
from app.equipment.reservations.forms import SlotForm, day_of, prefill
from app.equipment.reservations.hindrance import is_cancellable, is_hindered, is_movable
from app.equipment.reservations.models import Reservation, ReservationState
from app.equipment.reservations.operations import asks_anew, fee_of_cancelling, price_of_move
from app.equipment.reservations.panel import wanted_day
from app.equipment.reservations.parts import parts_of
from app.equipment.reservations.policy import ReservationPolicy, moves_for_customer
from app.equipment.reservations.proposals import proposed_time
from app.equipment.schedule.cancellation import CancellationRules, free_until
from app.equipment.tariffs.pricing import Quote

STATE_NAMES = {
    ReservationState.PENDING: _l("Awaiting approval"),
    ReservationState.CONFIRMED: _l("Confirmed"),
    ReservationState.IN_USE: _l("In use"),
    ReservationState.FINISHED: _l("Finished"),
    ReservationState.CANCELLED: _l("Cancelled"),
    ReservationState.DECLINED: _l("Not accepted"),
    ReservationState.EXPIRED: _l("Not answered in time"),
    ReservationState.NO_SHOW: _l("No-show"),
}


@dataclass(frozen=True, slots=True)
class Filters:
    """What of a list of bookings the address asks for."""

    when: str
    state: str
    text: str
    since: str
    until: str

    @property
    def query(self) -> dict[str, Any]:
        """Arguments for `bookings_of`; what makes no sense is left out."""
        return {
            "states": (ReservationState(self.state),) if self.state in set(ReservationState) else (),
            "text": self.text,
            "since": _day(self.since),
            "until": _day(self.until, following=True),
            "upcoming": {"coming": True, "past": False}.get(self.when),
        }


def filters(arguments: Mapping[str, str], default_when: str = "coming") -> Filters:
    """Read the filters of a list from its address."""
    return Filters(
        when=arguments.get("when", default_when),
        state=arguments.get("state", ""),
        text=arguments.get("q", "").replace("\x00", "").strip()[:100],
        since=arguments.get("since", ""),
        until=arguments.get("until", ""),
    )


def _day(text: str, *, following: bool = False) -> datetime | None:
    day = day_of(text)
    if day is None:
        return None
    return nearest_at_place(day + timedelta(days=following), datetime.min.time(), DEFAULT_ZONE)


def visible_instrument(actor: Actor, instrument_id: UUID) -> Instrument:
    """An instrument that this actor may see. Raises Missing."""
    instrument = session.get(Instrument, instrument_id)
    if instrument is None or not (instrument.is_published or actor.acts_for(instrument.owner_id)):
        raise Missing(_l("There is nothing here, or it is not yours to see."))
    return instrument


def refusal_text(refusal: DomainError, instrument: Instrument) -> str:
    """The sentence of a refusal, with the nearest free slots in words (flows.md W1)."""
    slots = [
        format_period(
            period(datetime.fromisoformat(one["starts_at"]), datetime.fromisoformat(one["ends_at"])),
            instrument.timezone,
        )
        for one in refusal.details.get("alternatives", ())
    ]
    if not slots:
        return str(refusal)
    near = _("Nearest free: %(slots)s.", slots=str(_("; ")).join(slots))
    return f"{refusal} {near}"


def state_name(reservation: Reservation) -> object:
    """Where a booking stands, in words."""
    return STATE_NAMES[reservation.state]


def local_times(reservation: Reservation) -> tuple[str, str]:
    """Beginning and end as files carry them: the wall time of the place, with its offset."""
    zone = reservation.instrument.timezone
    return reservation.starts_at.astimezone(zone).isoformat(), reservation.ends_at.astimezone(zone).isoformat()


def wanted_slot(stretch: Period, zone: ZoneInfo, *, operator: bool = False) -> dict[str, str]:
    """A slot as the fields `date`, `from` and `to` of a form or an address, and `operator` where one comes along."""
    starts_at, ends_at = (moment.astimezone(zone) for moment in bounds(stretch))
    slot = {"date": starts_at.date().isoformat(), "from": f"{starts_at:%H:%M}", "to": f"{ends_at:%H:%M}"}
    return {**slot, "operator": "1"} if operator else slot


def was_free_until(reservation: Reservation) -> datetime | None:
    """Until when cancelling cost nothing, once that is over (W4); a fee that a move kept has no such hour."""
    until = free_until(CancellationRules.from_json(reservation.cancellation), reservation.starts_at)
    return until if until <= now() else None


def again_url(reservation: Reservation) -> str:
    """The instrument's page with the first free time of that length near the weekday and hour of a booking, at least
    a day ahead, and its purpose (flows.md §1b)."""
    zone = reservation.instrument.timezone
    starts_at, length = reservation.starts_at.astimezone(zone), reservation.ends_at - reservation.starts_at
    while starts_at <= now() + timedelta(days=1):
        starts_at += timedelta(days=7)
    usual = period(starts_at, starts_at + length)
    free: list[tuple[datetime, datetime]] = []
    with attempt(even_denied=True):
        free = nearest_free(reservation.instrument_id, usual, 1)
    slot = wanted_slot(period(*free[0]) if free else usual, zone, operator=reservation.with_operator)
    wanted = {**slot, "purpose": reservation.purpose}
    return f"{url_for('instruments.show', instrument_id=reservation.instrument_id)}?{urlencode(wanted)}"


LOST = (ReservationState.DECLINED, ReservationState.EXPIRED, ReservationState.CANCELLED)


def times_to_propose(reservation: Reservation) -> list[tuple[str, str]]:
    """Choices for the one other time to propose: none, or a free one of the same length near a booking's own."""
    zone = reservation.instrument.timezone
    near = free_instead(reservation, 6)
    return [("", str(_("none"))), *((bounds(each)[0].isoformat(), format_period(each, zone)) for each in near)]


def proposed_slot(reservation: Reservation) -> dict[str, Any] | None:
    """The time that the institution proposed instead, while it is free: its words, and what holding it asks for."""
    proposed = proposed_time(reservation)
    if proposed is None:
        return None
    zone = reservation.instrument.timezone
    slot = wanted_slot(proposed, zone)
    operator = {"with_operator": "1"} if reservation.with_operator else {}
    return {"label": format_period(proposed, zone), "values": {**slot, **operator, "purpose": reservation.purpose}}


def other_times(reservation: Reservation) -> list[dict[str, str]]:
    """For a booking that came to nothing before its time: free times of its length near it, each with the address at
    which it is already chosen, its purpose typed (flows.md W24). None when the instrument is no longer offered."""
    if reservation.state not in LOST or not reservation.is_upcoming:
        return []
    zone, place = reservation.instrument.timezone, url_for("instruments.show", instrument_id=reservation.instrument_id)
    free: list[Period] = []
    with attempt(even_denied=True):
        free = [period(*each) for each in nearest_free(reservation.instrument_id, reservation.booked)]
    extra = {"purpose": reservation.purpose}
    return [
        {
            "label": format_period(each, zone),
            "url": f"{place}?{urlencode(wanted_slot(each, zone, operator=reservation.with_operator) | extra)}",
        }
        for each in free
    ]


def booking_page(actor: Actor, reservation: Reservation) -> dict[str, Any]:
    """Context of a booking's own page."""
    rules = CancellationRules.from_json(reservation.cancellation)
    templates, context = parts_of(actor, reservation)
    may_cancel = is_cancellable(reservation)
    is_provider = actor.acts_for(reservation.provider_id) and reservation.payer_id != actor.organisation_id
    return {
        **context,
        "parts": templates,
        "reservation": reservation,
        "quote": Quote.from_json(reservation.quote),
        "state_name": state_name(reservation),
        "free_until": free_until(rules, reservation.starts_at),
        "fee": fee_of_cancelling(reservation) if may_cancel else None,
        "is_cancellable": may_cancel,
        "is_movable": is_movable(reservation),
        "is_hindered": is_hindered(reservation),
        "extensions": extensions(actor, reservation) if ReservationPolicy.extend(actor, reservation) else None,
        "charged_fee": Money(reservation.cancellation_fee_minor, reservation.currency),
        "just_made": request.args.get("made") == "1",
        "steps": steps(reservation, context.get("settled", "")),
        "may": {
            name: getattr(ReservationPolicy, name)(actor, reservation)
            for name in ("cancel", "move", "answer", "withdraw", "waive", "work")
        },
        "is_provider": is_provider,
        "proposed_slot": None if is_provider else proposed_slot(reservation),
        "other_times": [] if is_provider else other_times(reservation),
    }


def steps(reservation: Reservation, settled: str = "") -> list[dict[str, Any]]:
    """The life of a booking as a timeline; `settled` says how far its use is: accepted, billed, or neither."""
    state = reservation.state
    made = {"name": _("Booked"), "when": reservation.created_at, "state": "done"}
    if reservation.answer_due_at is not None:
        made["name"] = _("Requested")
    ways: list[dict[str, Any]] = [made]
    if reservation.answer_due_at is not None and state is ReservationState.PENDING:
        ways.append({"name": _("The institution answers"), "when": reservation.answer_due_at, "state": "now"})
    elif reservation.answered_at is not None:
        declined = state is ReservationState.DECLINED
        ways.append(
            {
                "name": _("Not accepted") if declined else _("Request approved"),
                "when": reservation.answered_at,
                "note": reservation.decline_reason,
                "state": "failed" if declined else "done",
            }
        )
    ended = {
        ReservationState.CANCELLED: _("Cancelled"),
        ReservationState.EXPIRED: _("Not answered in time"),
        ReservationState.NO_SHOW: _("Nobody came"),
    }.get(state)
    if ended:
        when = reservation.cancelled_at or reservation.changed_at
        ways.append({"name": ended, "when": when, "note": reservation.cancel_reason, "state": "failed"})
    elif state is not ReservationState.DECLINED:
        ways.extend(_use_steps(reservation, settled))
    return ways


def _use_steps(reservation: Reservation, settled: str) -> list[dict[str, Any]]:
    done, running = reservation.state is ReservationState.FINISHED, reservation.state is ReservationState.IN_USE
    confirmed = reservation.state is ReservationState.CONFIRMED
    return [
        {
            "name": _("Used"),
            "when": reservation.starts_at,
            "state": "done" if done else "now" if running or confirmed else "next",
        },
        {
            "name": _("Hours confirmed, fee final"),
            "when": None,
            "state": "done" if settled else "now" if done else "next",
        },
        {
            "name": _("On the monthly bill"),
            "when": None,
            "state": {"billed": "done", "accepted": "now"}.get(settled, "next"),
        },
    ]


def moving_page(actor: Actor, reservation: Reservation, form: SlotForm) -> dict[str, Any]:
    """Context of the page on which a booking is moved."""
    zone = reservation.instrument.timezone
    if request.method == "GET":
        prefill(form, request.args)
        if form.date.data is None:
            starts_at, ends_at = reservation.starts_at.astimezone(zone), reservation.ends_at.astimezone(zone)
            form.date.data, form.start.data, form.end.data = starts_at.date(), starts_at.time(), ends_at.time()
    day = wanted_day(request.args, form.date.data or reservation.starts_at.astimezone(zone).date())
    price, refusal = _moved_price(reservation, form)
    week = week_of_instrument(actor, reservation.instrument_id, day, without=reservation.id)
    for clock in (form.start, form.end):
        clock.offer(week.sheet.rules.granularity)
    return {
        **booking_page(actor, reservation),
        "form": form,
        "week": week,
        "new_price": price,
        "difference": price - Money(reservation.estimate_minor, reservation.currency) if price else None,
        "refusal": refusal,
        "due_fee": fee_of_cancelling(reservation),
        "for_customer": moves_for_customer(actor, reservation),
        "asks_anew": asks_anew(actor, reservation, week.sheet),
        "answer_due_at": _answer_due(reservation, form),
    }


def _answer_due(reservation: Reservation, form: SlotForm) -> datetime | None:
    """Until when the institution would answer for the time chosen; None while none is."""
    with attempt(even_denied=True) as tried:
        starts_at = bounds(form.period(reservation.instrument.timezone))[0]
    return answer_deadline(starts_at) if tried.ok else None


def _moved_price(reservation: Reservation, form: SlotForm) -> tuple[Money | None, DomainError | None]:
    if not (form.date.data and form.start.data and form.end.data):
        return None, None
    price = None
    with attempt(even_denied=True) as tried:
        price = price_of_move(reservation, form.period(reservation.instrument.timezone)).total
    return price, tried.refusal
