"""The pages: the sentence on a full week, joining, the offer in two clicks, and the institution's view."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.accounts.models import Actor
from app.core.clock import bounds, period
from app.core.db import session
from app.core.events import relay
from app.core.ids import uuid7
from app.core.tenancy import set_tenant
from app.equipment.reservations.models import Reservation
from app.equipment.reservations.operations import cancel_reservation
from app.equipment.schedule.claims import claim
from app.equipment.schedule.models import OccupationKind
from app.equipment.waiting.models import WaitingEntry, WaitingState
from tests.accounts.factories import make_actor, sign_in
from tests.equipment.factories import SHANGHAI, make_bookable_instrument
from tests.equipment.waiting.factories import FIRST, LAST, Full, day, join, make_full, midnight


@pytest.fixture
def full() -> Full:
    return make_full()


@pytest.fixture
def booker(client: FlaskClient) -> Actor:
    actor = make_actor()
    sign_in(client, actor)
    return actor


def offered(full: Full, booker: Actor) -> WaitingEntry:
    entry = join(full, booker)
    cancel_reservation(full.occupant, full.booking)
    relay()
    session.commit()
    return entry


def deliver() -> None:
    """What was announced in a request is heard by everybody's worker."""
    set_tenant("*")
    relay()
    session.expire_all()


def text_of(client: FlaskClient, address: str) -> str:
    answer = client.get(address, headers={"Accept-Language": "en"})
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def wish(**changes: Any) -> dict[str, Any]:
    days = {"first": day(FIRST).isoformat(), "last": day(LAST).isoformat()}
    return {**days, "minutes": "120", "purpose": "光学胶", **changes}


def test_a_full_week_says_when_it_is_free_and_offers_the_list(client: FlaskClient) -> None:
    instrument = make_bookable_instrument()
    monday = midnight(7 - day(0).weekday())
    week = period(monday, midnight(14 - day(0).weekday()))
    assert "This week is full" not in text_of(client, f"/instruments/{instrument.id}?week={monday:%Y-%m-%d}")
    assert claim(uuid7(), instrument.id, week, OccupationKind.MAINTENANCE)
    session.commit()
    page = text_of(client, f"/instruments/{instrument.id}?week={monday:%Y-%m-%d}")
    assert "This week is full. Next free:" in page
    assert f"/instruments/{instrument.id}/waiting?date={monday:%Y-%m-%d}" in page


def test_joining_shows_in_my_bookings_and_leaving_takes_it_away(client: FlaskClient, full: Full, booker: Actor) -> None:
    address = f"/instruments/{full.instrument.id}/waiting"
    assert "Join the waiting list" in text_of(client, f"{address}?date={day(FIRST)}&minutes=90")
    assert client.post(address, data=wish()).status_code == 302
    page = text_of(client, "/bookings")
    assert "You are first" in page
    entry = session.scalars(select(WaitingEntry)).one()
    assert client.post(f"/waiting/{entry.id}/leave").status_code == 302
    assert "You are first" not in text_of(client, "/bookings")


def test_those_before_me_are_counted_not_named(client: FlaskClient, full: Full, booker: Actor) -> None:
    first = make_actor(name="排在前面的单位")
    join(full, first)
    join(full, booker)
    session.commit()
    page = text_of(client, "/bookings")
    assert "1 before you" in page
    assert "排在前面的单位" not in page


def test_an_offer_is_confirmed_in_two_clicks_without_typing(client: FlaskClient, full: Full, booker: Actor) -> None:
    entry = offered(full, booker)
    check = client.get(f"/waiting/{entry.id}")
    assert check.status_code == 302
    page = text_of(client, check.headers["Location"])
    assert "Book for ¥1,100.00" in page
    assert "光学胶" in page
    booked = client.post(check.headers["Location"], data={"purpose": "光学胶", "terms": "y", "shown": "110000"})
    assert booked.status_code == 302
    reservation = session.scalars(select(Reservation).where(Reservation.id == entry.hold_id)).one()
    assert (reservation.period, reservation.payer_id) == (full.booking.period, booker.organisation_id)


