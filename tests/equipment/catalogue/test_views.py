"""The public catalogue: what is listed, filtered, counted and shown."""

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta

import time_machine
from flask.testing import FlaskClient
from sqlalchemy import update

from app.accounts.models import OrganisationKind
from app.core.db import session
from app.equipment.catalogue.models import InstrumentOffer
from app.equipment.catalogue.operations import refresh_offers
from app.equipment.instruments.models import InstrumentState
from app.equipment.instruments.search_words import index
from app.search.operations import put
from tests.accounts.factories import make_actor, make_organisation, sign_in
from tests.equipment.factories import make_bookable_instrument

EN = {"Accept-Language": "en"}


def listed(client: FlaskClient, query: str = "", **headers: str) -> str:
    answer = client.get(f"/instruments{query}", headers=EN | headers)
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def three_instruments() -> None:
    owner = make_organisation(OrganisationKind.INSTITUTION, name="北松大学", name_en="Beisong University")
    other = make_organisation(OrganisationKind.INSTITUTION, name="长白研究院", region="220300")
    made = [
        make_bookable_instrument(owner, name="QE HFX Orbitrap", name_zh="四极杆-轨道阱液质联用仪", class_code="0102"),
        make_bookable_instrument(
            owner, name="Raman microscope", name_zh="拉曼光谱仪", class_code="0104", rules={"needs_approval": True}
        ),
        make_bookable_instrument(
            other, name="NanoSIMS", name_zh="纳米二次离子质谱仪", class_code="0102", region="220300"
        ),
    ]
    for each in made:
        put(index, each)
    session.flush()
    refresh_offers([each.id for each in made])


def test_everybody_sees_published_instruments_with_price_and_next_free_time(client: FlaskClient) -> None:
    three_instruments()
    page = listed(client)
    assert "3 instruments" in page
    assert "QE HFX Orbitrap" in page
    assert "四极杆-轨道阱液质联用仪" in page
    assert ">500<" in page.replace('<span class="phone-only">¥</span>', "")
    assert "Today" in page


def test_drafts_and_withdrawn_instruments_are_not_listed(client: FlaskClient) -> None:
    for state in (InstrumentState.DRAFT, InstrumentState.WITHDRAWN):
        hidden = make_bookable_instrument(name=f"Hidden {state}", state=state)
        assert client.get(f"/instruments/{hidden.id}").status_code == 404
    assert "Hidden" not in listed(client)


def test_the_chinese_name_comes_first_in_chinese(client: FlaskClient) -> None:
    three_instruments()
    page = client.get("/instruments", headers={"Accept-Language": "zh-CN"}).get_data(as_text=True)
    assert '">四极杆-轨道阱液质联用仪</a>' in page


def test_words_find_by_either_name(client: FlaskClient) -> None:
    three_instruments()
    for words in ("orbitrap", "轨道阱", "質譜"):
        assert ("NanoSIMS" in listed(client, f"?q={words}")) == (words == "質譜")


def test_filters_narrow_the_list_and_show_as_chips(client: FlaskClient) -> None:
    three_instruments()
    assert "2 instruments" in listed(client, "?class=0102")
    assert "1 instrument<" in listed(client, "?class=0102&region=2203")
    assert "2 instruments" in listed(client, "?at_once=1")
    assert "3 instruments" in listed(client, "?when=today&for_me=1")
    assert "3 instruments" in listed(client, "?from=400&to=500")
    page = listed(client, "?class=0104&region=2203")
    assert "Without “Siping”: 1" in page


def test_without_a_hit_each_button_leads_to_something_else(client: FlaskClient) -> None:
    three_instruments()
    for query, buttons in (
        ("?q=xyzzy", {"All instruments"}),
        ("?class=0104&region=2203", {"Clear the filters"}),
        ("?q=raman&class=0102", {"Clear the filters", "All instruments"}),
    ):
        found = re.findall(r'<a class="button[^>]*>([^<]+)</a>', listed(client, query).partition("meets all these")[2])
        assert buttons == {each for each in found if each in {"All instruments", "Clear the filters"}}, query


def test_what_is_charged_by_the_sample_is_not_called_free_by_the_hour(client: FlaskClient) -> None:
    three_instruments()
    session.execute(update(InstrumentOffer).values(enterprise_minor=0))
    page = listed(client)
    assert page.count("Not by the hour") == 3


def test_counts_beside_a_filter_ignore_that_filter(client: FlaskClient) -> None:
    three_instruments()
    page = listed(client, "?class=0104")
    assert 'value="0102"' in page
    assert 'value="0104" checked' in page


def test_each_organisation_sees_its_own_price(client: FlaskClient) -> None:
    three_instruments()
    sign_in(client, make_actor(make_organisation(OrganisationKind.INSTITUTION)))
    assert ">350<" in listed(client).replace('<span class="phone-only">¥</span>', "")


def test_the_list_downloads_as_csv(client: FlaskClient) -> None:
    three_instruments()
    answer = client.get("/instruments?format=csv&class=0104", headers=EN)
    assert answer.mimetype == "text/csv"
    lines = answer.get_data().decode("utf-8-sig").splitlines()
    assert len(lines) == 2
    assert "Raman microscope" in lines[1]


def test_a_page_behind_the_last_is_the_last(client: FlaskClient) -> None:
    three_instruments()
    page = listed(client, "?page=9")
    assert "3 instruments" in page
    assert "1–3 of 3" in page
    assert "NanoSIMS" in page


def test_nonsense_in_the_address_is_ignored(client: FlaskClient) -> None:
    three_instruments()
    nonsense = "?q=%00&class=x&class=%27%3B--&region=99999&owner=%3Cscript%3E&mode=z&when=never"
    nonsense += "&from=abc&to=1e99&page=-3&sort=x"
    assert "3 instruments" in listed(client, nonsense)
    assert client.get("/instruments?page=99999999999999999999").status_code == 200


def test_a_list_page_with_its_counts_needs_one_statement_and_the_tenant(
    client: FlaskClient, max_queries: Callable[[int], AbstractContextManager[list[str]]]
) -> None:
    three_instruments()
    with max_queries(2):
        listed(client, "?q=质谱&class=0102&when=week")


def test_the_page_of_an_instrument_shows_its_week_and_prices(client: FlaskClient) -> None:
    instrument = make_bookable_instrument(name="QE HFX Orbitrap", class_code="0102", building="化学楼", room="317")
    answer = client.get(f"/instruments/{instrument.id}", headers=EN)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 200
    assert "化学楼 317" in page
    assert "Confirms at once" in page
    assert "500.00" in page
    assert client.get(f"/instruments/{instrument.id}?tab=description&week=2026-13-99", headers=EN).status_code == 200


def test_an_empty_catalogue_says_what_to_do(client: FlaskClient) -> None:
    assert "No instruments are published yet" in listed(client)


def test_a_line_drawn_before_is_drawn_anew_on_the_next_day_and_when_it_is_picked(client: FlaskClient) -> None:
    instrument = make_bookable_instrument(name="Gyrotron", name_zh="")
    refresh_offers([instrument.id])
    free = session.get_one(InstrumentOffer, instrument.id).next_free_at
    assert free is not None
    for days, name in ((1, "Tomorrow"), (0, "Today")):
        with time_machine.travel(free - timedelta(days=days, minutes=5), tick=False):
            assert f"<time>{name} " in listed(client)
    assert f'id="pick-{instrument.id}" name="pick" value="{instrument.id}" hx-get' in listed(client)
    assert f'value="{instrument.id}" checked' in listed(client, f"?pick={instrument.id}")
