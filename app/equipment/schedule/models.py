"""Opening hours, booking rules, and the one table in which an instrument's time is claimed."""

from datetime import date, datetime, time
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, SmallInteger, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ExcludeConstraint, Range
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.db import Base, moment, pk
from app.equipment.instruments.models import Instrument


class OccupationKind(StrEnum):
    """Why a stretch of an instrument's time is taken."""

    RESERVATION = "reservation"
    HOLD = "hold"  # kept for a few minutes while somebody fills in a form
    MAINTENANCE = "maintenance"


class Occupation(Base):
    """A claimed stretch of one instrument's time. Active ones of one instrument never overlap: the database says so.

    Claim by ``INSERT … ON CONFLICT ON CONSTRAINT occupations_no_overlap DO NOTHING RETURNING``, never by session.add
    (reliability.md §0.1); take ``pg_advisory_xact_lock`` on the instrument before any UPDATE of time or activity.
    """

    __tablename__ = "occupations"
    __table_args__ = (
        ExcludeConstraint(
            ("instrument_id", "="), ("period", "&&"), using="gist", where=text("active"), name="occupations_no_overlap"
        ),
        UniqueConstraint("id", "instrument_id", "period", "active", name="occupations_identity"),
        CheckConstraint("NOT isempty(period) AND lower_inc(period) AND NOT upper_inc(period)", name="half_open"),
        CheckConstraint("NOT lower_inf(period) AND NOT upper_inf(period)", name="bounded"),
        CheckConstraint("(kind = 'hold') = (expires_at IS NOT NULL)", name="hold_expires"),
        Index("occupations_calendar", "instrument_id", text("lower(period)"), postgresql_where=text("active")),
        Index("occupations_holds", "expires_at", postgresql_where=text("active AND kind = 'hold'")),
    )

    id: Mapped[pk]
    instrument_id: Mapped[UUID] = mapped_column(ForeignKey("instruments.id"), index=True)
    period: Mapped[Range[datetime]]
    kind: Mapped[OccupationKind]
    active: Mapped[bool] = mapped_column(default=True, server_default=text("true"))
    reason: Mapped[str] = mapped_column(default="", server_default="")  # of maintenance; shown to everybody
    holder: Mapped[str] = mapped_column(default="", server_default="")  # of a hold: digest of the browser's token
    expires_at: Mapped[datetime | None]
    created_at: Mapped[moment]


class OpeningStretch(Base):
    """One line of the weekly template, in the place's wall time. Weekday 0 is Monday; 24:00 is ``ends_minute`` 1440."""

    __tablename__ = "opening_stretches"
    __table_args__ = (
        CheckConstraint("weekday BETWEEN 0 AND 6", name="weekday"),
        CheckConstraint("starts_minute >= 0 AND starts_minute < ends_minute AND ends_minute <= 1440", name="minutes"),
        ExcludeConstraint(
            ("instrument_id", "="), ("weekday", "="), (text("int4range(starts_minute, ends_minute)"), "&&"),
            using="gist", name="opening_stretches_no_overlap",
        ),
    )  # fmt: skip

    id: Mapped[pk]
    instrument_id: Mapped[UUID] = mapped_column(ForeignKey("instruments.id"), index=True)
    weekday: Mapped[int] = mapped_column(SmallInteger)
    starts_minute: Mapped[int] = mapped_column(SmallInteger)
    ends_minute: Mapped[int] = mapped_column(SmallInteger)


class OpeningException(Base):
    """A calendar day with other hours than the template; no stretches means closed."""

    __tablename__ = "opening_exceptions"
    __table_args__ = (UniqueConstraint("instrument_id", "day"),)

    id: Mapped[pk]
    instrument_id: Mapped[UUID] = mapped_column(ForeignKey("instruments.id"), index=True)
    day: Mapped[date]
    stretches: Mapped[list[Any]]  # [[starts_minute, ends_minute], …]
    reason: Mapped[str] = mapped_column(default="", server_default="")


class BookingRules(Base):
    """What a booking of one instrument must keep to. Minutes unless the name says otherwise."""

    __tablename__ = "booking_rules"
    __table_args__ = (
        CheckConstraint("granularity BETWEEN 5 AND 1440 AND 1440 % granularity = 0", name="granularity"),
        CheckConstraint("shortest >= granularity AND longest >= shortest", name="lengths"),
        CheckConstraint("notice >= 0 AND horizon_days BETWEEN 1 AND 730", name="window"),
        CheckConstraint("late_percent BETWEEN 0 AND 100 AND no_show_percent BETWEEN 0 AND 100", name="percents"),
        CheckConstraint("free_until >= 0", name="free_until"),
    )

    id: Mapped[pk]
    instrument_id: Mapped[UUID] = mapped_column(ForeignKey("instruments.id"), unique=True)
    granularity: Mapped[int] = mapped_column(default=30, server_default="30")
    shortest: Mapped[int] = mapped_column(default=30, server_default="30")
    longest: Mapped[int] = mapped_column(default=480, server_default="480")
    notice: Mapped[int] = mapped_column(default=120, server_default="120")
    horizon_days: Mapped[int] = mapped_column(default=60, server_default="60")
    needs_approval: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    free_until: Mapped[int] = mapped_column(default=1440, server_default="1440")  # before the start, cancelling is free
    late_percent: Mapped[int] = mapped_column(default=50, server_default="50")  # of the quote, after that
    no_show_percent: Mapped[int] = mapped_column(default=100, server_default="100")

    instrument: Mapped[Instrument] = relationship(lazy="raise_on_sql")


class HoursTemplate(Base):
    """A week, and perhaps booking rules, kept by an institution for its instruments, which do not follow it later."""

    __tablename__ = "hours_templates"
    __table_args__ = (
        UniqueConstraint("organisation_id", "name"),
        CheckConstraint("name <> ''", name="name"),
    )

    id: Mapped[pk]
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    name: Mapped[str]
    hours: Mapped[dict[str, Any]]  # of hours.WeeklyHours
    rules: Mapped[dict[str, Any] | None]  # of templates.RulesKept; None leaves each instrument its own
    created_at: Mapped[moment]
    changed_at: Mapped[moment]

    @property
    def owner_id(self) -> UUID:
        return self.organisation_id


def minute_of(wall: time) -> int:
    """Minutes since midnight of a wall time."""
    return wall.hour * 60 + wall.minute
