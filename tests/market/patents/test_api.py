"""Patents for programs: what is public, how it is found, nothing else (issue 6, API)."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from flask.testing import FlaskClient

from app.accounts.models import OrganisationKind
from app.core.db import session
from app.market.patents.facts import InventorValues
from app.market.patents.models import LegalStatus, PatentKind
from tests.accounts.factories import make_organisation
from tests.market.patents.factories import make_patent

PUBLIC: dict[str, Any] = {"published_at": datetime(2026, 11, 1, tzinfo=UTC)}


def ask(client: FlaskClient, query: str = "") -> Any:
    answer = client.get(f"/api/v1/patents?{query}")
    assert answer.status_code == 200, answer.text
    return answer.get_json()


def numbers(client: FlaskClient, query: str) -> set[str]:
    return {item["number"] for item in ask(client, query)["items"]}


def test_only_published_patents_are_listed_and_shown(client: FlaskClient) -> None:
    public, private = make_patent(**PUBLIC), make_patent()
    assert numbers(client, "") == {public.shown_number}
    assert client.get(f"/api/v1/patents/{public.id}").status_code == 200
    hidden = client.get(f"/api/v1/patents/{private.id}")
    assert hidden.status_code == 404
    assert hidden.mimetype == "application/problem+json"


def test_patents_are_found_by_use_ipc_status_and_owner(client: FlaskClient) -> None:
    owner = make_organisation(OrganisationKind.INSTITUTION)
    battery = make_patent(owner, use_text="回收退役锂离子电池", ipc=["C22B7/00", "H01M10/54"], **PUBLIC)
    chair = make_patent(kind=PatentKind.DESIGN, locarno=["06-01"], annuity_paid_through=7, **PUBLIC)
    chair.legal_status = LegalStatus.LAPSED
    session.flush()
    for query in ("q=锂离子电池", "ipc=H01M", "ipc=h01m 10/54", "status=in_force", f"owner={owner.code}"):
        assert numbers(client, query) == {battery.shown_number}, query
    assert numbers(client, "status=lapsed") == {chair.shown_number}
    assert numbers(client, "ipc=H01%25") == set()


def test_the_detail_names_inventors_and_nothing_else_of_them(client: FlaskClient) -> None:
    patent = make_patent(
        inventors=[InventorValues("张三", 10_000, "化学系")],
        contact_phone="0431-1",
        contact_email="a@test.example",
        **PUBLIC,
    )
    answer = client.get(f"/api/v1/patents/{patent.id}")
    shown = answer.get_json()
    assert shown["inventors"] == ["张三"]
    assert shown["expires_on"] == "2040-03-10"
    for secret in ("化学系", "0431-1", "a@test.example", "share"):
        assert secret not in answer.get_data(as_text=True)


def test_pages_go_by_cursor(client: FlaskClient) -> None:
    made = {make_patent(**PUBLIC).shown_number for _ in range(5)}
    seen: list[str] = []
    cursor = ""
    while cursor is not None:
        page = ask(client, f"limit=2&cursor={cursor}" if cursor else "limit=2")
        seen += [item["number"] for item in page["items"]]
        cursor = page["next_cursor"]
    assert len(seen) == 5
    assert set(seen) == made


@pytest.mark.parametrize("query", ["status=nothing", "cursor=x", "limit=0", f"q={'x' * 201}"])
def test_wrong_questions_are_problems(client: FlaskClient, query: str) -> None:
    answer = client.get(f"/api/v1/patents?{query}")
    assert answer.status_code == 422
    assert answer.mimetype == "application/problem+json"


def test_the_days_are_those_of_the_register(client: FlaskClient) -> None:
    """专利法 art. 42; a term from 29 February ends on one, twenty years later."""
    make_patent(filed_on=date(2020, 2, 29), **PUBLIC)
    assert ask(client)["items"][0]["expires_on"] == "2040-02-29"
