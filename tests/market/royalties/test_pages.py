"""Pages, papers and API of royalties."""

import io
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date
from typing import Any

import pytest
import time_machine
from flask.testing import FlaskClient
from pypdf import PdfReader
from sqlalchemy import select

from app.accounts.models import SYSTEM, Actor, Role
from app.accounts.tokens.operations import create_token
from app.core.db import session
from app.market.royalties.models import IncomeShare, PeriodState, RoyaltyPeriod, RoyaltyQuestion, RoyaltyReport
from app.market.royalties.operations import make_due
from app.market.royalties.reporting import report_royalty
from app.market.royalties.sharing import share_income
from app.settlement.statements.operations import close_month
from tests.accounts.factories import make_actor, sign_in
from tests.market.royalties.conftest import World
from tests.market.royalties.test_operations import SOLD

QUERIES = 16
Limit = Callable[[int], AbstractContextManager[list[str]]]
ENGLISH = {"Accept-Language": "en"}
PDF = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\n%%EOF\n"
TYPED = {"name": ["光学胶", "", ""], "units": ["120", "", ""], "gross": ["500,000", "", ""],
         "deductions": ["20000.00", "", ""]}  # fmt: skip


def page(client: FlaskClient, actor: Actor, path: str) -> str:
    sign_in(client, actor)
    return client.get(path, headers=ENGLISH).get_data(as_text=True)


def send(client: FlaskClient, actor: Actor, path: str, **form: Any) -> Any:
    sign_in(client, actor)
    return client.post(path, data=form, headers=ENGLISH)


@pytest.fixture(autouse=True)
def english() -> None:
    """Every request names its language here."""


@pytest.fixture
def first(world: World) -> str:
    """The address of the period that is over."""
    make_due()
    session.commit()
    return f"/royalties/{world.periods[0].id}"


def test_the_list_has_both_sides_filters_and_a_file(
    client: FlaskClient, world: World, first: str, max_queries: Limit
) -> None:
    sign_in(client, world.payer)
    with max_queries(10):
        text = client.get("/royalties", headers=ENGLISH).get_data(as_text=True)
    assert f"{world.licence.number}-01" in text
    assert "Report due" in text
    assert f"{world.licence.number}-01" not in page(client, world.payer, "/royalties?side=licensor")
    assert f"{world.licence.number}-02" not in page(client, world.payer, "/royalties?state=due")
    file = page(client, world.officer, "/royalties?side=licensor&format=csv")
    assert file.count("\n") == 4


def test_the_form_counts_live_and_its_button_says_the_sum(
    client: FlaskClient, world: World, first: str, max_queries: Limit
) -> None:
    sign_in(client, world.payer)
    with max_queries(QUERIES):
        assert "Report and get bill ¥1,000.00" in client.get(first, headers=ENGLISH).get_data(as_text=True)
    answer = send(client, world.payer, f"{first}/quote", **TYPED)
    assert "Report and get bill ¥24,000.00" in answer.get_data(as_text=True)
    wrong = send(client, world.payer, f"{first}/quote", **{**TYPED, "gross": ["much", "", ""]})
    assert "Row 1: write amounts like" in wrong.get_data(as_text=True)


def test_a_report_is_sent_with_evidence_and_read_by_the_other_side(
    client: FlaskClient, world: World, first: str
) -> None:
    sent = send(client, world.payer, f"{first}/report", **TYPED, evidence=(io.BytesIO(PDF), "books.pdf"))
    assert sent.status_code == 302
    report = session.scalars(select(RoyaltyReport)).one()
    assert (report.due_minor, report.evidence_id is None) == (24_000_00, False)
    assert "24,000.00" in page(client, world.officer, first)
    assert client.get(f"/files/{report.evidence_id}", buffered=True).status_code == 200
    sign_in(client, world.stranger)
    assert client.get(f"/files/{report.evidence_id}").status_code in {403, 404}


def test_nothing_is_reported_by_an_empty_form_but_by_no_sales(client: FlaskClient, world: World, first: str) -> None:
    empty = send(client, world.payer, f"{first}/report", name=[""], units=[""], gross=[""], deductions=[""])
    assert empty.status_code == 422
    assert "report no sales" in empty.get_data(as_text=True)
    assert send(client, world.payer, f"{first}/report", no_sales="1").status_code == 302
    assert session.scalars(select(RoyaltyReport)).one().due_minor == 1_000_00


