"""The pages of tariffs through HTTP: written, worked out, checked, published, ended, and shown to the public."""

import re
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from app.accounts.models import Actor, OrganisationKind, Role
from app.core.clock import today
from app.core.i18n import force_locale
from app.core.ids import uuid7
from app.core.templating import render
from app.equipment.instruments.models import Instrument
from app.equipment.instruments.panels import panels_at
from app.equipment.schedule.claims import claim
from app.equipment.schedule.models import OccupationKind
from app.equipment.tariffs.forms import TariffForm, values_of
from app.equipment.tariffs.operations import draft_tariff, publish_tariff
from app.equipment.tariffs.panel import prices_panel
from app.equipment.tariffs.queries import draft_of, published_tariffs, tariff_on
from app.equipment.tariffs.terms import Terms
from tests.accounts.factories import make_actor, make_operator, make_organisation, sign_in
from tests.equipment.factories import SHANGHAI, TERMS, make_bookable_instrument, make_instrument, slot

EN = {"Accept-Language": "en"}
TOMORROW = today(SHANGHAI) + timedelta(days=1)


@pytest.fixture
def owner(transaction: None) -> Actor:
    return make_actor(make_organisation(OrganisationKind.INSTITUTION), Role.OWNER)


@pytest.fixture
def instrument(owner: Actor) -> Instrument:
    return make_instrument(owner.organisation)


@pytest.fixture
def desk(client: FlaskClient, owner: Actor) -> FlaskClient:
    sign_in(client, owner)
    return client


def typed(**overrides: str) -> dict[str, str]:
    """What a browser sends for the terms of TERMS, with some inputs overtyped; a dash stands for the dash in names."""
    fields = {
        "offers_internal": "y", "offers_institution": "y", "offers_enterprise": "y",
        "start_up-internal": "100", "start_up-institution": "150", "start_up-enterprise": "¥200.00",
        "tiers-0-upto": "1", "tiers-0-internal": "200", "tiers-0-institution": "350", "tiers-0-enterprise": "500",
        "tiers-1-upto": "", "tiers-1-internal": "150", "tiers-1-institution": "280", "tiers-1-enterprise": "４００",
        "tiers-2-upto": "", "tiers-2-internal": "", "tiers-2-institution": "", "tiers-2-enterprise": "",
        "operator-internal": "0", "operator-institution": "80", "operator-enterprise": "120",
        "minimum-internal": "", "minimum-institution": "", "minimum-enterprise": "600",
        "consumables-0-code": "vial", "consumables-0-name": "样品瓶", "consumables-0-unit": "个",
        "consumables-0-internal": "5", "consumables-0-institution": "8", "consumables-0-enterprise": "10",
        "consumables-1-code": "", "consumables-1-name": "", "consumables-1-unit": "",
        "charge_basis": "used", "rounding_minutes": "30", "tax_category": "testing_service", "vat_rate": "6",
        "valid_from": str(TOMORROW), "approval_no": "松价备〔2026〕14号",
        "example-payer": "enterprise", "example-length": "3.5", "example-with_operator": "y",
    }  # fmt: skip
    return {**fields, **{name.replace("__", "-"): value for name, value in overrides.items()}}


def test_prices_typed_are_the_terms_meant(desk: FlaskClient, instrument: Instrument) -> None:
    answer = desk.post(f"/instruments/{instrument.id}/tariffs/draft", data=typed())
    assert answer.status_code == 302
    draft = draft_of(instrument.id)
    assert draft is not None
    assert Terms.from_json(draft.terms) == Terms.from_json(TERMS)
    assert draft.approval_no == "松价备〔2026〕14号"


def test_the_order_in_which_tiers_are_typed_does_not_matter(desk: FlaskClient, instrument: Instrument) -> None:
    swapped = {f"tiers__{1 - row}__{name}": typed()[f"tiers-{row}-{name}"] for row in (0, 1) for name in
               ("upto", "internal", "institution", "enterprise")}  # fmt: skip
    desk.post(f"/instruments/{instrument.id}/tariffs/draft", data=typed(**swapped))
    draft = draft_of(instrument.id)
    assert draft is not None
    assert Terms.from_json(draft.terms) == Terms.from_json(TERMS)


