"""Statements and bills for programs."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
import time_machine
from flask.testing import FlaskClient

from app.accounts.models import SYSTEM, Actor
from app.accounts.tokens.operations import create_token
from app.core.db import session
from app.settlement.statements.operations import close_month
from tests.accounts.factories import make_actor, make_organisation
from tests.settlement.factories import NOVEMBER, OCTOBER, make_final_charge, make_institution


@pytest.fixture(autouse=True)
def in_december() -> Iterator[None]:
    with time_machine.travel(datetime(2026, 12, 24, 2, tzinfo=UTC), tick=True):
        yield


@pytest.fixture
def parties() -> tuple[Actor, Actor]:
    """An institution and a customer with two closed months."""
    provider, payer = make_institution(), make_organisation()
    make_final_charge(provider, payer, 100_00)
    make_final_charge(provider, payer, 250_00, used_on=date(2026, 11, 3))
    close_month(SYSTEM, OCTOBER)
    close_month(SYSTEM, NOVEMBER)
    session.commit()
    return make_actor(provider), make_actor(payer)


def ask(client: FlaskClient, actor: Actor, query: str = "", status: int = 200) -> Any:
    secret, _token = create_token(actor, actor.organisation, name="robot")
    session.commit()
    answer = client.get(f"/api/v1/statements{query}", headers={"Authorization": f"Bearer {secret}"})
    assert answer.status_code == status, answer.text
    return answer.get_json()


def test_an_institution_sees_its_statements(parties: tuple[Actor, Actor], client: FlaskClient) -> None:
    items = ask(client, parties[0])["items"]
    assert [(item["kind"], item["period"], item["total"]["amount"]) for item in items] == [
        ("statement", "2026-11", 250_00), ("statement", "2026-10", 100_00),
    ]  # fmt: skip
    assert items[0]["net"] == {"amount": 250_00, "currency": "CNY"}


def test_a_customer_sees_its_bills(parties: tuple[Actor, Actor], client: FlaskClient) -> None:
    (item,) = ask(client, parties[1], "?period=2026-11")["items"]
    assert (item["kind"], item["state"], item["outstanding"]["amount"]) == ("bill", "issued", 250_00)
    assert len(item["memo_code"]) == 8


def test_a_stranger_sees_nothing(parties: tuple[Actor, Actor], client: FlaskClient) -> None:
    assert ask(client, make_actor()) == {"items": [], "next_cursor": None}


def test_pages_are_walked_by_cursor(parties: tuple[Actor, Actor], client: FlaskClient) -> None:
    first = ask(client, parties[0], "?limit=1")
    second = ask(client, parties[0], f"?limit=1&cursor={first['next_cursor']}")
    assert [first["items"][0]["period"], second["items"][0]["period"]] == ["2026-11", "2026-10"]
    assert second["next_cursor"] is None


@pytest.mark.parametrize("query", ["?period=2026-13", "?period=x", "?cursor=x", "?kind=x", "?limit=0"])
def test_bad_queries_are_answered_with_the_field(parties: tuple[Actor, Actor], client: FlaskClient, query: str) -> None:
    answer = ask(client, parties[0], query, 422)
    assert answer["field"].split(".")[-1] == query[1:].split("=", maxsplit=1)[0]


def test_without_a_token_there_is_401(client: FlaskClient) -> None:
    assert client.get("/api/v1/statements").status_code == 401