def test_ask_answer_inspect_close_through_the_pages(
    client: FlaskClient, world: World, first: str, clock: time_machine.Traveller
) -> None:
    send(client, world.payer, f"{first}/report", **TYPED)
    assert send(client, world.officer, f"{first}/ask", text=" ").status_code == 422
    assert send(client, world.officer, f"{first}/ask", text="Songjiang?", inspect="y").status_code == 302
    asked = session.scalars(select(RoyaltyQuestion)).one()
    path = f"/royalties/questions/{asked.id}"
    assert "Songjiang?" in page(client, world.payer, first)
    sent = send(client, world.payer, f"{path}/answer", answer="In line 2.", evidence=(io.BytesIO(PDF), "a.pdf"))
    assert sent.status_code == 302
    assert send(client, world.payer, f"{path}/inspection", day="2027-01-20").status_code == 302
    ahead = page(client, world.officer, first)
    assert "From the day of the inspection on" in ahead
    assert 'name="outcome"' not in ahead, "the books are not looked at yet"
    assert send(client, world.payer, f"{path}/inspection", day="2027-01-15").status_code == 302
    assert 'name="outcome"' in page(client, world.officer, first)
    assert send(client, world.officer, f"{path}/inspection", outcome="All there.").status_code == 302
    text = page(client, world.officer, first)
    assert "In line 2." in text
    assert "a.pdf" in text
    assert "All there." in text
    assert send(client, world.officer, f"{path}/close").status_code == 302
    assert session.get_one(RoyaltyPeriod, world.periods[0].id).state is PeriodState.BILLED


def test_the_statement_of_a_licence_as_pdf_and_xlsx(client: FlaskClient, world: World, first: str) -> None:
    send(client, world.payer, f"{first}/report", **TYPED)
    sign_in(client, world.officer)
    base = f"/royalties/licences/{world.licence.id}/statement"
    for language, words in (("en", "Royalties of licence"), ("zh-CN", "提成")):
        file = client.get(f"{base}.pdf", headers={"Accept-Language": language}).get_data()
        text = PdfReader(io.BytesIO(file)).pages[0].extract_text()
        assert words in text
        assert "24,000.00" in text
    assert client.get(f"{base}.xlsx").get_data().startswith(b"PK")


def test_shares_are_shown_to_the_office_and_each_inventor_alone(
    client: FlaskClient, world: World, first: str, max_queries: Limit
) -> None:
    inventor = make_actor(world.university, Role.INVENTOR)
    world.licence.terms = {**world.licence.terms, "inventors": [
        {"name": "何清源", "department": "化学学院", "share": 7000, "user_id": str(inventor.user_id)},
        {"name": "李未", "department": "物理学院", "share": 3000, "user_id": None},
    ]}  # fmt: skip
    session.flush()
    report_royalty(world.payer, world.periods[0], SOLD)
    close_month(SYSTEM, date(2027, 1, 1))
    share_income(date(2027, 1, 1))
    session.commit()
    share = session.scalars(select(IncomeShare)).one()
    path = f"/income/{world.licence.id}/2027-01"
    sign_in(client, world.accountant)
    with max_queries(10):
        assert str(world.licence.number) in client.get("/income", headers=ENGLISH).get_data(as_text=True)
    office, own = page(client, world.accountant, path), page(client, inventor, path)
    assert ("何清源" in office, "李未" in office, "北松大学" in office) == (True, True, True)
    assert ("何清源" in own, "李未" in own) == (True, False)
    assert f"{share.net_minor / 100:,.2f}" not in own
    file = page(client, inventor, "/income?format=csv")
    assert ("何清源" in file, "李未" in file) == (True, False)
    pdf = client.get(f"{path}/pdf", headers={"Accept-Language": "zh-CN"}).get_data()
    text = PdfReader(io.BytesIO(pdf)).pages[0].extract_text()
    assert ("何清源" in text, "李未" in text) == (True, False)
    assert client.get(f"{path}/xlsx").get_data().startswith(b"PK")
    sign_in(client, world.payer)
    assert client.get(path).status_code == 404


def test_programs_report_once_per_key_and_read_it_back(client: FlaskClient, world: World, first: str) -> None:
    token, _row = create_token(world.payer, world.maker, name="books")
    session.commit()
    path = f"/api/v1/licences/{world.licence.id}/royalty-reports"
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": "2027-01"}
    body = {"products": SOLD}
    one, two = (client.post(path, json=body, headers=headers) for _twice in range(2))
    assert (one.status_code, two.status_code) == (201, 201)
    assert one.get_json() == two.get_json()
    assert one.get_json()["royalty"] == {"amount": 24_000_00, "currency": "CNY"}
    assert one.get_json()["fee_note"].startswith("F-2027-")
    listed = client.get(path, headers=headers).get_json()["items"]
    assert [each["revision"] for each in listed] == [1]
    again = {"Authorization": f"Bearer {token}"}
    for wanted, sent in (
        (409, {"products": SOLD}),  # nothing is due any more
        (422, {"products": SOLD, "starts_on": "2026-01-16"}),
        (409, {"products": SOLD, "starts_on": "2027-01-15"}),  # runs still
        (422, {"products": [{"name": "x", "units": -1, "gross_minor": 1}]}),
        (422, {"products": [], "starts_on": "2026-01-15"}),  # a correction says why
    ):
        assert client.post(path, json=sent, headers=again).status_code == wanted


def test_the_licence_shows_its_periods_and_the_report_that_is_next(
    client: FlaskClient, world: World, first: str
) -> None:
    path = f"/licences/{world.periods[0].licence_id}"
    seen = page(client, world.payer, path)
    assert first in seen
    assert "Royalty report" in seen
    assert "Report due" in seen
    report_royalty(world.payer, world.periods[0], SOLD)
    session.commit()
    reported = page(client, world.officer, path)
    assert "opens on" in reported, "the next period has begun and cannot be reported yet"
