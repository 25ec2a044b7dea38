"""Upkeep: what failed can be seen and done again, what is old is forgotten, the audit log can be checked."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import pytest
from click.testing import Result
from sqlalchemy import func, select, text, update

from app.core import events
from app.core.audit import AuditEntry, record, seal_audit_log
from app.core.clock import now
from app.core.db import session
from app.core.events import DELIVERED_KEPT, Event, OutboxMessage, emit, forget_delivered, relay, subscribe
from app.core.tasks import celery
from app.core.web import App
from tests.accounts.factories import make_actor


@dataclass(frozen=True)
class GongStruck(Event):
    """A thing was tested."""

    count: int


@pytest.fixture
def heard() -> Iterator[list[int]]:
    found: list[int] = []

    def listen(event: GongStruck) -> None:
        if event.count < 0:
            raise RuntimeError("not today")
        found.append(event.count)

    subscribe(GongStruck)(listen)
    yield found
    events._subscribers.pop("GongStruck")


def run(app: App, *words: str) -> Result:
    return app.test_cli_runner().invoke(args=words)


def test_what_was_set_aside_is_named_and_delivered_again_once_it_can_be(app: App, heard: list[int]) -> None:
    emit(GongStruck(-1))
    emit(GongStruck(7))
    session.execute(update(OutboxMessage).where(OutboxMessage.payload["count"].astext == "-1").values(attempts=9))
    assert relay() == 1
    told = run(app, "outbox", "status").output.splitlines()
    assert told[0] == "waiting 0, set aside 1"
    assert "GongStruck" in told[1]
    assert told[1].endswith("RuntimeError: not today")
    session.execute(update(OutboxMessage).values(payload={"count": 8}))
    assert run(app, "outbox", "retry").output == "to be delivered again: 1\n"
    assert relay() == 1
    assert heard == [7, 8]
    assert run(app, "outbox", "status").output == "waiting 0, set aside 0\n"


def test_delivered_announcements_are_forgotten_and_no_others(heard: list[int]) -> None:
    emit(*(GongStruck(number) for number in range(3)))
    assert relay() == 3
    emit(GongStruck(3))
    first, second, *_others = session.scalars(select(OutboxMessage.id).order_by(OutboxMessage.id)).all()
    for identity, age in ((first, DELIVERED_KEPT + timedelta(hours=1)), (second, DELIVERED_KEPT - timedelta(hours=1))):
        session.execute(
            update(OutboxMessage).where(OutboxMessage.id == identity).values(handled_at=now() - age)
        )  # fmt: skip
    assert forget_delivered() == 1
    assert session.scalar(select(func.count()).select_from(OutboxMessage)) == 3


def test_the_clock_forgets_every_hour() -> None:
    assert celery.conf.beat_schedule["core.forget"] == {"task": "core.forget", "schedule": 3600.0}


def test_the_command_tells_a_sound_audit_log_from_a_changed_one(app: App) -> None:
    actor = make_actor()
    record(actor, "test.do", actor.organisation, {"name": ["a", "b"]})
    session.execute(text("ALTER TABLE audit_entries DISABLE TRIGGER USER"))
    session.execute(update(AuditEntry).values(at=text("now() - interval '2 minutes'")))
    assert seal_audit_log() > 0
    assert (run(app, "audit", "verify").output, run(app, "audit", "verify").exit_code) == ("all sound\n", 0)
    session.execute(update(AuditEntry).where(AuditEntry.action == "test.do").values(changes={}))
    session.expire_all()
    found = run(app, "audit", "verify")
    assert found.exit_code == 1
    assert found.output.startswith("FAULT seal 1: ")
