"""What interest was asked for on a fee note that was paid late, or taken back of that, with every line."""

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.db import Base, minor, moment, pk
from app.settlement.fee_notes.models import FeeNote
from app.settlement.interest import Stretch


class LateInterest(Base):
    """One reckoning of a fee note: the first asks for interest, later ones for what came to it or take back (below
    nothing) what fell away. Never changed. `lines` are dicts of since, until, amount_minor and basis_points.
    """

    __tablename__ = "late_interests"
    __table_args__ = (
        UniqueConstraint("fee_note_id", "position"),
        CheckConstraint("amount_minor <> 0 AND position >= 1", name="amount"),
        CheckConstraint("(amount_minor > 0) = (interest_note_id IS NOT NULL)", name="note"),
        CheckConstraint("payer_id <> provider_id", name="parties"),
    )

    id: Mapped[pk]
    fee_note_id: Mapped[UUID] = mapped_column(ForeignKey("fee_notes.id"))  # which was paid late
    position: Mapped[int]
    provider_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"), index=True)
    payer_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"), index=True)
    due_on: Mapped[date]
    value_on: Mapped[date]  # the bank's value date that made it whole
    lines: Mapped[list[Any]]
    amount_minor: Mapped[minor]
    interest_note_id: Mapped[UUID | None] = mapped_column(ForeignKey("fee_notes.id"), unique=True)
    created_at: Mapped[moment]

    fee_note: Mapped[FeeNote] = relationship(lazy="raise_on_sql", foreign_keys=[fee_note_id])
    interest_note: Mapped[FeeNote | None] = relationship(lazy="raise_on_sql", foreign_keys=[interest_note_id])

    @property
    def stretches(self) -> list[Stretch]:
        """Its lines."""
        return [Stretch.from_json(line) for line in self.lines]
