"""Proceeds that are not paid out yet although customers have paid (民法典第四百四十四条)."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import Organisation
from app.core.db import Base, moment, pk
from app.settlement.models import Charge


class ProceedsChoice(StrEnum):
    """What owner and pledgee have agreed on."""

    PREPAY = "prepay"  # 提前清偿: the debt is paid before its time
    DEPOSIT = "deposit"  # 提存: deposited with a notary


class ProceedsHold(Base):
    """What is collected for a charge stays out of payouts until somebody decides."""

    __tablename__ = "proceeds_holds"
    __table_args__ = (
        CheckConstraint("reason <> ''", name="reason"),
        CheckConstraint("(choice IS NULL) = (decided_at IS NULL)", name="decided"),
        Index("proceeds_holds_open", "provider_id", postgresql_where=text("decided_at IS NULL")),
    )

    id: Mapped[pk]
    charge_id: Mapped[UUID] = mapped_column(ForeignKey("charges.id"), unique=True)
    provider_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"), index=True)
    reason: Mapped[str]
    held_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"), index=True)
    held_at: Mapped[moment]
    choice: Mapped[ProceedsChoice | None]
    decided_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"), index=True)
    decided_at: Mapped[datetime | None]

    charge: Mapped[Charge] = relationship(lazy="raise_on_sql")
    provider: Mapped[Organisation] = relationship(lazy="raise_on_sql")

    @property
    def is_open(self) -> bool:
        return self.decided_at is None
