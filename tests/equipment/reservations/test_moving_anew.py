"""Moving a booking where the institution approves: a request again, once more answered, with its notices."""

from datetime import timedelta

import pytest
import time_machine
from flask.testing import FlaskClient
from sqlalchemy import select

from app.accounts.models import Actor, Organisation, OrganisationKind, Role
from app.core.clock import now
from app.core.db import session
from app.core.errors import Conflict
from app.core.events import relay
from app.core.money import Money
from app.equipment.instruments.models import Instrument
from app.equipment.reservations.booking import make_reservation
from app.equipment.reservations.models import Reservation, ReservationState
from app.equipment.reservations.operations import (
    approve_reservation,
    cancel_reservation,
    decline_reservation,
    expire_requests,
    fee_of_cancelling,
    move_reservation,
)
from app.equipment.reservations.reminders import remind_of_requests
from app.notifications.models import Mail, Notification
from tests.accounts.factories import make_actor, make_organisation, sign_in
from tests.equipment.factories import SHANGHAI, make_bookable_instrument, slot

EN = {"Accept-Language": "en"}


@pytest.fixture
def institution() -> Organisation:
    return make_organisation(OrganisationKind.INSTITUTION)


@pytest.fixture
def manager(institution: Organisation) -> Actor:
    return make_actor(institution, Role.MANAGER)


@pytest.fixture
def instrument(institution: Organisation) -> Instrument:
    return make_bookable_instrument(institution, rules={"needs_approval": True})


@pytest.fixture
def booker() -> Actor:
    return make_actor()


@pytest.fixture
def approved(manager: Actor, booker: Actor, instrument: Instrument) -> Reservation:
    """A confirmed booking, everybody told."""
    reservation = make_reservation(booker, instrument.id, slot(), purpose="x")
    relay()
    approve_reservation(manager, reservation)
    relay()
    return reservation


def told(person: Actor) -> list[str]:
    """Kinds of notices to somebody, in order."""
    found = select(Notification.kind).where(Notification.user_id == person.user_id).order_by(Notification.id)
    return list(session.scalars(found))


def test_a_confirmed_booking_becomes_a_request_again(manager: Actor, booker: Actor, approved: Reservation) -> None:
    first = approved.requested_at
    move_reservation(booker, approved, slot(days=5))
    session.commit()
    assert approved.state is ReservationState.PENDING
    assert (approved.answered_at, approved.answered_by_id) == (None, None)
    assert approved.answer_due_at is not None
    assert now() < approved.answer_due_at < approved.starts_at
    assert first is not None
    assert approved.requested_at is not None
    assert approved.requested_at > first
    make_reservation(make_actor(), approved.instrument_id, slot(), purpose="y")  # the old time is free
    assert approve_reservation(manager, approved).state is ReservationState.CONFIRMED


def test_everybody_hears_of_the_request_and_of_its_second_approval(
    manager: Actor, booker: Actor, approved: Reservation
) -> None:
    assert told(booker) == ["reservation_pending", "reservation_confirmed"]
    assert told(manager) == ["reservation_requested"]
    move_reservation(booker, approved, slot(days=5))
    relay()
    assert told(booker)[2:] == ["reservation_moved"]
    assert told(manager)[1:] == ["reservation_requested"]
    moved = session.scalars(select(Mail).where(Mail.key.startswith("reservation_moved"))).one()
    assert "须由仪器单位审核" in moved.body
    approve_reservation(manager, approved)
    relay()
    assert told(booker)[3:] == ["reservation_confirmed"]
    confirmed = session.scalars(select(Mail.key).where(Mail.key.startswith("reservation_confirmed"))).all()
    assert len(confirmed) == 2


def test_the_new_request_is_reminded_of_by_its_own_time(manager: Actor, booker: Actor, approved: Reservation) -> None:
    with time_machine.travel(now() + timedelta(days=1), tick=False):
        move_reservation(booker, approved, slot(days=9))
        assert remind_of_requests() == 0
        assert approved.answer_due_at is not None
        half = (approved.answer_due_at - now()) * 0.6
    with time_machine.travel(now() + timedelta(days=1) + half, tick=False):
        assert remind_of_requests() == 1
        assert remind_of_requests() == 0


