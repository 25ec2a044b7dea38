"""Payouts: collected money on its way to institutions."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import Organisation
from app.core.db import Base, minor, moment, pk


class BatchState(StrEnum):
    """flows.md §2, "Payout"."""

    DRAFT = "draft"  # 待复核
    APPROVED = "approved"  # 已复核
    EXPORTED = "exported"  # 已导出
    DISCARDED = "discarded"  # 已撤回


class PayoutState(StrEnum):
    """Where the money of one institution is."""

    DRAFT = "draft"  # 待复核
    APPROVED = "approved"  # 待打款
    PAID = "paid"  # 已打款
    RETURNED = "returned"  # 已退回
    DISCARDED = "discarded"  # 已撤回


class PayoutBatch(Base):
    """A document with the sums of several institutions, made by one person and approved by another."""

    __tablename__ = "payout_batches"
    __table_args__ = (
        CheckConstraint("approved_by_id IS NULL OR approved_by_id <> made_by_id", name="two_persons"),
        CheckConstraint("(state IN ('approved', 'exported')) = (approved_by_id IS NOT NULL)", name="approved"),
    )

    id: Mapped[pk]
    number: Mapped[str] = mapped_column(unique=True)
    state: Mapped[BatchState]
    currency: Mapped[str]
    total_minor: Mapped[minor]
    made_by_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"), index=True)
    made_at: Mapped[moment]
    approved_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"), index=True)
    approved_at: Mapped[datetime | None]
    exported_at: Mapped[datetime | None]

    payouts: Mapped[list["Payout"]] = relationship(back_populates="batch", lazy="raise_on_sql")


class Payout(Base):
    """What one institution gets. `netted_minor` of its collected money settles what it owed back.

    With `proceeds_hold_id` it goes to a pledgee or a deposit instead (民法典 444)."""

    __tablename__ = "payouts"
    __table_args__ = (
        Index(
            "payouts_one_draft", "provider_id", unique=True,
            postgresql_where=text("state = 'draft' AND proceeds_hold_id IS NULL"),
        ),
        Index("payouts_one_draft_elsewhere", "proceeds_hold_id", unique=True, postgresql_where=text("state = 'draft'")),
        CheckConstraint("amount_minor > 0 AND netted_minor >= 0", name="amounts"),
        Index("payouts_provider", "provider_id", "created_at"),
    )  # fmt: skip

    id: Mapped[pk]
    number: Mapped[str] = mapped_column(unique=True)
    batch_id: Mapped[UUID] = mapped_column(ForeignKey("payout_batches.id"), index=True)
    provider_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"), index=True)
    state: Mapped[PayoutState]
    amount_minor: Mapped[minor]
    netted_minor: Mapped[minor] = mapped_column(default=0, server_default="0")
    currency: Mapped[str]
    account: Mapped[dict[str, Any]]  # bank, account and name, frozen in the draft
    proceeds_hold_id: Mapped[UUID | None] = mapped_column(ForeignKey("proceeds_holds.id"), index=True)  # goes elsewhere
    approval_transaction_id: Mapped[UUID | None] = mapped_column(ForeignKey("ledger_transactions.id"), unique=True)
    answer_transaction_id: Mapped[UUID | None] = mapped_column(ForeignKey("ledger_transactions.id"), unique=True)
    bank_reference: Mapped[str] = mapped_column(default="", server_default="")
    return_reason: Mapped[str] = mapped_column(default="", server_default="")
    created_at: Mapped[moment]
    answered_at: Mapped[datetime | None]

    batch: Mapped[PayoutBatch] = relationship(back_populates="payouts", lazy="raise_on_sql")
    provider: Mapped[Organisation] = relationship(lazy="raise_on_sql")
