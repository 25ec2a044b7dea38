"""What cancelling costs: before a slot is booked, on the page of a booking, and on the page that asks first."""

from datetime import timedelta

import pytest
import time_machine
from flask.testing import FlaskClient
from sqlalchemy import select

from app.core.clock import bounds
from app.core.db import session
from app.core.events import relay
from app.equipment.reservations.booking import make_reservation
from app.equipment.reservations.operations import cancel_reservation
from app.notifications.models import Notification
from app.notifications.telling import sentence_of
from tests.accounts.factories import make_actor, sign_in
from tests.equipment.factories import SHANGHAI, make_bookable_instrument, slot

EN = {"Accept-Language": "en"}


@pytest.mark.parametrize(
    ("hours_before", "needs_approval", "said"),
    [
        (72, False, "Free to cancel until "),
        (5, False, "It begins so soon that cancelling costs ¥550.00."),
        (5, True, "Free to cancel until the institution answers, then for ¥550.00."),
    ],
)
def test_a_quote_never_promises_an_hour_that_is_over(
    client: FlaskClient, hours_before: int, needs_approval: bool, said: str
) -> None:
    instrument, wanted = make_bookable_instrument(rules={"needs_approval": needs_approval}), slot(days=6)
    begin, end = (edge.astimezone(SHANGHAI) for edge in bounds(wanted))
    wish = {"date": f"{begin:%Y-%m-%d}", "from": f"{begin:%H:%M}", "to": f"{end:%H:%M}"}
    with time_machine.travel(begin - timedelta(hours=hours_before), tick=False):
        sign_in(client, make_actor())
        quoted = client.post(f"/instruments/{instrument.id}/quote", data=wish, headers=EN).text
        held = client.post(f"/instruments/{instrument.id}/hold", data=wish).headers["Location"]
        checked = client.get(held, headers=EN).text
    assert said in quoted
    assert said in checked
    assert ("After that" in checked) is (hours_before > 24)


def test_the_page_of_a_booking_leads_back_and_says_what_cancelling_costs_now(client: FlaskClient) -> None:
    customer = make_actor()
    booked = make_reservation(customer, make_bookable_instrument().id, slot(days=6), purpose="x")
    sign_in(client, customer)
    page = client.get(f"/bookings/{booked.id}", headers=EN).text
    assert "Free to cancel until" in page
    assert '<a href="/bookings">My bookings</a>' in page
    with time_machine.travel(booked.starts_at - timedelta(hours=3), tick=False):
        sign_in(client, customer)
        page = client.get(f"/bookings/{booked.id}", headers=EN).text
    assert "Free to cancel until" not in page
    assert "Cancelling now costs ¥550.00." in page


def test_a_notice_names_the_instrument_in_the_language_of_the_reader() -> None:
    customer = make_actor()
    booked = make_reservation(customer, make_bookable_instrument().id, slot(days=6), purpose="x")
    cancel_reservation(customer, booked)
    relay()
    notice = session.scalars(select(Notification).where(Notification.kind == "reservation_cancelled")).first()
    assert notice is not None
    english, chinese = (sentence_of(notice.kind, locale, notice.parameters) for locale in ("en", "zh_CN"))
    assert booked.instrument.name in english
    assert booked.instrument.name_zh not in english
    assert booked.instrument.name_zh in chinese


def test_the_fee_is_named_with_the_hour_until_which_there_was_none(client: FlaskClient) -> None:
    """flows.md W4."""
    customer = make_actor()
    booked = make_reservation(customer, make_bookable_instrument().id, slot(days=6), purpose="x")
    sign_in(client, customer)
    path = f"/bookings/{booked.id}/cancel"
    assert "it was free until" not in client.get(path, headers=EN).text
    with time_machine.travel(booked.starts_at - timedelta(hours=1), tick=False):
        sign_in(client, customer)
        page = client.get(path, headers=EN).text
    assert "(it was free until" in page
    assert "Cancel for ¥" in page