def test_the_editor_shows_again_what_was_saved(desk: FlaskClient, instrument: Instrument) -> None:
    desk.post(f"/instruments/{instrument.id}/tariffs/draft", data=typed())
    page = desk.get(f"/instruments/{instrument.id}/tariffs/draft").text
    values = dict(re.findall(r'name="([\w-]+)"[^>]*? value="([^"]*)"', page))
    assert values["tiers-1-enterprise"] == "400"
    assert values["consumables-0-code"] == "vial"
    assert "consumables-2-name" in page
    again = desk.post(f"/instruments/{instrument.id}/tariffs/draft", data=typed(start_up__enterprise="201"))
    assert again.status_code == 302
    draft = draft_of(instrument.id)
    assert draft is not None
    assert draft.terms["classes"]["enterprise"]["start_up"] == 20100


@pytest.mark.parametrize(
    ("name", "value", "blamed"),
    [
        ("start_up__enterprise", "many", "start_up-enterprise"),
        ("start_up__enterprise", "-1", "start_up-enterprise"),
        ("start_up__enterprise", "1.005", "start_up-enterprise"),
        ("start_up__enterprise", "99999999999", "start_up-enterprise"),
        ("tiers__0__enterprise", "", "tiers-0-enterprise"),
        ("tiers__0__upto", "-1", "tiers-0-upto"),
        ("tiers__0__upto", "Infinity", "tiers-0-upto"),
        ("tiers__0__upto", "1e99999999", "tiers-0-upto"),
        ("tiers__0__upto", "", "tiers-0-upto"),
        ("tiers__1__upto", "2", "tiers-1-upto"),
        ("minimum__enterprise", "-600", "minimum-enterprise"),
        ("operator__institution", "x", "operator-institution"),
        ("consumables__0__unit", " ", "consumables-0-unit"),
        ("consumables__1__enterprise", "3", "consumables-1-name"),
        ("rounding_minutes", "0", "rounding_minutes"),
        ("vat_rate", "sNaN", "vat_rate"),
        ("vat_rate", "6.123", "vat_rate"),
        ("charge_basis", "luck", "charge_basis"),
        ("valid_from", "2020-01-01", "valid_from"),
        ("valid_from", "soon", "valid_from"),
        ("valid_from", "9999-12-31", "valid_from"),
        ("valid_from", "0001-01-01", "valid_from"),
        ("approval_no", "x" * 81, "approval_no"),
    ],
)
def test_a_wrong_price_is_blamed_at_its_input_and_nothing_is_saved(
    desk: FlaskClient, instrument: Instrument, name: str, value: str, blamed: str
) -> None:
    answer = desk.post(f"/instruments/{instrument.id}/tariffs/draft", data=typed(**{name: value}))
    assert answer.status_code == 422
    assert f'href="#{blamed}"' in answer.text
    assert f'id="{blamed}-error"' in answer.text
    assert draft_of(instrument.id) is None


def test_odd_row_numbers_are_left_alone(desk: FlaskClient, instrument: Instrument) -> None:
    odd = {"tiers-²-upto": "1", "tiers-x-upto": "1", "tiers-99999999999999-upto": "1", "consumables-": "1"}
    assert desk.post(f"/instruments/{instrument.id}/tariffs/draft", data={**typed(), **odd}).status_code == 302


def test_the_example_follows_what_is_typed(desk: FlaskClient, instrument: Instrument) -> None:
    address = f"/instruments/{instrument.id}/tariffs/example"
    part = desk.post(address, data=typed(), headers=EN).text
    assert "¥2,120.00" in part
    assert "of which 6% VAT ¥120.00" in part
    assert [text for text in ("first 1\u00a0h", "after that", "2.5\u00a0h × ¥400.00") if text not in part] == []
    assert "Longer than one booking may be: Overnight." in part
    dearer = desk.post(address, data=typed(tiers__1__enterprise="500"), headers=EN).text
    assert "¥2,370.00" in dearer
    assert draft_of(instrument.id) is None