def test_the_offer_of_an_organisation_is_no_other_ones(client: FlaskClient, full: Full, booker: Actor) -> None:
    entry = offered(full, booker)
    stranger = make_actor()
    sign_in(client, stranger)
    assert client.get(f"/holds/{entry.hold_id}").status_code == 409
    assert client.post(f"/holds/{entry.hold_id}/release").status_code == 302
    deliver()
    assert entry.state is WaitingState.OFFERED
    assert client.get(f"/waiting/{entry.id}").status_code == 404


def test_giving_the_time_back_on_the_check_page_passes_it_on(client: FlaskClient, full: Full, booker: Actor) -> None:
    entry, following = offered(full, booker), join(full)
    session.commit()
    client.post(f"/holds/{entry.hold_id}/release")
    deliver()
    assert (entry.state, following.state) == (WaitingState.WAITING, WaitingState.OFFERED)
    assert client.get(f"/waiting/{entry.id}").headers["Location"].endswith("#waiting")


def test_the_offer_can_be_declined_from_the_page_of_the_instrument(
    client: FlaskClient, full: Full, booker: Actor
) -> None:
    entry = offered(full, booker)
    assert "A slot is held for you" in text_of(client, f"/instruments/{full.instrument.id}")
    client.post(f"/waiting/{entry.id}/decline")
    session.expire_all()
    assert entry.state is WaitingState.WAITING


def test_just_taken_leads_to_the_list(client: FlaskClient, full: Full, booker: Actor) -> None:
    begin, end = (edge.astimezone(SHANGHAI) for edge in bounds(full.booking.period))
    slot_fields = {"date": f"{begin:%Y-%m-%d}", "from": f"{begin:%H:%M}", "to": f"{end:%H:%M}"}
    refused = client.post(f"/instruments/{full.instrument.id}/hold", data=slot_fields)
    page = text_of(client, refused.headers["Location"])
    assert "That time is taken. You can wait for it" in page


def test_joining_when_something_is_free_leads_to_it(client: FlaskClient, full: Full, booker: Actor) -> None:
    answer = client.post(
        f"/instruments/{full.instrument.id}/waiting", data=wish(last=day(LAST + 1).isoformat()),
        headers={"Accept-Language": "en"},
    )  # fmt: skip
    assert answer.status_code == 422
    assert f"date={day(LAST + 1)}" in answer.get_data(as_text=True)


@pytest.mark.parametrize("wrong", [{"minutes": "x"}, {"first": "0001-01-01"}, {"weekdays": "9"}, {"from": "25:00"}])
def test_nonsense_in_the_form_is_refused(client: FlaskClient, full: Full, booker: Actor, wrong: dict[str, str]) -> None:
    answer = client.post(f"/instruments/{full.instrument.id}/waiting", data=wish(**wrong))
    assert answer.status_code == 422
    assert session.scalars(select(WaitingEntry)).all() == []


@pytest.mark.parametrize("query", ["?minutes=99999", "?date=x", "?minutes=-1", "?minutes=²"])
def test_nonsense_in_the_address_is_left_out(client: FlaskClient, full: Full, booker: Actor, query: str) -> None:
    assert client.get(f"/instruments/{full.instrument.id}/waiting{query}").status_code == 200


def test_managers_see_how_many_wait_and_for_when(client: FlaskClient, full: Full) -> None:
    join(full)
    second = join(full)
    session.commit()
    sign_in(client, full.manager)
    assert "2 places on the waiting list" in text_of(client, f"/instruments/{full.instrument.id}")
    page = text_of(client, f"/waiting?instrument={full.instrument.id}")
    assert second.payer.name in page
    assert text_of(client, "/waiting?instrument=x")


def test_my_bookings_with_places_in_line_keep_within_their_statements(
    client: FlaskClient, booker: Actor, max_queries: Callable[[int], AbstractContextManager[list[str]]]
) -> None:
    for _number in range(3):
        join(make_full(), booker)
    session.commit()
    with max_queries(10):
        text_of(client, "/bookings")


def test_an_instrument_page_keeps_within_its_statements(
    client: FlaskClient, full: Full, max_queries: Callable[[int], AbstractContextManager[list[str]]]
) -> None:
    join(full)
    session.commit()
    with max_queries(14):
        text_of(client, f"/instruments/{full.instrument.id}?week={day(FIRST)}")
