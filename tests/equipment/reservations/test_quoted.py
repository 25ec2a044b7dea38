"""A quote keeps its price for a day from the moment it was shown; after that the new price is confirmed first (W16)."""

import re
from datetime import timedelta
from html import unescape

import pytest
import time_machine
from flask.testing import FlaskClient
from sqlalchemy import select

from app.accounts.models import Actor, OrganisationKind
from app.core.clock import Period, bounds, now
from app.core.db import session
from app.equipment.instruments.models import Instrument
from app.equipment.reservations.models import Reservation
from tests.accounts.factories import make_actor, make_organisation, sign_in
from tests.equipment.factories import SHANGHAI, make_bookable_instrument, publish_dearer, slot

EN = {"Accept-Language": "en"}
OLD, NEW, INSTITUTION = "¥1,100.00", "¥1,500.00", "¥780.00"
WISHED = slot(days=5)  # the same however the clock is turned
W16 = f"Price changed: {OLD} → {NEW}. Confirm."


@pytest.fixture
def booker() -> Actor:
    return make_actor()


@pytest.fixture
def instrument() -> Instrument:
    """Its prices were published before anybody was quoted."""
    return make_bookable_instrument()


@pytest.fixture
def browser(client: FlaskClient, booker: Actor) -> FlaskClient:
    """A browser in which the booker has signed in."""
    sign_in(client, booker)
    return client


def wish(stretch: Period | None = None, /, **more: str) -> dict[str, str]:
    begin, end = (edge.astimezone(SHANGHAI) for edge in bounds(stretch or WISHED))
    return {"date": f"{begin:%Y-%m-%d}", "from": f"{begin:%H:%M}", "to": f"{end:%H:%M}", **more}


def quoted(client: FlaskClient, instrument: Instrument, shown: str = OLD, **more: str) -> str:
    """Look at the price of the slot; gives the stamp that the page carries on."""
    page = unescape(client.post(f"/instruments/{instrument.id}/quote", data=wish(**more), headers=EN).text)
    assert shown in page
    found = re.search(r'name="quote" value="([^"]+)"', page)
    assert found
    return found[1]


def hold(client: FlaskClient, instrument: Instrument, stamp: str = "", stretch: Period | None = None) -> str:
    """Hold the slot; gives the address of the check page, past the sign-up of a visitor."""
    answer = client.post(f"/instruments/{instrument.id}/hold", data=wish(stretch, quote=stamp))
    return re.sub(r"^/sign-up\?next=", "", answer.headers["Location"]).replace("%2F", "/")


def look(client: FlaskClient, page: str) -> str:
    answer = client.get(page, headers=EN)
    assert answer.status_code == 200
    return unescape(answer.text)


def book(client: FlaskClient, page: str, shown: str) -> int:
    minor = re.sub(r"\D", "", shown)
    return client.post(page, data={"purpose": "x", "terms": "y", "shown": minor}, headers=EN).status_code


def made() -> Reservation:
    return session.scalars(select(Reservation)).one()


def test_the_price_holds_from_the_moment_it_was_shown(browser: FlaskClient, instrument: Instrument) -> None:
    stamp = quoted(browser, instrument)
    dearer = publish_dearer(instrument)
    check = hold(browser, instrument, stamp)
    page = look(browser, check)
    assert OLD in page
    assert "Price changed" not in page
    assert book(browser, check, OLD) == 302
    assert made().estimate_minor == 110_000
    assert made().tariff_id != dearer.id


def test_the_page_of_an_instrument_carries_the_stamp_too(browser: FlaskClient, instrument: Instrument) -> None:
    page = look(browser, f"/instruments/{instrument.id}?date={wish()['date']}&from={wish()['from']}&to={wish()['to']}")
    stamp = re.search(r'name="quote" value="([^"]+)"', page)
    publish_dearer(instrument)
    assert stamp
    assert OLD in look(browser, hold(browser, instrument, stamp[1]))


def test_a_version_published_while_the_price_was_read_is_not_that_of_the_quote(
    browser: FlaskClient, instrument: Instrument
) -> None:
    """The other version bears an earlier instant than the quote, but was not there yet when the price was read."""
    stamp = quoted(browser, instrument)
    publish_dearer(instrument, -timedelta(seconds=5))
    check = hold(browser, instrument, stamp)
    assert OLD in look(browser, check)
    assert book(browser, check, OLD) == 302


def test_after_a_day_both_prices_are_told(browser: FlaskClient, booker: Actor, instrument: Instrument) -> None:
    stamp = quoted(browser, instrument)
    dearer = publish_dearer(instrument)
    with time_machine.travel(now() + timedelta(hours=23), tick=True):
        sign_in(browser, booker)
        assert OLD in look(browser, hold(browser, instrument, stamp))
    with time_machine.travel(now() + timedelta(hours=25), tick=True):
        sign_in(browser, booker)
        shown = browser.post(f"/instruments/{instrument.id}/quote", data=wish(quote=stamp), headers=EN)
        assert W16 in unescape(shown.text)
        check = hold(browser, instrument, stamp)
        assert W16 in look(browser, check)
        assert book(browser, check, OLD) == 422
        assert book(browser, check, NEW) == 302
    assert made().tariff_id == dearer.id


