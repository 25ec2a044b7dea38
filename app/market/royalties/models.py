"""Royalty periods, reports, questions and shares of the income (flows-market.md §1 f, §2 "Period")."""

from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column, relationship
from sqlalchemy.types import Uuid

from app.accounts.models import Organisation
from app.core.clock import today
from app.core.db import Base, minor, moment, pk
from app.market.licences.models import Licence
from app.settlement.fee_notes.models import FeeNote
from app.settlement.models import Charge


class PeriodState(StrEnum):
    """flows-market.md §2 "Period". A period that is not reported in time stays due and is late."""

    OPEN = "open"  # 进行中
    DUE = "due"  # 待报告
    REPORTED = "reported"  # 已报告: the licensor may still ask
    QUESTIONED = "questioned"  # 质询中: only this sum waits
    BILLED = "billed"  # 已入账: accepted, or nobody asked in time
    PAID = "paid"  # 已付清


class RoyaltyPeriod(Base):
    """One reporting period of a licence, from `starts_on` up to and without `ends_on`. Amounts in fen.

    Its bounds are counted from the day the licence takes effect, never chained; the last one ends with the licence.
    Floor and cap are those of the licence; in a period cut short they count by its days (see `arithmetic`).
    """

    __tablename__ = "royalty_periods"
    __table_args__ = (
        UniqueConstraint("licence_id", "starts_on"),
        Index("royalty_periods_open", "ends_on", postgresql_where=text("state = 'open'")),
        Index("royalty_periods_due", "due_on", postgresql_where=text("state = 'due'")),
        Index("royalty_periods_reported", "question_until", postgresql_where=text("state = 'reported'")),
        Index("royalty_periods_licensor", "licensor_id", "due_on"),
        Index("royalty_periods_licensee", "licensee_id", "due_on"),
        CheckConstraint("ends_on > starts_on AND due_on >= ends_on", name="days"),
        CheckConstraint("position >= 1", name="position"),
        CheckConstraint(
            "(floor_minor IS NULL OR floor_minor >= 0) AND (cap_minor IS NULL OR cap_minor >= 0)"
            " AND (floor_minor IS NULL OR cap_minor IS NULL OR floor_minor <= cap_minor)",
            name="limits",
        ),
        CheckConstraint("state NOT IN ('reported', 'questioned') OR question_until IS NOT NULL", name="question"),
        CheckConstraint("licensee_id <> licensor_id", name="parties"),
    )

    id: Mapped[pk]
    licence_id: Mapped[UUID] = mapped_column(ForeignKey("licences.id"))
    licensor_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    licensee_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    position: Mapped[int]
    starts_on: Mapped[date]
    ends_on: Mapped[date]  # the first day after it
    due_on: Mapped[date]  # the last day on which the report is in time
    floor_minor: Mapped[int | None]
    cap_minor: Mapped[int | None]
    state: Mapped[PeriodState] = mapped_column(default=PeriodState.OPEN)
    is_late: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    reminders: Mapped[int] = mapped_column(default=0, server_default="0")
    question_until: Mapped[date | None]  # the last day on which the licensor may ask
    revision: Mapped[int] = mapped_column(default=1, server_default="1")
    created_at: Mapped[moment]
    changed_at: Mapped[moment]

    licence: Mapped[Licence] = relationship(lazy="raise_on_sql")
    licensor: Mapped[Organisation] = relationship(lazy="raise_on_sql", foreign_keys=[licensor_id])
    licensee: Mapped[Organisation] = relationship(lazy="raise_on_sql", foreign_keys=[licensee_id])
    reports: Mapped[list["RoyaltyReport"]] = relationship(
        back_populates="period", lazy="raise_on_sql", order_by="RoyaltyReport.revision"
    )

    @property
    def is_ahead(self) -> bool:
        """Whether it has not begun."""
        return self.starts_on > today()

    @property
    def last_day(self) -> date:
        """The last day of the period."""
        return self.ends_on - timedelta(days=1)


