"""Hours, shares and averages against cases counted by hand."""

from datetime import date, timedelta

import pytest

from app.accounts.models import OrganisationKind
from app.core.clock import DEFAULT_ZONE, now
from app.core.db import session
from app.equipment.catalogue.queries import compared_instruments
from app.equipment.reservations.models import ReservationState
from app.equipment.statistics.queries import (
    added_up,
    answer_times,
    figures_by_institution,
    hours_by_month,
    instrument_figures,
    norm_minutes,
)
from app.equipment.statistics.spans import read_span
from app.equipment.usage.models import UseState
from tests.accounts.factories import make_actor, make_organisation
from tests.equipment.factories import make_bookable_instrument
from tests.equipment.statistics.factories import at, make_booking, make_use

TODAY = date(2026, 11, 24)
NOVEMBER = read_span({"period": "2026-11"}, TODAY)
QUARTER = read_span({"period": "2026-Q4"}, TODAY)
LARGE, SMALL = 60_000_000, 20_000_000


def test_hours_are_added_up_by_hand() -> None:
    university = make_organisation(OrganisationKind.INSTITUTION)
    own, sme = make_actor(university), make_actor()
    large = make_bookable_instrument(university, value_minor=LARGE)
    small = make_bookable_instrument(university, value_minor=SMALL)
    make_use(large, own, date(2026, 11, 3), booked=120, used=100)
    make_use(large, sme, date(2026, 11, 4), booked=240, used=250)
    make_use(small, sme, date(2026, 11, 5), booked=60, used=50)
    make_use(small, own, date(2026, 10, 31), booked=600)
    (figures,) = figures_by_institution(NOVEMBER, university.id)
    assert (figures.booked, figures.used, figures.shared, figures.uses) == (420, 400, 300, 3)
    assert (figures.instruments, figures.large) == (2, 1)
    assert (figures.large_used, figures.large_shared) == (350, 250)
    assert figures.sharing_rate == pytest.approx(0.75)
    assert figures.large_average == pytest.approx(350 / 60)
    assert figures.large_shared_average == pytest.approx(250 / 60)
    assert figures.utilisation(200.0) == pytest.approx(400 / (200 * 2))


def test_utilisation_is_measured_against_the_days_that_have_passed() -> None:
    assert norm_minutes(NOVEMBER, TODAY) == pytest.approx(1600 * 60 * 24 / 365)
    assert norm_minutes(read_span({"period": "2024"}, TODAY), TODAY) == 1600 * 60


def test_the_own_legal_person_never_counts_as_shared() -> None:
    university = make_organisation(OrganisationKind.INSTITUTION)
    instrument = make_bookable_instrument(university)
    for number in range(3):
        make_use(instrument, make_actor(university), date(2026, 11, 2 + number))
    (figures,) = figures_by_institution(NOVEMBER, university.id)
    assert figures.used == 360
    assert figures.shared == 0
    assert [month.shared for month in hours_by_month(NOVEMBER, TODAY, university.id)] == [0]


def test_another_institution_counts_as_others_too() -> None:
    university = make_organisation(OrganisationKind.INSTITUTION)
    instrument = make_bookable_instrument(university)
    other = make_actor(make_organisation(OrganisationKind.INSTITUTION))
    make_use(instrument, other, date(2026, 11, 2), payer_class="institution")
    (figures,) = figures_by_institution(NOVEMBER, university.id)
    assert figures.shared == figures.used == 120


def test_a_use_counts_on_the_day_at_the_place_on_which_it_ends() -> None:
    university = make_organisation(OrganisationKind.INSTITUTION)
    instrument = make_bookable_instrument(university)
    make_use(instrument, make_actor(university), date(2026, 10, 31), hour=20, booked=720)
    (november,) = figures_by_institution(NOVEMBER, university.id)
    assert (november.used, november.booked) == (720, 0)
    (october,) = figures_by_institution(NOVEMBER.before, university.id)
    assert (october.used, october.booked) == (0, 720)


def test_what_is_not_recorded_yet_is_booked_but_not_used() -> None:
    university = make_organisation(OrganisationKind.INSTITUTION)
    instrument, own = make_bookable_instrument(university), make_actor(university)
    make_use(instrument, own, date(2026, 11, 2), state=UseState.REVIEW)
    make_use(instrument, own, date(2026, 11, 3), state=UseState.RUNNING)
    make_use(instrument, own, date(2026, 11, 4), state=UseState.OBJECTED)
    make_booking(instrument, own, date(2026, 11, 5), state=ReservationState.CONFIRMED)
    make_booking(instrument, own, date(2026, 11, 6), state=ReservationState.CANCELLED)
    make_booking(instrument, own, date(2026, 11, 7), state=ReservationState.NO_SHOW)
    (figures,) = figures_by_institution(NOVEMBER, university.id)
    assert (figures.booked, figures.used, figures.uses) == (480, 120, 1)


