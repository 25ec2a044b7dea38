"""Tariffs: versions of an instrument's prices. A published one never changes; a booking keeps the one it has."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ExcludeConstraint, Range
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.db import Base, minor, moment, pk
from app.equipment.instruments.models import Instrument


class TariffState(StrEnum):
    """Where a version stands."""

    DRAFT = "draft"
    PUBLISHED = "published"


class Tariff(Base):
    """One version of one instrument's prices; `terms` is the JSON of `terms.Terms`, amounts in fen, VAT inside.

    The database refuses a change of a published version except shortening its validity (trigger), and two versions
    in force on one day (exclusion constraint).
    """

    __tablename__ = "tariffs"
    __table_args__ = (
        ExcludeConstraint(
            ("instrument_id", "="), ("valid", "&&"), using="gist",
            where=text("state = 'published'"), name="tariffs_no_overlap",
        ),
        CheckConstraint("NOT isempty(valid)", name="valid"),
    )  # fmt: skip

    id: Mapped[pk]
    instrument_id: Mapped[UUID] = mapped_column(ForeignKey("instruments.id"), index=True)
    state: Mapped[TariffState] = mapped_column(default=TariffState.DRAFT)
    valid: Mapped[Range[date]]  # [from, to) calendar days of the place; no upper end while the latest
    approval_no: Mapped[str] = mapped_column(default="", server_default="")  # 批文
    terms: Mapped[dict[str, Any]]
    created_at: Mapped[moment]
    created_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"), index=True)
    published_at: Mapped[datetime | None]
    published_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"), index=True)

    instrument: Mapped[Instrument] = relationship(lazy="raise_on_sql")


class KeptExample(Base):
    """A worked example with the sum it had when it was kept: a check on every later draft."""

    __tablename__ = "kept_examples"
    __table_args__ = (
        UniqueConstraint("instrument_id", "payer_class", "minutes", "with_operator"),
        CheckConstraint("minutes >= 0 AND expected_minor >= 0", name="amounts"),
    )

    id: Mapped[pk]
    instrument_id: Mapped[UUID] = mapped_column(ForeignKey("instruments.id"))
    owner_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"), index=True)  # of the instrument
    payer_class: Mapped[str]
    minutes: Mapped[int]
    with_operator: Mapped[bool]
    expected_minor: Mapped[minor]
    kept_at: Mapped[datetime]
    kept_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"), index=True)

    @property
    def key(self) -> tuple[str, int, bool]:
        return self.payer_class, self.minutes, self.with_operator
