"""Requests of organisations that the operator has not verified yet (flows.md §4)."""

from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from flask.testing import FlaskClient
from sqlalchemy import select

from app.accounts.events import OrganisationVerified
from app.accounts.models import Actor, Organisation, OrganisationKind, Role, Verification
from app.accounts.organisations.operations import verify_organisation
from app.accounts.tokens.operations import create_token
from app.core.clock import now
from app.core.db import session
from app.core.errors import Conflict
from app.core.events import emit, relay
from app.core.ids import uuid7
from app.equipment.reservations.booking import make_reservation
from app.equipment.reservations.models import Reservation, ReservationState
from app.equipment.reservations.operations import approve_reservation, decline_reservation, expire_requests
from app.equipment.reservations.reminders import remind_of_requests
from app.notifications.models import Mail, Notification
from tests.accounts.factories import make_actor, make_operator, make_organisation, sign_in
from tests.equipment.factories import make_bookable_instrument, slot

EN = {"Accept-Language": "en"}
Request = Callable[..., Reservation]


@pytest.fixture
def manager() -> Actor:
    return make_actor(make_organisation(OrganisationKind.INSTITUTION), Role.MANAGER)


@pytest.fixture
def newcomer() -> Actor:
    return make_actor(verification=Verification.WAITING, verified_at=None)


@pytest.fixture
def request_of(manager: Actor, newcomer: Actor) -> Request:
    """A first booking of the newcomer, told."""

    def make(*, needs_approval: bool, days: int = 3) -> Reservation:
        instrument = make_bookable_instrument(manager.organisation, rules={"needs_approval": needs_approval})
        made = make_reservation(newcomer, instrument.id, slot(days), purpose="x")
        relay()
        return made

    return make


def verify(newcomer: Actor) -> None:
    assert newcomer.organisation_id is not None
    verify_organisation(make_operator(), session.get_one(Organisation, newcomer.organisation_id))


def told(person: Actor) -> list[str]:
    found = select(Notification.kind).where(Notification.user_id == person.user_id).order_by(Notification.id)
    return [kind for kind in session.scalars(found) if kind.startswith("reservation")]


@pytest.mark.parametrize("needs_approval", [True, False])
def test_an_institution_cannot_approve_before_the_operator_has_verified(
    manager: Actor, request_of: Request, needs_approval: bool
) -> None:
    reservation = request_of(needs_approval=needs_approval)
    assert reservation.state is ReservationState.PENDING
    with pytest.raises(Conflict) as refused:
        approve_reservation(manager, reservation)
    assert refused.value.code == "unverified"
    assert reservation.state is ReservationState.PENDING
    assert decline_reservation(manager, reservation, "Repair").state is ReservationState.DECLINED


def test_managers_are_neither_asked_nor_reminded_of_what_they_cannot_answer(
    manager: Actor, newcomer: Actor, request_of: Request
) -> None:
    request_of(needs_approval=True, days=9)
    assert told(manager) == []
    assert told(newcomer) == ["reservation_pending"]
    assert "尚未认证" in session.scalars(select(Mail.body).where(Mail.key.startswith("reservation_pending"))).one()
    with time_machine.travel(now() + timedelta(days=1, hours=23), tick=False):
        assert remind_of_requests() == 0


def test_verifying_confirms_what_needs_no_approval_once(manager: Actor, newcomer: Actor, request_of: Request) -> None:
    reservation = request_of(needs_approval=False)
    verify(newcomer)
    relay()
    assert reservation.state is ReservationState.CONFIRMED
    assert told(newcomer) == ["reservation_pending", "reservation_confirmed"]
    assert newcomer.organisation_id is not None
    emit(OrganisationVerified(newcomer.organisation_id, uuid7()))
    relay()
    assert told(newcomer) == ["reservation_pending", "reservation_confirmed"]
    assert reservation.revision == 2


def test_verifying_puts_what_needs_approval_to_the_institution(
    manager: Actor, newcomer: Actor, request_of: Request
) -> None:
    reservation = request_of(needs_approval=True)
    verify(newcomer)
    relay()
    assert reservation.state is ReservationState.PENDING
    assert told(manager) == ["reservation_requested"]
    approve_reservation(manager, reservation)
    relay()
    assert told(newcomer)[-1] == "reservation_confirmed"


def test_what_is_past_its_deadline_runs_out_free_in_spite_of_a_late_verification(
    newcomer: Actor, request_of: Request
) -> None:
    reservation = request_of(needs_approval=False)
    assert reservation.answer_due_at is not None
    with time_machine.travel(reservation.answer_due_at + timedelta(seconds=1), tick=False):
        verify(newcomer)
        relay()
        assert reservation.state is ReservationState.PENDING
        assert expire_requests() == 1
    assert (reservation.state, reservation.cancellation_fee_minor) == (ReservationState.EXPIRED, 0)


def test_pages_and_the_api_say_so(client: FlaskClient, manager: Actor, newcomer: Actor, request_of: Request) -> None:
    reservation = request_of(needs_approval=True)
    page = f"/bookings/{reservation.id}"
    sign_in(client, newcomer)
    assert "Your organisation is not verified yet" in client.get(page, headers=EN).text
    sign_in(client, manager)
    shown = client.get(page, headers=EN).text
    assert "The customer is not verified yet" in shown
    assert f"{page}/approve" not in shown
    queue = client.get("/requests", headers=EN).text
    assert "can be approved once the operator has verified the customer" in queue
    assert f"{page}/approve" not in queue
    assert f"{page}/approve" not in client.get("/desk", headers=EN).text
    refused = client.post(f"{page}/approve", headers=EN)
    assert refused.status_code == 409
    assert "The customer is not verified by the operator yet." in refused.text
    client.post("/requests/approve", data={"reservation": str(reservation.id)}, headers=EN)
    assert "not verified by the operator yet" in client.get("/requests", headers=EN).text
    assert reservation.state is ReservationState.PENDING


def test_the_api_answers_409(client: FlaskClient, manager: Actor, request_of: Request) -> None:
    reservation = request_of(needs_approval=False)
    token, _stored = create_token(manager, manager.organisation, name="test")
    session.commit()
    answer = client.post(f"/api/v1/reservations/{reservation.id}/approve", headers={"Authorization": f"Bearer {token}"})
    assert (answer.status_code, answer.get_json()["code"]) == (409, "unverified")


def test_the_check_page_says_what_a_newcomers_booking_waits_for(client: FlaskClient, newcomer: Actor) -> None:
    instrument = make_bookable_instrument()
    sign_in(client, newcomer)
    stretch = slot()
    assert stretch.lower is not None
    day = stretch.lower.date().isoformat()
    held = client.post(f"/instruments/{instrument.id}/hold", data={"date": day, "from": "09:00", "to": "11:00"})
    page = client.get(held.headers["Location"], headers=EN).text
    assert "confirmed as soon as your organisation is verified" in page
