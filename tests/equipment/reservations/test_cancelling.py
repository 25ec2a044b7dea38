"""The page that asks before a booking is cancelled."""

from datetime import timedelta

import time_machine
from flask.testing import FlaskClient

from app.equipment.reservations.booking import make_reservation
from tests.accounts.factories import make_actor, sign_in
from tests.equipment.factories import make_bookable_instrument, slot


def test_the_fee_is_named_with_the_hour_until_which_there_was_none(client: FlaskClient) -> None:
    """flows.md W4."""
    customer = make_actor()
    booked = make_reservation(customer, make_bookable_instrument().id, slot(days=6), purpose="x")
    sign_in(client, customer)
    path, english = f"/bookings/{booked.id}/cancel", {"Accept-Language": "en"}
    assert "it was free until" not in client.get(path, headers=english).text
    with time_machine.travel(booked.starts_at - timedelta(hours=1), tick=False):
        sign_in(client, customer)
        page = client.get(path, headers=english).text
    assert "(it was free until" in page
    assert "Cancel for ¥" in page
