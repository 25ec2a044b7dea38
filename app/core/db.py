"""The database: declarative base, column aliases, the unit of work, and constraints turned into sentences."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import (
    CTE,
    BigInteger,
    Date,
    DateTime,
    Enum,
    FromClause,
    MetaData,
    Numeric,
    Row,
    Select,
    String,
    Text,
    Uuid,
    bindparam,
    event,
    func,
    insert,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import DATERANGE, JSONB, TSTZRANGE, Range
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm import DeclarativeBase, ORMExecuteState, Session, mapped_column

from app.core.errors import DomainError
from app.core.ids import uuid7

NAMING = {
    "ix": "%(table_name)s_%(column_0_N_name)s_idx",
    "uq": "%(table_name)s_%(column_0_N_name)s_key",
    "ck": "%(table_name)s_%(constraint_name)s_check",
    "fk": "%(table_name)s_%(column_0_N_name)s_fkey",
    "pk": "%(table_name)s_pkey",
}

# An enum is stored as text by *value*; a CHECK constraint refuses others. SQLAlchemy would store member names.
_stored_enum = Enum(
    StrEnum,
    native_enum=False,
    create_constraint=True,
    length=32,
    values_callable=lambda members: [member.value for member in members],
)


class Base(DeclarativeBase):
    """The parent of every table; plain and typed, so that mypy needs no plugin."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = {
        datetime: DateTime(timezone=True),
        date: Date,
        UUID: Uuid,
        str: Text,
        int: BigInteger,
        Decimal: Numeric,
        Range[datetime]: TSTZRANGE,
        Range[date]: DATERANGE,
        dict[str, Any]: JSONB,
        list[Any]: JSONB,
        StrEnum: _stored_enum,
    }


pk = Annotated[UUID, mapped_column(primary_key=True, default=uuid7)]
short = Annotated[str, mapped_column(String(200))]
minor = Annotated[int, mapped_column(BigInteger)]
moment = Annotated[datetime, mapped_column(DateTime(timezone=True), server_default=func.clock_timestamp())]

db = SQLAlchemy(
    metadata=Base.metadata,
    session_options={"expire_on_commit": False, "join_transaction_mode": "create_savepoint"},
)

session: Session = db.session  # type: ignore[assignment]


class WriteInRead(RuntimeError):
    """A GET or HEAD tried to change the database."""


@contextmanager
def unit_of_work(*, read_only: bool = False) -> Iterator[None]:
    """Commit when the block returns, roll back when it raises; what waited for the commit runs after it.

    Every request and every task runs inside exactly one. `read_only` refuses ORM writes.
    """
    notes = session.info
    notes.update(read_only=read_only, after_commit=[])
    try:
        yield
        session.commit()
    except BaseException:
        session.rollback()
        notes["after_commit"] = []
        raise
    finally:
        notes["read_only"] = False
    waiting, notes["after_commit"] = notes["after_commit"], []
    for callback in waiting:
        callback()


def lost_a_race(error: OperationalError) -> bool:
    """Whether the database gave a transaction up for another one's sake: done again it may well go through."""
    return getattr(error.orig, "sqlstate", None) in {"40001", "40P01"}


@contextmanager
def batch_of_work() -> Iterator[Callable[[], None]]:
    """A unit of work for long runs: the yielded function commits what is done so far and frees memory."""

    def save() -> None:
        session.commit()
        session.expunge_all()

    with unit_of_work():
        yield save


def on_commit(callback: Callable[[], None]) -> None:
    """Run `callback` after the present unit of work has committed; never if it is rolled back."""
    session.info.setdefault("after_commit", []).append(callback)


