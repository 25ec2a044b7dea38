"""Running it: draining, readiness, an absent broker, an absent database (scorecard C 30, 36, 37)."""

import threading
import time
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import psycopg
import pytest
from sqlalchemy import func, select, update

from app.core.clock import bounds, now, period
from app.core.db import session
from app.core.events import OutboxMessage
from app.core.ids import uuid7
from app.core.web import App
from app.notifications.models import Mail
from deploy.local.services import temporary_redis
from tests.databases import own_database, plain
from tests.equipment.factories import slot
from tests.live.callers import Answer, together
from tests.live.servers import Server, task_worker, wait_for_waiters, web_server
from tests.live.world import booking, committed, laboratory, people

pytestmark = [pytest.mark.live, pytest.mark.slow]

IN_FLIGHT = 8


def test_a_server_that_is_told_to_stop_finishes_what_it_has_begun(
    live_app: App, live_url: str, live_folder: Path
) -> None:
    bookers, instrument = people(live_app, IN_FLIGHT), laboratory(live_app).instrument_id
    starts_at, _ends_at = bounds(slot(days=4, hour=0))
    answers: list[Answer] = []
    with web_server(live_url, live_folder) as server, psycopg.connect(plain(live_url)) as rival:
        occupy(rival, instrument, starts_at.isoformat())

        def book(number: int) -> None:
            begin = starts_at.replace(hour=number, minute=0)
            wish = booking(instrument, period(begin, begin.replace(minute=30)))
            answers.append(server.caller(bookers[number].token).post("/api/v1/reservations", wish))

        crowd = threading.Thread(target=together, args=(IN_FLIGHT, book))
        crowd.start()
        wait_for_waiters(live_url, IN_FLIGHT)
        asked = time.monotonic()
        server.child.ask_to_stop()
        time.sleep(1)
        assert server.child.is_alive
        rival.rollback()
        crowd.join()
        assert server.child.wait(20)
    assert time.monotonic() - asked < 20
    assert [answer.status for answer in answers] == [201] * IN_FLIGHT
    assert server.child.process.returncode == 0


def occupy(rival: psycopg.Connection, instrument_id: UUID, day: str) -> None:
    """Claim two days without committing, so that every booking of them waits."""
    rival.execute(
        "INSERT INTO occupations (id, instrument_id, period, kind, active) "
        "VALUES (%s, %s, tstzrange(%s::timestamptz - interval '1 day', %s::timestamptz + interval '1 day'), "
        "'maintenance', true)",
        (uuid7(), instrument_id, day, day),
    )


def test_alive_is_not_the_same_as_ready(live_app: App, server: Server) -> None:
    settle(live_app)
    caller = server.caller()
    assert (caller.get("/healthz").status, caller.get("/readyz").status) == (200, 200)
    with committed(live_app):
        session.add(OutboxMessage(kind="Old", handler="none", payload={}, due_at=now() - timedelta(minutes=6)))
    late = caller.get("/readyz")
    assert (caller.get("/healthz").status, late.status) == (200, 503)
    assert late.body["checks"]["outbox"] is False
    assert late.body["checks"]["database"] is True
    settle(live_app)
    assert caller.get("/readyz").status == 200


def settle(application: App) -> None:
    with committed(application):
        session.execute(update(OutboxMessage).where(OutboxMessage.handled_at.is_(None)).values(handled_at=now()))


def test_without_its_database_the_site_lives_and_says_so(postgres_url: str, live_folder: Path) -> None:
    with own_database(postgres_url) as url, web_server(url, live_folder) as server:
        caller = server.caller()
        assert caller.get("/readyz").status == 503  # the schema is not there yet
        drop(url, postgres_url)
        assert caller.get("/healthz").status == 200
        for path in ("/readyz", "/", "/instruments", "/api/v1/reservations"):
            answer = server.caller("jishi_x").get(path)
            assert answer.status == 503, path
            assert "Traceback" not in answer.text
        problem = server.caller("jishi_x").get("/api/v1/me")
        assert problem.headers["Content-Type"] == "application/problem+json"
        assert problem.body["code"] == "unavailable"


def drop(url: str, admin_url: str) -> None:
    with psycopg.connect(plain(admin_url), autocommit=True) as admin:
        admin.execute(f"DROP DATABASE {database_of(url)} WITH (FORCE)")


def database_of(url: str) -> str:
    return url.partition("?")[0].rpartition("/")[2]


def test_while_the_broker_is_away_bookings_work_and_are_told_later(
    live_app: App, live_url: str, live_folder: Path
) -> None:
    (booker,), instrument = people(live_app, 1), laboratory(live_app).instrument_id
    settle(live_app)
    with temporary_redis() as redis:
        redis.stop()
        with web_server(live_url, live_folder, broker=redis.url) as server:
            for number in range(4):
                wish = booking(instrument, slot(days=5 + number))
                answer = server.caller(booker.token).post("/api/v1/reservations", wish)
                assert answer.status == 201
                assert answer.seconds < 2
            assert pending(live_app) > 0
            redis.start()
            with task_worker(live_url, live_folder, redis.url):
                deadline = time.monotonic() + 45
                while pending(live_app) and time.monotonic() < deadline:
                    time.sleep(0.25)
    assert pending(live_app) == 0
    with live_app.app_context():
        assert booker.actor.user is not None
        mails = session.scalars(select(Mail.recipient).where(Mail.recipient == booker.actor.user.email)).all()
    assert len(mails) == 4


def pending(application: App) -> int:
    with application.app_context():
        return int(session.scalar(select(func.count()).where(OutboxMessage.handled_at.is_(None))) or 0)
