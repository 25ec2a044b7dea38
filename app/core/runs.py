"""Long work that somebody asked for: a row says how far it is, a background task does it.

Asking again while it is under way gives the same run. The row is the truth; a run whose task was lost is sent again.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import Index, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

from app.core.clock import now
from app.core.db import Base, batch_of_work, moment, pk, session, unit_of_work
from app.core.errors import DomainError
from app.core.events import Event, emit, subscribe
from app.core.i18n import in_every_language
from app.core.i18n import lazy_gettext as _l
from app.core.ids import uuid7
from app.core.policy import ActorLike
from app.core.tasks import hand_out, task

log = structlog.get_logger()

LOST_AFTER = timedelta(minutes=1)  # a run that nobody has begun
STALE_AFTER = timedelta(minutes=30)  # a run of which nothing was heard


class RunState(StrEnum):
    """How far a run is."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class Run(Base):
    """One piece of long work. `done` of `total` steps; `failure` is a sentence by locale."""

    __tablename__ = "runs"
    __table_args__ = (
        Index("runs_active", "kind", "subject", unique=True, postgresql_where=text("finished_at IS NULL")),
        Index("runs_latest", "kind", "subject", "id"),
    )

    id: Mapped[pk]
    kind: Mapped[str]
    subject: Mapped[str] = mapped_column(default="", server_default="")
    state: Mapped[RunState]
    done: Mapped[int] = mapped_column(default=0, server_default="0")
    total: Mapped[int | None]
    result: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default=text("'{}'"))
    failure: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default=text("'{}'"))
    user_id: Mapped[UUID | None]
    acting_for_id: Mapped[UUID | None]
    requested_at: Mapped[moment]
    moved_at: Mapped[moment]
    finished_at: Mapped[datetime | None]

    @property
    def is_active(self) -> bool:
        return self.finished_at is None

    @property
    def has_failed(self) -> bool:
        return self.state is RunState.FAILED


@dataclass(frozen=True)
class RunRequested(Event):
    """Somebody waits for a run."""

    run_id: UUID


Step = Callable[[int, int | None], None]
Work = Callable[[Run, Step], Mapping[str, Any]]

_works: dict[str, Work] = {}


def in_background(kind: str) -> Callable[[Work], Work]:
    """Declare the work of a kind of run: it gets the run and `step(done, total)`, which also commits what is done.

    It gives back the JSON-ready result; a DomainError that it raises is shown to whoever asked.
    """

    def declare(work: Work) -> Work:
        @task(kind, in_pieces=True)
        def perform(run_id: str) -> None:
            perform_run(UUID(run_id))

        _works[kind] = work
        return work

    return declare


def request_run(actor: ActorLike, kind: str, subject: str = "") -> UUID:
    """Ask for work on a subject; returns the id of the new run, or of the one that is under way."""
    values = {
        "id": uuid7(), "kind": kind, "subject": subject, "state": RunState.QUEUED, "user_id": actor.user_id,
        "acting_for_id": actor.organisation_id, "requested_at": now(), "moved_at": now(),
    }  # fmt: skip
    made: UUID | None = session.scalar(
        insert(Run)
        .values(**values)
        .on_conflict_do_nothing(index_elements=["kind", "subject"], index_where=text("finished_at IS NULL"))
        .returning(Run.id)
    )
    if made is None:
        active = select(Run.id).where(Run.kind == kind, Run.subject == subject, Run.finished_at.is_(None))
        return session.scalars(active).one()
    emit(RunRequested(made))
    return made


def latest_run(kind: str, subject: str = "") -> Run | None:
    """The last run on a subject, if there was any."""
    statement = select(Run).where(Run.kind == kind, Run.subject == subject).order_by(Run.id.desc()).limit(1)
    return session.scalars(statement.execution_options(populate_existing=True)).one_or_none()


@subscribe(RunRequested)
def start_run(event: RunRequested) -> None:
    """Hand the run to a worker."""
    run = session.get(Run, event.run_id)
    if run is not None and run.is_active:
        hand_out(run.kind, str(run.id))


@task("core.send_lost_runs", every=60.0)
def send_lost_runs() -> None:
    """Hand out again what no worker has begun, or of which nothing was heard for long."""
    lost = ((Run.state == RunState.QUEUED) & (Run.moved_at < now() - LOST_AFTER)) | (
        (Run.state == RunState.RUNNING) & (Run.moved_at < now() - STALE_AFTER)
    )
    for run in session.scalars(select(Run).where(Run.finished_at.is_(None), lost)):
        hand_out(run.kind, str(run.id))


def perform_run(run_id: UUID) -> None:
    """Do the work of a run, commit by commit, and note how it ended. One that another worker has in hand is left."""
    run = _begin(run_id)
    if run is None:
        return
    try:
        with batch_of_work() as save:

            def step(done: int, total: int | None) -> None:
                _note(run_id, done=done, total=total)
                save()

            result = _works[run.kind](run, step)
            _note(run_id, state=RunState.DONE, result=dict(result), finished_at=now())
    except DomainError as refusal:
        _fail(run_id, refusal.message)
    except Exception:
        log.exception("run.failed", run=str(run_id), kind=run.kind)
        _fail(run_id, _l("Something went wrong on our side; it is written down. Try again."))


def _begin(run_id: UUID) -> Run | None:
    with unit_of_work():
        run = session.get(Run, run_id, with_for_update=True, populate_existing=True)
        if run is None or not run.is_active:
            return None
        if run.state is RunState.RUNNING and run.moved_at > now() - STALE_AFTER:
            return None
        run.state, run.moved_at = RunState.RUNNING, now()
        return run


def _fail(run_id: UUID, sentence: object) -> None:
    with unit_of_work():
        _note(run_id, state=RunState.FAILED, failure=in_every_language(sentence), finished_at=now())


def _note(run_id: UUID, **values: Any) -> None:
    session.execute(
        update(Run)
        .where(Run.id == run_id)
        .values(moved_at=now(), **values)
        .execution_options(synchronize_session=False)
    )
