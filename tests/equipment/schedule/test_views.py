"""The pages of hours, maintenance and rules, through HTTP, with and without scripts."""

from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.accounts.models import Actor, OrganisationKind, Role
from app.core.clock import bounds, now, today
from app.core.db import session
from app.core.ids import uuid7
from app.equipment.instruments.models import Instrument
from app.equipment.schedule.claims import claim
from app.equipment.schedule.models import BookingRules, Occupation, OccupationKind, OpeningException
from app.equipment.schedule.queries import weekly_hours
from tests.accounts.factories import make_actor, make_operator, make_organisation, sign_in
from tests.equipment.factories import SHANGHAI, make_bookable_instrument, make_instrument, slot

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
RULES = {
    "granularity": "60",
    "shortest": "60",
    "longest": "8",
    "notice": "4.5",
    "horizon_days": "90",
    "needs_approval": "y",
    "free_until": "48",
    "late_percent": "30",
    "no_show_percent": "80",
}


@pytest.fixture
def manager(transaction: None) -> Actor:
    return make_actor(make_organisation(OrganisationKind.INSTITUTION), Role.MANAGER)


@pytest.fixture
def instrument(manager: Actor) -> Instrument:
    return make_instrument(manager.organisation)


@pytest.fixture
def desk(client: FlaskClient, manager: Actor) -> FlaskClient:
    sign_in(client, manager)
    return client


def week(**days: str) -> dict[str, str]:
    return {day: days.get(day, "") for day in DAYS}


def test_a_week_is_saved_and_shown_again(desk: FlaskClient, instrument: Instrument) -> None:
    answer = desk.post(
        f"/instruments/{instrument.id}/hours", data=week(mon="9:00-12：00；13:00-17:30", sun="00:00-24:00")
    )
    assert answer.status_code == 302
    assert weekly_hours(instrument.id).to_json() == {"mon": ["09:00-12:00", "13:00-17:30"], "sun": ["00:00-24:00"]}
    page = desk.get(f"/instruments/{instrument.id}/hours").text
    assert 'value="09:00-12:00, 13:00-17:30"' in page
    assert 'class="from-36 to-48"' in page


def test_a_wrong_day_keeps_what_was_typed_and_says_what_is_wrong(desk: FlaskClient, instrument: Instrument) -> None:
    answer = desk.post(f"/instruments/{instrument.id}/hours", data=week(mon="9-5", tue="09:00-17:00"))
    assert answer.status_code == 422
    assert 'value="9-5"' in answer.text
    assert 'id="mon-error"' in answer.text
    assert 'href="#mon"' in answer.text
    assert weekly_hours(instrument.id).is_empty


@pytest.mark.parametrize("filling", ["office", "always", "none", "monday", "nonsense"])
def test_filling_in_a_week_saves_nothing(desk: FlaskClient, instrument: Instrument, filling: str) -> None:
    answer = desk.post(f"/instruments/{instrument.id}/hours", data={**week(mon="10:00-11:00"), "fill": filling})
    assert answer.status_code == 200
    assert weekly_hours(instrument.id).is_empty
    assert ('value="10:00-11:00"' in answer.text) == (filling in {"monday", "nonsense"})


def test_bookings_outside_new_hours_are_told(desk: FlaskClient, manager: Actor) -> None:
    instrument = make_bookable_instrument(manager.organisation)
    claim(uuid7(), instrument.id, slot(hour=3), OccupationKind.RESERVATION)
    answer = desk.post(
        f"/instruments/{instrument.id}/hours",
        data=week(**dict.fromkeys(DAYS, "08:00-18:00")),
        follow_redirects=True,
        headers={"Accept-Language": "en"},
    )
    assert "1 booking lies outside these hours" in answer.text


def test_hours_are_copied_from_a_sister_instrument_only(
    desk: FlaskClient, manager: Actor, instrument: Instrument
) -> None:
    sister, stranger = make_bookable_instrument(manager.organisation), make_bookable_instrument()
    address = f"/instruments/{instrument.id}/hours/copy"
    assert desk.post(address, data={"copy-source": str(stranger.id)}).status_code == 422
    assert desk.post(address, data={"copy-source": str(sister.id)}).status_code == 302
    assert weekly_hours(instrument.id) == weekly_hours(sister.id)


def test_an_exception_is_added_and_removed(desk: FlaskClient, instrument: Instrument) -> None:
    day = today(SHANGHAI) + timedelta(days=2)
    form = {"exception-day": str(day), "exception-hours": "10:00-12:00", "exception-reason": "校庆"}
    assert desk.post(f"/instruments/{instrument.id}/exceptions", data=form).status_code == 302
    exception = session.scalars(select(OpeningException)).one()
    assert (exception.day, exception.stretches, exception.reason) == (day, [[600, 720]], "校庆")
    assert "校庆" in desk.get(f"/instruments/{instrument.id}/hours").text
    assert desk.post(f"/instruments/{instrument.id}/exceptions/{exception.id}/remove").status_code == 302
    assert session.scalars(select(OpeningException)).all() == []


@pytest.mark.parametrize(
    "form",
    [
        {"exception-day": "yesterday"},
        {"exception-day": "2020-01-01"},
        {"exception-day": ""},
        {"exception-day": "9999-12-31"},
        {"exception-day": "0001-01-01"},
        {"exception-day": str(today(SHANGHAI)), "exception-hours": "now"},
        {"exception-day": str(today(SHANGHAI)), "exception-reason": "x" * 201},
        {"exception-day": str(today(SHANGHAI)), "exception-reason": "a\x00b"},
    ],
)
def test_a_wrong_exception_is_refused_beside_its_field(
    desk: FlaskClient, instrument: Instrument, form: dict[str, str]
) -> None:
    answer = desk.post(f"/instruments/{instrument.id}/exceptions", data=form)
    assert answer.status_code == 422
    assert "-error" in answer.text


