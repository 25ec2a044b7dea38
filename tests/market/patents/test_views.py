"""The pages of a portfolio: list and file, pasted numbers, facts, people, annuities, encumbrances."""

import csv
import io
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
import time_machine
from flask.testing import FlaskClient
from sqlalchemy import select

from app.accounts.models import SYSTEM, Organisation, OrganisationKind, Role
from app.core.db import session
from app.core.tabular import read_table
from app.imports import operations
from app.imports.plans import Counts
from app.imports.reading import read_rows
from app.market.patents.kind import PATENTS
from app.market.patents.models import EncumbranceKind, Holder, Inventor, LegalStatus, Patent, PatentKind
from app.market.patents.operations import EncumbranceValues, add_encumbrance
from app.market.patents.reader import READER
from app.market.patents.showing import life_of
from tests.accounts.factories import make_actor, make_organisation, sign_in
from tests.market.patents.factories import make_patent, patent_number

ENGLISH = {"Accept-Language": "en"}


@pytest.fixture(autouse=True)
def still() -> Iterator[None]:
    with time_machine.travel(datetime(2026, 11, 30, 4, 0, tzinfo=UTC), tick=False):
        yield


@pytest.fixture
def owner(client: FlaskClient) -> Organisation:
    organisation = make_organisation(OrganisationKind.INSTITUTION, name="长江大学")
    sign_in(client, make_actor(organisation, Role.TRANSFER))
    return organisation


def numbers_on(page: str) -> set[str]:
    return set(re.findall(r"ZL[0-9.X]+", page))


def test_the_portfolio_is_filtered_by_state_annuity_and_words(client: FlaskClient, owner: Organisation) -> None:
    paid = make_patent(owner, use_text="回收退役锂离子电池")
    late = make_patent(owner, annuity_paid_through=6, filed_on=date(2020, 6, 10))
    soon = make_patent(owner, number=patent_number(year=2021), filed_on=date(2021, 1, 15), annuity_paid_through=6)
    bare = make_patent(owner, filed_on=None, granted_on=None, annuity_paid_through=0)
    others = make_patent(published_at=datetime(2026, 1, 1, tzinfo=UTC))
    found = {
        query: numbers_on(client.get(f"/our/patents?{query}", headers=ENGLISH).text)
        for query in (
            "",
            "annuity=late",
            "annuity=soon",
            "show=incomplete",
            "show=public",
            "q=锂离子电池",
            "status=pending",
        )
    }
    shown = {patent.number: patent.shown_number for patent in (paid, late, soon, bare)}
    assert found[""] == set(shown.values())
    assert others.shown_number not in found[""]
    assert found["annuity=late"] == {shown[late.number]}
    assert found["annuity=soon"] == {shown[soon.number]}
    assert found["show=incomplete"] == found["status=pending"] == {shown[bare.number]}
    assert found["show=public"] == set()
    assert found["q=锂离子电池"] == {shown[paid.number]}


def test_the_file_can_be_imported_again_and_changes_nothing(client: FlaskClient, owner: Organisation) -> None:
    make_patent(owner, use_text="=用途", ipc=["H01M10/54"], kind=PatentKind.INVENTION)
    make_patent(owner, kind=PatentKind.DESIGN, locarno=["06-01"], annuity_paid_through=7)
    answer = client.get("/our/patents?format=csv")
    rows = list(csv.reader(io.StringIO(answer.get_data(as_text=True).removeprefix("\ufeff"))))
    assert len(rows) == 3
    assert not any(cell.startswith("=") for row in rows for cell in row)
    session.execute(Patent.__table__.update().values(use_text=""))  # type: ignore[attr-defined]
    text = answer.get_data().replace("'=用途".encode(), b"")
    table = read_table(text, "our-patents.csv")
    assert operations.apply_import(PATENTS, SYSTEM, owner, read_rows(READER, table)) == Counts(unchanged=2)


def test_all_that_is_ready_is_published_at_once(client: FlaskClient, owner: Organisation) -> None:
    ready = [make_patent(owner).id for _ in range(3)]
    bare = make_patent(owner, filed_on=None, granted_on=None, annuity_paid_through=0).id
    page = client.get("/our/patents", headers=ENGLISH).text
    assert "Publish 3" in page
    client.post("/our/patents", data={"act": "all"})
    session.expire_all()
    assert all(session.get_one(Patent, one).is_published for one in ready)
    assert not session.get_one(Patent, bare).is_published
    told = client.post("/our/patents", data={"act": "publish", "ids": [bare]}, headers=ENGLISH, follow_redirects=True)
    assert "1 lack their days and stay private." in told.text


