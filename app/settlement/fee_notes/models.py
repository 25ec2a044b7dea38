"""Fee notes, what has come in on them, and money that goes back (money.md §5.4, rows “hold” and “refund”)."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import Organisation
from app.core.clock import today
from app.core.db import Base, minor, moment, pk
from app.core.money import Money
from app.settlement.models import Charge


class FeeNoteState(StrEnum):
    """Money that comes in is held for the note until its charge is billed, or goes back."""

    OPEN = "open"  # 待付
    PART_PAID = "part_paid"  # 部分付款
    PAID = "paid"  # 已付清、代管中
    BILLED = "billed"  # 已入账: its charge stands on a bill, what was held has paid it
    REFUNDED = "refunded"  # 已退款、待退款
    VOID = "void"  # 已作废


class FeeNote(Base):
    """What one organisation is asked to pay for one thing. `paid_minor` is held in ``liabilities:order_hold:<id>``.

    `value_on` is the bank's value date of the transfer that made it whole: it counts, not the day of our matching.
    A charge is attached when the fee is earned; the bill of that month shows it and is paid from what is held.
    """

    __tablename__ = "fee_notes"
    __table_args__ = (
        Index(
            "fee_notes_one_live", "subject_kind", "subject_id", unique=True, postgresql_where=text("state <> 'void'")
        ),
        Index("fee_notes_due", "due_on", postgresql_where=text("state IN ('open', 'part_paid')")),
        Index(
            "fee_notes_to_refund", "ended_at",
            postgresql_where=text("state = 'refunded' AND refund_minor > 0 AND refunded_on IS NULL"),
        ),
        Index("fee_notes_payer", "payer_id", "issued_at"),
        Index("fee_notes_provider", "provider_id", "issued_at"),
        CheckConstraint("total_minor > 0 AND paid_minor >= 0 AND paid_minor <= total_minor", name="amounts"),
        CheckConstraint(
            "state NOT IN ('paid') OR (paid_minor = total_minor AND value_on IS NOT NULL)", name="paid"
        ),
        CheckConstraint("state <> 'billed' OR charge_id IS NOT NULL", name="billed"),
        CheckConstraint("refund_minor = 0 OR state = 'refunded'", name="refund"),
        CheckConstraint("(refunded_on IS NULL) = (refund_reference = '')", name="refunded"),
        CheckConstraint("payer_id <> provider_id", name="parties"),
        CheckConstraint("lowered_minor >= 0 AND released_minor >= 0", name="lowered"),
    )  # fmt: skip

    id: Mapped[pk]
    number: Mapped[str] = mapped_column(unique=True)  # F-2026-000001
    memo_code: Mapped[str] = mapped_column(unique=True)
    subject_kind: Mapped[str]
    subject_id: Mapped[UUID]
    subject_number: Mapped[str]
    provider_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"), index=True)
    payer_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"), index=True)
    description: Mapped[str]
    description_en: Mapped[str] = mapped_column(default="", server_default="")
    total_minor: Mapped[minor]
    tax_minor: Mapped[minor]  # inside the total
    tax_category: Mapped[str]
    tax_rate: Mapped[int]  # per cent
    currency: Mapped[str]
    paid_minor: Mapped[minor] = mapped_column(default=0, server_default="0")
    lowered_minor: Mapped[minor] = mapped_column(default=0, server_default="0")  # taken off the total before its bill
    released_minor: Mapped[minor] = mapped_column(default=0, server_default="0")  # of what was paid: credit by that
    value_on: Mapped[date | None]
    due_on: Mapped[date | None]
    bears_interest: Mapped[bool] = mapped_column(default=False, server_default=text("false"))  # when paid late
    state: Mapped[FeeNoteState] = mapped_column(default=FeeNoteState.OPEN)
    charge_id: Mapped[UUID | None] = mapped_column(ForeignKey("charges.id"), unique=True)
    party: Mapped[dict[str, Any]]  # name and code of the payer at issue
    bank: Mapped[dict[str, Any]]  # account to pay to at issue
    sent_at: Mapped[datetime | None]  # the payer says that the transfer is under way
    reminders: Mapped[int] = mapped_column(default=0, server_default="0")
    refund_minor: Mapped[minor] = mapped_column(default=0, server_default="0")  # what goes back to the payer
    refunded_on: Mapped[date | None]  # when the bank carried it out
    refund_reference: Mapped[str] = mapped_column(default="", server_default="")
    ended_at: Mapped[datetime | None]
    end_reason: Mapped[str] = mapped_column(default="", server_default="")
    issued_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"), index=True)
    issued_at: Mapped[moment]

    provider: Mapped[Organisation] = relationship(lazy="raise_on_sql", foreign_keys=[provider_id])
    payer: Mapped[Organisation] = relationship(lazy="raise_on_sql", foreign_keys=[payer_id])
    charge: Mapped[Charge | None] = relationship(lazy="raise_on_sql")

    @property
    def outstanding_minor(self) -> int:
        return self.total_minor - self.paid_minor

    @property
    def outstanding(self) -> Money:
        return Money(self.outstanding_minor, self.currency)

    @property
    def total(self) -> Money:
        return Money(self.total_minor, self.currency)

    @property
    def is_unpaid(self) -> bool:
        return self.state in {FeeNoteState.OPEN, FeeNoteState.PART_PAID}

    @property
    def is_owed(self) -> bool:
        """Whether something is still to be paid, be it on the note or on its bill."""
        return self.is_unpaid or (self.state is FeeNoteState.BILLED and self.value_on is None)

    @property
    def has_ended(self) -> bool:
        """Whether nothing is asked for on it any more, and nothing was earned."""
        return self.state in {FeeNoteState.VOID, FeeNoteState.REFUNDED}

    @property
    def days_late(self) -> int:
        """Whole days past the due day, 0 when nothing is asked for any more or not yet due."""
        if not self.is_unpaid or self.due_on is None:
            return 0
        return max(0, (today() - self.due_on).days)

    @property
    def waits_for_refund(self) -> bool:
        return self.refund_minor > 0 and self.refunded_on is None

    @property
    def is_held(self) -> bool:
        """Whether what came in still lies here."""
        return self.state in {FeeNoteState.PART_PAID, FeeNoteState.PAID}
