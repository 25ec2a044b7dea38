"""A quote keeps its price for a day from the hold of its slot; after that the new price is confirmed first (W16)."""

from copy import deepcopy
from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import Range

from app.accounts.models import Actor
from app.core.clock import bounds, now
from app.core.db import session
from app.equipment.instruments.models import Instrument
from app.equipment.reservations.models import Reservation
from app.equipment.tariffs.models import Tariff, TariffState
from tests.accounts.factories import make_actor, sign_in
from tests.equipment.factories import SHANGHAI, TERMS, make_bookable_instrument, slot

EN = {"Accept-Language": "en"}
OLD, NEW = "110000", "150000"


@pytest.fixture
def booker() -> Actor:
    return make_actor()


@pytest.fixture
def instrument() -> Instrument:
    """Its prices were published before anybody was quoted."""
    return make_bookable_instrument()


def hold(client: FlaskClient, booker: Actor, instrument: Instrument) -> str:
    sign_in(client, booker)
    begin, end = (edge.astimezone(SHANGHAI) for edge in bounds(slot()))
    wish = {"date": f"{begin:%Y-%m-%d}", "from": f"{begin:%H:%M}", "to": f"{end:%H:%M}"}
    return client.post(f"/instruments/{instrument.id}/hold", data=wish).headers["Location"]


def publish_dearer(instrument: Instrument, ahead: timedelta = timedelta(seconds=1)) -> Tariff:
    """Another tariff, twice as dear by the hour beyond the first, in force from tomorrow on."""
    terms: dict[str, Any] = deepcopy(TERMS)
    terms["classes"]["enterprise"]["tiers"][1]["per_hour"] *= 2
    start = (now() + timedelta(days=1)).astimezone(SHANGHAI).date()
    session.execute(select(Tariff)).scalar_one().valid = Range(date(2020, 1, 1), start, bounds="[)")
    session.flush()
    made = Tariff(
        instrument_id=instrument.id, state=TariffState.PUBLISHED, valid=Range(start, None, bounds="[)"), terms=terms,
        published_at=now() + ahead,
    )  # fmt: skip
    session.add(made)
    session.flush()
    return made


def book(client: FlaskClient, page: str, shown: str) -> int:
    return client.post(page, data={"purpose": "x", "terms": "y", "shown": shown}, headers=EN).status_code


def made() -> Reservation:
    return session.scalars(select(Reservation)).one()


def test_a_quoted_price_holds_when_the_tariff_changes(
    client: FlaskClient, booker: Actor, instrument: Instrument
) -> None:
    check = hold(client, booker, instrument)
    dearer = publish_dearer(instrument)
    assert "¥1,100.00" in client.get(check, headers=EN).text
    assert book(client, check, OLD) == 302
    assert made().estimate_minor == int(OLD)
    assert made().tariff_id != dearer.id


def test_it_holds_after_the_hold_is_over_but_not_after_a_day(
    client: FlaskClient, booker: Actor, instrument: Instrument
) -> None:
    check = hold(client, booker, instrument)
    dearer = publish_dearer(instrument)
    with time_machine.travel(now() + timedelta(hours=23), tick=True):
        sign_in(client, booker)
        assert "¥1,100.00" in client.get(check, headers=EN).text
    with time_machine.travel(now() + timedelta(hours=25), tick=True):
        sign_in(client, booker)
        assert "¥1,500.00" in client.get(check, headers=EN).text
        assert book(client, check, OLD) == 422, "W16"
        assert book(client, check, NEW) == 302
    assert made().tariff_id == dearer.id


def test_who_was_quoted_after_the_change_pays_the_new_price(
    client: FlaskClient, booker: Actor, instrument: Instrument
) -> None:
    publish_dearer(instrument, -timedelta(hours=1))
    check = hold(client, booker, instrument)
    assert "¥1,500.00" in client.get(check, headers=EN).text
