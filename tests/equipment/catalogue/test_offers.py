"""The next free time, the strip of today and the prices of the catalogue follow from schedule and tariff."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from sqlalchemy import delete

from app.core.clock import now, period
from app.core.db import session
from app.core.events import Event
from app.core.ids import uuid7
from app.equipment.catalogue import handlers
from app.equipment.catalogue.models import InstrumentOffer
from app.equipment.catalogue.offers import Facts, work_out
from app.equipment.catalogue.operations import refresh_offers, refresh_stale_offers
from app.equipment.instruments.events import InstrumentPublished
from app.equipment.instruments.models import Instrument, InstrumentState
from app.equipment.schedule.claims import claim
from app.equipment.schedule.events import TimetableChanged
from app.equipment.schedule.hours import ExceptionDay, WallStretch, WeeklyHours
from app.equipment.schedule.models import OccupationKind
from app.equipment.schedule.slots import SlotRules
from app.equipment.tariffs.events import TariffPublished
from app.equipment.tariffs.terms import Terms
from tests.equipment.factories import TERMS, make_bookable_instrument, make_instrument

SHANGHAI = ZoneInfo("Asia/Shanghai")
OFFICE = WeeklyHours(((WallStretch(480, 1080),),) * 5 + ((), ()))


def local(day: int, hour: int, minute: int = 0) -> datetime:
    """An instant of November 2026 at Shanghai; the 24th is a Tuesday."""
    return datetime(2026, 11, day, hour, minute, tzinfo=SHANGHAI).astimezone(UTC)


def facts(**changes: object) -> Facts:
    values: dict[str, object] = {
        "instrument_id": uuid7(),
        "zone": SHANGHAI,
        "weekly": OFFICE,
        "exceptions": {},
        "rules": SlotRules(notice=0),
        "needs_approval": False,
        "busy": [],
        "maintenance": [],
        "terms": None,
    }
    return Facts(**(values | changes))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("busy", "moment", "expected"),
    [
        ([], local(24, 7), local(24, 8)),
        ([], local(24, 14, 10), local(24, 14, 30)),
        ([], local(24, 18), local(25, 8)),
        ([], local(27, 17, 45), local(30, 8)),
        ([(local(24, 8), local(24, 18))], local(24, 9), local(25, 8)),
        ([(local(24, 8), local(24, 17, 30))], local(24, 9), local(24, 17, 30)),
    ],
)
def test_the_next_free_slot_is_the_first_that_can_be_booked(
    busy: list[tuple[datetime, datetime]], moment: datetime, expected: datetime
) -> None:
    assert work_out(facts(busy=busy), moment)["next_free_at"] == expected


def test_it_looks_as_far_as_people_may_book() -> None:
    away = {date(2026, 11, 24) + timedelta(days=offset): ExceptionDay() for offset in range(40)}
    assert work_out(facts(exceptions=away), local(24, 9))["next_free_at"] == datetime(2027, 1, 4, 0, tzinfo=UTC)
    assert work_out(facts(exceptions=away, rules=SlotRules(horizon_days=30)), local(24, 9))["next_free_at"] is None
    assert work_out(facts(weekly=WeeklyHours()), local(24, 9))["next_free_at"] is None


def test_the_strip_of_today_has_a_letter_an_hour() -> None:
    busy = [(local(24, 9), local(24, 12)), (local(24, 15), local(24, 16))]
    told = work_out(facts(busy=busy, maintenance=busy[1:]), local(24, 7))
    assert told["today"] == "fbbbfffmffc"
    assert told["today_on"] == date(2026, 11, 24)
    assert work_out(facts(), local(28, 9))["today"] == "c" * 11


def test_a_running_maintenance_is_told_with_its_end() -> None:
    block = (local(24, 8), local(27, 18))
    assert work_out(facts(busy=[block], maintenance=[block]), local(24, 9))["blocked_until"] == local(27, 18)


def test_prices_are_those_of_the_first_hour() -> None:
    told = work_out(facts(terms=Terms.from_json(TERMS)), local(24, 9))
    assert (told["internal_minor"], told["institution_minor"], told["enterprise_minor"]) == (20_000, 35_000, 50_000)
    assert work_out(facts(), local(24, 9))["enterprise_minor"] is None


def offer(instrument: Instrument) -> InstrumentOffer:
    session.expire_all()
    found = session.get(InstrumentOffer, instrument.id)
    assert found is not None
    return found


def test_offers_are_worked_out_from_the_database_and_again_after_a_claim() -> None:
    instrument = make_bookable_instrument(rules={"needs_approval": True})
    assert refresh_offers([instrument.id]) == 1
    first = offer(instrument).next_free_at
    assert first is not None
    assert offer(instrument).needs_approval
    assert claim(uuid7(), instrument.id, period(now(), now() + timedelta(days=2)), OccupationKind.MAINTENANCE)
    refresh_offers([instrument.id])
    assert offer(instrument).next_free_at == pytest.approx(first + timedelta(days=2), abs=timedelta(hours=1))
    assert offer(instrument).blocked_until is not None


def test_stale_offers_are_found_missing_ones_first() -> None:
    made = [make_bookable_instrument() for _ in range(3)]
    make_instrument(state=InstrumentState.DRAFT)
    assert refresh_stale_offers(limit=2) == 2
    assert refresh_stale_offers() == 1
    assert refresh_stale_offers() == 0
    with time_machine.travel(now() + timedelta(minutes=5), tick=False):
        assert refresh_stale_offers() == len(made)


def test_what_happens_to_an_instrument_refreshes_its_offer() -> None:
    instrument = make_bookable_instrument()
    heard: tuple[tuple[Callable[[Any], None], Event], ...] = (
        (handlers.offer_published, InstrumentPublished(instrument.id)),
        (handlers.offer_after_timetable, TimetableChanged(instrument.id)),
        (handlers.offer_after_tariff, TariffPublished(uuid7(), instrument.id)),
    )
    for handle, event in heard:
        session.execute(delete(InstrumentOffer))
        handle(event)
        assert offer(instrument).next_free_at is not None