def test_a_declined_move_ends_the_booking_free_and_takes_the_calendar_entry_back(
    manager: Actor, booker: Actor, approved: Reservation
) -> None:
    with time_machine.travel(approved.starts_at - timedelta(hours=2), tick=False):
        move_reservation(booker, approved, slot(days=9))
        assert approved.cancellation_fee_minor == 55_000
        decline_reservation(manager, approved, "Repair")
    relay()
    assert (approved.state, approved.cancellation_fee_minor) == (ReservationState.DECLINED, 0)
    mail = session.scalars(select(Mail).where(Mail.key.startswith("reservation_declined"))).one()
    assert [each["media_type"] for each in mail.attachments] == ["text/calendar; method=CANCEL"]


def test_an_unanswered_move_runs_out_free(booker: Actor, approved: Reservation) -> None:
    move_reservation(booker, approved, slot(days=9))
    assert approved.answer_due_at is not None
    with time_machine.travel(approved.answer_due_at, tick=False):
        assert expire_requests() == 1
    assert (approved.state, approved.cancellation_fee_minor) == (ReservationState.EXPIRED, 0)


def test_a_fee_due_at_the_move_stays_due_for_the_request(booker: Actor, approved: Reservation) -> None:
    with time_machine.travel(approved.starts_at - timedelta(hours=2), tick=False):
        move_reservation(booker, approved, slot(days=9))
        assert fee_of_cancelling(approved) == Money(55_000)
        move_reservation(booker, approved, slot(days=10))
        assert fee_of_cancelling(approved) == Money(55_000)
        with pytest.raises(Conflict):
            cancel_reservation(booker, approved, shown_fee=Money(0))
        cancel_reservation(booker, approved, shown_fee=Money(55_000))
    assert approved.cancellation_fee_minor == 55_000


def test_the_institutions_own_move_needs_no_approval(manager: Actor, booker: Actor, approved: Reservation) -> None:
    move_reservation(manager, approved, slot(days=5))
    relay()
    assert approved.state is ReservationState.CONFIRMED
    assert approved.answered_by_id == manager.user_id
    assert told(booker)[2:] == ["reservation_moved"]
    assert told(manager)[1:] == ["reservation_moved"]


def test_own_people_and_free_instruments_move_without_asking(institution: Organisation, manager: Actor) -> None:
    colleague = make_actor(institution, Role.BOOKER)
    needs = make_bookable_instrument(institution, rules={"needs_approval": True})
    own = make_reservation(colleague, needs.id, slot(), purpose="x")
    move_reservation(colleague, own, slot(days=5))
    outsider = make_actor()
    free = make_reservation(outsider, make_bookable_instrument(institution).id, slot(), purpose="x")
    move_reservation(outsider, free, slot(days=5))
    assert (own.state, free.state) == (ReservationState.CONFIRMED, ReservationState.CONFIRMED)


def wish(days: int = 5) -> dict[str, str]:
    begin, end = (edge.astimezone(SHANGHAI) for edge in (slot(days).lower, slot(days).upper) if edge is not None)
    return {"date": f"{begin:%Y-%m-%d}", "from": f"{begin:%H:%M}", "to": f"{end:%H:%M}"}


def test_the_page_says_that_the_move_needs_approval_before_it_is_pressed(
    client: FlaskClient, booker: Actor, approved: Reservation
) -> None:
    sign_in(client, booker)
    page = f"/bookings/{approved.id}/move"
    before = client.get(page, headers=EN).text
    assert "The institution must approve the new time" in before
    assert "Ask to move this booking" in before
    quote = client.post(page, data=wish(), headers={**EN, "HX-Request": "true"}).text
    assert "The institution must approve the new time; it answers by" in quote
    assert approved.state is ReservationState.CONFIRMED
    answer = client.post(page, data=wish(), headers=EN)
    assert answer.status_code == 302
    assert approved.state is ReservationState.PENDING
    after = client.get(answer.headers["Location"], headers=EN).text
    assert "The request has a new time." in after
    assert "must approve" not in client.get(page, headers=EN).text  # it waits already


def test_a_manager_moves_for_the_customer_over_the_page(
    client: FlaskClient, manager: Actor, booker: Actor, approved: Reservation
) -> None:
    sign_in(client, manager)
    assert "Move for the customer" in client.get(f"/bookings/{approved.id}", headers=EN).text
    page = f"/bookings/{approved.id}/move"
    assert booker.organisation is not None
    assert f"You move it for {booker.organisation.name}" in client.get(page, headers=EN).text
    assert client.post(page, data=wish()).status_code == 302
    assert approved.state is ReservationState.CONFIRMED
