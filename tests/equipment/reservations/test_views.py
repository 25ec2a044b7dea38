"""The check page: pressing the button twice books once, and the price that was shown is the price."""

from html import unescape
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from app.accounts.models import Actor, Organisation
from app.core.clock import bounds
from app.core.db import session
from app.equipment.reservations.booking import make_reservation
from app.equipment.reservations.models import Reservation, ReservationState
from tests.accounts.factories import make_actor, sign_in
from tests.equipment.factories import SHANGHAI, make_bookable_instrument, slot

EN = {"Accept-Language": "en"}


@pytest.fixture
def booker() -> Actor:
    return make_actor()


@pytest.fixture
def check_page(client: FlaskClient, booker: Actor) -> str:
    """The address of the check page of a slot that the browser holds."""
    sign_in(client, booker)
    begin, end = (edge.astimezone(SHANGHAI) for edge in bounds(slot()))
    wish = {"date": f"{begin:%Y-%m-%d}", "from": f"{begin:%H:%M}", "to": f"{end:%H:%M}"}
    held = client.post(f"/instruments/{make_bookable_instrument().id}/hold", data=wish)
    assert held.status_code == 302
    return held.headers["Location"]


def book(client: FlaskClient, page: str, **changes: Any) -> TestResponse:
    data = {"purpose": "x", "terms": "y", "shown": "110000", **changes}
    return client.post(page, data=data, headers=EN)


def bookings(booker: Actor) -> int:
    return session.scalar(select(func.count()).where(Reservation.booker_id == booker.user_id)) or 0


def test_the_button_pressed_twice_books_once(client: FlaskClient, booker: Actor, check_page: str) -> None:
    first, second = book(client, check_page), book(client, check_page)
    assert (first.status_code, second.status_code) == (302, 302)
    assert second.headers["Location"].split("?")[0] == first.headers["Location"].split("?")[0]
    assert client.get(check_page).headers["Location"] == second.headers["Location"]
    assert bookings(booker) == 1


def test_another_price_than_was_shown_is_confirmed_first(client: FlaskClient, booker: Actor, check_page: str) -> None:
    refused = book(client, check_page, shown="1")
    assert refused.status_code == 422
    assert bookings(booker) == 0
    assert book(client, check_page).status_code == 302


@pytest.mark.parametrize("shown", ["abc", "", "-1", "1e9", "１１００００", "9" * 20])
def test_a_price_that_is_none_agrees_to_nothing(
    client: FlaskClient, booker: Actor, check_page: str, shown: str
) -> None:
    refused = book(client, check_page, shown=shown)
    assert refused.status_code == 422
    assert "The amount did not arrive. Look at it and confirm again." in unescape(refused.text)
    assert 'value="110000"' in refused.text
    assert bookings(booker) == 0


@pytest.mark.parametrize("shown", ["abc", ""])
def test_a_fee_that_is_none_cancels_nothing(client: FlaskClient, booker: Actor, shown: str) -> None:
    reservation = make_reservation(booker, make_bookable_instrument().id, slot(), purpose="x")
    sign_in(client, booker)
    page = f"/bookings/{reservation.id}/cancel"
    refused = client.post(page, data={"shown": shown}, headers=EN)
    assert refused.status_code == 422
    assert "The amount did not arrive." in refused.text
    assert reservation.state is ReservationState.CONFIRMED
    assert client.post(page, data={"shown": "0"}).status_code == 302


def test_another_browser_does_not_see_the_hold(client: FlaskClient, check_page: str) -> None:
    sign_in(client, make_actor())
    with client.session_transaction() as cookie:
        cookie.pop("browser")
    assert client.get(check_page).status_code == 409


def test_what_came_to_nothing_is_over_and_other_times_are_offered(client: FlaskClient) -> None:
    booker, instrument = make_actor(), make_bookable_instrument(rules={"needs_approval": True})
    manager = make_actor(session.get_one(Organisation, instrument.owner_id))
    declined, pending = (make_reservation(booker, instrument.id, slot(days=day), purpose="x") for day in (3, 5))
    sign_in(client, manager)
    client.post(f"/bookings/{declined.id}/decline", data={"reason": "The sample does not suit."})
    assert "Other free times" not in client.get(f"/bookings/{declined.id}", headers=EN).text
    sign_in(client, booker)
    coming, past = (client.get(f"/bookings{when}", headers=EN).text for when in ("", "?when=past"))
    assert (pending.number in coming, declined.number in coming) == (True, False)
    assert (pending.number in past, declined.number in past) == (False, True)
    page = unescape(client.get(f"/bookings/{declined.id}", headers=EN).text)
    assert page.count(f'class="way" href="/instruments/{instrument.id}?') == 3
    assert "Other free times" not in client.get(f"/bookings/{pending.id}", headers=EN).text


@pytest.mark.parametrize("words", ["batch_7", "50%", "R-"])
def test_bookings_are_found_by_any_sign_of_their_purpose(client: FlaskClient, booker: Actor, words: str) -> None:
    instrument = make_bookable_instrument()
    made = make_reservation(booker, instrument.id, slot(), purpose="batch_7 at 50% of R-PET")
    other = make_reservation(booker, instrument.id, slot(days=4), purpose="batch 7 at 500 degrees")
    sign_in(client, booker)
    page = client.get("/bookings", query_string={"q": words}, headers=EN).text
    assert made.number in page
    assert (other.number in page) is (words == "R-")


def test_both_sides_read_the_time_of_the_place_and_the_state_in_words(client: FlaskClient, booker: Actor) -> None:
    instrument = make_bookable_instrument()
    made = make_reservation(booker, instrument.id, slot(), purpose="x")
    begin = f"{made.starts_at.astimezone(SHANGHAI):%Y-%m-%dT%H:%M:%S}+08:00"
    owner = make_actor(session.get_one(Organisation, instrument.owner_id))
    for actor, address in ((booker, "/bookings"), (owner, "/requests")):
        sign_in(client, actor)
        file = client.get(address, query_string={"format": "csv", "state": "all"}, headers=EN).get_data(as_text=True)
        assert begin in file
        assert "Confirmed" in file
    assert "Enterprise" in file
