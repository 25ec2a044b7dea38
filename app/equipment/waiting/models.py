"""The waiting list: who waits for which days of an instrument, and the slot that is held for somebody in line."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, SmallInteger, text
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import Organisation, User
from app.core.clock import Period, bounds, period
from app.core.db import Base, moment, pk
from app.equipment.instruments.models import Instrument


class WaitingState(StrEnum):
    """Where somebody in line stands. The first two are in line."""

    WAITING = "waiting"  # 候补中
    OFFERED = "offered"  # 候补到位
    BOOKED = "booked"  # 已约到
    LEFT = "left"  # 已退出
    OVER = "over"  # 已过期


IN_LINE = (WaitingState.WAITING, WaitingState.OFFERED)


class WaitingEntry(Base):
    """One organisation's place in line for an instrument: any slot of `minutes` within the window will do.

    The window covers whole days of the place; `weekdays` (0 is Monday, none means any) and the wall times narrow it.
    An offer is a hold, an ordinary row of `occupations`, so the exclusion constraint decides over it as over every
    booking. `passed` are the slots that were offered and not taken; they are not offered to this entry again.
    """

    __tablename__ = "waiting_entries"
    __table_args__ = (
        CheckConstraint("minutes > 0", name="minutes"),
        CheckConstraint("from_minute >= 0 AND from_minute < until_minute AND until_minute <= 1440", name="hours"),
        CheckConstraint("NOT isempty(days) AND NOT lower_inf(days) AND NOT upper_inf(days)", name="bounded"),
        CheckConstraint(
            "state <> 'offered' OR (hold_id IS NOT NULL AND offered IS NOT NULL AND offered_until IS NOT NULL)",
            name="offer",
        ),
        Index(
            "waiting_entries_line", "instrument_id", "joined_at",
            postgresql_where=text("state IN ('waiting', 'offered')"),
        ),
        Index("waiting_entries_payer", "payer_id", text("joined_at DESC")),
        Index("waiting_entries_provider", "provider_id", "instrument_id"),
    )  # fmt: skip

    id: Mapped[pk]
    instrument_id: Mapped[UUID] = mapped_column(ForeignKey("instruments.id"), index=True)
    provider_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"), index=True)  # the instrument's owner
    payer_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"), index=True)
    booker_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"), index=True)
    days: Mapped[Range[datetime]]
    minutes: Mapped[int]
    weekdays: Mapped[list[Any]] = mapped_column(default=list, server_default=text("'[]'"))
    from_minute: Mapped[int] = mapped_column(SmallInteger, default=0, server_default="0")
    until_minute: Mapped[int] = mapped_column(SmallInteger, default=1440, server_default="1440")
    with_operator: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    purpose: Mapped[str]
    state: Mapped[WaitingState] = mapped_column(default=WaitingState.WAITING, server_default="waiting")
    hold_id: Mapped[UUID | None] = mapped_column(ForeignKey("occupations.id"), index=True)
    offered: Mapped[Range[datetime] | None]
    offered_until: Mapped[datetime | None]
    passed: Mapped[list[Any]] = mapped_column(default=list, server_default=text("'[]'"))  # [[from, to], …]
    joined_at: Mapped[moment]
    changed_at: Mapped[moment]

    instrument: Mapped[Instrument] = relationship(lazy="raise_on_sql")
    payer: Mapped[Organisation] = relationship(lazy="raise_on_sql", foreign_keys=[payer_id])
    booker: Mapped[User] = relationship(lazy="raise_on_sql")

    @property
    def starts_at(self) -> datetime:
        return bounds(self.days)[0]

    @property
    def ends_at(self) -> datetime:
        return bounds(self.days)[1]

    @property
    def is_in_line(self) -> bool:
        return self.state in IN_LINE

    @property
    def passed_periods(self) -> list[Period]:
        """The slots that were offered and not taken."""
        return [period(datetime.fromisoformat(begin), datetime.fromisoformat(end)) for begin, end in self.passed]

    def pass_offer(self) -> None:
        """The offer is gone: back in line at the old place, for other slots."""
        if self.offered is not None:
            self.passed = [*self.passed, [edge.isoformat() for edge in bounds(self.offered)]]
        self.hold_id = self.offered = self.offered_until = None
        self.state = WaitingState.WAITING
