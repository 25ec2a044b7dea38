"""Calendar feeds as calendar programs fetch them: without an account, by the address alone."""

import re
from collections.abc import Callable, Sequence
from datetime import UTC, timedelta
from typing import Any

import pytest
import time_machine
from flask.testing import FlaskClient
from icalendar import Calendar
from sqlalchemy import delete

from app.accounts.models import Actor, Membership, Organisation, Role
from app.core.clock import bounds, now
from app.core.db import session
from app.equipment.instruments.models import Instrument, InstrumentState
from app.equipment.reservations.booking import make_reservation
from app.equipment.reservations.models import Reservation
from app.equipment.reservations.operations import cancel_reservation, decline_reservation, expire_requests
from app.equipment.schedule.operations import add_maintenance
from tests.accounts.factories import make_actor, sign_in
from tests.equipment.factories import make_bookable_instrument, slot

PURPOSE = "光学胶残留单体定性"


@pytest.fixture
def booker() -> Actor:
    return make_actor()


@pytest.fixture
def booked(booker: Actor) -> Reservation:
    return make_reservation(booker, make_bookable_instrument().id, slot(), purpose=PURPOSE)


def address_of_feed(client: FlaskClient, actor: Actor, page: str) -> str:
    sign_in(client, actor)
    made = client.post(page, data={"action": "create"})
    client.post("/sign-out")
    found = re.search(r"/calendar/[\w-]{30,}\.ics", made.text)
    assert found, made.text
    return found[0]


def events(client: FlaskClient, address: str) -> Sequence[Any]:
    answer = client.get(address)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "text/calendar; charset=utf-8"
    lines = answer.data.split(b"\r\n")
    assert max(map(len, lines)) <= 75
    assert b"\n" not in b"".join(lines)
    calendar: Any = Calendar.from_ical(answer.data)
    assert calendar["METHOD"] == "PUBLISH"
    return [*calendar.walk("VEVENT")]


def test_a_person_subscribes_to_their_bookings(client: FlaskClient, booker: Actor, booked: Reservation) -> None:
    (event,) = events(client, address_of_feed(client, booker, "/bookings/calendar"))
    assert (event.decoded("dtstart"), event.decoded("dtend")) == bounds(booked.period)
    assert event.decoded("dtstart").tzinfo in {UTC} or event.decoded("dtstart").utcoffset().total_seconds() == 0
    assert PURPOSE in event["description"]
    assert str(event["uid"]) == f"{booked.id}@jishi"


def test_the_feed_of_an_instrument_names_nobody(client: FlaskClient, booker: Actor, booked: Reservation) -> None:
    address = address_of_feed(client, make_actor(), f"/instruments/{booked.instrument_id}/calendar")
    (event,) = events(client, address)
    text = event.to_ical().decode().replace("\r\n ", "")
    assert booker.user is not None
    assert booker.organisation is not None
    for private in (PURPOSE, booked.number, booker.user.name, booker.user.email, booker.organisation.name):
        assert private not in text
    assert not {"ATTENDEE", "ORGANIZER", "URL", "DESCRIPTION"} & set(event)


def test_who_left_an_organisation_no_longer_reads_its_bookings(
    client: FlaskClient, booker: Actor, booked: Reservation
) -> None:
    address = address_of_feed(client, booker, "/bookings/calendar")
    session.execute(delete(Membership).where(Membership.user_id == booker.user_id))
    session.commit()
    assert events(client, address) == []


def test_the_feeds_of_a_closed_account_are_absent(client: FlaskClient, booker: Actor, booked: Reservation) -> None:
    pages = ("/bookings/calendar", f"/instruments/{booked.instrument_id}/calendar")
    addresses = [address_of_feed(client, booker, page) for page in pages]
    assert booker.user is not None
    booker.user.disabled_at = now()
    session.commit()
    assert [client.get(address).status_code for address in addresses] == [404, 404]


def test_the_feed_of_a_withdrawn_instrument_is_for_its_institution(client: FlaskClient, booked: Reservation) -> None:
    page = f"/instruments/{booked.instrument_id}/calendar"
    technician = make_actor(session.get_one(Organisation, booked.provider_id), Role.TECHNICIAN)
    ours, theirs = (address_of_feed(client, actor, page) for actor in (technician, make_actor()))
    session.get_one(Instrument, booked.instrument_id).state = InstrumentState.WITHDRAWN
    session.commit()
    assert [client.get(address).status_code for address in (ours, theirs)] == [200, 404]


def test_an_address_that_was_taken_back_is_absent(client: FlaskClient, booker: Actor, booked: Reservation) -> None:
    address = address_of_feed(client, booker, "/bookings/calendar")
    sign_in(client, booker)
    client.post("/bookings/calendar", data={"action": "revoke"})
    assert client.get(address).status_code == 404
    assert client.get("/calendar/unknown.ics").status_code == 404


def test_the_feed_of_an_instrument_names_its_maintenance(client: FlaskClient, booked: Reservation) -> None:
    instrument = session.get_one(Instrument, booked.instrument_id)
    manager = make_actor(session.get_one(Organisation, booked.provider_id), Role.MANAGER)
    identity = add_maintenance(manager, instrument, slot(days=9), "校准")
    address = address_of_feed(client, make_actor(), f"/instruments/{booked.instrument_id}/calendar")
    found = {str(event["uid"]): event for event in events(client, address)}
    assert set(found) == {f"{booked.id}@jishi", f"{identity}@jishi"}
    block = found[f"{identity}@jishi"]
    assert (block.decoded("dtstart"), block.decoded("dtend")) == bounds(slot(days=9))
    assert (str(block["summary"]), str(block["description"]), str(block["transp"])) == ("维护", "校准", "OPAQUE")


def file_of(client: FlaskClient, reservation: Reservation) -> tuple[str, Any]:
    answer = client.get(f"/bookings/{reservation.id}/booking.ics")
    calendar: Any = Calendar.from_ical(answer.data)
    (event,) = calendar.walk("VEVENT")
    return str(calendar["METHOD"]), event


def cancelled(booker: Actor, _manager: Actor, reservation: Reservation) -> None:
    cancel_reservation(booker, reservation)


def declined(_booker: Actor, manager: Actor, reservation: Reservation) -> None:
    decline_reservation(manager, reservation, "Repair")


def expired(_booker: Actor, _manager: Actor, _reservation: Reservation) -> None:
    with time_machine.travel(now() + timedelta(hours=60)):
        assert expire_requests() == 1


@pytest.mark.parametrize("end", [cancelled, declined, expired])
def test_the_calendar_file_of_a_booking_that_will_not_be_withdraws_it(
    client: FlaskClient, booker: Actor, end: Callable[[Actor, Actor, Reservation], None]
) -> None:
    instrument = make_bookable_instrument(rules={"needs_approval": True})
    reservation = make_reservation(booker, instrument.id, slot(), purpose=PURPOSE)
    manager = make_actor(session.get_one(Organisation, instrument.owner_id), Role.MANAGER)
    sign_in(client, booker)
    method, before = file_of(client, reservation)
    assert (method, str(before["status"])) == ("REQUEST", "TENTATIVE")
    end(booker, manager, reservation)
    method, after = file_of(client, reservation)
    assert (method, str(after["status"])) == ("CANCEL", "CANCELLED")
    assert after["uid"] == before["uid"]
    assert int(after["sequence"]) > int(before["sequence"])
