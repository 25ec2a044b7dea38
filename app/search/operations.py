"""Keeping indexes up to date."""

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import select

from app.core.db import session
from app.search.engine import Index, engine

BATCH = 500


def put(index: Index, *things: Any) -> None:
    """Make what has been created or changed findable, in the same transaction."""
    engine().put(index, things)


def rebuild(index: Index, save: Callable[[], None]) -> tuple[int, int]:
    """Bring a whole index up to date in batches, calling `save` after each; returns (seen, changed)."""
    key = index.model.__table__.c.id
    seen, changed, last = 0, 0, None
    while True:
        statement = select(index.model).options(*index.options).order_by(key).limit(BATCH)
        things: Sequence[Any] = session.scalars(statement if last is None else statement.where(key > last)).all()
        if not things:
            return seen, changed
        seen, last = seen + len(things), things[-1].id
        changed += engine().put(index, things)
        save()
