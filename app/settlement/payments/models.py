"""Money that has come in: lines of the bank's account, payments of bills, and what they collected for whom."""

from datetime import date
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import Organisation
from app.core.db import Base, minor, moment, pk
from app.settlement.fee_notes.models import FeeNote
from app.settlement.statements.models import Bill


class PaymentSource(StrEnum):
    """How a payment came about."""

    MEMO = "memo"  # matched by its memo code 附言匹配
    HAND = "hand"  # assigned by the operator 人工认领
    CREDIT = "credit"  # from what the customer had paid too much 余额抵扣
    OFFSET = "offset"  # credit lines of the bill itself 红字冲抵
    HELD = "held"  # from what came in on a fee note 缴费单代管款


class BankLine(Base):
    """One incoming transfer as the bank reports it. `reference` is the bank's own and unique: importing the same
    file twice changes nothing. What is not assigned yet lies in suspense (assets:bank_unmatched)."""

    __tablename__ = "bank_lines"
    __table_args__ = (
        CheckConstraint("amount_minor > 0", name="amount"),
        CheckConstraint("assigned_minor >= 0 AND assigned_minor <= amount_minor", name="assigned"),
        Index("bank_lines_open", "booked_on", "id", postgresql_where=text("assigned_minor < amount_minor")),
        Index("bank_lines_booked", "booked_on", "id"),
    )

    id: Mapped[pk]
    reference: Mapped[str] = mapped_column(unique=True)
    booked_on: Mapped[date]
    payer_name: Mapped[str]
    account_tail: Mapped[str] = mapped_column(default="", server_default="")
    amount_minor: Mapped[minor]
    currency: Mapped[str]
    memo: Mapped[str] = mapped_column(default="", server_default="")
    assigned_minor: Mapped[minor] = mapped_column(default=0, server_default="0")
    ledger_transaction_id: Mapped[UUID] = mapped_column(ForeignKey("ledger_transactions.id"), unique=True)
    imported_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"), index=True)
    imported_at: Mapped[moment]

    @property
    def rest_minor(self) -> int:
        """What waits in suspense."""
        return self.amount_minor - self.assigned_minor

    @property
    def is_open(self) -> bool:
        return self.rest_minor > 0


class Payment(Base):
    """Money assigned to a bill or held for a fee note, or kept as the customer's credit. Its number is the receipt's.

    `amount_minor` pays the bill, `credit_minor` is what was too much. Never changed (trigger)."""

    __tablename__ = "payments"
    __table_args__ = (
        CheckConstraint(
            "amount_minor >= 0 AND credit_minor >= 0 AND (source = 'offset' OR amount_minor + credit_minor > 0)",
            name="amounts",
        ),
        CheckConstraint("bill_id IS NOT NULL OR fee_note_id IS NOT NULL OR amount_minor = 0", name="bill"),
        CheckConstraint("source <> 'held' OR (bill_id IS NOT NULL AND fee_note_id IS NOT NULL)", name="held"),
        CheckConstraint("(source IN ('memo', 'hand')) = (bank_line_id IS NOT NULL)", name="source"),
        Index("payments_payer", "payer_id", "created_at"),
    )

    id: Mapped[pk]
    number: Mapped[str] = mapped_column(unique=True)
    payer_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"), index=True)
    bill_id: Mapped[UUID | None] = mapped_column(ForeignKey("bills.id"), index=True)
    fee_note_id: Mapped[UUID | None] = mapped_column(ForeignKey("fee_notes.id"), index=True)
    bank_line_id: Mapped[UUID | None] = mapped_column(ForeignKey("bank_lines.id"), index=True)
    source: Mapped[PaymentSource]
    amount_minor: Mapped[minor]
    credit_minor: Mapped[minor]
    currency: Mapped[str]
    ledger_transaction_id: Mapped[UUID] = mapped_column(ForeignKey("ledger_transactions.id"), unique=True)
    made_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"), index=True)
    created_at: Mapped[moment]

    payer: Mapped[Organisation] = relationship(lazy="raise_on_sql")
    bill: Mapped[Bill | None] = relationship(lazy="raise_on_sql")
    fee_note: Mapped[FeeNote | None] = relationship(lazy="raise_on_sql")
    bank_line: Mapped[BankLine | None] = relationship(lazy="raise_on_sql")
    reversal: Mapped["PaymentReversal | None"] = relationship(lazy="raise_on_sql", back_populates="payment")


class PaymentReversal(Base):
    """That a payment was assigned wrongly and has been taken back: by whom, why, and its mirror in the books.

    The payment itself stays as it was; its collections are mirrored by negative ones. Never changed (trigger)."""

    __tablename__ = "payment_reversals"
    __table_args__ = (CheckConstraint("reason <> ''", name="reason"),)

    payment_id: Mapped[UUID] = mapped_column(ForeignKey("payments.id"), primary_key=True)
    reason: Mapped[str]
    ledger_transaction_id: Mapped[UUID] = mapped_column(ForeignKey("ledger_transactions.id"), unique=True)
    made_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"), index=True)
    created_at: Mapped[moment]

    payment: Mapped[Payment] = relationship(lazy="raise_on_sql", back_populates="reversal")


class Collection(Base):
    """The part of a payment that went to one bill line, oldest first, and the institution's share of it.

    Over all collections of a line `net_minor` is exactly the line's net when `gross_minor` is its amount. A payment
    that was taken back has every collection twice, once with the signs turned round.
    """

    __tablename__ = "collections"
    __table_args__ = (
        CheckConstraint("gross_minor <> 0", name="gross"),
        Index("collections_provider", "provider_id", "payout_id"),
    )

    id: Mapped[pk]
    payment_id: Mapped[UUID] = mapped_column(ForeignKey("payments.id"), index=True)
    bill_line_id: Mapped[UUID] = mapped_column(ForeignKey("bill_lines.id"), index=True)
    provider_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"), index=True)
    gross_minor: Mapped[minor]
    net_minor: Mapped[minor]
    payout_id: Mapped[UUID | None] = mapped_column(index=True)  # the payout that carried it, see payouts.models
    created_at: Mapped[moment]

    payment: Mapped[Payment] = relationship(lazy="raise_on_sql")
