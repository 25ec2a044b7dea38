"""Ledger accounts, transactions and lines (money.md §5)."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.db import Base, minor, moment, pk


class AccountKind(StrEnum):
    """Which side of the balance sheet an account stands on."""

    ASSET = "asset"
    LIABILITY = "liability"
    REVENUE = "revenue"
    EXPENSE = "expense"
    EQUITY = "equity"


class LedgerAccount(Base):
    """One account of the chart. Debits are positive, credits negative.

    `floor` is the lowest allowed value of normal-side balance (0 for payables), None when it may go below.
    `balance` is a cache kept by the same transaction and verified by `flask ledger verify`.
    """

    __tablename__ = "ledger_accounts"
    __table_args__ = (
        UniqueConstraint("code", "currency"),
        UniqueConstraint("id", "currency"),
        CheckConstraint("floor IS NULL OR normal * balance >= floor", name="floor"),
        CheckConstraint("normal IN (1, -1)", name="normal"),
    )

    id: Mapped[pk]
    code: Mapped[str]  # e.g. liabilities:seller_payable:<organisation id>
    kind: Mapped[AccountKind]
    normal: Mapped[int]  # 1 debit-normal, -1 credit-normal
    currency: Mapped[str]
    owner_id: Mapped[UUID | None] = mapped_column(ForeignKey("organisations.id"), index=True)
    custodian: Mapped[str] = mapped_column(default="", server_default="")  # who holds the money
    floor: Mapped[int | None]
    balance: Mapped[minor] = mapped_column(default=0, server_default="0")
    created_at: Mapped[moment]


class LedgerTransaction(Base):
    """One balanced movement. `key` is unique: the same fact is posted once, however often it is told."""

    __tablename__ = "ledger_transactions"
    __table_args__ = (
        Index("ledger_transactions_subject", "subject_kind", "subject_id"),
        Index("ledger_transactions_posted", "created_at", "number"),
    )

    id: Mapped[pk]
    number: Mapped[int] = mapped_column(unique=True)  # gapless, in order of posting; the hash chain runs along it
    key: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str]
    subject_kind: Mapped[str]
    subject_id: Mapped[UUID | None]
    effective_at: Mapped[datetime]
    created_at: Mapped[moment]
    user_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"), index=True)
    reverses_id: Mapped[UUID | None] = mapped_column(ForeignKey("ledger_transactions.id"), unique=True)
    previous_hash: Mapped[str]
    hash: Mapped[str]

    lines: Mapped[list["LedgerLine"]] = relationship(back_populates="transaction", lazy="raise_on_sql")


class LedgerLine(Base):
    """One side of a movement: `amount` minor units, debit positive, credit negative, never zero."""

    __tablename__ = "ledger_lines"
    __table_args__ = (
        CheckConstraint("amount <> 0", name="amount"),
        ForeignKeyConstraint(
            ["account_id", "currency"], ["ledger_accounts.id", "ledger_accounts.currency"], name="ledger_lines_account"
        ),
        Index("ledger_lines_in_order", "account_id", "transaction_id", "id", postgresql_include=["amount"]),
    )

    id: Mapped[pk]
    transaction_id: Mapped[UUID] = mapped_column(ForeignKey("ledger_transactions.id"), index=True)
    account_id: Mapped[UUID]
    currency: Mapped[str]
    amount: Mapped[minor]
    memo: Mapped[str] = mapped_column(default="", server_default="")

    transaction: Mapped[LedgerTransaction] = relationship(back_populates="lines", lazy="raise_on_sql")
    account: Mapped[LedgerAccount] = relationship(lazy="raise_on_sql", viewonly=True)
