"""What the portal keeps of its own: what was made public and when, and who would like to use a pilot."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import Organisation, User
from app.core.db import Base, moment, pk
from app.market.patents.models import Patent


class PublicStatus(StrEnum):
    """What everybody is told of a declaration. Only what is announced can be taken (专利法 art. 51)."""

    ANNOUNCED = "announced"  # 已公告: notice and payment make a licence
    PILOT = "pilot"  # 试点: interest only
    ENDED = "ended"  # 已结束: kept, so that harvesters learn of it


class Publication(Base):
    """One declaration as everybody sees it; the row stays when it ends. Public facts only, of no tenant.

    `changed_at` (whole seconds) is its datestamp for harvesters: when what is public of it last became different.
    """

    __tablename__ = "publications"
    __table_args__ = (
        Index("publications_changed", "changed_at", "open_licence_id"),
        CheckConstraint("taken >= 0", name="taken"),
        CheckConstraint("status <> 'ended' OR ended_since IS NOT NULL", name="ended"),
    )

    open_licence_id: Mapped[UUID] = mapped_column(ForeignKey("open_licences.id", ondelete="CASCADE"), primary_key=True)
    patent_id: Mapped[UUID] = mapped_column(ForeignKey("patents.id"), index=True)
    status: Mapped[PublicStatus]
    was_announced: Mapped[bool]  # before it ended: harvesters find a deleted record in the set it was in
    fingerprint: Mapped[str]  # of everything that the feeds say
    changed_at: Mapped[datetime]
    pilot_since: Mapped[datetime | None]
    announced_since: Mapped[datetime | None]
    withdrawing_since: Mapped[datetime | None]
    ended_since: Mapped[datetime | None]
    taken: Mapped[int] = mapped_column(default=0, server_default="0")  # licences given, nobody named


class Interest(Base):
    """One organisation would like to use a patent that cannot be taken by notice: a pilot, or one without terms."""

    __tablename__ = "patent_interests"
    __table_args__ = (
        UniqueConstraint("patent_id", "organisation_id"),
        CheckConstraint("purpose <> ''", name="purpose"),
        CheckConstraint("owner_id <> organisation_id", name="parties"),
        Index("patent_interests_owner", "owner_id", "created_at"),
    )

    id: Mapped[pk]
    patent_id: Mapped[UUID] = mapped_column(ForeignKey("patents.id"))
    owner_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"), index=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"), index=True)
    purpose: Mapped[str]
    created_at: Mapped[moment]
    changed_at: Mapped[moment]

    patent: Mapped[Patent] = relationship(lazy="raise_on_sql")
    organisation: Mapped[Organisation] = relationship(lazy="raise_on_sql", foreign_keys=[organisation_id])
    user: Mapped[User] = relationship(lazy="raise_on_sql")
