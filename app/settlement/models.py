"""Charges: what a use, a late cancellation or a no-show costs whom, from estimate to bill (flows.md §2)."""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import Organisation
from app.core.db import Base, minor, moment, pk
from app.core.money import Money


class ChargeKind(StrEnum):
    """Why money is owed."""

    USE = "use"  # 机时费
    CANCELLATION_FEE = "cancellation_fee"  # 取消费
    NO_SHOW_FEE = "no_show_fee"  # 爽约费
    CREDIT = "credit"  # 红冲: takes back (part of) another charge
    LICENCE_FEE = "licence_fee"  # 许可使用费
    ROYALTY = "royalty"  # 提成
    INTEREST = "interest"  # 逾期利息


# What is asked for by fee notes: money may be held for them before they stand on a bill.
HELD_KINDS = (ChargeKind.LICENCE_FEE, ChargeKind.ROYALTY, ChargeKind.INTEREST)


class ChargeState(StrEnum):
    """flows.md §2, "Charge". What is final is in the ledger; what is billed stands on a statement."""

    PROVISIONAL = "provisional"  # 待确认
    OBJECTED = "objected"  # 异议
    FINAL = "final"  # 待出账
    BILLED = "billed"  # 已入账
    SUPERSEDED = "superseded"  # 已更正: a corrected revision took its place
    VOID = "void"  # 已作废


OPEN = (ChargeState.PROVISIONAL, ChargeState.OBJECTED)
LIVE = (*OPEN, ChargeState.FINAL, ChargeState.BILLED)


class Charge(Base):
    """One fee of one payer to one provider. Amounts are frozen at creation; a correction makes a new revision.

    `lines` are dicts of kind, quantity, unit, unit_price and amount (minor units), which add up to `total_minor`.
    `commission_minor` is the platform's share including `commission_tax_minor` of VAT, frozen here and never
    computed again (money.md §0.10). A charge of nothing, or of an organisation to itself, becomes final without
    a ledger transaction and stands on no statement.
    """

    __tablename__ = "charges"
    __table_args__ = (
        UniqueConstraint("subject_kind", "subject_id", "kind", "revision"),
        Index(
            "charges_one_live", "subject_kind", "subject_id", "kind", unique=True,
            postgresql_where=text("state NOT IN ('superseded', 'void') AND kind <> 'credit'"),
        ),
        Index(
            "charges_to_state", "provider_id", "used_on",
            postgresql_where=text("state IN ('provisional', 'objected', 'final')"),
        ),
        Index("charges_provider", "provider_id", "used_on", "id"),
        Index("charges_statement", "statement_id", postgresql_where=text("statement_id IS NOT NULL")),
        Index("charges_corrects", "corrects_id", postgresql_where=text("corrects_id IS NOT NULL")),
        Index("charges_payer", "payer_id", "used_on", "id"),
        CheckConstraint("(kind = 'credit') = (corrects_id IS NOT NULL)", name="corrects"),
        CheckConstraint("kind = 'credit' OR total_minor >= 0", name="total"),
        CheckConstraint("state <> 'billed' OR ledger_transaction_id IS NOT NULL", name="billed"),
        CheckConstraint("(state = 'billed') = (statement_id IS NOT NULL)", name="statement"),
        CheckConstraint(
            "state IN ('provisional', 'objected', 'superseded', 'void') OR total_minor = 0"
            " OR payer_id = provider_id OR ledger_transaction_id IS NOT NULL",
            name="posted",
        ),
        CheckConstraint("minutes >= 0 OR kind = 'credit'", name="minutes"),
    )  # fmt: skip

    id: Mapped[pk]
    subject_kind: Mapped[str]  # use, reservation, …
    subject_id: Mapped[UUID]
    subject_number: Mapped[str]  # what people quote, e.g. the booking's number
    kind: Mapped[ChargeKind]
    revision: Mapped[int]
    state: Mapped[ChargeState]
    provider_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    payer_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    payer_class: Mapped[str]
    item_id: Mapped[UUID | None]  # what was used, for grouping
    description: Mapped[str]  # its name in its own language
    description_en: Mapped[str] = mapped_column(default="", server_default="")
    service_period: Mapped[Range[datetime]]
    used_on: Mapped[date]  # the calendar day, at the place, on which the use ended
    minutes: Mapped[int]
    lines: Mapped[list[Any]]
    total_minor: Mapped[minor]
    estimate_minor: Mapped[int | None]
    currency: Mapped[str]
    tax_minor: Mapped[minor]  # inside the total
    tax_category: Mapped[str]
    tax_rate: Mapped[Decimal]  # per cent
    commission_minor: Mapped[minor] = mapped_column(default=0, server_default="0")
    commission_tax_minor: Mapped[minor] = mapped_column(default=0, server_default="0")
    commission_basis_points: Mapped[int] = mapped_column(default=0, server_default="0")
    commission_tax_percent: Mapped[int] = mapped_column(default=0, server_default="0")
    window_ends_at: Mapped[datetime | None]  # until when the payer may object
    objection: Mapped[str] = mapped_column(default="", server_default="")
    corrects_id: Mapped[UUID | None] = mapped_column(ForeignKey("charges.id"))
    ledger_transaction_id: Mapped[UUID | None] = mapped_column(ForeignKey("ledger_transactions.id"), unique=True)
    statement_id: Mapped[UUID | None]  # of statements.models, once billed
    created_at: Mapped[moment]
    finalised_at: Mapped[datetime | None]

    provider: Mapped[Organisation] = relationship(lazy="raise_on_sql", foreign_keys=[provider_id])
    payer: Mapped[Organisation] = relationship(lazy="raise_on_sql", foreign_keys=[payer_id])

    @property
    def total(self) -> Money:
        return Money(self.total_minor, self.currency)

    @property
    def estimate(self) -> Money | None:
        return None if self.estimate_minor is None else Money(self.estimate_minor, self.currency)

    @property
    def net_minor(self) -> int:
        """What the provider gets."""
        return self.total_minor - self.commission_minor

    @property
    def is_open(self) -> bool:
        return self.state in OPEN

    @property
    def is_owed(self) -> bool:
        """Whether money moves at all: not for nothing, nor inside one legal person."""
        return self.total_minor != 0 and self.payer_id != self.provider_id


class NumberSeries(Base):
    """The last number given out in a series and year; the row is locked until the numbered paper is committed, so
    that no number is ever missing."""

    __tablename__ = "number_series"

    series: Mapped[str] = mapped_column(primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    last: Mapped[int]
