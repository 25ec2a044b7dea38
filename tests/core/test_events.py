"""Events: written down for every subscriber, rebuilt with their types."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from uuid import UUID

import pytest
from sqlalchemy import func, select

from app.core import events
from app.core.db import session
from app.core.events import Event, OutboxMessage, emit, relay, subscribe
from app.core.ids import uuid7


@dataclass(frozen=True)
class BellPainted(Event):
    """A thing was tested."""

    thing_id: UUID
    on: date
    at: datetime
    count: int
    note: str | None = None


THING = BellPainted(uuid7(), date(2026, 11, 24), datetime(2026, 11, 24, 5, tzinfo=UTC), 3)


@pytest.fixture
def heard() -> Iterator[list[Event]]:
    found: list[Event] = []

    def first(event: BellPainted) -> None:
        found.append(event)

    def second(event: BellPainted) -> None:
        found.append(event)

    subscribe(BellPainted)(first)
    subscribe(BellPainted)(second)
    yield found
    events._subscribers.pop("BellPainted")


def test_every_subscriber_gets_its_own_message_with_the_same_values(heard: list[Event]) -> None:
    emit(THING)
    assert session.scalar(select(func.count()).select_from(OutboxMessage)) == 2
    assert relay() == 2
    assert heard == [THING, THING]
    assert relay() == 0


def test_what_nobody_subscribed_to_is_not_written() -> None:
    emit(THING)
    assert session.scalar(select(func.count()).select_from(OutboxMessage)) == 0


def test_a_failing_handler_leaves_nothing_behind_and_is_tried_again(heard: list[Event]) -> None:
    def broken(_event: BellPainted) -> None:
        session.add(OutboxMessage(kind="BellPainted", handler="x", payload={}))
        session.flush()
        raise RuntimeError("not today")

    events._subscribers["BellPainted"] = {"broken": broken}
    emit(THING)
    assert relay() == 0
    message = session.scalars(select(OutboxMessage)).one()
    assert (message.attempts, message.error, message.handled_at) == (1, "RuntimeError: not today", None)
    assert message.due_at > message.created_at
