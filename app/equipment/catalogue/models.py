"""What the catalogue says of an instrument beyond its description: worked out ahead, so a list costs one query."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base, moment


class InstrumentOffer(Base):
    """Next free time and prices of one published instrument, as of `worked_out_at`. The claim decides, not this row.

    Prices are fen an hour for the first hour, VAT inside, None where that class of payer is not served. `today` has one
    letter for each hour of `today_on` from 8:00 to 19:00 at the place: f free, b busy, m maintenance, c closed.
    """

    __tablename__ = "instrument_offers"
    __table_args__ = (
        Index("instrument_offers_soonest", "next_free_at"),
        Index("instrument_offers_worked_out", "worked_out_at"),
    )

    instrument_id: Mapped[UUID] = mapped_column(ForeignKey("instruments.id", ondelete="CASCADE"), primary_key=True)
    next_free_at: Mapped[datetime | None]
    blocked_until: Mapped[datetime | None]  # end of the maintenance that runs now
    today_on: Mapped[date | None]
    today: Mapped[str] = mapped_column(default="", server_default="")
    needs_approval: Mapped[bool] = mapped_column(default=False, server_default="false")
    internal_minor: Mapped[int | None]
    institution_minor: Mapped[int | None]
    enterprise_minor: Mapped[int | None]
    worked_out_at: Mapped[moment]
