"""Real use of an instrument: one record per reservation that was started."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.clock import now
from app.core.db import Base, moment, pk
from app.equipment.reservations.models import Reservation

# Why a use is in review or doubtful, besides the words of a manager who corrected it.
FORGOTTEN, OVERRUN, LATE, IMPLAUSIBLE = "forgotten", "overrun", "late", "implausible"
SECOND_PRESS = "second_press"  # recorded, but another phone says another end


class UseState(StrEnum):
    """flows.md §2."""

    RUNNING = "running"  # 使用中
    REVIEW = "review"  # 待补录: the stop is missing or implausible, a manager sets it
    TO_CONFIRM = "to_confirm"  # 待确认: the customer accepts or objects
    OBJECTED = "objected"  # 异议
    ACCEPTED = "accepted"  # 已确认


class Use(Base):
    """What was really used: from, to, by whose hand, with which consumables. One open use per instrument."""

    __tablename__ = "uses"
    __table_args__ = (
        CheckConstraint("ended_at IS NULL OR ended_at > started_at", name="order"),
        CheckConstraint("state IN ('running', 'review') OR ended_at IS NOT NULL", name="ended"),
        Index("uses_one_running", "instrument_id", unique=True, postgresql_where=text("state = 'running'")),
        Index("uses_answer_due", "answer_due_at", postgresql_where=text("state = 'to_confirm'")),
    )

    id: Mapped[pk]
    reservation_id: Mapped[UUID] = mapped_column(ForeignKey("reservations.id"), unique=True)
    instrument_id: Mapped[UUID] = mapped_column(ForeignKey("instruments.id"), index=True)
    started_at: Mapped[datetime]
    started_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"), index=True)
    ended_at: Mapped[datetime | None]
    ended_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"), index=True)
    consumables: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default=text("'{}'"))  # code → quantity
    fault: Mapped[str] = mapped_column(default="", server_default="")
    state: Mapped[UseState]
    review_reason: Mapped[str] = mapped_column(default="", server_default="")
    charge_id: Mapped[UUID | None]
    answer_due_at: Mapped[datetime | None]
    accepted_at: Mapped[datetime | None]
    created_at: Mapped[moment]

    reservation: Mapped[Reservation] = relationship(lazy="raise_on_sql")

    @property
    def used_minutes(self) -> int | None:
        """Whole minutes of real use, begun ones counted, at least one; None while there is no end."""
        if self.ended_at is None:
            return None
        return max(1, -(-int((self.ended_at - self.started_at).total_seconds()) // 60))


class UseReport(Base):
    """One press of start or finish as a phone sent it; the device's id makes a repeated sending the same fact."""

    __tablename__ = "use_reports"

    id: Mapped[pk]
    device_key: Mapped[str] = mapped_column(unique=True)
    use_id: Mapped[UUID | None] = mapped_column(ForeignKey("uses.id"), index=True)
    reservation_id: Mapped[UUID] = mapped_column(ForeignKey("reservations.id"), index=True)
    action: Mapped[str]
    pressed_at: Mapped[datetime]
    received_at: Mapped[moment]
    user_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"), index=True)


class UseObjection(Base):
    """A customer says the recorded hours are wrong; one answer by the institution, then the operator decides."""

    __tablename__ = "use_objections"
    __table_args__ = (
        Index("use_objections_one_open", "use_id", unique=True, postgresql_where=text("decided_at IS NULL")),
        Index(
            "use_objections_unanswered", "answer_due_at",
            postgresql_where=text("answered_at IS NULL AND decided_at IS NULL AND overdue_at IS NULL"),
        ),
        Index(
            "use_objections_offered", "offer_due_at",
            postgresql_where=text("decided_at IS NULL AND escalated_at IS NULL AND offer_due_at IS NOT NULL"),
        ),
        Index("use_objections_escalated", "escalated_at", postgresql_where=text("escalated_at IS NOT NULL")),
    )  # fmt: skip

    id: Mapped[pk]
    use_id: Mapped[UUID] = mapped_column(ForeignKey("uses.id"), index=True)
    number: Mapped[str] = mapped_column(unique=True)
    recorded_minutes: Mapped[int]
    claimed_minutes: Mapped[int]
    reason: Mapped[str]
    raised_by_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"), index=True)
    raised_at: Mapped[moment]
    answer_due_at: Mapped[datetime]
    overdue_at: Mapped[datetime | None]  # the answer's time has run: the customer may turn to the operator
    answer: Mapped[str] = mapped_column(default="", server_default="")
    offered_minutes: Mapped[int | None]
    answered_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"), index=True)
    answered_at: Mapped[datetime | None]
    offer_due_at: Mapped[datetime | None]  # an offer neither taken nor escalated by then counts as taken
    escalated_at: Mapped[datetime | None]
    decided_minutes: Mapped[int | None]
    decided_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"), index=True)
    decided_at: Mapped[datetime | None]

    use: Mapped[Use] = relationship(lazy="raise_on_sql")

    @property
    def is_open(self) -> bool:
        return self.decided_at is None

    @property
    def is_escalatable(self) -> bool:
        """Whether the customer may turn to the operator: answered without agreement, or not answered in time."""
        return (
            self.is_open
            and self.escalated_at is None
            and (self.answered_at is not None or self.overdue_at is not None or self.answer_due_at <= now())
        )
