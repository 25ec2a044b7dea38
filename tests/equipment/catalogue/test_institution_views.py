"""An institution describes, completes, publishes and withdraws its instruments, one by one and many at once."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.accounts.models import Actor, OrganisationKind, Role
from app.core.clock import today
from app.core.db import session
from app.equipment.instruments.models import Instrument, InstrumentState
from app.equipment.schedule.queries import weekly_hours
from app.equipment.tariffs.queries import tariff_on
from tests.accounts.factories import make_actor, make_organisation, sign_in
from tests.equipment.factories import make_bookable_instrument, make_instrument

EN = {"Accept-Language": "en"}
DESCRIBED = {
    "name": "QE HFX Orbitrap 1 (2019)",
    "asset_no": "34297",
    "class_code": "0102",
    "site": "长春",
    "operation_mode": "both",
    "share_mode": "external",
    "zone": "Asia/Shanghai",
}


@pytest.fixture
def manager() -> Actor:
    return make_actor(make_organisation(OrganisationKind.INSTITUTION), Role.OWNER)


def only() -> Instrument:
    session.expire_all()
    return session.scalars(select(Instrument)).one()


def by_number(number: str) -> Instrument:
    session.expire_all()
    return session.scalars(select(Instrument).where(Instrument.asset_no == number)).one()


def test_describing_an_instrument_makes_a_draft_with_a_chinese_name(client: FlaskClient, manager: Actor) -> None:
    sign_in(client, manager)
    answer = client.post("/instruments/new", data=DESCRIBED | {"value": "678,100.5"}, headers=EN)
    assert answer.status_code == 302
    made = only()
    assert (made.state, made.owner_id) == (InstrumentState.DRAFT, manager.organisation_id)
    assert (made.name_zh, made.value_minor, made.region) == ("四极杆-轨道阱质谱仪", 67_810_050, "220100")
    page = client.get(answer.location, headers=EN).get_data(as_text=True)
    assert "Without hours nobody can book" in page


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"name": " "}, "This cannot be empty."),
        ({"asset_no": ""}, "This cannot be empty."),
        ({"value": "much"}, "Enter an amount such as"),
        ({"class_code": "9876"}, "Choose a class from the list."),
        ({"in_service_on": "2026-13-01"}, "Not a valid date"),
        ({"share_mode": "sometimes"}, "Not a valid choice"),
        ({"zone": "Mars/Olympus"}, "Choose a time zone from the list."),
        ({"name": "x" * 301}, "Field cannot be longer than 300 characters."),
        ({"name": "a\x00b"}, "Remove the invisible control characters."),
    ],
)
def test_what_cannot_be_stored_is_answered_at_its_field(
    client: FlaskClient, manager: Actor, change: dict[str, str], sentence: str
) -> None:
    sign_in(client, manager)
    answer = client.post("/instruments/new", data=DESCRIBED | change, headers=EN)
    assert answer.status_code == 422
    assert sentence in answer.get_data(as_text=True)
    assert session.scalars(select(Instrument)).all() == []


def test_an_asset_number_is_given_once(client: FlaskClient, manager: Actor) -> None:
    sign_in(client, manager)
    make_instrument(manager.organisation, asset_no="34297")
    answer = client.post("/instruments/new", data=DESCRIBED, headers=EN)
    assert answer.status_code == 422
    assert "The asset number 34297 is taken." in answer.get_data(as_text=True)


def test_markup_in_a_name_is_shown_as_text(client: FlaskClient, manager: Actor) -> None:
    sign_in(client, manager)
    client.post("/instruments/new", data=DESCRIBED | {"name": "<script>alert(1)</script>"}, headers=EN)
    page = client.get(f"/instruments/{only().id}", headers=EN).get_data(as_text=True)
    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;alert(1)" in page


def test_a_change_over_a_colleagues_change_is_refused(client: FlaskClient, manager: Actor) -> None:
    sign_in(client, manager)
    made = make_instrument(manager.organisation, asset_no="34297", revision=5)
    url = f"/instruments/{made.id}/describe"
    assert 'value="5"' in client.get(url, headers=EN).get_data(as_text=True)
    answer = client.post(url, data=DESCRIBED | {"revision": "4"}, headers=EN)
    assert answer.status_code == 422
    assert "A colleague has changed this instrument meanwhile" in answer.get_data(as_text=True)
    assert client.post(url, data=DESCRIBED | {"revision": "5"}, headers=EN).status_code == 302
    assert (only().name, only().revision) == (DESCRIBED["name"], 6)


def test_an_instrument_is_published_when_nothing_is_missing(client: FlaskClient, manager: Actor) -> None:
    sign_in(client, manager)
    bare = make_instrument(manager.organisation, state=InstrumentState.DRAFT, class_code="0102", site="长春")
    client.post(f"/instruments/{bare.id}/publish", headers=EN)
    assert "Set the opening hours first." in client.get(f"/instruments/{bare.id}/setup", headers=EN).get_data(
        as_text=True
    )
    assert by_number(bare.asset_no).state is InstrumentState.DRAFT
    ready = make_bookable_instrument(manager.organisation, state=InstrumentState.DRAFT, class_code="0102", site="长春")
    client.post(f"/instruments/{ready.id}/publish", headers=EN)
    assert by_number(ready.asset_no).state is InstrumentState.PUBLISHED
    client.post(f"/instruments/{ready.id}/withdraw", headers=EN)
    assert by_number(ready.asset_no).state is InstrumentState.WITHDRAWN


def test_a_copy_has_the_hours_and_prices_of_its_source(client: FlaskClient, manager: Actor) -> None:
    sign_in(client, manager)
    source = make_bookable_instrument(manager.organisation, asset_no="1", class_code="0102", building="化学楼")
    page = client.get(f"/instruments/new?like={source.id}", headers=EN).get_data(as_text=True)
    assert "化学楼" in page
    client.post(f"/instruments/new?like={source.id}", data=DESCRIBED, headers=EN)
    copied = by_number("34297")
    assert weekly_hours(copied.id) == weekly_hours(source.id)
    assert tariff_on(copied.id, today()) is not None


def test_hours_and_prices_go_to_many_and_many_are_published(client: FlaskClient, manager: Actor) -> None:
    sign_in(client, manager)
    source = make_bookable_instrument(manager.organisation, class_code="0102", site="长春")
    drafts = [
        make_instrument(manager.organisation, state=InstrumentState.DRAFT, class_code=code, site="长春")
        for code in ("0102", "0104", "")
    ]
    chosen = {"ids": [str(each.id) for each in drafts], "source": str(source.id)}
    client.post("/instruments/mine", data=chosen | {"act": "apply"}, headers=EN)
    page = client.get("/instruments/mine", headers=EN).get_data(as_text=True)
    assert "Hours and prices copied to 3." in page
    client.post("/instruments/mine", data=chosen | {"act": "publish"}, headers=EN)
    page = client.get("/instruments/mine", headers=EN).get_data(as_text=True)
    assert "2 instruments published. 1 lack something and stay drafts." in page
    assert [by_number(each.asset_no).state.value for each in drafts] == ["published", "published", "draft"]


def test_the_list_filters_by_state_and_what_is_missing_and_downloads(client: FlaskClient, manager: Actor) -> None:
    sign_in(client, manager)
    make_bookable_instrument(manager.organisation, name="Complete", class_code="0102")
    make_instrument(manager.organisation, name="Bare", state=InstrumentState.DRAFT)
    make_instrument(name="Foreign")
    page = client.get("/instruments/mine", headers=EN).get_data(as_text=True)
    assert "Complete" in page
    assert "Bare" in page
    assert "Foreign" not in page
    for show, kept in (("draft", "Bare"), ("incomplete", "Bare"), ("published", "Complete")):
        page = client.get(f"/instruments/mine?show={show}&format=csv", headers=EN).get_data().decode("utf-8-sig")
        assert [line.split(",")[1] for line in page.splitlines()[1:]] == [kept]


def test_an_empty_list_offers_the_import(client: FlaskClient, manager: Actor) -> None:
    sign_in(client, manager)
    assert "Importing a list is quickest." in client.get("/instruments/mine", headers=EN).get_data(as_text=True)


def test_strangers_customers_and_technicians_cannot_change_instruments(client: FlaskClient, manager: Actor) -> None:
    made = make_instrument(manager.organisation)
    paths = [f"/instruments/{made.id}/{verb}" for verb in ("publish", "withdraw", "describe")]
    assert client.post(paths[0]).status_code == 302
    stranger = make_actor(make_organisation(OrganisationKind.INSTITUTION), Role.OWNER)
    sign_in(client, stranger)
    assert [client.post(path).status_code for path in paths] == [404, 404, 404]
    assert client.get(f"/instruments/{made.id}/setup").status_code == 404
    client.post("/instruments/mine", data={"ids": [str(made.id)], "act": "withdraw"})
    assert by_number(made.asset_no).state is InstrumentState.PUBLISHED
    sign_in(client, make_actor(manager.organisation, Role.TECHNICIAN))
    assert [client.post(path).status_code for path in paths] == [403, 403, 403]
    assert client.get(f"/instruments/{made.id}/setup").status_code == 200
    sign_in(client, make_actor())
    assert client.get("/instruments/mine").status_code == 404
    assert client.post("/instruments/new", data=DESCRIBED).status_code == 404


def test_the_one_to_copy_is_found_by_any_of_its_marks_in_the_language_of_the_reader(
    client: FlaskClient, manager: Actor
) -> None:
    owner, other = manager.organisation, make_organisation(OrganisationKind.INSTITUTION)
    for number in range(8):
        make_instrument(
            owner,
            name="Confocal",
            name_zh="共聚焦显微镜",
            model=f"LSM 9{number}0",
            room=f"R{number}",
            asset_no=f"C-{number}",
        )
    make_instrument(other, name="Confocal", name_zh="共聚焦显微镜", model="LSM 980", asset_no="theirs")
    sign_in(client, manager)
    page = client.get("/instruments/new", headers={"Accept-Language": "zh-CN"}).get_data(as_text=True)
    assert page.count('class="way"') == 6
    assert "<b>共聚焦显微镜</b><span>LSM 970 · R7 · C-7</span>" in page
    for words in ("LSM 910", "c-1", "r1 confo", "共聚焦 910"):
        found = client.get("/instruments/new", query_string={"q": words}, headers=EN).get_data(as_text=True)
        assert found.count('class="way"') == 1, words
        assert "<b>Confocal</b><span>LSM 910 · R1 · C-1</span>" in found
    nothing = client.get("/instruments/new?q=100%25_", headers=EN).get_data(as_text=True)
    assert 'class="way"' not in nothing
    assert 'id="similar"' in nothing
