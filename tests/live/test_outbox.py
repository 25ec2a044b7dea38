"""Announcements are written with the change and delivered once; a bad one cannot jam the rest (scorecard C 27–29)."""

import signal
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import func, select, update

from app.core import events
from app.core.clock import now
from app.core.db import session, unit_of_work
from app.core.events import MAX_ATTEMPTS, Event, OutboxMessage, emit, relay, subscribe
from app.core.ids import uuid7
from app.core.web import App
from app.equipment.reservations.models import Reservation
from deploy.local.layout import PYTHON, ROOT
from tests.live.callers import together
from tests.live.servers import program_environment
from tests.live.world import committed, laboratory, people

pytestmark = pytest.mark.live


@dataclass(frozen=True)
class BellRung(Event):
    """Something happened, so many times."""

    number: int
    bell_id: UUID


@pytest.fixture
def heard(live_app: App) -> Iterator[Counter[int]]:
    """How often each bell was heard; two of the handlers' deliveries overlap, number 13 always fails."""
    counts: Counter[int] = Counter()
    lock = threading.Lock()

    def listen(event: BellRung) -> None:
        if event.number == 13:
            raise RuntimeError("cannot be delivered")
        time.sleep(0.003)
        with lock:
            counts[event.number] += 1

    subscribe(BellRung)(listen)
    with committed(live_app):
        session.execute(update(OutboxMessage).where(OutboxMessage.handled_at.is_(None)).values(handled_at=now()))
    yield counts
    events._subscribers.pop("BellRung")


def ring(application: App, *numbers: int) -> None:
    with committed(application):
        emit(*(BellRung(number, uuid7()) for number in numbers))


def test_two_relays_deliver_each_announcement_once(live_app: App, heard: Counter[int]) -> None:
    ring(live_app, *range(100, 160))

    def work(_number: int) -> int:
        with live_app.app_context():
            return relay()

    delivered = together(2, work)
    assert sum(delivered) == 60
    assert min(delivered) > 0
    assert heard == Counter(range(100, 160))


def test_an_announcement_of_something_that_was_undone_is_never_heard(live_app: App, heard: Counter[int]) -> None:
    with suppress(LookupError), live_app.app_context(), unit_of_work():
        emit(BellRung(1, uuid7()))
        raise LookupError
    with live_app.app_context():
        assert relay() == 0
    assert not heard


def test_a_message_that_cannot_be_delivered_is_set_aside_and_the_others_flow(
    live_app: App, heard: Counter[int]
) -> None:
    ring(live_app, 13)
    for attempt in range(MAX_ATTEMPTS):
        ring(live_app, attempt)
        with live_app.app_context():
            assert relay() == 1
            with unit_of_work():
                session.execute(update(OutboxMessage).where(OutboxMessage.kind == "BellRung").values(due_at=now()))
    assert heard == Counter(range(MAX_ATTEMPTS))
    with live_app.app_context():
        failed = session.scalars(select(OutboxMessage).where(OutboxMessage.failed_at.is_not(None))).one()
        assert failed.attempts == MAX_ATTEMPTS == 10
        assert failed.error == "RuntimeError: cannot be delivered"
        assert relay() == 0
    with committed(live_app):
        session.delete(failed)


@pytest.mark.parametrize(("moment", "kept"), [("before", 0), ("after", 1)])
def test_a_kill_leaves_booking_and_announcement_both_or_neither(
    live_app: App, live_url: str, live_folder: Path, moment: str, kept: int
) -> None:
    (booker,), instrument = people(live_app, 1), laboratory(live_app).instrument_id
    program = f"""
import os, signal
from app import create_app
from app.accounts.tokens.operations import create_token
from app.accounts.sessions.queries import bearer
from app.core.db import on_commit, unit_of_work
from app.equipment.reservations.booking import make_reservation
from tests.equipment.factories import slot

def die():
    os.kill(os.getpid(), signal.SIGKILL)

with create_app().app_context(), unit_of_work():
    actor, _token = bearer({booker.token!r})
    if {moment!r} == "after":
        on_commit(die)
    make_reservation(actor, __import__("uuid").UUID({str(instrument)!r}), slot(), purpose="x")
    if {moment!r} == "before":
        die()
"""
    ended = subprocess.run(
        [PYTHON, "-c", program], cwd=ROOT, env=program_environment(live_url, live_folder / "files", "memory://"),
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ended.returncode == -signal.SIGKILL, ended.stderr
    with live_app.app_context():
        reservations = session.scalars(select(Reservation.id).where(Reservation.instrument_id == instrument)).all()
        told = session.scalar(
            select(func.count(func.distinct(OutboxMessage.payload["reservation_id"].as_string()))).where(
                OutboxMessage.kind == "ReservationMade",
                OutboxMessage.payload["reservation_id"].as_string().in_([str(one) for one in reservations]),
            )
        )
    assert (len(reservations), told) == (kept, kept)