def test_it_holds_after_the_hold_is_over_but_not_after_a_day(
    browser: FlaskClient, booker: Actor, instrument: Instrument
) -> None:
    check = hold(browser, instrument)
    dearer = publish_dearer(instrument)
    with time_machine.travel(now() + timedelta(hours=23), tick=True):
        sign_in(browser, booker)
        page = look(browser, check)
        assert OLD in page
        again = re.search(r'name="quote" value="([^"]+)"', page)
        assert again
        assert OLD in look(browser, hold(browser, instrument, again[1])), "held again at the price of the first hold"
    with time_machine.travel(now() + timedelta(hours=25), tick=True):
        sign_in(browser, booker)
        assert W16 in look(browser, check)
        refused = browser.post(check, data={"purpose": "x", "terms": "y", "shown": "110000"}, headers=EN)
        assert (refused.status_code, unescape(refused.text).count(W16)) == (422, 1), "told once"
        assert book(browser, check, NEW) == 302
    assert made().tariff_id == dearer.id


def test_holding_again_and_again_does_not_make_the_day_longer(
    browser: FlaskClient, booker: Actor, instrument: Instrument
) -> None:
    stamp = quoted(browser, instrument)
    publish_dearer(instrument)
    with time_machine.travel(now() + timedelta(hours=23), tick=True):
        sign_in(browser, booker)
        check = hold(browser, instrument, stamp)
        stamp = quoted(browser, instrument, OLD, quote=stamp)
    with time_machine.travel(now() + timedelta(hours=25), tick=True):
        sign_in(browser, booker)
        assert W16 in look(browser, check)
        assert W16 in look(browser, hold(browser, instrument, stamp))


def test_who_was_quoted_after_the_change_pays_the_new_price(browser: FlaskClient, instrument: Instrument) -> None:
    publish_dearer(instrument, -timedelta(hours=1))
    assert NEW in look(browser, hold(browser, instrument, quoted(browser, instrument, NEW)))


def test_a_stamp_of_another_slot_instrument_or_operator_is_worth_nothing(
    browser: FlaskClient, instrument: Instrument
) -> None:
    other = make_bookable_instrument()
    stamps = [quoted(browser, other), quoted(browser, instrument, "¥1,340.00", with_operator="y")]
    stamp = quoted(browser, instrument)
    publish_dearer(instrument)
    assert all(NEW in look(browser, hold(browser, instrument, each)) for each in stamps)
    assert NEW in look(browser, hold(browser, instrument, stamp, slot(days=6)))
    assert OLD in look(browser, hold(browser, instrument, stamp))


def test_a_stamp_that_was_touched_is_worth_nothing(browser: FlaskClient, instrument: Instrument) -> None:
    stamp = quoted(browser, instrument)
    publish_dearer(instrument)
    payload, signature = stamp.rsplit(".", 1)
    for wrong in ("x", f"{payload}.", f"x{stamp}", f"{payload}.{signature[::-1]}", "ü" * 40, "." * 299, stamp * 9):
        assert NEW in look(browser, hold(browser, instrument, wrong)), wrong


def test_a_stamp_of_another_organisation_is_worth_nothing(
    browser: FlaskClient, booker: Actor, instrument: Instrument
) -> None:
    stamp = quoted(browser, instrument)
    publish_dearer(instrument)
    sign_in(browser, make_actor())
    assert NEW in look(browser, hold(browser, instrument, stamp))
    sign_in(browser, booker)
    assert OLD in look(browser, hold(browser, instrument, stamp))


def test_a_visitor_who_signs_in_keeps_the_quote(client: FlaskClient, booker: Actor, instrument: Instrument) -> None:
    stamp = quoted(client, instrument)
    publish_dearer(instrument)
    check = hold(client, instrument, stamp)
    sign_in(client, booker)
    page = look(client, check)
    assert OLD in page
    assert "Price changed" not in page
    assert OLD in look(client, hold(client, instrument, stamp)), "also signed in first and held afterwards"


def test_a_visitor_who_signs_in_for_an_institution_pays_its_class_by_the_version_quoted(
    client: FlaskClient, instrument: Instrument
) -> None:
    stamp = quoted(client, instrument)
    dearer = publish_dearer(instrument)
    check = hold(client, instrument, stamp)
    sign_in(client, make_actor(make_organisation(kind=OrganisationKind.INSTITUTION)))
    assert f"Price changed: {OLD} → {INSTITUTION}. Confirm." in look(client, check)
    assert book(client, check, INSTITUTION) == 302
    assert made().tariff_id != dearer.id


def test_the_calendar_leads_back_to_the_price_that_was_told(browser: FlaskClient, instrument: Instrument) -> None:
    check = hold(browser, instrument, quoted(browser, instrument))
    publish_dearer(instrument)
    bare = check.split("?")[0]
    assert bare in look(browser, f"/instruments/{instrument.id}?week={wish()['date']}")
    assert OLD in look(browser, bare)


def test_changing_the_time_and_back_keeps_the_price(browser: FlaskClient, instrument: Instrument) -> None:
    check = hold(browser, instrument, quoted(browser, instrument))
    publish_dearer(instrument)
    change = re.search(rf'href="(/instruments/{instrument.id}\?[^"]+)"', look(browser, check))
    assert change
    assert OLD in look(browser, change[1])
    assert "quote=" in change[1]
