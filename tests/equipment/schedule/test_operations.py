"""Hours, exceptions, maintenance and rules on a real database: what is kept, refused and logged."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from app.accounts.models import Actor, OrganisationKind, Role
from app.core.audit import AuditEntry
from app.core.clock import bounds, now, period, today
from app.core.db import savepoint, session
from app.core.errors import Conflict, Forbidden, Invalid, Missing
from app.core.ids import uuid7
from app.equipment.instruments.models import Instrument
from app.equipment.schedule.cancellation import CancellationRules
from app.equipment.schedule.claims import claim
from app.equipment.schedule.hours import ALWAYS_OPEN, WEEKDAYS, WallStretch, WeeklyHours
from app.equipment.schedule.models import Occupation, OccupationKind, OpeningException
from app.equipment.schedule.operations import (
    add_maintenance,
    copy_opening_hours,
    remove_exception,
    remove_maintenance,
    set_booking_rules,
    set_exception,
    set_opening_hours,
)
from app.equipment.schedule.queries import (
    availability_of,
    bookings_outside,
    exceptions_from,
    maintenance_from,
    timetable,
    weekly_hours,
)
from app.equipment.schedule.slots import SlotRules
from tests.accounts.factories import make_actor, make_operator, make_organisation
from tests.equipment.factories import SHANGHAI, make_bookable_instrument, make_instrument, slot

OFFICE = WeeklyHours.from_json({day: ["08:30-12:00", "13:00-18:00"] for day in WEEKDAYS[:5]})


@pytest.fixture
def manager(transaction: None) -> Actor:
    return make_actor(make_organisation(OrganisationKind.INSTITUTION), Role.MANAGER)


@pytest.fixture
def instrument(manager: Actor) -> Instrument:
    return make_instrument(manager.organisation)


def deeds(action: str) -> list[AuditEntry]:
    return list(session.scalars(select(AuditEntry).where(AuditEntry.action == action)))


def test_a_template_is_kept_replaced_and_logged_once(manager: Actor, instrument: Instrument) -> None:
    assert set_opening_hours(manager, instrument, ALWAYS_OPEN)
    assert set_opening_hours(manager, instrument, OFFICE)
    assert not set_opening_hours(manager, instrument, OFFICE)
    assert weekly_hours(instrument.id) == OFFICE
    assert [deed.changes["hours"][1] for deed in deeds("schedule.set_hours")][-1] == OFFICE.to_json()
    assert len(deeds("schedule.set_hours")) == 2


def test_an_empty_template_closes_the_instrument(manager: Actor, instrument: Instrument) -> None:
    set_opening_hours(manager, instrument, OFFICE)
    set_opening_hours(manager, instrument, WeeklyHours())
    window = bounds(slot())
    assert availability_of(instrument, window).closed == [window]


def test_hours_are_copied_from_an_instrument_of_the_same_owner(manager: Actor, instrument: Instrument) -> None:
    source = make_instrument(manager.organisation)
    set_opening_hours(manager, source, OFFICE)
    assert copy_opening_hours(manager, source, instrument)
    assert weekly_hours(instrument.id) == OFFICE


def test_hours_of_strangers_are_not_copied(manager: Actor, instrument: Instrument) -> None:
    with pytest.raises(Forbidden):
        copy_opening_hours(manager, make_instrument(), instrument)


@pytest.mark.parametrize("role", [Role.TECHNICIAN, Role.FINANCE])
def test_the_timetable_is_set_by_owner_and_manager_only(instrument: Instrument, role: Role) -> None:
    member = make_actor(session.get_one(type(instrument.owner), instrument.owner_id), role)
    with pytest.raises(Forbidden):
        set_opening_hours(member, instrument, OFFICE)


def test_strangers_do_not_even_learn_that_there_is_a_timetable(instrument: Instrument) -> None:
    for stranger in (make_actor(), make_actor(make_organisation(OrganisationKind.INSTITUTION), Role.MANAGER)):
        with pytest.raises(Missing):
            set_opening_hours(stranger, instrument, OFFICE)
        with pytest.raises(Missing):
            add_maintenance(stranger, instrument, slot(), "x")
    with pytest.raises(Forbidden):
        set_opening_hours(make_operator(), instrument, OFFICE)


def test_an_exception_is_set_changed_and_taken_back(manager: Actor, instrument: Instrument) -> None:
    day = today(SHANGHAI) + timedelta(days=3)
    set_opening_hours(manager, instrument, ALWAYS_OPEN)
    set_exception(manager, instrument, day, (), "  停电\n检修 ")
    changed = set_exception(manager, instrument, day, (WallStretch(540, 600),), "半天")
    assert [(each.day, each.reason) for each in exceptions_from(instrument.id, day)] == [(day, "半天")]
    window = bounds(slot(days=3, hour=8, minutes=180))
    free = availability_of(instrument, window).free
    assert [end - begin for begin, end in free] == [timedelta(hours=1)]
    remove_exception(manager, instrument, changed)
    assert availability_of(instrument, window).free == [window]


@pytest.mark.parametrize("offset", [-1, 2000])
def test_an_exception_lies_between_today_and_three_years_on(
    manager: Actor, instrument: Instrument, offset: int
) -> None:
    with pytest.raises(Invalid) as refusal:
        set_exception(manager, instrument, today(SHANGHAI) + timedelta(days=offset), (), "")
    assert refusal.value.field == "day"


def test_maintenance_is_busy_until_it_is_taken_back(manager: Actor, instrument: Instrument) -> None:
    set_opening_hours(manager, instrument, ALWAYS_OPEN)
    stretch = slot()
    add_maintenance(manager, instrument, stretch, "校准离子源")
    (block,) = maintenance_from(instrument.id, now())
    assert (block.reason, block.period) == ("校准离子源", stretch)
    assert availability_of(instrument, bounds(stretch)).busy == [bounds(stretch)]
    remove_maintenance(manager, instrument, block)
    assert availability_of(instrument, bounds(stretch)).free == [bounds(stretch)]
    assert maintenance_from(instrument.id, now()) == []


def test_maintenance_over_bookings_is_refused_and_names_them(manager: Actor, instrument: Instrument) -> None:
    booked = uuid7()
    assert claim(booked, instrument.id, slot(hour=10), OccupationKind.RESERVATION)
    with pytest.raises(Conflict) as refusal:
        add_maintenance(manager, instrument, slot(hour=9), "x")
    (hit,) = refusal.value.details["bookings"]
    assert (hit["id"], hit["kind"]) == (str(booked), "reservation")
    assert refusal.value.code == "occupied"
    assert session.scalars(select(Occupation.kind)).all() == [OccupationKind.RESERVATION]


def test_maintenance_takes_the_place_of_a_hold_that_ran_out(manager: Actor, instrument: Instrument) -> None:
    hold = {"kind": OccupationKind.HOLD, "holder": "x", "expires_at": now() - timedelta(seconds=1)}
    session.add(Occupation(id=uuid7(), instrument_id=instrument.id, period=slot(), **hold))
    session.flush()
    add_maintenance(manager, instrument, slot(), "")


def test_maintenance_that_is_over_or_endless_is_refused(manager: Actor, instrument: Instrument) -> None:
    for begin, end in ((-3, -2), (1, 24 * 400)):
        stretch = period(now() + timedelta(hours=begin), now() + timedelta(hours=end))
        with pytest.raises(Invalid) as refusal:
            add_maintenance(manager, instrument, stretch, "")
        assert refusal.value.field == "ends_at"


def test_a_booking_is_no_maintenance_block(manager: Actor, instrument: Instrument) -> None:
    booked = uuid7()
    claim(booked, instrument.id, slot(), OccupationKind.RESERVATION)
    with pytest.raises(Invalid):
        remove_maintenance(manager, instrument, session.get_one(Occupation, booked))


def test_rules_are_set_once_and_changed_after(manager: Actor, instrument: Instrument) -> None:
    set_booking_rules(manager, instrument, SlotRules(), CancellationRules(), needs_approval=True)
    slots, cancellation = SlotRules(60, 60, 120, 0, 10), CancellationRules(60, 0, 20)
    set_booking_rules(manager, instrument, slots, cancellation, needs_approval=False)
    times = timetable(instrument, bounds(slot()))
    assert (times.rules, times.cancellation) == (slots, cancellation)
    assert not times.needs_approval
    assert deeds("schedule.set_rules")[-1].changes["granularity"] == [30, 60]


def test_where_people_answer_requests_the_notice_is_four_hours_at_least(manager: Actor, instrument: Instrument) -> None:
    for wished, kept in ((0, 240), (120, 240), (600, 600)):
        rules = set_booking_rules(
            manager, instrument, SlotRules(notice=wished), CancellationRules(), needs_approval=True
        )
        assert rules.notice == kept
    set_booking_rules(manager, instrument, SlotRules(notice=0), CancellationRules(), needs_approval=False)
    assert timetable(instrument, bounds(slot())).rules.notice == 0


def test_an_instrument_without_settings_has_the_usual_rules_and_no_hours(instrument: Instrument) -> None:
    times = timetable(instrument, bounds(slot()))
    assert times.rules == SlotRules()
    assert times.weekly.is_empty


def test_availability_leaves_out_what_is_too_soon_and_too_far(instrument: Instrument) -> None:
    bookable = make_bookable_instrument(rules={"notice": 24 * 60, "horizon_days": 2, "granularity": 30})
    window = (now() - timedelta(days=1), now() + timedelta(days=10))
    found = availability_of(bookable, window)
    ((begin, end),) = found.free
    assert timedelta(0) <= begin - now() - timedelta(hours=24) + timedelta(minutes=1) <= timedelta(minutes=31)
    assert begin.minute in {0, 30}, "the first slot that can be booked"
    assert (end.astimezone(SHANGHAI).date() - today(SHANGHAI)).days == 3
    assert (found.busy, found.closed) == ([], [])
    assert found.to_json()["free"][0]["ends_at"].endswith("+08:00")


def test_availability_costs_two_statements(
    instrument: Instrument, max_queries: Callable[[int], AbstractContextManager[list[str]]]
) -> None:
    bookable = make_bookable_instrument()
    with max_queries(2):
        availability_of(bookable, bounds(slot()))


def test_a_window_of_more_than_a_year_or_of_nothing_is_refused(instrument: Instrument) -> None:
    begin = now()
    for length in (timedelta(0), timedelta(days=367)):
        with pytest.raises(Invalid) as refusal:
            availability_of(instrument, (begin, begin + length))
        assert refusal.value.field == "to"


def test_bookings_that_new_hours_leave_outside_are_found(manager: Actor, instrument: Instrument) -> None:
    set_opening_hours(manager, instrument, ALWAYS_OPEN)
    claim(uuid7(), instrument.id, slot(hour=3), OccupationKind.RESERVATION)
    claim(uuid7(), instrument.id, slot(hour=9), OccupationKind.RESERVATION)
    set_opening_hours(manager, instrument, WeeklyHours(((WallStretch(480, 720),),) * 7))
    until = now() + timedelta(days=30)
    times = timetable(instrument, (now(), until))
    assert bookings_outside(instrument.id, times, until) == [bounds(slot(hour=3))]


@pytest.mark.parametrize(
    ("statement", "constraint"),
    [
        ("UPDATE opening_stretches SET ends_minute = 1441", "opening_stretches_minutes_check"),
        ("UPDATE opening_stretches SET starts_minute = ends_minute", "opening_stretches_minutes_check"),
        ("UPDATE opening_stretches SET weekday = 7", "opening_stretches_weekday_check"),
        ("UPDATE opening_stretches SET weekday = 1 WHERE weekday = 2", "opening_stretches_no_overlap"),
        ("UPDATE booking_rules SET granularity = 7", "booking_rules_granularity_check"),
        ("UPDATE booking_rules SET longest = 0", "booking_rules_lengths_check"),
        ("UPDATE booking_rules SET horizon_days = 0", "booking_rules_window_check"),
        ("UPDATE booking_rules SET late_percent = 101", "booking_rules_percents_check"),
    ],
)
def test_the_database_refuses_settings_that_make_no_sense(transaction: None, statement: str, constraint: str) -> None:
    make_bookable_instrument()
    with pytest.raises(IntegrityError) as refusal, savepoint():
        session.execute(text(statement))
    assert refusal.value.orig.diag.constraint_name == constraint  # type: ignore[union-attr]


def test_one_day_has_one_exception(instrument: Instrument) -> None:
    day = today(SHANGHAI)
    session.add_all(OpeningException(instrument_id=instrument.id, day=day, stretches=[]) for _twice in range(2))
    with pytest.raises(IntegrityError), savepoint():
        session.flush()