def test_pasted_numbers_become_a_preview(client: FlaskClient, owner: Organisation) -> None:
    text = "ZL201710601862.3 一种方法\nCN 97101765.4，一种装置\nZL201710601862.4\t错号\n"
    answer = client.post("/our/patents/new", data={"numbers": text}, headers=ENGLISH, follow_redirects=True)
    assert "Check digit should be 3, not 4" in answer.text
    path = answer.request.path
    client.post(path)
    kept = session.scalars(select(Patent).where(Patent.owner_id == owner.id).order_by(Patent.number)).all()
    assert [(one.number, one.title, one.is_published) for one in kept] == [
        ("201710601862.3", "一种方法", False),
        ("97101765.4", "一种装置", False),
    ]


def filled(patent: Patent, **changes: Any) -> dict[str, Any]:
    values: dict[str, Any] = {
        "revision": patent.revision, "number": patent.shown_number, "kind": patent.kind.value, "title": patent.title,
        "filed_on": patent.filed_on, "granted_on": patent.granted_on, "expires_on": patent.expires_on,
        "legal_status": patent.legal_status.value, "annuity_paid_through": patent.annuity_paid_through,
        "conclusion": "none",
    }  # fmt: skip
    return {name: str(value) for name, value in {**values, **changes}.items() if value is not None}


def test_facts_are_changed_and_the_expiry_follows(client: FlaskClient, owner: Organisation) -> None:
    patent = make_patent(owner)
    path, data = f"/our/patents/{patent.id}/facts", filled(patent, filed_on="2020-03-12", ipc="g06f 16/36, H01M10/54")
    assert client.get(path).status_code == 200
    assert client.post(path, data=data).status_code == 302
    session.expire_all()
    assert (patent.expires_on, patent.ipc) == (date(2040, 3, 12), ["G06F16/36", "H01M10/54"])
    again = client.post(path, data={**data, "title": "别的名称"}, headers=ENGLISH)
    assert again.status_code == 422
    assert "A colleague has changed this patent meanwhile" in again.text


def test_a_refused_fact_is_told_at_its_field(client: FlaskClient, owner: Organisation) -> None:
    patent = make_patent(owner)
    answer = client.post(
        f"/our/patents/{patent.id}/facts", data=filled(patent, expires_on="2041-01-01"), headers=ENGLISH
    )
    assert answer.status_code == 422
    assert "The term ends on 2040-03-10, not 2041-01-01" in answer.text
    assert 'href="#expires_on"' in answer.text


def test_people_are_edited_in_rows(client: FlaskClient, owner: Organisation) -> None:
    patent = make_patent(owner)
    path = f"/our/patents/{patent.id}/people"
    assert client.get(path).text.count('name="holder-name"') == 2
    sent: dict[str, Any] = {
        "revision": "1",
        "holder-name": ["长江大学", "某公司", ""], "holder-share": ["66.67", "33.33", ""],
        "holder-extra": ["", "", ""], "holder-email": ["", "co@test.example", ""],
        "inventor-name": ["张三"], "inventor-share": [""], "inventor-extra": ["化学系"],
    }  # fmt: skip
    wrong = client.post(path, data={**sent, "holder-share": ["66", "33", ""]}, headers=ENGLISH)
    assert "Total 99.00 %, must be 100.00 %." in wrong.text
    assert 'value="某公司"' in wrong.text
    assert client.post(path, data=sent).status_code == 302
    page = client.get(f"/our/patents/{patent.id}", headers=ENGLISH).text
    assert "某公司 · 33.33 %" in page
    assert "张三 · 化学系" in page


def test_a_row_more_keeps_what_was_typed_and_saves_nothing(client: FlaskClient, owner: Organisation) -> None:
    patent = make_patent(owner)
    identity, revision, owner_name = patent.id, patent.revision, owner.name
    path = f"/our/patents/{identity}/people"
    typed: dict[str, Any] = {
        "revision": str(revision), "holder-name": [owner_name, "某公司"], "holder-share": ["50", "12"],
        "holder-extra": ["", ""], "holder-email": ["", "co@test.example"], "inventor-name": ["张三"],
        "inventor-share": [""], "inventor-extra": [""],
    }  # fmt: skip
    for who, holders, inventors in (("holder", 3, 1), ("inventor", 2, 2)):
        answer = client.post(path, data={**typed, "more": who})
        assert answer.status_code == 200
        rows = [answer.text.count(f'name="{name}-name"') for name in ("holder", "inventor")]
        assert rows == [holders, inventors]
        assert 'value="co@test.example"' in answer.text
        assert answer.text.count("autofocus") == 1
    kept = select(Patent.revision, Holder.name).join(Holder).where(Patent.id == identity)
    assert session.execute(kept).all() == [(revision, owner_name)]