def maintenance(begin: str, end: str, reason: str = "换灯") -> dict[str, str]:
    return {"maintenance-starts_at": begin, "maintenance-ends_at": end, "maintenance-reason": reason}


def test_a_block_is_set_by_the_clocks_of_the_place_and_removed(desk: FlaskClient, instrument: Instrument) -> None:
    day = today(SHANGHAI) + timedelta(days=2)
    answer = desk.post(f"/instruments/{instrument.id}/maintenance", data=maintenance(f"{day}T09:00", f"{day}T12:30"))
    assert answer.status_code == 302
    block = session.scalars(select(Occupation)).one()
    begin, end = bounds(block.period)
    assert (f"{begin.astimezone(SHANGHAI):%F %R}", end - begin) == (f"{day} 09:00", timedelta(hours=3.5))
    assert desk.post(f"/instruments/{instrument.id}/maintenance/{block.id}/remove").status_code == 302
    session.expire_all()
    assert not session.scalars(select(Occupation)).one().active


def test_a_block_over_bookings_is_refused_with_409_and_lists_them(desk: FlaskClient, instrument: Instrument) -> None:
    booked = uuid7()
    claim(booked, instrument.id, slot(days=2, hour=10), OccupationKind.RESERVATION)
    day = (now().astimezone(SHANGHAI) + timedelta(days=2)).date()
    answer = desk.post(
        f"/instruments/{instrument.id}/maintenance",
        data=maintenance(f"{day}T09:00", f"{day}T18:00"),
        headers={"Accept-Language": "en"},
    )
    assert answer.status_code == 409
    assert "10:00–12:00" in answer.text
    assert f'href="/bookings/{booked}"' in answer.text
    assert f'value="{day}T09:00"' in answer.text


@pytest.mark.parametrize(
    ("begin", "end"),
    [("", ""), ("2026-13-01T00:00", "2026-11-01T00:00"), ("2030-01-02T00:00", "2030-01-01T00:00"),
     ("0001-01-01T00:00", "9999-12-31T23:59"), ("2020-01-01T00:00", "2020-01-02T00:00")],
)  # fmt: skip
def test_a_block_that_makes_no_sense_is_refused(
    desk: FlaskClient, instrument: Instrument, begin: str, end: str
) -> None:
    answer = desk.post(f"/instruments/{instrument.id}/maintenance", data=maintenance(begin, end))
    assert answer.status_code == 422


def test_the_block_of_another_instrument_is_not_found(
    desk: FlaskClient, manager: Actor, instrument: Instrument
) -> None:
    other = make_instrument(manager.organisation)
    block = uuid7()
    claim(block, other.id, slot(), OccupationKind.MAINTENANCE)
    assert desk.post(f"/instruments/{instrument.id}/maintenance/{block}/remove").status_code == 404
    assert desk.post(f"/instruments/{instrument.id}/exceptions/{uuid7()}/remove").status_code == 404


def test_rules_are_saved_in_minutes(desk: FlaskClient, instrument: Instrument) -> None:
    assert desk.post(f"/instruments/{instrument.id}/rules", data=RULES).status_code == 302
    rules = session.scalars(select(BookingRules)).one()
    assert (rules.granularity, rules.longest, rules.notice, rules.free_until) == (60, 480, 270, 2880)
    assert rules.needs_approval
    assert 'value="4.5"' in desk.get(f"/instruments/{instrument.id}/rules").text


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("granularity", "7"),
        ("granularity", "x"),
        ("shortest", "45"),
        ("shortest", "9" * 5000),
        ("longest", "0.5"),
        ("longest", "NaN"),
        ("longest", "sNaN"),
        ("longest", "1e999999"),
        ("notice", "-1"),
        ("notice", ""),
        ("horizon_days", "0"),
        ("late_percent", "101"),
        ("late_percent", "90"),
        ("no_show_percent", "29"),
    ],
)
def test_rules_that_make_no_sense_are_refused_and_kept_in_the_form(
    desk: FlaskClient, instrument: Instrument, field: str, value: str
) -> None:
    answer = desk.post(f"/instruments/{instrument.id}/rules", data={**RULES, field: value})
    assert answer.status_code == 422
    assert "-error" in answer.text
    assert session.scalars(select(BookingRules)).all() == []


ADDRESSES = [
    ("GET", "hours"), ("POST", "hours"), ("POST", "hours/copy"), ("POST", "exceptions"), ("POST", "maintenance"),
    ("POST", "exceptions/{any}/remove"), ("POST", "maintenance/{any}/remove"), ("GET", "rules"), ("POST", "rules"),
]  # fmt: skip


@pytest.mark.parametrize(("method", "address"), ADDRESSES)
def test_who_gets_in(client: FlaskClient, manager: Actor, instrument: Instrument, method: str, address: str) -> None:
    path = f"/instruments/{instrument.id}/{address.format(any=uuid7())}"
    technician = make_actor(manager.organisation, Role.TECHNICIAN)
    stranger = make_actor(make_organisation(OrganisationKind.INSTITUTION), Role.OWNER)
    data = {**RULES, **week()}
    expected = {"GET": (302, 404, 404, 200, 200), "POST": (302, 404, 404, 403, 403)}[method]
    for actor, status in zip((None, make_actor(), stranger, technician, make_operator()), expected, strict=True):
        visitor = client.application.test_client()
        if actor:
            sign_in(visitor, actor)
        assert visitor.open(path, method=method, data=data).status_code == status, actor