@pytest.mark.parametrize(
    "overrides",
    [{"tiers__0__enterprise": "x"}, {"example__length": "long"}, {"example__payer": "me"}, {"example__length": "99999"},
     {"offers_enterprise": ""}],
)  # fmt: skip
def test_an_example_that_cannot_be_worked_out_says_why(
    desk: FlaskClient, instrument: Instrument, overrides: dict[str, str]
) -> None:
    sent = {name: value for name, value in typed(**overrides).items() if not (name.startswith("offers") and not value)}
    answer = desk.post(f"/instruments/{instrument.id}/tariffs/example", data=sent)
    assert answer.status_code == 200
    assert "note" in answer.text


def test_publishing_says_what_ends_and_how_many_bookings_keep_their_price(desk: FlaskClient, owner: Actor) -> None:
    instrument = make_bookable_instrument(owner.organisation)
    claim(uuid7(), instrument.id, slot(days=5), OccupationKind.RESERVATION)
    saved = desk.post(f"/instruments/{instrument.id}/tariffs/draft", data=typed(check="1"))
    assert saved.location == f"/instruments/{instrument.id}/tariffs/publish"
    page = desk.get(saved.location, headers=EN).text
    assert "1 booking keeps its price" in page
    assert "the prices valid from" in page
    old = tariff_on(instrument.id, TOMORROW)
    assert desk.post(saved.location, data={"valid_from": str(TOMORROW)}).status_code == 302
    new = tariff_on(instrument.id, TOMORROW)
    assert old is not None
    assert new is not None
    assert (new.id != old.id, old.valid.upper) == (True, TOMORROW)


@pytest.mark.parametrize("day", ["2020-01-01", "", "9999-12-31", "0001-01-01", "soon"])
def test_a_day_on_which_prices_cannot_begin_is_refused(desk: FlaskClient, instrument: Instrument, day: str) -> None:
    desk.post(f"/instruments/{instrument.id}/tariffs/draft", data=typed())
    answer = desk.post(f"/instruments/{instrument.id}/tariffs/publish", data={"valid_from": day})
    assert answer.status_code == 422
    assert published_tariffs(instrument.id) == []


def test_two_tariffs_from_one_day_are_a_conflict(desk: FlaskClient, instrument: Instrument) -> None:
    for status in (302, 409):
        desk.post(f"/instruments/{instrument.id}/tariffs/draft", data=typed())
        answer = desk.post(f"/instruments/{instrument.id}/tariffs/publish", data={"valid_from": str(TOMORROW)})
        assert answer.status_code == status


def test_without_a_draft_there_is_nothing_to_publish(desk: FlaskClient, instrument: Instrument) -> None:
    assert desk.get(f"/instruments/{instrument.id}/tariffs/publish").status_code == 404


def test_a_draft_is_discarded(desk: FlaskClient, instrument: Instrument) -> None:
    desk.post(f"/instruments/{instrument.id}/tariffs/draft", data=typed())
    for _twice in range(2):
        assert desk.post(f"/instruments/{instrument.id}/tariffs/draft/discard").status_code == 302
    assert draft_of(instrument.id) is None


def test_history_shows_versions_and_gives_them_as_a_file(desk: FlaskClient, owner: Actor) -> None:
    instrument = make_bookable_instrument(owner.organisation)
    address = f"/instruments/{instrument.id}/tariffs"
    publish_tariff(owner, instrument, draft_tariff(owner, instrument, Terms.from_json(TERMS), approval_no="A=1"))
    page = desk.get(address, headers=EN).text
    assert "In force today" in page
    assert "To come" in page
    lines = desk.get(f"{address}?format=csv", headers=EN).text.splitlines()
    assert len(lines) == 3
    assert (lines[1].startswith(f"{TOMORROW},"), ",A=1," in lines[1]) == (True, True)
    version = published_tariffs(instrument.id)[1]
    assert "600.00" in desk.get(f"{address}/{version.id}").text


