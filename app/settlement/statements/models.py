"""Statements of institutions and bills of customers: numbered, frozen papers about the same lines."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import Organisation
from app.core.clock import today
from app.core.db import Base, minor, moment, pk
from app.core.money import Money
from app.settlement.models import ChargeKind


class MonthClose(Base):
    """That a month is closed, by whom, and what came of it."""

    __tablename__ = "month_closes"
    __table_args__ = (CheckConstraint("extract(day FROM month) = 1", name="month"),)

    month: Mapped[date] = mapped_column(primary_key=True)  # its first day
    closed_at: Mapped[moment]
    closed_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"), index=True)
    statements: Mapped[int]
    bills: Mapped[int]
    lines: Mapped[int]
    windows_cut: Mapped[int]


class Statement(Base):
    """What an institution has earned in a month. Never changed after issue (trigger).

    `opening_minor` + `net_minor` − `paid_minor` = `closing_minor`, all of it owed to the institution; `cutoff` is
    the number of the last ledger transaction known at issue, so that it can be checked against the books for ever.
    """

    __tablename__ = "statements"
    __table_args__ = (
        UniqueConstraint("provider_id", "month"),
        CheckConstraint("gross_minor - commission_minor = net_minor", name="net"),
        CheckConstraint("opening_minor + net_minor - paid_minor = closing_minor", name="closing"),
        Index("statements_month", "month", "number"),
    )

    id: Mapped[pk]
    number: Mapped[str] = mapped_column(unique=True)
    provider_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"), index=True)
    month: Mapped[date]
    issued_at: Mapped[moment]
    issued_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"), index=True)
    currency: Mapped[str]
    lines_count: Mapped[int]
    uses_count: Mapped[int]
    credits_count: Mapped[int]
    minutes: Mapped[int]
    gross_minor: Mapped[minor]
    tax_minor: Mapped[minor]
    commission_minor: Mapped[minor]
    commission_tax_minor: Mapped[minor]
    net_minor: Mapped[minor]
    opening_minor: Mapped[minor]
    paid_minor: Mapped[minor]
    closing_minor: Mapped[minor]
    cutoff: Mapped[int]
    party: Mapped[dict[str, Any]]  # name, code and bank account of the institution at issue

    provider: Mapped[Organisation] = relationship(lazy="raise_on_sql")


class StatementLine(Base):
    """One charge on a statement. It cannot exist without its ledger transaction. Never changed (trigger)."""

    __tablename__ = "statement_lines"
    __table_args__ = (
        UniqueConstraint("statement_id", "position"),
        CheckConstraint("amount_minor - commission_minor = net_minor", name="net"),
        Index("statement_lines_payer", "payer_id", "used_on"),
    )

    id: Mapped[pk]
    statement_id: Mapped[UUID] = mapped_column(ForeignKey("statements.id"), index=True)
    position: Mapped[int]
    charge_id: Mapped[UUID] = mapped_column(ForeignKey("charges.id"), unique=True)
    ledger_transaction_id: Mapped[UUID] = mapped_column(ForeignKey("ledger_transactions.id"), unique=True)
    kind: Mapped[ChargeKind]
    subject_kind: Mapped[str]
    subject_id: Mapped[UUID]
    subject_number: Mapped[str]
    item_id: Mapped[UUID | None]
    description: Mapped[str]
    description_en: Mapped[str]
    payer_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"), index=True)
    payer_name: Mapped[str]
    used_on: Mapped[date]
    minutes: Mapped[int]
    amount_minor: Mapped[minor]
    tax_minor: Mapped[minor]
    commission_minor: Mapped[minor]
    commission_tax_minor: Mapped[minor]
    net_minor: Mapped[minor]

    statement: Mapped[Statement] = relationship(lazy="raise_on_sql")


class BillState(StrEnum):
    """flows.md §2. Overdue is stored, so that reminders and lists agree."""

    ISSUED = "issued"  # 待付款
    PART_PAID = "part_paid"  # 部分付款
    OVERDUE = "overdue"  # 逾期
    PAID = "paid"  # 已付


UNPAID = (BillState.ISSUED, BillState.PART_PAID, BillState.OVERDUE)


class Bill(Base):
    """What a customer owes for a month, to all institutions together. Only how far it is paid changes (trigger).

    Due 30 days after issue (保障中小企业款项支付条例). `memo_code` goes into the transfer's memo and finds it again.
    """

    __tablename__ = "bills"
    __table_args__ = (
        UniqueConstraint("payer_id", "month"),
        CheckConstraint("paid_minor >= 0 AND paid_minor <= greatest(total_minor, 0)", name="paid"),
        CheckConstraint("(state = 'paid') = (paid_minor = greatest(total_minor, 0))", name="state"),
        Index("bills_due", "due_on", postgresql_where=text("state <> 'paid'")),
        Index("bills_month", "month", "number"),
    )

    id: Mapped[pk]
    number: Mapped[str] = mapped_column(unique=True)
    payer_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"), index=True)
    month: Mapped[date]
    issued_at: Mapped[moment]
    due_on: Mapped[date]
    currency: Mapped[str]
    lines_count: Mapped[int]
    minutes: Mapped[int]
    total_minor: Mapped[minor]
    tax_minor: Mapped[minor]
    memo_code: Mapped[str] = mapped_column(unique=True)
    party: Mapped[dict[str, Any]]  # name and code of the customer at issue
    bank: Mapped[dict[str, Any]]  # account to pay to at issue
    state: Mapped[BillState]
    paid_minor: Mapped[minor] = mapped_column(default=0, server_default="0")
    paid_at: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]  # the customer says that the transfer is under way
    reminders: Mapped[int] = mapped_column(default=0, server_default="0")

    payer: Mapped[Organisation] = relationship(lazy="raise_on_sql")

    @property
    def outstanding_minor(self) -> int:
        return max(self.total_minor, 0) - self.paid_minor

    @property
    def outstanding(self) -> Money:
        return Money(self.outstanding_minor, self.currency)

    @property
    def is_unpaid(self) -> bool:
        return self.state is not BillState.PAID

    @property
    def days_late(self) -> int:
        """Whole days past the due day, 0 when paid or not yet due."""
        return max(0, (today() - self.due_on).days) if self.is_unpaid else 0


class BillLine(Base):
    """A statement line on the bill of the customer who owes it; the statement line holds the frozen amounts."""

    __tablename__ = "bill_lines"

    id: Mapped[pk]
    bill_id: Mapped[UUID] = mapped_column(ForeignKey("bills.id"), index=True)
    statement_line_id: Mapped[UUID] = mapped_column(ForeignKey("statement_lines.id"), unique=True)
    provider_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"), index=True)
    provider_name: Mapped[str]  # at issue

    bill: Mapped[Bill] = relationship(lazy="raise_on_sql")
    line: Mapped[StatementLine] = relationship(lazy="raise_on_sql")
    provider: Mapped[Organisation] = relationship(lazy="raise_on_sql")
