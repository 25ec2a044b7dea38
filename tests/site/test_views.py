"""Home, desk, navigation and languages."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from app.accounts.models import Actor, OrganisationKind, Role
from app.core.clock import now
from app.core.db import session
from app.equipment.reservations.booking import make_reservation
from tests.accounts.factories import make_actor, make_operator, make_organisation, sign_in
from tests.equipment.factories import make_bookable_instrument, slot

EN = {"Accept-Language": "en"}
Budget = Callable[[int], AbstractContextManager[list[str]]]


@pytest.fixture
def manager(transaction: None) -> Actor:
    return make_actor(make_organisation(OrganisationKind.INSTITUTION), Role.OWNER)


def test_home_greets_in_the_language_of_the_browser(client: FlaskClient) -> None:
    assert '<html lang="zh-CN">' in client.get("/").text
    assert '<html lang="en">' in client.get("/", headers=EN).text


def test_a_chosen_language_stays_and_leads_back(client: FlaskClient) -> None:
    answer = client.get("/language/en?next=/terms")
    assert answer.location == "/terms"
    assert '<html lang="en">' in client.get("/terms", headers={"Accept-Language": "zh"}).text


@pytest.mark.parametrize("target", ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:alert(1)"])
def test_choosing_a_language_never_leads_away(client: FlaskClient, target: str) -> None:
    assert client.get("/language/en", query_string={"next": target}).location == "/"


def test_an_unknown_language_is_not_there(client: FlaskClient) -> None:
    assert client.get("/language/tlh").status_code == 404


def test_home_needs_few_statements(client: FlaskClient, max_queries: Budget) -> None:
    make_bookable_instrument()
    with max_queries(6):
        assert client.get("/").status_code == 200


def test_a_visitor_is_asked_to_sign_in_at_the_desk(client: FlaskClient) -> None:
    assert client.get("/desk").location == "/sign-in?next=/desk"


def test_an_empty_desk_says_so(client: FlaskClient) -> None:
    sign_in(client, make_actor())
    assert "Nothing waits for you" in client.get("/desk", headers=EN).text


def test_a_request_waits_at_the_desk_of_the_institution(client: FlaskClient, manager: Actor) -> None:
    assert manager.organisation is not None
    instrument = make_bookable_instrument(manager.organisation, rules={"needs_approval": True})
    reservation = make_reservation(make_actor(), instrument.id, slot(), purpose="残留单体定性")
    sign_in(client, manager)
    page = client.get("/desk", headers=EN).text
    assert "残留单体定性" in page
    assert f"/bookings/{reservation.id}/approve" in page
    client.post(f"/bookings/{reservation.id}/approve")
    assert "残留单体定性" not in client.get("/desk", headers=EN).text


def test_late_things_come_first(client: FlaskClient, manager: Actor) -> None:
    assert manager.organisation is not None
    instrument = make_bookable_instrument(manager.organisation, rules={"needs_approval": True})
    for day, purpose in ((3, "later"), (4, "overdue")):
        reservation = make_reservation(make_actor(), instrument.id, slot(days=day), purpose=purpose)
        if purpose == "overdue":
            reservation.answer_due_at = now() - timedelta(hours=1)
    session.flush()
    sign_in(client, manager)
    page = client.get("/desk").text
    assert page.index("overdue") < page.index("later")


def test_the_desk_needs_few_statements(client: FlaskClient, manager: Actor, max_queries: Budget) -> None:
    assert manager.organisation is not None
    instrument = make_bookable_instrument(manager.organisation, rules={"needs_approval": True})
    for day in range(3, 9):
        make_reservation(make_actor(), instrument.id, slot(days=day), purpose="x")
    sign_in(client, manager)
    client.get("/desk")
    with max_queries(14):
        client.get("/desk")


def test_everybody_sees_only_their_own_ways(client: FlaskClient, manager: Actor) -> None:
    sign_in(client, manager)
    page = client.get("/desk").text
    assert 'href="/requests"' in page
    assert 'href="/operator"' not in page
    sign_in(client, make_operator())
    page = client.get("/desk").text
    assert 'href="/operator"' in page
    assert 'href="/requests"' not in page


def test_the_component_sheet_is_there_in_development(client: FlaskClient) -> None:
    assert client.get("/design").status_code == 200


def test_terms_tell_the_numbers_in_force(client: FlaskClient) -> None:
    page = client.get("/terms", headers=EN).text
    assert "10 minutes" in page
    assert "2 working days" in page