def test_begun_minutes_count_whole() -> None:
    university = make_organisation(OrganisationKind.INSTITUTION)
    use = make_use(make_bookable_instrument(university), make_actor(university), date(2026, 11, 2))
    assert use.ended_at is not None
    use.ended_at = use.started_at + timedelta(minutes=10, seconds=1, milliseconds=700)
    session.flush()
    (figures,) = figures_by_institution(NOVEMBER, university.id)
    assert figures.used == use.used_minutes == 11


def test_months_without_use_are_there_and_months_to_come_are_not() -> None:
    university = make_organisation(OrganisationKind.INSTITUTION)
    instrument = make_bookable_instrument(university)
    make_use(instrument, make_actor(), date(2026, 11, 2), used=90)
    months = hours_by_month(QUARTER, TODAY, university.id)
    assert [(each.month.month, each.own, each.shared) for each in months] == [(10, 0, 0), (11, 0, 90)]


def test_institutions_are_kept_apart_and_added_up() -> None:
    first, second = (make_organisation(OrganisationKind.INSTITUTION) for _number in range(2))
    make_use(make_bookable_instrument(first), make_actor(first), date(2026, 11, 2), used=60)
    make_use(make_bookable_instrument(second), make_actor(), date(2026, 11, 2), used=90)
    found = figures_by_institution(NOVEMBER)
    assert [(each.owner_id, each.used) for each in found] == [(second.id, 90), (first.id, 60)]
    together = added_up(found)
    assert (together.used, together.shared, together.instruments) == (150, 90, 2)


def test_instruments_are_sorted_and_idle_ones_come_first_when_asked() -> None:
    university = make_organisation(OrganisationKind.INSTITUTION)
    busy, idle = (make_bookable_instrument(university) for _number in range(2))
    make_use(busy, make_actor(university), date(2026, 11, 2))
    most = session.execute(instrument_figures(NOVEMBER, university.id)).all()
    least = session.execute(instrument_figures(NOVEMBER, university.id, ascending=True, only_published=True)).all()
    assert [row.Instrument.id for row in most] == [busy.id, idle.id]
    assert [(row.Instrument.id, row.used) for row in least] == [(idle.id, 0), (busy.id, 120)]


def test_answers_are_timed_and_late_ones_counted() -> None:
    university = make_organisation(OrganisationKind.INSTITUTION)
    instrument, sme = make_bookable_instrument(university), make_actor()
    asked = at(date(2026, 11, 2), 8)
    due = asked + timedelta(hours=48)
    for day, hours in ((5, 1), (6, 3), (7, 50)):
        make_booking(
            instrument, sme, date(2026, 11, day), created_at=asked, answer_due_at=due,
            answered_at=asked + timedelta(hours=hours),
        )  # fmt: skip
    make_booking(
        instrument, sme, date(2026, 11, 8), created_at=asked, answer_due_at=due, state=ReservationState.EXPIRED
    )
    answers = answer_times(NOVEMBER, university.id)
    assert (answers.count, answers.median_minutes, answers.late, answers.expired) == (3, 180.0, 1, 1)
    assert answer_times(NOVEMBER.before, university.id).median_minutes is None


def test_a_booking_that_was_moved_waits_since_it_asked_anew() -> None:
    university = make_organisation(OrganisationKind.INSTITUTION)
    instrument, sme = make_bookable_instrument(university), make_actor()
    made, anew = now() - timedelta(days=40), now() - timedelta(days=2)
    make_booking(
        instrument, sme, anew.date() + timedelta(days=9), created_at=made, requested_at=anew,
        answer_due_at=anew + timedelta(hours=48), answered_at=anew + timedelta(hours=3),
    )  # fmt: skip
    day = anew.astimezone(DEFAULT_ZONE).date()
    that_day = read_span({"period": "custom", "first": str(day), "last": str(day)}, day)
    assert answer_times(that_day, university.id).median_minutes == 180.0
    assert compared_instruments(sme, [instrument.id])[0].answer_minutes == 180
