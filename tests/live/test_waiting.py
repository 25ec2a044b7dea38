"""Sixteen wait and two slots become free: the first two get one each, whoever sweeps, and nothing overlaps."""

from collections import Counter
from uuid import UUID

import pytest
from sqlalchemy import select

from app.core.clock import bounds, period
from app.core.db import session, unit_of_work
from app.core.errors import Conflict
from app.core.events import relay
from app.core.ids import uuid7
from app.core.web import App
from app.equipment.reservations.booking import make_reservation
from app.equipment.reservations.holds import held_for
from app.equipment.reservations.models import Reservation
from app.equipment.reservations.operations import cancel_reservation
from app.equipment.schedule.claims import claim
from app.equipment.schedule.models import OccupationKind
from app.equipment.waiting.models import WaitingEntry, WaitingState
from app.equipment.waiting.operations import decline_offer, join_line, serve_line
from tests.equipment.factories import slot
from tests.equipment.waiting.factories import day, midnight, wish
from tests.live.callers import together
from tests.live.test_race import assert_no_overlap, deadlocks
from tests.live.world import Person, booked, committed, laboratory, people

pytestmark = [pytest.mark.live, pytest.mark.slow]

WAITING, FREED = 16, 2


def full_day(application: App, booker: Person) -> tuple[UUID, list[UUID]]:
    """An instrument with one full day, of which two bookings may go."""
    instrument = laboratory(application).instrument_id
    stretches = [slot(days=4, hour=hour) for hour in (9, 14)]
    ids = [booked(application, booker, instrument, stretch) for stretch in stretches]
    edges = [midnight(4), *(edge for each in stretches for edge in bounds(each)), midnight(5)]
    with committed(application):
        for begin, end in zip(edges[::2], edges[1::2], strict=True):
            assert claim(uuid7(), instrument, period(begin, end), OccupationKind.MAINTENANCE)
    return instrument, ids


def line(application: App, instrument_id: UUID) -> list[WaitingState]:
    with application.app_context(), unit_of_work():
        found = select(WaitingEntry.state).where(WaitingEntry.instrument_id == instrument_id)
        return list(session.scalars(found.order_by(WaitingEntry.joined_at)))


def test_two_freed_slots_go_to_the_first_two_of_sixteen(live_app: App) -> None:
    occupant, *crowd = people(live_app, WAITING + 1)
    instrument, bookings = full_day(live_app, occupant)
    entries = []
    for person in crowd:
        with committed(live_app):
            entries.append(join_line(person.actor, instrument, wish(first=day(4), last=day(4))).id)
    before = deadlocks(live_app)

    def free_and_serve(number: int) -> None:
        with live_app.app_context():
            if number < FREED:
                with unit_of_work():
                    cancel_reservation(occupant.actor, session.get_one(Reservation, bookings[number]))
                relay()
                return
            for _time in range(3):
                with unit_of_work():
                    serve_line(instrument)

    together(8, free_and_serve)
    with live_app.app_context():
        relay()
    expected = [WaitingState.OFFERED] * FREED + [WaitingState.WAITING] * (WAITING - FREED)
    assert line(live_app, instrument) == expected
    assert deadlocks(live_app) == before
    assert_no_overlap(live_app, instrument)

    assert Counter(together(WAITING, lambda number: grab(live_app, crowd[number], entries))) == {
        "booked": 1, "declined": 1, "taken": WAITING - FREED,
    }  # fmt: skip
    with live_app.app_context():
        relay()
    states = line(live_app, instrument)
    assert Counter(states[:FREED]) == {WaitingState.BOOKED: 1, WaitingState.WAITING: 1}
    assert states[FREED] is WaitingState.OFFERED, "what was declined is the third one's"
    assert WaitingState.OFFERED not in states[FREED + 1 :]
    assert deadlocks(live_app) == before
    assert_no_overlap(live_app, instrument)


def grab(application: App, person: Person, entries: list[UUID]) -> str:
    """The first in line books, the second passes, all others try to take the first one's slot."""
    with application.app_context():
        entry = session.get_one(WaitingEntry, entries[0])
        period_, hold_id, instrument = entry.offered, entry.hold_id, entry.instrument_id
        own = session.scalars(select(WaitingEntry).where(WaitingEntry.payer_id == person.organisation.id)).one()
        assert period_ is not None
        session.rollback()
        try:
            with unit_of_work():
                if own.id == entries[1]:
                    decline_offer(person.actor, session.get_one(WaitingEntry, own.id))
                    return "declined"
                make_reservation(
                    person.actor, instrument, period_, purpose="x", hold_id=hold_id, holders=held_for(person.actor)
                )
        except Conflict:
            return "taken"
        return "booked"