def test_a_version_ends_early(desk: FlaskClient, owner: Actor) -> None:
    instrument = make_bookable_instrument(owner.organisation)
    version = published_tariffs(instrument.id)[0]
    address = f"/instruments/{instrument.id}/tariffs/{version.id}/end"
    assert desk.post(address, data={"last_day": "2020-05-05"}).status_code == 422
    for day in ("", "9999-12-31", "0001-01-01"):
        assert desk.post(address, data={"last_day": day}).status_code == 422
    assert desk.post(address, data={"last_day": str(TOMORROW)}).status_code == 302
    assert tariff_on(instrument.id, TOMORROW + timedelta(days=1)) is None


ADDRESSES = [
    ("GET", ""), ("GET", "/draft"), ("POST", "/draft"), ("POST", "/example"), ("GET", "/publish"), ("POST", "/publish"),
    ("POST", "/draft/discard"), ("GET", "/{tariff}"), ("POST", "/{tariff}/end"),
]  # fmt: skip
EXPECTED = {  # visitor, SME, stranger institution, technician, manager, finance, operator
    ("GET", ""): (302, 404, 404, 403, 200, 200, 200),
    ("GET", "/draft"): (302, 404, 404, 403, 200, 403, 403),
    ("POST", "/draft"): (302, 404, 404, 403, 422, 403, 403),
    ("POST", "/example"): (302, 404, 404, 403, 200, 403, 403),
    ("GET", "/publish"): (302, 404, 404, 403, 200, 200, 200),
    ("POST", "/publish"): (302, 404, 404, 403, 403, 302, 403),
    ("POST", "/draft/discard"): (302, 404, 404, 403, 302, 403, 403),
    ("GET", "/{tariff}"): (302, 404, 404, 403, 200, 200, 200),
    ("POST", "/{tariff}/end"): (302, 404, 404, 403, 403, 422, 403),
}


@pytest.mark.parametrize(("method", "address"), ADDRESSES)
def test_who_gets_in(client: FlaskClient, owner: Actor, method: str, address: str) -> None:
    instrument = make_bookable_instrument(owner.organisation)
    tariff = published_tariffs(instrument.id)[0]
    path = f"/instruments/{instrument.id}/tariffs{address.format(tariff=tariff.id)}"
    stranger = make_actor(make_organisation(OrganisationKind.INSTITUTION), Role.OWNER)
    members = [make_actor(owner.organisation, role) for role in (Role.TECHNICIAN, Role.MANAGER, Role.FINANCE)]
    actors = (None, make_actor(), stranger, *members, make_operator())
    for actor, status in zip(actors, EXPECTED[method, address], strict=True):
        if draft_of(instrument.id) is None:
            draft_tariff(owner, instrument, Terms.from_json(TERMS))
        visitor = client.application.test_client()
        if actor:
            sign_in(visitor, actor)
        data = {"valid_from": str(TOMORROW)} if address == "/publish" else {}
        assert visitor.open(path, method=method, data=data).status_code == status, actor


def test_a_version_of_another_instrument_is_not_shown(desk: FlaskClient, owner: Actor, instrument: Instrument) -> None:
    other = published_tariffs(make_bookable_instrument(owner.organisation).id)[0]
    assert desk.get(f"/instruments/{instrument.id}/tariffs/{other.id}").status_code == 404


def test_the_public_page_marks_the_column_of_the_reader(client: FlaskClient, owner: Actor) -> None:
    instrument = make_bookable_instrument(owner.organisation)
    assert "prices" in panels_at("tab")
    context: dict[str, Any] = prices_panel(make_actor(), instrument, {})
    with client.application.test_request_context(), force_locale("en"):
        page = render("equipment/tariffs/panel.html", **prices_panel(make_actor(), instrument, {}))
    assert context["prices_table"].mine == 2
    assert re.search(r'<th scope="col" class="num mine ?">Enterprises \(yours\)', page)
    assert "included" in page
    assert "Time is rounded up to 0.5\u00a0h." in page


def test_the_form_of_any_terms_reads_back_as_these_terms(client: FlaskClient) -> None:
    terms = Terms.from_json(TERMS)
    with client.application.test_request_context(method="POST", data=typed()):
        form = TariffForm(data=values_of(terms))
        assert form.validate()
        assert form.terms == terms
