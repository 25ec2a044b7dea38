"""Prices that were told: a quote keeps the version of the price list it was made by for some hours (flows.md §2 ⚙, §4
"list changed after quote")."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from app.core.clock import now
from app.core.db import session
from app.equipment.reservations.models import HoldQuote
from app.equipment.reservations.sheet import BookingSheet
from app.equipment.schedule.models import Occupation
from app.equipment.settings import settings
from app.equipment.tariffs.models import Tariff
from app.equipment.tariffs.queries import tariff_quoted
from app.equipment.tariffs.terms import Terms


@dataclass(frozen=True, slots=True)
class Told:
    """What somebody was told of the price of a slot: when, by which version, and the total in minor units.

    The version is named, since an instant does not tell it: another may be on its way into the database just then.
    Without it the one that was in force at the instant is meant.
    """

    at: datetime
    tariff_id: UUID | None = None
    total_minor: int | None = None

    @property
    def until(self) -> datetime:
        """Until when that version counts, whatever is published meanwhile."""
        return self.at + timedelta(hours=settings.number("quote_hours"))

    @property
    def holds(self) -> bool:
        return self.until > now()


def as_told(sheet: BookingSheet, starts_at: datetime, told: Told) -> BookingSheet:
    """A sheet with the version by which a slot was told, while that counts; otherwise with that of now."""
    if not told.holds or told.tariff_id == sheet.tariff_id:
        return sheet
    tariff = (
        tariff_quoted(sheet.instrument_id, starts_at.astimezone(sheet.zone).date(), told.at)
        if told.tariff_id is None
        else session.get(Tariff, told.tariff_id)
    )
    return sheet if tariff is None else replace(sheet, tariff_id=tariff.id, terms=Terms.from_json(tariff.terms))


def keep_told(hold: Occupation, told: Told) -> None:
    """Remember with a hold what its holder has been told."""
    kept = {"tariff_id": told.tariff_id, "total_minor": told.total_minor, "told_at": told.at}
    session.add(HoldQuote(hold_id=hold.id, **kept))


def told_at_hold(hold: Occupation) -> Told:
    """What the holder of a slot was told of its price; where that is not known, the time of the hold stands for it."""
    kept = session.get(HoldQuote, hold.id)
    return Told(hold.created_at) if kept is None else Told(kept.told_at, kept.tariff_id, kept.total_minor)
