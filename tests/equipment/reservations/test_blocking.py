"""Maintenance over bookings: one step takes back what is in the way, free of charge, and blocks the instrument."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.accounts.models import Actor, OrganisationKind, Role
from app.core.clock import bounds, now, period
from app.core.db import session
from app.core.errors import Conflict, Forbidden, Invalid
from app.core.events import relay
from app.equipment.instruments.models import Instrument
from app.equipment.reservations.blocking import block_over_bookings
from app.equipment.reservations.booking import make_reservation
from app.equipment.reservations.models import Reservation, ReservationState
from app.equipment.schedule.queries import maintenance_from
from app.notifications.models import Mail
from tests.accounts.factories import make_actor, make_organisation, sign_in
from tests.equipment.factories import SHANGHAI, make_bookable_instrument, slot
from tests.equipment.usage.factories import make_started

EN = {"Accept-Language": "en"}


@pytest.fixture
def manager() -> Actor:
    return make_actor(make_organisation(OrganisationKind.INSTITUTION), Role.MANAGER)


@pytest.fixture
def booked(manager: Actor) -> list[Reservation]:
    """Bookings of 9 to 11 and 13 to 15 in three days."""
    instrument = make_bookable_instrument(manager.organisation)
    return [make_reservation(make_actor(), instrument.id, slot(hour=hour), purpose="x") for hour in (9, 13)]


def test_bookings_in_the_way_are_taken_back_at_no_cost_and_the_time_is_blocked(
    manager: Actor, booked: list[Reservation]
) -> None:
    first, second = booked
    instrument = session.get_one(Instrument, first.instrument_id)
    whole = period(bounds(first.period)[0], bounds(second.period)[1])
    blocked = block_over_bookings(manager, instrument, whole, "换灯")
    assert (blocked.taken_back, blocked.stretch) == (2, whole)
    assert [one.period for one in maintenance_from(instrument.id, now())] == [whole]
    assert {(one.state, one.cancel_reason, one.cancellation_fee_minor) for one in booked} == {
        (ReservationState.CANCELLED, "换灯", 0)
    }
    relay()
    bodies = session.scalars(select(Mail.body).where(Mail.key.startswith("reservation_withdrawn:"))).all()
    assert len(bodies) == 2
    for body in bodies:
        assert "最近空档" in body
        assert "11:00–13:00" not in body, "what is blocked now is not offered"


def test_a_running_use_may_finish() -> None:
    case, _use = make_started()
    begin, end = bounds(case.reservation.period)
    with case.at(10):
        with pytest.raises(Conflict) as refused:
            block_over_bookings(case.manager, case.instrument, case.reservation.period, "换灯")
        assert refused.value.code == "running"
        blocked = block_over_bookings(case.manager, case.instrument, period(begin, bounds(slot(days=4))[1]), "换灯")
    assert bounds(blocked.stretch)[0] == end
    assert (blocked.taken_back, case.reservation.state) == (0, ReservationState.IN_USE)


def test_it_needs_a_reason_and_the_right(manager: Actor, booked: list[Reservation]) -> None:
    instrument = make_bookable_instrument(manager.organisation)
    with pytest.raises(Invalid):
        block_over_bookings(manager, instrument, slot(), " ")
    with pytest.raises(Forbidden):
        block_over_bookings(make_actor(manager.organisation, Role.TECHNICIAN), instrument, slot(), "x")
    assert not maintenance_from(instrument.id, now())


def test_the_refused_block_shows_the_choices_and_one_press_does_it(
    manager: Actor, booked: list[Reservation], client: FlaskClient
) -> None:
    begin, end = (edge.astimezone(SHANGHAI) for edge in bounds(booked[0].period))
    typed = {
        "maintenance-starts_at": f"{begin:%Y-%m-%dT%H:%M}",
        "maintenance-ends_at": f"{end:%Y-%m-%dT%H:%M}",
        "maintenance-reason": "换灯",
    }
    url = f"/instruments/{booked[0].instrument_id}/maintenance"
    sign_in(client, manager)
    page = client.post(url, data=typed, headers=EN)
    assert page.status_code == 409
    for way in (f"/bookings/{booked[0].id}/move", f"/bookings/{booked[0].id}/withdraw", f'formaction="{url}/over"'):
        assert way in page.text
    assert client.post(f"{url}/over", data={**typed, "maintenance-reason": ""}).status_code == 422
    assert booked[0].state is ReservationState.CONFIRMED
    assert client.post(f"{url}/over", data=typed).status_code == 302
    assert [one.state for one in booked] == [ReservationState.CANCELLED, ReservationState.CONFIRMED]
