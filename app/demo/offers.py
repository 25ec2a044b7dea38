"""What can be booked in the demonstration: published instruments with their terms, as the plan sees them."""

from dataclasses import dataclass
from functools import cache
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select

from app.core.db import session
from app.demo.cast import COMPANIES
from app.equipment.instruments.models import Instrument, InstrumentState
from app.equipment.schedule.models import BookingRules, OpeningStretch
from app.equipment.tariffs.models import Tariff
from app.equipment.tariffs.pricing import Quote, price
from app.equipment.tariffs.terms import PayerClass, Terms


@dataclass(frozen=True, eq=False, slots=True)
class Offer:
    """One instrument that people book."""

    id: UUID
    asset_no: str
    name: str
    name_zh: str
    owner: str
    owner_id: UUID
    zone: ZoneInfo
    is_round_the_clock: bool
    needs_approval: bool
    tariff_id: UUID
    terms: Terms

    def quote(
        self, payer: PayerClass, minutes: int, with_operator: bool = False, counted: tuple[tuple[str, int], ...] = ()
    ) -> Quote:
        """What a use costs; the same question is answered from memory."""
        return _quote(self, payer, minutes, with_operator, counted)


@cache
def _quote(
    offer: Offer, payer: PayerClass, minutes: int, with_operator: bool, counted: tuple[tuple[str, int], ...]
) -> Quote:
    return price(offer.terms, payer, minutes, with_operator=with_operator, consumables=dict(counted))


def all_offers() -> list[Offer]:
    """Every published instrument of the demonstration, in the order of its owner and asset number."""
    keys = {each.id: each.key for each in COMPANIES}
    always = set(session.scalars(select(OpeningStretch.instrument_id).where(OpeningStretch.weekday == 6)))
    rows = session.execute(
        select(Instrument, BookingRules.needs_approval, Tariff.id.label("tariff_id"), Tariff.terms)
        .join(BookingRules, BookingRules.instrument_id == Instrument.id)
        .join(Tariff, Tariff.instrument_id == Instrument.id)
        .where(Instrument.state == InstrumentState.PUBLISHED, Instrument.owner_id.in_(keys))
        .order_by(Instrument.owner_id, Instrument.asset_no)
    )
    return [
        Offer(
            id=row.Instrument.id,
            asset_no=row.Instrument.asset_no,
            name=row.Instrument.name,
            name_zh=row.Instrument.name_zh,
            owner=keys[row.Instrument.owner_id],
            owner_id=row.Instrument.owner_id,
            zone=row.Instrument.timezone,
            is_round_the_clock=row.Instrument.id in always,
            needs_approval=row.needs_approval,
            tariff_id=row.tariff_id,
            terms=Terms.from_json(row.terms),
        )
        for row in rows
    ]
