"""Templates of hours: saved from one instrument, given to others, followed by none of them in silence."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text

from app.accounts.models import Actor, OrganisationKind, Role
from app.core.db import session
from app.core.errors import DomainError, Forbidden, Invalid, Missing
from app.core.tenancy import set_tenant
from app.equipment.instruments.models import Instrument
from app.equipment.reservations.booking import make_reservation
from app.equipment.schedule.hours import WeeklyHours, parse_day_hours
from app.equipment.schedule.operations import set_opening_hours
from app.equipment.schedule.queries import booking_rules, weekly_hours
from app.equipment.schedule.template_views import week_text
from app.equipment.schedule.templates import apply_template, effect, remove_template, save_template, templates_of
from tests.accounts.factories import make_actor, make_organisation, sign_in
from tests.equipment.factories import make_bookable_instrument, make_instrument, slot

EN = {"Accept-Language": "en"}
OFFICE = WeeklyHours((*(parse_day_hours("08:30-12:00, 13:30-17:30"),) * 5, (), parse_day_hours("10:00-12:00")))


@pytest.fixture
def manager() -> Actor:
    return make_actor(make_organisation(OrganisationKind.INSTITUTION), Role.MANAGER)


@pytest.fixture
def first(manager: Actor) -> Instrument:
    instrument = make_bookable_instrument(manager.organisation, asset_no="A1", rules={"needs_approval": True})
    set_opening_hours(manager, instrument, OFFICE)
    return instrument


def test_an_instrument_takes_the_week_and_the_rules_and_does_not_follow_later(
    manager: Actor, first: Instrument
) -> None:
    template = save_template(manager, first, " 工作日 ", with_rules=True)
    other = make_instrument(manager.organisation)
    assert apply_template(manager, template, other)
    assert not apply_template(manager, template, other)
    rules = booking_rules(other.id)
    assert weekly_hours(other.id) == OFFICE
    assert rules is not None
    assert rules.needs_approval
    night = WeeklyHours((parse_day_hours("20:00-24:00"),) * 7)
    set_opening_hours(manager, first, night)
    again = save_template(manager, first, "工作日", with_rules=False)
    assert (again.id, again.rules) == (template.id, None)
    assert [each.name for each in templates_of(first.owner_id)] == ["工作日"]
    assert weekly_hours(other.id) == OFFICE
    remove_template(manager, again)
    assert weekly_hours(other.id) == OFFICE


def test_a_template_needs_a_name_and_hours_and_belongs_to_its_institution(manager: Actor, first: Instrument) -> None:
    empty = make_instrument(manager.organisation)
    for instrument, name in ((first, "  "), (first, "x" * 81), (empty, "empty")):
        with pytest.raises(Invalid):
            save_template(manager, instrument, name, with_rules=False)
    template = save_template(manager, first, "Week", with_rules=False)
    rival = make_actor(make_organisation(OrganisationKind.INSTITUTION), Role.OWNER)
    theirs = make_instrument(rival.organisation)
    with pytest.raises(DomainError):
        apply_template(rival, template, theirs)
    with pytest.raises(Missing):
        remove_template(rival, template)
    with pytest.raises(Forbidden):
        remove_template(make_actor(manager.organisation, Role.TECHNICIAN), template)
    set_tenant(str(rival.organisation_id))
    assert session.scalar(text("SELECT count(*) FROM hours_templates")) == 0


def test_the_effect_counts_the_bookings_outside_without_changing_anything(manager: Actor, first: Instrument) -> None:
    template = save_template(manager, first, "Week", with_rules=False)
    open_always = make_bookable_instrument(manager.organisation)
    booker = make_actor()
    make_reservation(booker, open_always.id, slot(days=4, hour=18), purpose="x")
    before = weekly_hours(open_always.id)
    found = effect(template, open_always)
    assert (found.changes_hours, found.changes_rules, found.outside) == (True, False, 1)
    assert weekly_hours(open_always.id) == before
    assert not effect(template, first).changes


def test_a_week_is_told_in_short() -> None:
    assert week_text(OFFICE).replace("周", "") != ""
    assert week_text(WeeklyHours((parse_day_hours("00:00-24:00"),) * 7)).count("00:00-24:00") == 1


def test_hours_are_saved_taken_and_given_to_many_on_pages(
    client: FlaskClient, manager: Actor, first: Instrument
) -> None:
    sign_in(client, manager)
    saved = client.post(f"/instruments/{first.id}/hours/save-template", data={"name": "Office"}, headers=EN)
    template = templates_of(first.owner_id)[0]
    assert saved.location.endswith(f"/instruments/hours-templates/{template.id}")
    second, third = make_bookable_instrument(manager.organisation), make_instrument(manager.organisation)
    page = client.get(f"/instruments/{third.id}/hours", headers=EN).get_data(as_text=True)
    assert "Mon–Fri 08:30-12:00, 13:30-17:30; Sun 10:00-12:00" in page
    client.post(f"/instruments/{third.id}/hours/template", data={"template": str(template.id)}, headers=EN)
    assert weekly_hours(third.id) == OFFICE
    make_reservation(make_actor(), second.id, slot(days=4, hour=18), purpose="x")
    chosen = {"act": "hours", "template": str(template.id), "ids": [str(second.id), str(third.id)]}
    asked = client.post("/instruments/mine", data=chosen, headers=EN)
    preview = client.get(asked.location, headers=EN).get_data(as_text=True)
    assert "1 instrument has these hours already." in preview
    assert '<td class="num strong">1</td>' in preview
    assert weekly_hours(second.id) != OFFICE
    client.post(f"/instruments/hours-templates/{template.id}", data={"ids": [str(second.id)]}, headers=EN)
    assert weekly_hours(second.id) == OFFICE
    told = client.get("/instruments/hours-templates", headers=EN).get_data(as_text=True)
    assert "1 instrument has these hours now." in told
    assert "1 booking lies outside these hours and stays." in told
    client.post(f"/instruments/hours-templates/{template.id}/remove", headers=EN)
    assert not templates_of(first.owner_id)