class Wake:
    """A nudge, once after the commit, to the task that sees to what waits; the task lies above and names itself."""

    def __init__(self) -> None:
        self._nudge: Callable[[], None] | None = None

    def name(self, nudge: Callable[[], None]) -> None:
        """Say what is to be called; until then nobody is woken."""
        self._nudge = nudge

    def after_commit(self) -> None:
        """Nudge when the present unit of work has committed, however often it is asked for."""
        if self._nudge is not None and self._nudge not in session.info.setdefault("after_commit", []):
            on_commit(self._nudge)


def hold_key(key: str) -> None:
    """Let nobody else hold this key until the present transaction ends."""
    session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(key, 0))))


@contextmanager
def savepoint() -> Iterator[None]:
    """Run a block that may fail: on an error its changes and its waiting callbacks are dropped, the session lives."""
    waiting = list(session.info.get("after_commit", ()))
    try:
        with session.begin_nested():
            yield
            session.flush()
    except BaseException:
        session.info["after_commit"] = waiting
        raise


@contextmanager
def guard(problems: Mapping[str, DomainError]) -> Iterator[None]:
    """Turn the violation of a named constraint into the sentence given for it; other violations pass through."""
    try:
        with savepoint():
            yield
    except IntegrityError as error:
        name = getattr(getattr(error.orig, "diag", None), "constraint_name", None)
        if name is not None and name in problems:
            raise problems[name] from None
        raise


def row_beside(source: FromClause, model: type[Base], names: Sequence[str], prefix: str) -> CTE:
    """An INSERT of one row, its values bound as ``<prefix>_<name>``, that happens once for each row of `source`.

    For statements that write several things at once: a round trip instead of one for each.
    """
    table: Any = model.__table__
    values = select(*(bindparam(f"{prefix}_{name}", type_=table.c[name].type) for name in names)).select_from(source)
    return insert(table).from_select(names, values, include_defaults=False).returning(table.c.id).cte(prefix)


def bound(prefix: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """The values of a row as `row_beside` has named them."""
    return {f"{prefix}_{name}": value for name, value in values.items()}


def write(statement: Select[Any], values: Mapping[str, Any]) -> Row[Any] | None:
    """Run a SELECT that writes in its WITH clause; its only row, if there is one.

    Raises WriteInRead where `Session.execute`, which takes it for a read, would not.
    """
    if session.info.get("read_only"):
        raise WriteInRead("a GET or HEAD request must not write")
    session.flush()
    return session.connection().execute(statement, values).one_or_none()


def read(statement: Select[Any], values: Mapping[str, Any]) -> Sequence[Row[Any]]:
    """The rows of a SELECT of plain columns, without the session's machinery for entities; for what many wait for."""
    session.flush()
    return session.connection().execute(statement, values).all()


@event.listens_for(Session, "before_flush")
def _refuse_write(flushing: Session, _context: object, _instances: object) -> None:
    if flushing.info.get("read_only") and (flushing.new or flushing.dirty or flushing.deleted):
        raise WriteInRead("a GET or HEAD request must not write")


@event.listens_for(Session, "do_orm_execute")
def _refuse_bulk_write(state: ORMExecuteState) -> None:
    if state.session.info.get("read_only") and (state.is_insert or state.is_update or state.is_delete):
        raise WriteInRead("a GET or HEAD request must not write")


def insert_rows(model: type[Base], rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert many rows in one statement that carries them as one value; all name the same columns.

    For what a timer writes by the thousand (COPY is not for tables with row-level security). Columns that no row
    names get the database's own defaults.
    """
    if not rows:
        return
    session.flush()
    columns = ", ".join(f'"{name}"' for name in rows[0])
    table = model.__tablename__
    source = f"jsonb_populate_recordset(NULL::{table}, CAST(:rows AS jsonb))"
    statement = f"INSERT INTO {table} ({columns}) SELECT {columns} FROM {source}"  # noqa: S608 names of a model
    session.execute(
        text(statement).bindparams(bindparam("rows", type_=Text)),
        {"rows": json.dumps([dict(row) for row in rows], default=str, ensure_ascii=False)},
    )
