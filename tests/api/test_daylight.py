"""Bookings over the nights on which clocks change: missing hours, double hours, lengths by UTC (scorecard A 9)."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
import time_machine

from app.core.db import session
from app.equipment.instruments.models import Instrument
from tests.api.conftest import Scene


@pytest.fixture
def in_new_york(make_scene: Callable[..., Scene]) -> Scene:
    """An instrument in New York."""
    scene = make_scene(horizon_days=700)
    session.get_one(Instrument, scene.instrument_id).zone = "America/New_York"
    session.commit()
    return scene


def minutes_quoted(scene: Scene, starts_at: str, ends_at: str) -> int:
    body = {"starts_at": starts_at, "ends_at": ends_at}
    quote = scene.call("customer", "POST", f"/instruments/{scene.instrument_id}/quote", body)
    assert quote.status_code == 200, quote.text
    return sum(line["quantity"] for line in quote.get_json()["lines"] if line["kind"] == "machine_time")


def test_a_night_of_change_is_billed_by_real_hours(in_new_york: Scene) -> None:
    with time_machine.travel(datetime(2027, 3, 1, tzinfo=UTC), tick=True):
        spring = minutes_quoted(in_new_york, "2027-03-14T01:00:00-05:00", "2027-03-14T04:00:00-04:00")
        autumn = minutes_quoted(in_new_york, "2027-11-07T00:00:00-04:00", "2027-11-07T03:00:00-05:00")
    assert (spring, autumn) == (120, 240)


def test_an_offset_that_the_place_does_not_have_means_its_instant(in_new_york: Scene) -> None:
    with time_machine.travel(datetime(2027, 3, 1, tzinfo=UTC), tick=True):
        body = {"starts_at": "2027-03-14T02:30:00-05:00", "ends_at": "2027-03-14T03:30:00-05:00"}
        path = f"/instruments/{in_new_york.instrument_id}/quote"
        quote = in_new_york.call("customer", "POST", path, body).get_json()
    assert quote["starts_at"] == "2027-03-14T03:30:00-04:00"
