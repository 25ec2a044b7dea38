"""Files and feeds over a real server: the test client keeps the database open for longer than a server does."""

import csv
import io
from typing import Any
from uuid import UUID

import pytest
from icalendar import Calendar

from app.accounts.sessions.operations import open_session
from app.core.web import App
from app.files.models import FeedKind
from app.files.operations import create_feed
from tests.equipment.factories import slot
from tests.live.servers import Server
from tests.live.world import Laboratory, Person, booked, committed, laboratory, people

pytestmark = [pytest.mark.live, pytest.mark.slow]

OF_A_CUSTOMER = ("/bookings", "/bills", "/uses/confirm", "/notifications", "/instruments")
OF_AN_INSTITUTION = (
    "/requests?state=all", "/charges", "/statements", "/credit-notes", "/instruments/mine", "/uses/review",
    "/statistics/instruments", "/notifications",
)  # fmt: skip


@pytest.fixture(scope="module")
def place(live_app: App) -> Laboratory:
    return laboratory(live_app)


@pytest.fixture(scope="module")
def customer(live_app: App, place: Laboratory) -> Person:
    (booker,) = people(live_app, 1)
    booked(live_app, booker, place.instrument_id, slot(days=6))
    return booker


def cookie_of(application: App, person: Person) -> dict[str, str]:
    """The header with which a signed-in browser comes."""
    assert person.actor.user is not None
    with committed(application):
        token, _opened = open_session(person.actor.user, user_agent="Test", address="127.0.0.1")
    serializer = application.session_interface.get_signing_serializer(application)
    assert serializer is not None
    return {"Cookie": f"jishi={serializer.dumps({'_user_id': token, '_fresh': True})}"}


def rows_of(server: Server, path: str, headers: dict[str, str]) -> list[list[str]]:
    answer = server.caller().call("GET", f"{path}{'&' if '?' in path else '?'}format=csv", headers=headers)
    assert answer.status == 200, path
    assert answer.headers["Content-Type"].startswith("text/csv"), path
    return list(csv.reader(io.StringIO(answer.text.removeprefix("\ufeff"))))


def test_every_list_of_a_customer_arrives_whole(live_app: App, server: Server, customer: Person) -> None:
    headers = cookie_of(live_app, customer)
    lists = {path: rows_of(server, path, headers) for path in OF_A_CUSTOMER}
    assert all(len(rows) >= 1 for rows in lists.values())
    assert len(lists["/bookings"]) == 2


def test_every_list_of_an_institution_arrives_whole(
    live_app: App, server: Server, place: Laboratory, customer: Person
) -> None:
    headers = cookie_of(live_app, place.manager)
    lists = {path: rows_of(server, path, headers) for path in OF_AN_INSTITUTION}
    assert len(lists["/requests?state=all"]) == 2
    assert len(lists["/instruments/mine"]) == 2
    for code in ("uniquip", "nrii"):
        answer = server.caller().call("GET", f"/instruments/export/{code}", headers=headers)
        assert answer.status == 200
        assert "Mass Spectrometer" in answer.text


@pytest.mark.parametrize("kind", [FeedKind.USER, FeedKind.INSTRUMENT])
def test_a_feed_holds_bookings_for_whoever_has_its_address(
    live_app: App, server: Server, place: Laboratory, customer: Person, kind: FeedKind
) -> None:
    subject: UUID | None = None if kind is FeedKind.USER else place.instrument_id
    with committed(live_app):
        _feed, token = create_feed(customer.actor, kind, subject)
    answer = server.caller().get(f"/calendar/{token}.ics")
    assert answer.status == 200
    calendar: Any = Calendar.from_ical(answer.text)
    assert len(calendar.walk("VEVENT")) == 1
