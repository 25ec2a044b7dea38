"""Things that have happened: announced in the same transaction, delivered at least once by a relay.

An event is a frozen dataclass of ids. `emit` writes one outbox row per subscriber beside the change itself, so a
crash can neither lose an announcement nor make one up. Handlers are idempotent.
"""

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, ClassVar, TypeVar
from uuid import UUID

import structlog
from sqlalchemy import ARRAY, CTE, FromClause, Index, Text, Uuid, bindparam, delete, func, insert, select, text, update
from sqlalchemy.orm import Mapped, mapped_column

from app.core.clock import now
from app.core.db import Base, Wake, insert_rows, moment, pk, savepoint, session, unit_of_work
from app.core.ids import uuid7

log = structlog.get_logger()

MAX_ATTEMPTS = 10
DELIVERED_KEPT = timedelta(days=30)


@dataclass(frozen=True)
class Event:
    """Something that has happened. Subclasses hold ids, dates and plain values only."""

    registry: ClassVar[dict[str, type["Event"]]] = {}

    def __init_subclass__(cls) -> None:
        Event.registry[cls.__name__] = cls


Happening = TypeVar("Happening", bound=Event)
Handler = Callable[[Any], None]

_subscribers: dict[str, dict[str, Handler]] = {}
relay_wake = Wake()  # the relay, woken when announcements are committed


class OutboxMessage(Base):
    """One announcement for one subscriber."""

    __tablename__ = "outbox_messages"
    __table_args__ = (
        Index("outbox_messages_due", "due_at", postgresql_where=text("handled_at IS NULL AND failed_at IS NULL")),
    )

    id: Mapped[pk]
    kind: Mapped[str]
    handler: Mapped[str]
    payload: Mapped[dict[str, Any]]
    created_at: Mapped[moment]
    due_at: Mapped[moment]
    attempts: Mapped[int] = mapped_column(default=0, server_default="0")
    handled_at: Mapped[datetime | None]
    failed_at: Mapped[datetime | None]
    error: Mapped[str | None]


_ANNOUNCE = insert(OutboxMessage.__table__)  # type: ignore[arg-type]
MANY = 20  # so many announcements at once go to the database as one value


def subscribe(kind: type[Happening]) -> Callable[[Callable[[Happening], None]], Callable[[Happening], None]]:
    """Register a function to be called, in its own unit of work, for every event of this kind."""

    def register(handler: Callable[[Happening], None]) -> Callable[[Happening], None]:
        name = f"{handler.__module__}.{handler.__name__}"
        _subscribers.setdefault(kind.__name__, {})[name] = handler
        return handler

    return register


def emit(*events: Event) -> None:
    """Announce what has just been done; it is heard only if the present unit of work commits."""
    rows = [
        {"id": uuid7(), "kind": type(event).__name__, "handler": name, "payload": _to_json(event)}
        for event in events
        for name in _subscribers.get(type(event).__name__, ())
    ]
    if len(rows) > MANY:
        insert_rows(OutboxMessage, rows)
    elif rows:
        session.execute(_ANNOUNCE, rows)
    if rows:
        relay_wake.after_commit()


def announcements_beside(source: FromClause) -> CTE:
    """What `emit` writes, as a part of a statement that writes several things; its values are `announced`."""
    rows = select(
        func.unnest(bindparam("announced_ids", type_=ARRAY(Uuid))),
        bindparam("announced_kind", type_=Text),
        func.unnest(bindparam("announced_handlers", type_=ARRAY(Text))),
        bindparam("announced_payload", type_=OutboxMessage.__table__.c.payload.type),
    ).select_from(source)
    table: Any = OutboxMessage.__table__
    names = ("id", "kind", "handler", "payload")
    return insert(table).from_select(names, rows, include_defaults=False).returning(table.c.id).cte("announced")


