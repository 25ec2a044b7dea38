"""Proceeds that are not paid out yet although customers have paid (民法典第四百四十四条)."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import Organisation
from app.core.db import Base, moment, pk
from app.settlement.models import Charge


class ProceedsChoice(StrEnum):
    """What owner and pledgee have agreed on."""

    PREPAY = "prepay"  # 提前清偿: the debt is paid before its time, to the pledgee
    DEPOSIT = "deposit"  # 提存: deposited, e.g. with a notary
    CONSENT = "consent"  # 质权人书面同意: to the owner, as the pledgee agrees in writing or the pledge has ended


ELSEWHERE = (ProceedsChoice.PREPAY, ProceedsChoice.DEPOSIT)


class ProceedsHold(Base):
    """What is collected for a charge stays out of payouts until one person has proposed what owner and pledgee have
    agreed on, with their paper, and another has confirmed it. `payee` is the account of pledgee or deposit: bank_name,
    bank_account, bank_account_name.
    """

    __tablename__ = "proceeds_holds"
    __table_args__ = (
        CheckConstraint("reason <> ''", name="reason"),
        CheckConstraint("(choice IS NULL) = (decided_at IS NULL)", name="decided"),
        CheckConstraint("decided_by_id IS NULL OR decided_by_id <> proposed_by_id", name="two_persons"),
        CheckConstraint("(proposed_choice IS NULL) = (proposed_at IS NULL)", name="proposed"),
        CheckConstraint("proposed_choice IN ('prepay', 'deposit', 'consent')", name="proposed_choice"),
        Index("proceeds_holds_open", "provider_id", postgresql_where=text("decided_at IS NULL")),
    )

    id: Mapped[pk]
    charge_id: Mapped[UUID] = mapped_column(ForeignKey("charges.id"), unique=True)
    provider_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"), index=True)
    reason: Mapped[str]
    pledgee: Mapped[str] = mapped_column(default="", server_default="")
    link_hash: Mapped[str | None] = mapped_column(unique=True)  # of the link that the pledgee has
    held_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"), index=True)
    held_at: Mapped[moment]
    proposed_choice: Mapped[str | None]  # a ProceedsChoice
    proposed_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"), index=True)
    proposed_at: Mapped[datetime | None]
    payee: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default=text("'{}'"))
    file_id: Mapped[UUID | None] = mapped_column(ForeignKey("stored_files.id"), index=True)
    choice: Mapped[ProceedsChoice | None]
    decided_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"), index=True)
    decided_at: Mapped[datetime | None]

    charge: Mapped[Charge] = relationship(lazy="raise_on_sql")
    provider: Mapped[Organisation] = relationship(lazy="raise_on_sql")

    @property
    def is_open(self) -> bool:
        return self.decided_at is None
