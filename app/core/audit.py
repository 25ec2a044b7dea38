"""The audit log: who did what to what, for whom, when, from where. Rows are never changed; seals chain them by hash."""

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import CTE, FromClause, Index, UniqueConstraint, insert, select, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.clock import now
from app.core.db import Base, hold_key, moment, pk, row_beside, session
from app.core.ids import uuid7
from app.core.policy import ActorLike

SEAL_BATCH, MOST_SEALS = 1000, 60  # a busy minute writes more than one batch


class AuditEntry(Base):
    """One deed. `changes` maps a field to its old and new value; personal data stays out of it."""

    __tablename__ = "audit_entries"
    __table_args__ = (
        Index("audit_entries_subject", "subject_kind", "subject_id"),
        Index("audit_entries_at", "at"),
        Index("audit_entries_organisation", "organisation_id", "at"),
    )

    id: Mapped[pk]
    at: Mapped[moment]
    user_id: Mapped[UUID | None]
    organisation_id: Mapped[UUID | None]
    action: Mapped[str]
    subject_kind: Mapped[str]
    subject_id: Mapped[UUID | None]
    changes: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default=text("'{}'"))
    request_id: Mapped[str | None]
    address: Mapped[str | None]


class AuditSeal(Base):
    """A hash over a run of entries and the seal before it: changing or removing one entry breaks the chain."""

    __tablename__ = "audit_seals"
    __table_args__ = (UniqueConstraint("number"),)

    id: Mapped[pk]
    number: Mapped[int]
    sealed_at: Mapped[moment]
    last_entry_id: Mapped[UUID]
    entry_ids: Mapped[list[Any]]
    digest: Mapped[str]


_WRITE = insert(AuditEntry.__table__)  # type: ignore[arg-type]
_WRITTEN = (
    "id", "user_id", "organisation_id", "action", "subject_kind", "subject_id", "changes", "request_id", "address",
)  # fmt: skip


def audit_row(
    actor: ActorLike, action: str, subject: Base | None, changes: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """The values of one entry, for operations that write many rows in one statement."""
    context = structlog.contextvars.get_contextvars()
    return {
        "id": uuid7(),
        "user_id": actor.user_id,
        "organisation_id": actor.organisation_id,
        "action": action,
        "subject_kind": subject.__tablename__ if subject is not None else "",
        "subject_id": getattr(subject, "id", None),
        "changes": dict(changes or {}),
        "request_id": context.get("request_id"),
        "address": context.get("address"),
    }


def record(
    actor: ActorLike, action: str, subject: Base | None = None, changes: Mapping[str, Any] | None = None
) -> None:
    """Write one audit entry in the present transaction, e.g. ``record(actor, "reservation.cancel", reservation)``."""
    session.execute(_WRITE, [audit_row(actor, action, subject, changes)])


def entry_beside(source: FromClause) -> CTE:
    """The entry of a statement that writes several things; its values are an `audit_row` bound as ``entry``."""
    return row_beside(source, AuditEntry, _WRITTEN, "entry")


def seal_audit_log(batch: int = SEAL_BATCH) -> int:
    """Chain the entries older than a minute that no seal covers yet, a batch a seal; returns how many were sealed."""
    hold_key("audit_seals")
    sealed = 0
    for _seal in range(MOST_SEALS):
        count = _seal_next(batch)
        sealed += count
        if count < batch:
            break
    return sealed


def _seal_next(batch: int) -> int:
    last = session.scalars(select(AuditSeal).order_by(AuditSeal.number.desc()).limit(1)).one_or_none()
    statement = select(AuditEntry).order_by(AuditEntry.id).limit(batch)
    statement = statement.where(AuditEntry.at < text("now() - interval '1 minute'"))
    if last is not None:
        statement = statement.where(AuditEntry.id > last.last_entry_id)
    entries = list(session.scalars(statement))
    if not entries:
        return 0
    session.add(
        AuditSeal(
            number=last.number + 1 if last else 1,
            last_entry_id=entries[-1].id,
            entry_ids=[str(entry.id) for entry in entries],
            digest=_digest(last.digest if last else "", entries),
            sealed_at=now(),
        )
    )
    session.flush()
    return len(entries)


def broken_seals() -> list[int]:
    """Verify the whole chain; the numbers of seals whose entries were changed, removed or reordered."""
    broken, before = [], ""
    for seal in session.scalars(select(AuditSeal).order_by(AuditSeal.number)):
        ids = [UUID(entry_id) for entry_id in seal.entry_ids]
        entries = list(session.scalars(select(AuditEntry).where(AuditEntry.id.in_(ids)).order_by(AuditEntry.id)))
        if len(entries) != len(ids) or _digest(before, entries) != seal.digest:
            broken.append(seal.number)
        before = seal.digest
    return broken


def _digest(before: str, entries: list[AuditEntry]) -> str:
    digest = hashlib.sha256(before.encode())
    for entry in entries:
        digest.update(json.dumps(_canonical(entry), sort_keys=True, ensure_ascii=False).encode())
    return digest.hexdigest()


def _canonical(entry: AuditEntry) -> dict[str, Any]:
    columns = (column.key for column in AuditEntry.__table__.columns)
    values = {name: getattr(entry, name) for name in columns}
    return {
        name: value.isoformat() if isinstance(value, datetime) else str(value) if isinstance(value, UUID) else value
        for name, value in values.items()
    }
