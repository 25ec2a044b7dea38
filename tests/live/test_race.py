"""Many people want the same: one gets it, the others are told, nobody sees an error (scorecard A 1–5)."""

import threading
import time
from collections import Counter
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

import psycopg
import pytest
from sqlalchemy import func, select, text

from app.core.clock import bounds, period
from app.core.db import session, unit_of_work
from app.core.errors import Conflict
from app.core.events import OutboxMessage
from app.core.ids import uuid7
from app.core.web import App
from app.equipment.reservations.models import Reservation, ReservationState
from app.equipment.reservations.operations import move_reservation
from app.equipment.schedule.claims import _LOCK_SPACE, claim, lock_key
from app.equipment.schedule.models import Occupation, OccupationKind
from tests.databases import plain
from tests.equipment.factories import slot
from tests.live.callers import percentile, together
from tests.live.servers import Server, wait_for_waiters
from tests.live.world import Person, booked, booking, committed, laboratory, people

pytestmark = [pytest.mark.live, pytest.mark.slow]

RIVALS, ROUNDS = 64, 6
CLAIMANTS, CLAIM_ROUNDS = 24, 40


def deadlocks(application: App) -> int:
    with application.app_context():
        session.execute(text("SELECT pg_stat_force_next_flush()")) if _has_flush() else None
        return int(
            session.scalar(text("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")) or 0
        )


def _has_flush() -> bool:
    return bool(session.scalar(text("SELECT count(*) FROM pg_proc WHERE proname = 'pg_stat_force_next_flush'")))


def test_of_sixty_four_rivals_one_gets_the_slot_and_the_others_hear_of_free_ones(live_app: App, server: Server) -> None:
    rivals, instrument = people(live_app, RIVALS), laboratory(live_app).instrument_id
    before, waits = deadlocks(live_app), []
    for number in range(ROUNDS):
        starts_at, _end = bounds(slot(days=3 + number))

        answers = together(RIVALS, partial(book_near, server, rivals, instrument, starts_at))
        assert Counter(status for status, _seconds, _others in answers) == {201: 1, 409: RIVALS - 1}
        assert all(others for status, _seconds, others in answers if status == 409)
        waits += [seconds for status, seconds, _others in answers if status == 409]
    assert deadlocks(live_app) == before
    assert max(waits) < 10, f"p95 {percentile(waits, 0.95):.2f} s"
    assert_no_overlap(live_app, instrument)


def book_near(
    server: Server, rivals: list[Person], instrument_id: UUID, starts_at: datetime, number: int
) -> tuple[int, float, list[object]]:
    """One rival's try; the wishes differ, but every pair of them overlaps."""
    begin = starts_at + timedelta(minutes=30 * (number % 4))
    wish = booking(instrument_id, period(begin, begin + timedelta(hours=2)))
    answer = server.caller(rivals[number].token).post("/api/v1/reservations", wish)
    return answer.status, answer.seconds, answer.body.get("alternatives", [])


def test_claims_straight_at_the_database_have_one_winner_a_round(live_app: App) -> None:
    """The same without the web between: more rounds, and what losing costs."""
    instrument, before = laboratory(live_app).instrument_id, deadlocks(live_app)
    waits: list[float] = []
    for number in range(CLAIM_ROUNDS):
        begin, end = bounds(slot(days=3 + number, minutes=180))

        def take(rival: int, begin: datetime = begin, end: datetime = end) -> bool:
            wished = period(begin + timedelta(minutes=rival % 4 * 15), end)
            with live_app.app_context(), unit_of_work():
                started = time.monotonic()
                won = claim(uuid7(), instrument, wished, OccupationKind.MAINTENANCE)
                waits.append(time.monotonic() - started)
                return won

        assert sum(together(CLAIMANTS, take)) == 1
    assert deadlocks(live_app) == before
    assert max(waits) < 10, f"p95 {percentile(waits, 0.95):.3f} s"
    assert_no_overlap(live_app, instrument)


def assert_no_overlap(application: App, instrument_id: UUID) -> None:
    one, other = Occupation.__table__.alias("one"), Occupation.__table__.alias("other")
    with application.app_context():
        found = session.scalar(
            select(func.count()).where(
                one.c.instrument_id == instrument_id,
                other.c.instrument_id == instrument_id,
                one.c.active, other.c.active, one.c.id < other.c.id, one.c.period.op("&&")(other.c.period),
            )
        )  # fmt: skip
    assert found == 0


def test_without_the_constraint_looking_first_lets_several_win(live_url: str) -> None:
    """The control: the same race, decided by a look instead of by the database."""
    winners, claimed = scratch_race(live_url, constraint=False), scratch_race(live_url, constraint=True)
    assert winners >= 2
    assert claimed == 1


def scratch_race(url: str, *, constraint: bool, rivals: int = 8) -> int:
    """How many of some rivals get the same hour, in a table of its own."""
    name = "guarded" if constraint else "unguarded"
    rule = ", EXCLUDE USING gist (instrument WITH =, during WITH &&)" if constraint else ""
    looked = threading.Barrier(rivals)
    with psycopg.connect(plain(url), autocommit=True) as connection:
        connection.execute("CREATE EXTENSION IF NOT EXISTS btree_gist")
        connection.execute(f"CREATE TABLE {name} (instrument integer, during tstzrange{rule})")

    def book(_rival: int) -> bool:
        with psycopg.connect(plain(url)) as connection:
            hour = "tstzrange('2030-01-01 09:00Z', '2030-01-01 10:00Z')"
            taken = connection.execute(f"SELECT 1 FROM {name} WHERE instrument = 1 AND during && {hour}").fetchone()
            looked.wait(30)
            rows = connection.execute(
                f"INSERT INTO {name} VALUES (1, {hour}) ON CONFLICT DO NOTHING RETURNING 1"
            ).fetchall()
            return taken is None and bool(rows)

    try:
        return sum(together(rivals, book))
    finally:
        with psycopg.connect(plain(url), autocommit=True) as connection:
            connection.execute(f"DROP TABLE {name}")


