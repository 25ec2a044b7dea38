"""Notices to people and the mail that carries them."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base, moment, pk


class Notification(Base):
    """One thing told to one person. `key` makes telling it twice impossible."""

    __tablename__ = "notifications"
    __table_args__ = (
        UniqueConstraint("user_id", "key"),
        Index("notifications_unread", "user_id", "created_at", postgresql_where=text("read_at IS NULL")),
        Index("notifications_of_user", "user_id", "created_at"),
    )

    id: Mapped[pk]
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"), index=True)
    organisation_id: Mapped[UUID | None] = mapped_column(ForeignKey("organisations.id"), index=True)
    kind: Mapped[str]  # e.g. reservation_confirmed
    key: Mapped[str]  # e.g. reservation_confirmed:<reservation id>
    parameters: Mapped[dict[str, Any]]
    url: Mapped[str] = mapped_column(default="", server_default="")
    created_at: Mapped[moment]
    read_at: Mapped[datetime | None]

    @property
    def is_unread(self) -> bool:
        return self.read_at is None


class Mail(Base):
    """A mail that is to go out or has gone out. `key` is unique: a repeated event sends nothing twice."""

    __tablename__ = "mails"
    __table_args__ = (
        Index("mails_due", "due_at", postgresql_where=text("sent_at IS NULL AND failed_at IS NULL")),
        Index("mails_created_at", "created_at"),
    )

    id: Mapped[pk]
    key: Mapped[str] = mapped_column(unique=True)
    recipient: Mapped[str]
    subject: Mapped[str]
    body: Mapped[str]
    unsubscribe_url: Mapped[str] = mapped_column(default="", server_default="")  # of mails that come again and again
    attachments: Mapped[list[Any]] = mapped_column(default=list, server_default=text("'[]'"))
    locale: Mapped[str]
    created_at: Mapped[moment]
    due_at: Mapped[moment]
    sent_at: Mapped[datetime | None]
    failed_at: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0, server_default="0")
    error: Mapped[str | None]


class TextMessage(Base):
    """A text message to a telephone. `key` is unique: a repeated event sends nothing twice.

    It is claimed before it is handed over, and what was handed over without an answer is not sent again: a code
    that comes twice would only puzzle.
    """

    __tablename__ = "text_messages"
    __table_args__ = (
        Index("text_messages_due", "due_at", postgresql_where=text("sent_at IS NULL AND failed_at IS NULL")),
        Index("text_messages_of_number", "recipient", "created_at"),
        Index("text_messages_created_at", "created_at"),
        CheckConstraint("sent_at IS NULL OR failed_at IS NULL", name="one_end"),
    )

    id: Mapped[pk]
    key: Mapped[str] = mapped_column(unique=True)
    recipient: Mapped[str]  # E.164; masked once the text is forgotten
    body: Mapped[str]
    created_at: Mapped[moment]
    due_at: Mapped[moment]
    expires_at: Mapped[datetime]  # from then on it is of no use and is not sent any more
    claimed_at: Mapped[datetime | None]  # somebody is handing it over
    sent_at: Mapped[datetime | None]
    failed_at: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0, server_default="0")
    error: Mapped[str | None]


class DigestEntry(Base):
    """One notice that waits for a collected mail. It is dropped when the notice was read in the meantime."""

    __tablename__ = "digest_entries"
    __table_args__ = (
        UniqueConstraint("user_id", "key"),
        Index("digest_entries_waiting", "kind", "user_id", postgresql_where=text("closed_at IS NULL")),
    )

    id: Mapped[pk]
    kind: Mapped[str]
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"), index=True)
    organisation_id: Mapped[UUID | None] = mapped_column(ForeignKey("organisations.id"), index=True)
    key: Mapped[str]  # the key of the notice
    recipient: Mapped[str]
    locale: Mapped[str]
    created_at: Mapped[moment]
    closed_at: Mapped[datetime | None]
