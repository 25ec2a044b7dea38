"""Who sees which figures, what the pages cost, and the files."""

import io
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from python_calamine import CalamineWorkbook

from app.accounts.models import OrganisationKind, Role
from app.core.clock import today
from tests.accounts.factories import make_actor, make_operator, make_organisation, sign_in
from tests.equipment.factories import make_bookable_instrument
from tests.equipment.statistics.factories import make_use

Limit = Callable[[int], AbstractContextManager[list[str]]]
OWN, OPERATOR = ("/statistics", "/statistics/instruments"), ("/operator", "/operator/institutions")


def test_visitors_are_asked_to_sign_in(client: FlaskClient) -> None:
    for path in (*OWN, *OPERATOR):
        assert client.get(path).status_code in {302, 303}


def test_the_operator_s_pages_are_absent_for_others(client: FlaskClient) -> None:
    sign_in(client, make_actor(make_organisation(OrganisationKind.INSTITUTION)))
    for path in OPERATOR:
        assert client.get(path).status_code == 404


def test_an_enterprise_has_no_figures(client: FlaskClient) -> None:
    sign_in(client, make_actor())
    for path in (*OWN, *OPERATOR):
        assert client.get(path).status_code == 404


@pytest.mark.parametrize("role", [Role.OWNER, Role.VERIFIER, Role.SETTLEMENT, Role.AUDITOR])
def test_every_role_of_the_operator_sees_the_overview(client: FlaskClient, role: Role) -> None:
    sign_in(client, make_operator(role))
    for path in OPERATOR:
        assert client.get(path).status_code == 200
    assert client.get("/statistics").status_code == 404


def test_an_institution_sees_its_own_instruments_only(client: FlaskClient) -> None:
    mine, other = (make_organisation(OrganisationKind.INSTITUTION) for _number in range(2))
    own = make_bookable_instrument(mine, name="Own Spectrometer", name_zh="")
    foreign = make_bookable_instrument(other, name="Foreign Spectrometer", name_zh="")
    for instrument in (own, foreign):
        make_use(instrument, make_actor(), today() - timedelta(days=1))
    sign_in(client, make_actor(mine, Role.TECHNICIAN))
    for path in OWN:
        page = client.get(path).text
        assert "Own Spectrometer" in page
        assert "Foreign Spectrometer" not in page


def test_pages_stand_without_any_data(client: FlaskClient) -> None:
    sign_in(client, make_actor(make_organisation(OrganisationKind.INSTITUTION)))
    for query in ("", "?period=2026-11", "?period=2031", "?period=custom&first=2026-01-01&last=2026-01-02"):
        for path in OWN:
            assert client.get(path + query).status_code == 200


@pytest.mark.parametrize("query", ["period=2026-13", "period=custom&first=x", "period=%00", "page=x&sort=drop"])
def test_what_is_no_period_is_told_and_never_an_error_of_ours(client: FlaskClient, query: str) -> None:
    sign_in(client, make_operator())
    for path in OPERATOR:
        assert client.get(f"{path}?{query}").status_code in {200, 422}


def test_the_number_of_statements_does_not_grow(client: FlaskClient, max_queries: Limit) -> None:
    university = make_organisation(OrganisationKind.INSTITUTION)
    member, operator = make_actor(university), make_operator()
    for number in range(8):
        instrument = make_bookable_instrument(university if number % 2 else None)
        make_use(instrument, make_actor(), today() - timedelta(days=1 + number))
    for actor, paths, limit in ((member, OWN, 16), (operator, OPERATOR, 16)):
        sign_in(client, actor)
        for path in paths:
            client.get(path)
            with max_queries(limit):
                assert client.get(path).status_code == 200


def test_institutions_as_csv_and_as_a_workbook(client: FlaskClient) -> None:
    university = make_organisation(OrganisationKind.INSTITUTION, name="=松江大学")
    make_use(make_bookable_instrument(university), make_actor(), today() - timedelta(days=1), used=90)
    sign_in(client, make_operator())
    text = client.get("/operator/institutions?format=csv").text
    assert "'=松江大学,1," in text
    assert ",1.5,1.5,100.0," in text
    book = CalamineWorkbook.from_filelike(io.BytesIO(client.get("/operator/institutions?format=xlsx").data))
    rows = book.get_sheet_by_index(0).to_python()
    assert rows[3][0] == "=松江大学"
    assert rows[3][4] == pytest.approx(1.5)


def test_instruments_as_csv(client: FlaskClient) -> None:
    university = make_organisation(OrganisationKind.INSTITUTION)
    instrument = make_bookable_instrument(university, value_minor=12_345_600)
    make_use(instrument, make_actor(university), today() - timedelta(days=1), booked=120, used=90)
    sign_in(client, make_actor(university))
    lines = client.get("/statistics/instruments?format=csv").text.splitlines()
    assert lines[1].split(",")[0] == instrument.asset_no
    assert lines[1].split(",")[3:8] == ["123456.00", "2.0", "1.5", "0.0", "1"]