def test_an_inventor_is_linked_to_an_account_of_the_organisation(client: FlaskClient, owner: Organisation) -> None:
    patent, colleague, stranger = make_patent(owner), make_actor(owner, Role.INVENTOR), make_actor(None, Role.OWNER)
    path = f"/our/patents/{patent.id}/people"
    sent: dict[str, Any] = {
        "revision": "1", "holder-name": [owner.name], "holder-share": ["100"], "inventor-name": ["张三"],
        "inventor-share": [""], "inventor-extra": [""],
    }  # fmt: skip
    for wrong in (str(stranger.user_id), "nobody"):
        assert client.post(path, data={**sent, "inventor-account": [wrong]}).status_code == 422
    assert client.post(path, data={**sent, "inventor-account": [str(colleague.user_id)]}).status_code == 302
    linked = select(Inventor.user_id).where(Inventor.patent_id == patent.id)
    assert session.scalars(linked).one() == colleague.user_id
    assert f'<option value="{colleague.user_id}" selected' in client.get(path).text
    client.post(f"/our/patents/{patent.id}/facts", data=filled(patent, title="另一个名称"))
    assert session.scalars(linked).one() == colleague.user_id, "other changes leave the link"


def test_the_schedule_shows_full_and_late_sums_and_takes_payments(client: FlaskClient, owner: Organisation) -> None:
    """专利法实施细则 rules 114 and 115: full sum on the due day, 5 % of it for each month past it."""
    patent = make_patent(owner, annuity_paid_through=6, filed_on=date(2020, 9, 10))
    path = f"/our/patents/{patent.id}"
    page = client.get(path, headers=ENGLISH).text
    assert "Annuity unpaid: ¥2,200.00 today." in page  # two months are exceeded
    assert "until 2026-10-10: ¥2,000.00" in page
    assert "until 2026-11-10: ¥2,100.00" in page
    told = client.post(f"{path}/annuities/7", data={"paid_on": "2026-10-12"}, headers=ENGLISH, follow_redirects=True)
    assert "Year 7 is paid: ¥2,100.00." in told.text
    assert "Annuity unpaid" not in told.text
    told = client.post(f"{path}/annuities/9", data={"paid_on": "2026-10-09"}, headers=ENGLISH, follow_redirects=True)
    assert "Year 8 is next." in told.text
    told = client.post(f"{path}/annuities/8", data={"paid_on": "x"}, headers=ENGLISH, follow_redirects=True)
    assert patent.annuity_paid_through == 7


def test_an_encumbrance_is_added_and_ended(client: FlaskClient, owner: Organisation) -> None:
    patent = make_patent(owner)
    path = f"/our/patents/{patent.id}"
    sent = {"kind": "pledge", "holder": "某银行", "starts_on": "2026-01-01", "ends_on": "2025-01-01"}
    assert client.post(f"{path}/encumbrances", data=sent, headers=ENGLISH).status_code == 422
    assert client.post(f"{path}/encumbrances", data={**sent, "ends_on": ""}).status_code == 302
    session.expire_all()
    page = client.get(path, headers=ENGLISH).text
    assert "Pledge · 某银行" in page
    identity = re.search(r"/our/patents/encumbrances/([0-9a-f-]+)/end", page)
    assert identity
    client.post(f"/our/patents/encumbrances/{identity[1]}/end", data={"ended_on": "2026-11-30"})
    assert "/end" not in client.get(path, headers=ENGLISH).text


def test_others_cannot_end_an_encumbrance(client: FlaskClient) -> None:
    values = EncumbranceValues(EncumbranceKind.PLEDGE, "某银行", date(2026, 1, 1))
    one = add_encumbrance(SYSTEM, make_patent(), values)
    sign_in(client, make_actor(make_organisation(OrganisationKind.INSTITUTION), Role.OWNER))
    answer = client.post(f"/our/patents/encumbrances/{one.id}/end", data={"ended_on": "2026-11-30"})
    assert answer.status_code == 404


def test_the_life_strip_says_in_words_what_it_draws(owner: Organisation) -> None:
    """face §5 “Life strip”: paid filled, due dotted, the bracket is the licence's term."""
    patent = make_patent(owner, annuity_paid_through=6, filed_on=date(2020, 9, 10))
    cells = life_of(patent, date(2026, 11, 30), (date(2027, 9, 10), date(2029, 9, 10)))
    assert [cell.state for cell in cells] == ["paid"] * 6 + ["late"] + ["due"] * 13
    assert [cell.year for cell in cells if cell.in_licence] == [8, 9]
    assert [cell.year for cell in cells if cell.is_now] == [7]
    bare = make_patent(owner, filed_on=None, granted_on=None, annuity_paid_through=0)
    assert life_of(bare, date(2026, 11, 30)) == []


@pytest.mark.parametrize("locale", ["en", "zh"])
@pytest.mark.parametrize("status", list(LegalStatus))
def test_a_patent_of_any_status_has_a_page(
    client: FlaskClient, owner: Organisation, status: LegalStatus, locale: str
) -> None:
    patent = make_patent(owner)
    patent.legal_status = status
    session.flush()
    assert client.get(f"/our/patents/{patent.id}", headers={"Accept-Language": locale}).status_code == 200
    assert client.get("/our/patents", headers={"Accept-Language": locale}).status_code == 200