def announced(event: Event) -> dict[str, Any]:
    """The values of `announcements_beside` for an event; the relay is woken after the commit."""
    kind = type(event).__name__
    handlers = [*_subscribers.get(kind, ())]
    if handlers:
        relay_wake.after_commit()
    return {
        "announced_ids": [uuid7() for _handler in handlers],
        "announced_kind": kind,
        "announced_handlers": handlers,
        "announced_payload": _to_json(event),
    }


def relay(limit: int = 500) -> int:
    """Deliver what is due, each message in its own transaction; returns how many were handled.

    Several relays may run at once: rows are taken with SKIP LOCKED. A failure is retried with growing pauses and
    set aside after ten attempts.
    """
    handled = 0
    for _attempt in range(limit):
        with unit_of_work():
            outcome = _deliver_next()
        if outcome is None:
            break
        handled += outcome
    return handled


def _deliver_next() -> bool | None:
    """Handle one due message: True when done, False when it failed, None when nothing is due."""
    message = session.scalars(
        select(OutboxMessage)
        .where(
            OutboxMessage.handled_at.is_(None),
            OutboxMessage.failed_at.is_(None),
            OutboxMessage.due_at <= now(),
        )
        .order_by(OutboxMessage.due_at, OutboxMessage.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    ).one_or_none()
    if message is None:
        return None
    message.attempts += 1
    try:
        with savepoint():
            _subscribers[message.kind][message.handler](_from_json(message.kind, message.payload))
    except Exception as error:
        message.error = f"{type(error).__name__}: {error}"[:2000]
        message.due_at = now() + timedelta(seconds=2 ** min(message.attempts, 12))
        if message.attempts >= MAX_ATTEMPTS:
            message.failed_at = now()
        log.warning(
            "outbox.failed",
            message=str(message.id),
            kind=message.kind,
            handler=message.handler,
            exc_info=True,
        )
        return False
    message.handled_at = now()
    message.error = None
    return True


def waiting_messages() -> int:
    """How many announcements are still to be delivered."""
    due = OutboxMessage.handled_at.is_(None), OutboxMessage.failed_at.is_(None)
    return session.scalar(select(func.count()).select_from(OutboxMessage).where(*due)) or 0


def set_aside(limit: int = 100) -> Sequence[OutboxMessage]:
    """The newest announcements that failed ten times."""
    failed = select(OutboxMessage).where(OutboxMessage.failed_at.is_not(None))
    return session.scalars(failed.order_by(OutboxMessage.failed_at.desc()).limit(limit)).all()


def retry_messages() -> int:
    """Let everything that was set aside be delivered again; returns how many."""
    statement = update(OutboxMessage).where(OutboxMessage.failed_at.is_not(None))
    again = session.scalars(statement.values(failed_at=None, attempts=0, due_at=now()).returning(OutboxMessage.id))
    relay_wake.after_commit()
    return len(again.all())


def forget_delivered() -> int:
    """Remove announcements that were delivered long ago; returns how many."""
    old = delete(OutboxMessage).where(OutboxMessage.handled_at < now() - DELIVERED_KEPT)
    return int(session.execute(old).rowcount)  # type: ignore[attr-defined]


def _to_json(event: Event) -> dict[str, Any]:
    return {field.name: _plain(getattr(event, field.name)) for field in dataclasses.fields(event)}


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, UUID) else value.isoformat() if isinstance(value, date) else value


def _from_json(kind: str, payload: dict[str, Any]) -> Event:
    """Rebuild an event; declared types say which texts are ids, dates or instants."""
    event_class = Event.registry[kind]
    values = {}
    for field in dataclasses.fields(event_class):
        if field.name not in payload and field.default is not dataclasses.MISSING:
            continue  # announced by the release before, which did not know this field
        value = payload[field.name]
        if value is not None and isinstance(value, str):
            declared = str(field.type)
            if "UUID" in declared:
                value = UUID(value)
            elif "datetime.datetime" in declared:
                value = datetime.fromisoformat(value)
            elif "datetime.date" in declared:
                value = date.fromisoformat(value)
        values[field.name] = value
    return event_class(**values)
