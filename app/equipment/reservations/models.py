"""Reservations: who has booked which instrument, when, at which frozen price, and where that stands."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Computed, ForeignKey, ForeignKeyConstraint, Index, text
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import Organisation, User
from app.core.clock import Period, bounds, now
from app.core.db import Base, minor, moment, pk
from app.equipment.instruments.models import Instrument
from app.equipment.tariffs.models import Tariff


class ReservationState(StrEnum):
    """flows.md §2. The first four occupy the instrument's time."""

    PENDING = "pending"  # 待审核
    CONFIRMED = "confirmed"  # 已确认
    IN_USE = "in_use"  # 使用中
    FINISHED = "finished"  # 已完成
    CANCELLED = "cancelled"  # 已取消
    DECLINED = "declined"  # 未通过
    EXPIRED = "expired"  # 逾期未审
    NO_SHOW = "no_show"  # 爽约


OCCUPYING = (
    ReservationState.PENDING,
    ReservationState.CONFIRMED,
    ReservationState.IN_USE,
    ReservationState.FINISHED,
)
TRANSITIONS: dict[ReservationState, frozenset[ReservationState]] = {
    ReservationState.PENDING: frozenset(
        {ReservationState.CONFIRMED, ReservationState.DECLINED, ReservationState.CANCELLED, ReservationState.EXPIRED}
    ),
    ReservationState.CONFIRMED: frozenset(
        {ReservationState.IN_USE, ReservationState.CANCELLED, ReservationState.NO_SHOW, ReservationState.PENDING}
    ),
    ReservationState.IN_USE: frozenset({ReservationState.FINISHED}),
}


class Reservation(Base):
    """A booking. Its id is also that of the occupation which claims the time; a deferred composite foreign key keeps
    period and activity of both the same, so neither can exist without the other.

    The price is frozen: `tariff_id`, `payer_class` and `quote` never change after the booking (moving makes a new quote
    by the same tariff).
    """

    __tablename__ = "reservations"
    __table_args__ = (
        ForeignKeyConstraint(
            ["id", "instrument_id", "period", "occupies"],
            ["occupations.id", "occupations.instrument_id", "occupations.period", "occupations.active"],
            name="reservations_occupation", deferrable=True, initially="DEFERRED",
        ),
        CheckConstraint("estimate_minor >= 0 AND cancellation_fee_minor >= 0", name="amounts"),
        CheckConstraint("state NOT IN ('declined') OR decline_reason <> ''", name="reason"),
        Index("reservations_instrument", "instrument_id", text("lower(period)")),
        Index("reservations_payer", "payer_id", text("lower(period) DESC")),
        Index("reservations_provider", "provider_id", "state", text("lower(period)")),
        Index("reservations_answer_due", "answer_due_at", postgresql_where=text("state = 'pending'")),
    )  # fmt: skip

    id: Mapped[pk]
    number: Mapped[str] = mapped_column(unique=True)  # what people quote, e.g. R-7K2M9QXA
    instrument_id: Mapped[UUID] = mapped_column(ForeignKey("instruments.id"), index=True)
    provider_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"), index=True)  # the instrument's owner
    payer_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"), index=True)
    booker_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"), index=True)
    period: Mapped[Range[datetime]]
    booked_period: Mapped[Range[datetime] | None]  # what was booked, once an early finish has freed the rest of it
    delayed_until: Mapped[datetime | None]  # the use before it ran over until then: staying away counts from here on
    state: Mapped[ReservationState]
    occupies: Mapped[bool] = mapped_column(
        Computed("state IN ('pending', 'confirmed', 'in_use', 'finished')", persisted=True)
    )
    purpose: Mapped[str]
    with_operator: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    tariff_id: Mapped[UUID] = mapped_column(ForeignKey("tariffs.id"), index=True)
    payer_class: Mapped[str]  # tariffs.terms.PayerClass at booking
    is_internal: Mapped[bool]  # same legal person as the owner (the sharing statistics rest on it, domain.md A.4)
    estimate_minor: Mapped[minor]
    currency: Mapped[str]
    quote: Mapped[dict[str, Any]]  # lines as shown and agreed
    cancellation: Mapped[dict[str, Any]]  # the rules at booking: free_until, late_percent, no_show_percent
    cancellation_fee_minor: Mapped[minor] = mapped_column(default=0, server_default="0")
    is_fee_waived: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    requested_at: Mapped[datetime | None]  # since when the present request waits: moving may ask anew
    answer_due_at: Mapped[datetime | None]
    answered_at: Mapped[datetime | None]
    answered_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"), index=True)
    decline_reason: Mapped[str] = mapped_column(default="", server_default="")
    proposed_period: Mapped[Range[datetime] | None]  # the time that an institution which said no proposes instead
    cancelled_at: Mapped[datetime | None]
    cancel_reason: Mapped[str] = mapped_column(default="", server_default="")
    is_walk_in: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    revision: Mapped[int] = mapped_column(default=1, server_default="1")  # SEQUENCE of its calendar entry
    created_at: Mapped[moment]
    changed_at: Mapped[moment]

    instrument: Mapped[Instrument] = relationship(lazy="raise_on_sql", foreign_keys=[instrument_id])
    tariff: Mapped[Tariff] = relationship(lazy="raise_on_sql")
    payer: Mapped[Organisation] = relationship(lazy="raise_on_sql", foreign_keys=[payer_id])
    provider: Mapped[Organisation] = relationship(lazy="raise_on_sql", foreign_keys=[provider_id])
    booker: Mapped[User] = relationship(lazy="raise_on_sql", foreign_keys=[booker_id])

    @property
    def starts_at(self) -> datetime:
        return bounds(self.period)[0]

    @property
    def ends_at(self) -> datetime:
        return bounds(self.period)[1]

    @property
    def booked(self) -> Period:
        """What was booked, whatever an early finish has freed of it."""
        return self.booked_period or self.period

    @property
    def expected_at(self) -> datetime:
        """When somebody should have come: its start, or the end of the use that ran over into it."""
        return max(self.starts_at, self.delayed_until or self.starts_at)

    @property
    def is_upcoming(self) -> bool:
        return self.starts_at > now()

    def can_become(self, state: ReservationState) -> bool:
        return state in TRANSITIONS.get(self.state, frozenset())

    @property
    def is_cancellable(self) -> bool:
        return self.can_become(ReservationState.CANCELLED) and self.is_upcoming

    @property
    def is_movable(self) -> bool:
        return self.state in {ReservationState.PENDING, ReservationState.CONFIRMED} and self.is_upcoming


class HoldQuote(Base):
    """What the holder of a slot was told of its price: from then on the version counts for some hours."""

    __tablename__ = "hold_quotes"
    __table_args__ = (CheckConstraint("total_minor >= 0", name="amounts"),)

    hold_id: Mapped[UUID] = mapped_column(ForeignKey("occupations.id"), primary_key=True)
    tariff_id: Mapped[UUID] = mapped_column(ForeignKey("tariffs.id"), index=True)
    total_minor: Mapped[minor]  # as it was told, for whoever asked
    told_at: Mapped[datetime]
