"""Tariffs as they are asked for: the one in force on a day, the versions, and whose price an organisation pays."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Select, func, select

from app.accounts.models import Organisation, OrganisationKind
from app.core.db import session
from app.core.errors import Missing
from app.core.i18n import lazy_gettext as _l
from app.equipment.instruments.models import Instrument
from app.equipment.schedule.hours import instant
from app.equipment.schedule.models import Occupation, OccupationKind
from app.equipment.tariffs.models import Tariff, TariffState
from app.equipment.tariffs.terms import PayerClass, Terms, Tier


@dataclass(frozen=True, slots=True)
class PriceRow:
    """One row of a price table: what it is for, and fen by class (None: not offered).

    `kind` is start_up, machine_time, operator, minimum or consumable; the bounds are those of a tier in minutes.
    """

    kind: str
    amounts: dict[PayerClass, int | None]
    from_minutes: int = 0
    upto_minutes: int | None = None
    name: str = ""
    unit: str = ""


def payer_class(organisation: Organisation | None, owner_id: UUID) -> PayerClass:
    """Whose price an organisation pays: its own people's, that of other institutions, or that of enterprises."""
    if organisation is not None and organisation.id == owner_id:
        return PayerClass.INTERNAL
    if organisation is not None and organisation.kind is OrganisationKind.INSTITUTION:
        return PayerClass.INSTITUTION
    return PayerClass.ENTERPRISE


def tariff_on(instrument_id: UUID, day: date) -> Tariff | None:
    """The published tariff in force on a calendar day of the place."""
    return session.scalars(
        select(Tariff).where(
            Tariff.instrument_id == instrument_id,
            Tariff.state == TariffState.PUBLISHED,
            Tariff.valid.op("@>")(day),
        )
    ).one_or_none()


def tariff_quoted(instrument_id: UUID, day: date, at: datetime) -> Tariff | None:
    """The tariff by which a day was priced at an instant in the past, whatever was published or ended since."""
    return session.scalars(
        select(Tariff)
        .where(
            Tariff.instrument_id == instrument_id,
            Tariff.state == TariffState.PUBLISHED,
            Tariff.published_at <= at,
            func.lower(Tariff.valid) <= day,
        )
        .order_by(func.lower(Tariff.valid).desc())
        .limit(1)
    ).one_or_none()


def published_statement(instrument_id: UUID) -> Select[Tariff]:
    """Every published version, the latest first, to page through."""
    return (
        select(Tariff)
        .where(Tariff.instrument_id == instrument_id, Tariff.state == TariffState.PUBLISHED)
        .order_by(func.lower(Tariff.valid).desc())
    )


def published_tariffs(instrument_id: UUID) -> Sequence[Tariff]:
    """Every published version, the latest first."""
    found: Sequence[Tariff] = session.scalars(published_statement(instrument_id)).all()
    return found


def draft_of(instrument_id: UUID) -> Tariff | None:
    """The version being written, of which there is at most one."""
    return session.scalars(
        select(Tariff)
        .where(Tariff.instrument_id == instrument_id, Tariff.state == TariffState.DRAFT)
        .order_by(Tariff.created_at.desc())
        .limit(1)
    ).one_or_none()


def tariff_of(instrument: Instrument, tariff_id: UUID) -> Tariff:
    """One version of this instrument. Raises Missing."""
    found = session.scalars(
        select(Tariff).where(Tariff.id == tariff_id, Tariff.instrument_id == instrument.id)
    ).one_or_none()
    if found is None:
        raise Missing(_l("There is nothing here, or it is not yours to see."))
    return found


def bookings_from(instrument: Instrument, day: date) -> int:
    """How many bookings there are from a calendar day on: they keep the price they were made at."""
    count = session.scalar(
        select(func.count()).where(
            Occupation.instrument_id == instrument.id,
            Occupation.active,
            Occupation.kind == OccupationKind.RESERVATION,
            func.lower(Occupation.period) >= instant(day, 0, instrument.timezone),
        )
    )
    return count or 0


def price_rows(terms: Terms) -> list[PriceRow]:
    """The whole price list as rows of a table, with one row for each stretch of time that any class prices apart."""
    offered = [payer for payer in PayerClass if payer in terms.classes]
    rows = [*_time_rows(terms, offered)]
    if any(terms.classes[payer].start_up for payer in offered):
        rows.insert(0, PriceRow("start_up", {payer: terms.classes[payer].start_up for payer in offered}))
    if any(terms.classes[payer].operator_per_hour is not None for payer in offered):
        rows.append(PriceRow("operator", {payer: terms.classes[payer].operator_per_hour for payer in offered}))
    if any(terms.classes[payer].minimum for payer in offered):
        rows.append(PriceRow("minimum", {payer: terms.classes[payer].minimum for payer in offered}))
    rows.extend(
        PriceRow("consumable", {payer: thing.prices.get(payer) for payer in offered}, name=thing.name, unit=thing.unit)
        for thing in terms.consumables
    )
    return rows


def _time_rows(terms: Terms, offered: Sequence[PayerClass]) -> list[PriceRow]:
    ends = {tier.upto_minutes for payer in offered for tier in terms.classes[payer].tiers} - {None}
    rows, begin = [], 0
    for end in [*sorted(end for end in ends if end is not None), None]:
        amounts: dict[PayerClass, int | None] = {
            payer: _rate_at(terms.classes[payer].tiers, begin) for payer in offered
        }
        rows.append(PriceRow("machine_time", amounts, begin, end))
        begin = end or begin
    return rows


def _rate_at(tiers: Sequence[Tier], minute: int) -> int:
    """Fen an hour for the time right after `minute`."""
    return next(tier.per_hour for tier in tiers if tier.upto_minutes is None or minute < tier.upto_minutes)
