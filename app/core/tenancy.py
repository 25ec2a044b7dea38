"""Tenant isolation in the database itself: row-level security beside the policies in Python (reliability.md §0.8).

Every transaction carries the organisation acted for in ``jishi.tenant``; ``*`` sees everything (tasks, commands, the
operator), nothing sees nothing. The policies stand in the migrations (`CREATE POLICY tenant`) and bind the owner too.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from flask import has_request_context
from sqlalchemy import ColumnElement, event, func, text
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session, SessionTransaction

from app.core.db import db, session

EVERYBODY = "*"
_SET = text("SELECT set_config('jishi.tenant', :tenant, true)")


def tenant() -> str:
    """Whose rows the present session sees: outside of requests everybody's, inside nobody's until `set_tenant`."""
    return str(session.info.get("tenant", "" if has_request_context() else EVERYBODY))


def set_tenant(value: str) -> None:
    """From now on this session sees the rows of one organisation (its id as text), of everybody, or of nobody."""
    changed = tenant() != value
    session.info["tenant"] = value
    if changed and db.session().in_transaction():
        session.execute(_SET, {"tenant": value})


def carrying(value: ColumnElement[str]) -> ColumnElement[str]:
    """A column that sets the tenant while it is read, for the statement that finds out who asks.

    Whoever reads the row tells `tenant_carried`; that saves every request of a person a round trip.
    """
    return func.set_config("jishi.tenant", value, True)


def tenant_carried(value: str) -> None:
    """Note what a statement with `carrying` has made of the tenant."""
    session.info["tenant"] = value


@contextmanager
def everybody() -> Iterator[None]:
    """See all rows for a moment, for figures and feeds that name nobody."""
    before = tenant()
    set_tenant(EVERYBODY)
    try:
        yield
    finally:
        set_tenant(before)


@event.listens_for(Session, "after_begin")
def _carry_tenant(beginning: Session, transaction: SessionTransaction, connection: Connection) -> None:
    value = beginning.info.get("tenant", "" if has_request_context() else EVERYBODY)
    if value and not transaction.nested:
        connection.execute(_SET, {"tenant": value})
