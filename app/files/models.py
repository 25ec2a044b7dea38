"""Stored files (random names, type by content, digest kept) and the addresses of calendar feeds."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base, moment, pk


class StoredFile(Base):
    """One file. The bytes lie in the file store under `storage_key`; the row says what they are and whose."""

    __tablename__ = "stored_files"
    __table_args__ = (
        Index("stored_files_subject", "subject_kind", "subject_id"),
        CheckConstraint("size >= 0", name="size"),
    )

    id: Mapped[pk]
    organisation_id: Mapped[UUID | None] = mapped_column(ForeignKey("organisations.id"), index=True)
    uploaded_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"), index=True)
    subject_kind: Mapped[str]
    subject_id: Mapped[UUID | None]
    name: Mapped[str]
    media_type: Mapped[str]
    size: Mapped[int]
    digest: Mapped[str]  # SHA-256, hexadecimal
    storage_key: Mapped[str] = mapped_column(unique=True)
    created_at: Mapped[moment]


class FeedKind(StrEnum):
    """Whose bookings a calendar feed shows."""

    USER = "user"  # one's own, on every instrument
    INSTRUMENT = "instrument"  # those of one instrument


class CalendarFeed(Base):
    """An unguessable address that calendar programs read without signing in; only the token's SHA-256 is stored."""

    __tablename__ = "calendar_feeds"
    __table_args__ = (
        CheckConstraint("(kind = 'user') = (subject_id IS NULL)", name="subject"),
        Index(
            "calendar_feeds_one_live",
            "user_id",
            "kind",
            "subject_id",
            unique=True,
            postgresql_nulls_not_distinct=True,
            postgresql_where=text("revoked_at IS NULL"),
        ),
    )

    id: Mapped[pk]
    token_hash: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[FeedKind]
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"), index=True)
    subject_id: Mapped[UUID | None] = mapped_column(index=True)  # the instrument; None for one's own bookings
    created_at: Mapped[moment]
    revoked_at: Mapped[datetime | None]

    @property
    def is_live(self) -> bool:
        return self.revoked_at is None
