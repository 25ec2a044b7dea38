"""Credit notes: issued by one person, approved by another, worked out as a negative charge of the current month."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.db import Base, minor, moment, pk
from app.settlement.models import Charge


class CreditState(StrEnum):
    """Whether the second person has looked at it."""

    WAITING = "waiting"  # 待复核
    APPROVED = "approved"  # 已复核
    REFUSED = "refused"  # 未通过


class CreditNote(Base):
    """`amount_minor` of a billed charge is to be taken back; approved, it becomes the charge `result_id`.

    Without persons it follows from a decision that persons have taken about another charge (`credit_by_reckoning`)."""

    __tablename__ = "credit_notes"
    __table_args__ = (
        CheckConstraint("amount_minor > 0", name="amount"),
        CheckConstraint("decided_by_id IS NULL OR decided_by_id <> issued_by_id", name="two_persons"),
        CheckConstraint("(state = 'waiting') = (decided_at IS NULL)", name="decided"),
        CheckConstraint(
            "(issued_by_id IS NULL AND decided_by_id IS NULL AND state = 'approved')"
            " OR (issued_by_id IS NOT NULL AND (decided_at IS NULL) = (decided_by_id IS NULL))",
            name="persons",
        ),
        CheckConstraint("(state = 'approved') = (result_id IS NOT NULL)", name="result"),
        Index("credit_notes_one_waiting", "charge_id", unique=True, postgresql_where=text("state = 'waiting'")),
    )

    id: Mapped[pk]
    number: Mapped[str] = mapped_column(unique=True)
    charge_id: Mapped[UUID] = mapped_column(ForeignKey("charges.id"), index=True)
    provider_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"), index=True)
    amount_minor: Mapped[minor]
    currency: Mapped[str]
    reason: Mapped[str]
    state: Mapped[CreditState]
    issued_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"), index=True)
    issued_at: Mapped[moment]
    decided_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"), index=True)
    decided_at: Mapped[datetime | None]
    result_id: Mapped[UUID | None] = mapped_column(ForeignKey("charges.id"), unique=True)

    charge: Mapped[Charge] = relationship(lazy="raise_on_sql", foreign_keys=[charge_id])