class RoyaltyReport(Base):
    """One report of a period; a correction is a new revision, an old one never changes (trigger).

    `products` are dicts of name, units, gross_minor, deductions_minor and net_minor; `slices` of base_minor and
    rate. `difference_minor` is what this revision asks for beyond the one before it: above nothing it has a fee note
    of its own, below nothing credit notes. Without a person it is the announced floor, billed because none was sent.
    """

    __tablename__ = "royalty_reports"
    __table_args__ = (
        UniqueConstraint("period_id", "revision"),
        CheckConstraint("revision >= 1 AND (revision = 1) = (corrects_id IS NULL)", name="revision"),
        CheckConstraint("due_minor >= 0 AND computed_minor >= 0 AND net_minor >= 0", name="amounts"),
        CheckConstraint("revision > 1 OR difference_minor = due_minor", name="difference"),
        CheckConstraint("(difference_minor > 0) = (fee_note_id IS NOT NULL)", name="fee_note"),
        CheckConstraint("is_floor_only = (reported_by_id IS NULL)", name="reporter"),
        CheckConstraint("NOT is_floor_only OR (products = '[]' AND revision = 1)", name="floor_only"),
    )

    id: Mapped[pk]
    period_id: Mapped[UUID] = mapped_column(ForeignKey("royalty_periods.id"))
    licensor_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"), index=True)
    licensee_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"), index=True)
    revision: Mapped[int]
    corrects_id: Mapped[UUID | None] = mapped_column(ForeignKey("royalty_reports.id"), unique=True)
    reason: Mapped[str] = mapped_column(default="", server_default="")  # why it corrects the one before
    is_floor_only: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    products: Mapped[list[Any]] = mapped_column(default=list, server_default=text("'[]'"))
    net_minor: Mapped[minor]  # the base: the sum over the products
    slices: Mapped[list[Any]] = mapped_column(default=list, server_default=text("'[]'"))
    computed_minor: Mapped[minor]  # by the rates alone
    by_floor: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    by_cap: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    due_minor: Mapped[minor]
    difference_minor: Mapped[minor]
    currency: Mapped[str] = mapped_column(default="CNY", server_default="CNY")
    fee_note_id: Mapped[UUID | None] = mapped_column(ForeignKey("fee_notes.id"), unique=True)
    evidence_id: Mapped[UUID | None] = mapped_column(ForeignKey("stored_files.id"), index=True)
    reported_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"), index=True)
    reported_at: Mapped[moment]

    period: Mapped[RoyaltyPeriod] = relationship(back_populates="reports", lazy="raise_on_sql")
    fee_note: Mapped[FeeNote | None] = relationship(lazy="raise_on_sql")


class Inspection(StrEnum):
    """The right to look at the licensee's books 查账."""

    NONE = "none"
    REQUESTED = "requested"  # 已要求
    AGREED = "agreed"  # 已定日期
    DONE = "done"  # 已查账


class RoyaltyQuestion(Base):
    """What the licensor asks about a report, the answer with its evidence, and the inspection of the books."""

    __tablename__ = "royalty_questions"
    __table_args__ = (
        Index("royalty_questions_one_open", "period_id", unique=True, postgresql_where=text("closed_at IS NULL")),
        Index("royalty_questions_due", "answer_due_on", postgresql_where=text("answered_at IS NULL")),
        CheckConstraint("text <> ''", name="text"),
        CheckConstraint("(answered_at IS NULL) = (answer = '')", name="answer"),
        CheckConstraint("inspection NOT IN ('agreed', 'done') OR inspection_on IS NOT NULL", name="inspection_day"),
        CheckConstraint("inspection <> 'done' OR inspection_outcome <> ''", name="outcome"),
    )

    id: Mapped[pk]
    period_id: Mapped[UUID] = mapped_column(ForeignKey("royalty_periods.id"), index=True)
    report_id: Mapped[UUID] = mapped_column(ForeignKey("royalty_reports.id"), index=True)
    licensor_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"), index=True)
    licensee_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"), index=True)
    text: Mapped[str]
    asked_by_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"), index=True)
    asked_at: Mapped[moment]
    asked_on: Mapped[date]
    bill_due_on: Mapped[date | None]  # when the bill was due before the question: it waits meanwhile
    waited_until: Mapped[date | None]  # until when it waited; no longer than the answer may take
    answer_due_on: Mapped[date]
    answer: Mapped[str] = mapped_column(default="", server_default="")
    answered_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"), index=True)
    answered_at: Mapped[datetime | None]
    file_ids: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid), default=list, server_default="{}")
    inspection: Mapped[Inspection] = mapped_column(default=Inspection.NONE, server_default="none")
    inspection_on: Mapped[date | None]
    inspection_outcome: Mapped[str] = mapped_column(default="", server_default="")
    closed_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"), index=True)
    closed_at: Mapped[datetime | None]

    period: Mapped[RoyaltyPeriod] = relationship(lazy="raise_on_sql")
    report: Mapped[RoyaltyReport] = relationship(lazy="raise_on_sql")


class IncomeShare(Base):
    """How one stated charge of a licence (or what is taken back of it) is shared out after commission and costs.

    `parts` are dicts of kind (inventor, department, institution), name, department, user_id, share (basis points)
    and amount_minor; they add up to `net_minor` exactly. Only the licensor sees it.
    """

    __tablename__ = "income_shares"
    __table_args__ = (
        UniqueConstraint("charge_id"),
        Index("income_shares_month", "licensor_id", "month"),
        CheckConstraint("net_minor = gross_minor - commission_minor - costs_minor", name="net"),
        CheckConstraint("inventors_share BETWEEN 0 AND 10000", name="inventors_share"),
        CheckConstraint("date_trunc('month', month) = month", name="month"),
    )

    id: Mapped[pk]
    licence_id: Mapped[UUID] = mapped_column(ForeignKey("licences.id"), index=True)
    licensor_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    charge_id: Mapped[UUID] = mapped_column(ForeignKey("charges.id"))
    month: Mapped[date]  # of the statement
    gross_minor: Mapped[minor]
    commission_minor: Mapped[minor]
    costs_minor: Mapped[minor] = mapped_column(default=0, server_default="0")
    net_minor: Mapped[minor]
    inventors_share: Mapped[int]  # basis points of net, by the table kept with the licence
    parts: Mapped[list[Any]]
    is_pledged: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    created_at: Mapped[moment]

    licence: Mapped[Licence] = relationship(lazy="raise_on_sql")
    charge: Mapped[Charge] = relationship(lazy="raise_on_sql")
