"""Calendar feeds behind unguessable addresses that can be taken back."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Select, func, select

from app.accounts.identity import current_actor, login_required
from app.accounts.members.queries import actor_again
from app.accounts.models import Membership
from app.core.clock import now
from app.core.db import session
from app.core.i18n import gettext as _
from app.core.templating import render
from app.core.tenancy import everybody
from app.equipment.instruments.models import Instrument
from app.equipment.reservations.invitations import feed, maintenance_entry
from app.equipment.reservations.models import Reservation, ReservationState
from app.equipment.reservations.queries import WITH_NAMES
from app.equipment.reservations.showing import visible_instrument
from app.equipment.schedule.queries import maintenance_from
from app.files.models import CalendarFeed, FeedKind
from app.files.operations import create_feed, revoke_feed
from app.files.queries import feed_of, find_feed
from app.notifications.links import public_url

bp = Blueprint("feeds", __name__, template_folder="../templates")

KEPT = timedelta(days=180)
MOST_EVENTS = 2000
SHOWN = (
    ReservationState.PENDING,
    ReservationState.CONFIRMED,
    ReservationState.IN_USE,
    ReservationState.FINISHED,
    ReservationState.CANCELLED,
)


@bp.get("/calendar/<token>.ics")
def show(token: str) -> ResponseReturnValue:
    """The feed behind an address; an unknown or revoked one is not there."""
    found = find_feed(token)
    if found is None:
        abort(404)
    with everybody():  # whoever asks has no account here; the address itself says whose bookings to show
        body = _person_feed(found) if found.kind is FeedKind.USER else _instrument_feed(found)
    response = Response(body, content_type="text/calendar; charset=utf-8")
    response.headers["Cache-Control"] = "private, max-age=300"
    response.add_etag()
    return response.make_conditional(request)


def _person_feed(found: CalendarFeed) -> bytes:
    member_of = select(Membership.organisation_id).where(
        Membership.user_id == found.user_id, Membership.requested_at.is_(None)
    )
    statement = select(Reservation).where(
        Reservation.booker_id == found.user_id, Reservation.payer_id.in_(member_of)
    )  # a booking stays with the organisation when its booker leaves
    return feed(_("My bookings"), _recent(statement), personal=True)


def _instrument_feed(found: CalendarFeed) -> bytes:
    instrument = session.get_one(Instrument, found.subject_id)
    if not instrument.is_published:  # it is for its institution only
        visible_instrument(actor_again(found.user_id, instrument.owner_id), instrument.id)
    statement = select(Reservation).where(Reservation.instrument_id == instrument.id)
    name = instrument.name_zh or instrument.name
    blocks = maintenance_from(instrument.id, now() - KEPT)[:MOST_EVENTS]
    more = [maintenance_entry(block, instrument) for block in blocks]
    return feed(name, _recent(statement), personal=False, zone=instrument.zone, more=more)


def _recent(statement: Select[Any]) -> list[Reservation]:
    """What is coming and what was, the oldest left out when there is too much of it."""
    found = session.scalars(
        statement.options(*WITH_NAMES)
        .where(Reservation.state.in_(SHOWN), func.lower(Reservation.period) > now() - KEPT)
        .order_by(func.lower(Reservation.period).desc())
        .limit(MOST_EVENTS)
    ).all()
    return [*reversed(found)]


@bp.route("/bookings/calendar", methods=["GET", "POST"])
@login_required
def mine() -> ResponseReturnValue:
    """The address of my own feed: make it, make a new one, take it back."""
    return _manage(FeedKind.USER, None, url_for(".mine"), _("My bookings"))


@bp.route("/instruments/<uuid:instrument_id>/calendar", methods=["GET", "POST"])
@login_required
def instrument(instrument_id: UUID) -> ResponseReturnValue:
    """The address of a feed of one instrument's taken times, without names."""
    thing = visible_instrument(current_actor(), instrument_id)
    here = url_for(".instrument", instrument_id=instrument_id)
    return _manage(FeedKind.INSTRUMENT, instrument_id, here, thing.name_zh or thing.name)


def _manage(kind: FeedKind, subject_id: UUID | None, here: str, name: str) -> ResponseReturnValue:
    actor = current_actor()
    existing = feed_of(actor, kind, subject_id)
    address = None
    if request.method == "POST":
        if request.form.get("action") == "revoke" and existing is not None:
            revoke_feed(actor, existing)
            flash(_("The address no longer works."), "ok")
            return redirect(here)
        existing, token = create_feed(actor, kind, subject_id)
        address = public_url(url_for(".show", token=token))
    return render("equipment/reservations/feed.html", feed=existing, address=address, here=here, name=name)
