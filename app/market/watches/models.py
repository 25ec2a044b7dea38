"""Who watches what, what they were told already, and the links that were mailed to them."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.dialects.postgresql import CITEXT
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import User
from app.core.db import Base, moment, pk
from app.market.patents.models import Patent


class Rhythm(StrEnum):
    """How often a person is written to about a watch."""

    WEEKLY = "weekly"
    DAILY = "daily"


class Watcher(Base):
    """One person who watches: somebody with an account, or a visitor of whom nothing is known but the mail address.

    Goes, with everything that hangs on it, when its last watch is stopped.
    """

    __tablename__ = "watchers"
    __table_args__ = (CheckConstraint("(user_id IS NULL) <> (email IS NULL)", name="person"),)

    id: Mapped[pk]
    user_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"), unique=True)
    email: Mapped[str | None] = mapped_column(CITEXT, unique=True)
    locale: Mapped[str]
    created_at: Mapped[moment]

    user: Mapped[User | None] = relationship(lazy="raise_on_sql")
    watches: Mapped[list["Watch"]] = relationship(
        back_populates="watcher", lazy="raise_on_sql", order_by="(Watch.created_at, Watch.id)", passive_deletes=True
    )


class Watch(Base):
    """One search, or one patent, that somebody watches from `created_at` on.

    `search` is the address of the search without order, sales and picks (`searches.py`); of one patent ``patent=<id>``.
    """

    __tablename__ = "watches"
    __table_args__ = (UniqueConstraint("watcher_id", "search"),)

    id: Mapped[pk]
    watcher_id: Mapped[UUID] = mapped_column(ForeignKey("watchers.id", ondelete="CASCADE"))
    search: Mapped[str]
    patent_id: Mapped[UUID | None] = mapped_column(ForeignKey("patents.id"), index=True)
    rhythm: Mapped[Rhythm]
    created_at: Mapped[moment]
    confirmed_at: Mapped[datetime | None]  # nothing is sent before
    told_until: Mapped[moment]  # what happened until then has been looked at

    watcher: Mapped[Watcher] = relationship(back_populates="watches", lazy="raise_on_sql")
    patent: Mapped[Patent | None] = relationship(lazy="raise_on_sql")


class WatchHit(Base):
    """Something that a person has been told: `key` names what happened to what, so nothing is told twice."""

    __tablename__ = "watch_hits"

    watcher_id: Mapped[UUID] = mapped_column(ForeignKey("watchers.id", ondelete="CASCADE"), primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)  # announced:<id of the declaration>:2026-11-29
    told_at: Mapped[moment]


class WatchLink(Base):
    """The secret in one mail: it confirms the watch `confirms_id`, or stops what its reader watches.

    `day` is the period whose mail carries it, at most one for each person and day. Only the digest is kept.
    """

    __tablename__ = "watch_links"
    __table_args__ = (
        UniqueConstraint("watcher_id", "day"),
        CheckConstraint("confirms_id IS NULL OR day IS NULL", name="kind"),
    )

    id: Mapped[pk]
    watcher_id: Mapped[UUID] = mapped_column(ForeignKey("watchers.id", ondelete="CASCADE"))
    confirms_id: Mapped[UUID | None] = mapped_column(ForeignKey("watches.id", ondelete="CASCADE"), index=True)
    day: Mapped[date | None]
    token_hash: Mapped[str] = mapped_column(unique=True)
    created_at: Mapped[moment]

    @property
    def mail_key(self) -> str:
        """The key of the mail that carries it."""
        return f"watch:{self.id}"