def test_the_constraint_is_an_exclusion_over_active_time(live_app: App) -> None:
    with live_app.app_context():
        definition = session.scalar(
            text("SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = 'occupations_no_overlap'")
        )
    assert definition == "EXCLUDE USING gist (instrument_id WITH =, period WITH &&) WHERE (active)"


def test_twenty_four_move_into_one_hour_and_one_arrives_without_deadlock(live_app: App, live_url: str) -> None:
    instrument, booker = laboratory(live_app).instrument_id, people(live_app, 1)[0]
    stretches = [slot(days=5 + number // 4, hour=5 * (number % 4), minutes=60) for number in range(24)]
    ids = [booked(live_app, booker, instrument, stretch) for stretch in stretches]
    before, wished = deadlocks(live_app), slot(days=20)
    answers: list[str] = []

    def move(number: int) -> str:
        with live_app.app_context():
            try:
                with unit_of_work():
                    move_reservation(booker.actor, session.get_one(Reservation, ids[number]), wished)
            except Conflict as refused:
                return refused.code
            return "moved"

    with psycopg.connect(plain(live_url)) as gate:
        gate.execute("SELECT pg_advisory_xact_lock(%s, %s)", (_LOCK_SPACE, lock_key(instrument)))
        crowd = threading.Thread(target=lambda: answers.extend(together(24, move)))
        crowd.start()
        wait_for_waiters(live_url, 24, "advisory")  # who does not take the lock is not among them
        gate.rollback()
        crowd.join()
    assert Counter(answers) == {"moved": 1, "slot_taken": 23}
    assert deadlocks(live_app) == before
    assert_no_overlap(live_app, instrument)


def requested(application: App) -> tuple[UUID, Person, Person]:
    """A request that waits for approval, its booker and the manager who may answer."""
    place, booker = laboratory(application, needs_approval=True), people(application, 1)[0]
    return booked(application, booker, place.instrument_id, slot()), booker, place.manager


def events_of(application: App, reservation_id: UUID) -> Counter[str]:
    with application.app_context():
        rows = session.execute(
            select(OutboxMessage.kind, OutboxMessage.handler).where(
                OutboxMessage.payload["reservation_id"].as_string() == str(reservation_id)
            )
        )
        handlers = Counter((kind, handler) for kind, handler in rows)
    assert set(handlers.values()) <= {1}, "an event was announced twice"
    return Counter({kind: 1 for kind, _handler in handlers})


def test_sixteen_answers_at_once_to_one_request_are_one_answer(live_app: App, server: Server) -> None:
    reservation_id, _booker, manager = requested(live_app)

    def answer(number: int) -> int:
        verb, body = ("approve", None) if number % 2 else ("decline", {"reason": "Under repair."})
        path = f"/api/v1/reservations/{reservation_id}/{verb}"
        return server.caller(manager.token).post(path, body).status

    assert Counter(together(16, answer)) == {200: 1, 409: 15}
    kinds = events_of(live_app, reservation_id)
    assert kinds["ReservationConfirmed"] + kinds["ReservationDeclined"] == 1


def test_approving_declining_and_cancelling_at_once_tell_one_story(live_app: App, server: Server) -> None:
    for _round in range(3):
        reservation_id, booker, manager = requested(live_app)
        done = sorted(filter(None, together(16, partial(answer_somehow, server, reservation_id, booker, manager))))
        endings = {("approve",): "confirmed", ("decline",): "declined", ("cancel",): "cancelled",
                   ("approve", "cancel"): "cancelled"}  # fmt: skip
        with live_app.app_context():
            reservation = session.get_one(Reservation, reservation_id)
            occupation = session.get_one(Occupation, reservation_id)
        assert reservation.state == ReservationState(endings[tuple(done)])
        assert occupation.active == (reservation.state is ReservationState.CONFIRMED)
        told = set(events_of(live_app, reservation_id)) - {"ReservationMade"}
        names = {"approve": "ReservationConfirmed", "decline": "ReservationDeclined", "cancel": "ReservationCancelled"}
        assert told == {names[verb] for verb in done}


def answer_somehow(server: Server, reservation_id: UUID, booker: Person, manager: Person, number: int) -> str:
    """Approve, decline or cancel, by number; the verb if it was done, nothing if somebody was there first."""
    bodies: dict[str, object] = {"approve": None, "decline": {"reason": "Under repair."}, "cancel": {}}
    verb = list(bodies)[number % 3]
    who = booker if verb == "cancel" else manager
    answer = server.caller(who.token).post(f"/api/v1/reservations/{reservation_id}/{verb}", bodies[verb])
    assert answer.status in {200, 409}, answer.text
    return verb if answer.status == 200 else ""


def test_what_is_prepared_here_is_really_committed(live_app: App) -> None:
    instrument = laboratory(live_app).instrument_id
    with committed(live_app):
        assert session.scalar(select(func.count()).where(Occupation.instrument_id == instrument)) == 0
