"""Instruments that can be booked, and slots on them."""

import io
import itertools
from copy import deepcopy
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from PIL import Image
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import Range

from app.accounts.models import Organisation, OrganisationKind
from app.core.clock import Period, now, period
from app.core.db import session
from app.equipment.instruments.models import Instrument, InstrumentState
from app.equipment.schedule.models import BookingRules, OpeningStretch
from app.equipment.tariffs.models import Tariff, TariffState
from tests.accounts.factories import make_organisation

SHANGHAI = ZoneInfo("Asia/Shanghai")
_serial = itertools.count(1)

TERMS: dict[str, Any] = {
    "currency": "CNY",
    "rounding_minutes": 30,
    "vat_rate": "6",
    "charge_basis": "used",
    "tax_category": "testing_service",
    "classes": {
        "internal": {
            "start_up": 10_000,
            "tiers": [{"upto_minutes": 60, "per_hour": 20_000}, {"upto_minutes": None, "per_hour": 15_000}],
            "minimum": 0,
            "operator_per_hour": 0,
        },
        "institution": {
            "start_up": 15_000,
            "tiers": [{"upto_minutes": 60, "per_hour": 35_000}, {"upto_minutes": None, "per_hour": 28_000}],
            "minimum": 0,
            "operator_per_hour": 8_000,
        },
        "enterprise": {
            "start_up": 20_000,
            "tiers": [{"upto_minutes": 60, "per_hour": 50_000}, {"upto_minutes": None, "per_hour": 40_000}],
            "minimum": 60_000,
            "operator_per_hour": 12_000,
        },
    },
    "consumables": [
        {
            "code": "vial",
            "name": "样品瓶",
            "unit": "个",
            "prices": {"internal": 500, "institution": 800, "enterprise": 1_000},
        }
    ],
}


def make_instrument(owner: Organisation | None = None, **overrides: Any) -> Instrument:
    """A published instrument without hours or prices."""
    number = next(_serial)
    values = {
        "owner_id": (owner or make_organisation(OrganisationKind.INSTITUTION)).id,
        "asset_no": f"A{number:05d}",
        "name": f"Mass Spectrometer {number}",
        "name_zh": f"质谱仪{number}",
        "region": "220100",
        "state": InstrumentState.PUBLISHED,
        "published_at": now(),
    }
    instrument = Instrument(**{**values, **overrides})
    session.add(instrument)
    session.flush()
    return instrument


def make_bookable_instrument(
    owner: Organisation | None = None, *, rules: dict[str, Any] | None = None, **overrides: Any
) -> Instrument:
    """An instrument open all day every day, in half hours, at the prices of TERMS."""
    instrument = make_instrument(owner, **overrides)
    session.add_all(
        OpeningStretch(instrument_id=instrument.id, weekday=day, starts_minute=0, ends_minute=1440) for day in range(7)
    )
    session.add(BookingRules(instrument_id=instrument.id, **{"notice": 0, "longest": 1440, **(rules or {})}))
    session.add(
        Tariff(
            instrument_id=instrument.id,
            state=TariffState.PUBLISHED,
            valid=Range(date(2020, 1, 1), None, bounds="[)"),
            terms=TERMS,
            published_at=now(),
        )
    )
    session.flush()
    return instrument


def slot(days: int = 3, hour: int = 9, minutes: int = 120) -> Period:
    """A stretch some days ahead, at an hour of Shanghai."""
    day = (now().astimezone(SHANGHAI) + timedelta(days=days)).date()
    starts_at = datetime(day.year, day.month, day.day, hour, tzinfo=SHANGHAI)
    return period(starts_at, starts_at + timedelta(minutes=minutes))


def tiny_picture(width: int = 8, height: int = 6) -> bytes:
    """A PNG of one colour."""
    stream = io.BytesIO()
    Image.new("RGB", (width, height), "teal").save(stream, "PNG")
    return stream.getvalue()


def publish_dearer(instrument: Instrument, ahead: timedelta = timedelta(seconds=1)) -> Tariff:
    """Another tariff, twice as dear by the hour beyond the first, in force from tomorrow on."""
    terms: dict[str, Any] = deepcopy(TERMS)
    terms["classes"]["enterprise"]["tiers"][1]["per_hour"] *= 2
    start = (now() + timedelta(days=1)).astimezone(SHANGHAI).date()
    older = select(Tariff).where(Tariff.instrument_id == instrument.id)
    session.execute(older).scalar_one().valid = Range(date(2020, 1, 1), start, bounds="[)")
    session.flush()
    made = Tariff(
        instrument_id=instrument.id, state=TariffState.PUBLISHED, valid=Range(start, None, bounds="[)"), terms=terms,
        published_at=now() + ahead,
    )  # fmt: skip
    session.add(made)
    session.flush()
    return made
