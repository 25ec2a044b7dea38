"""Referrals in the browser: what is offered, asking, both sides, the operator."""

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.accounts.models import Role
from app.core.clock import today
from app.core.db import session
from app.market.patents.models import Encumbrance
from app.market.referrals.models import Partner, Referral, ReferralState
from tests.accounts.factories import make_operator, make_organisation, sign_in
from tests.market.referrals.factories import PLEDGE, SEARCH, Case, make_case

S = ReferralState


@pytest.fixture
def case() -> Case:
    return make_case(title="一种可以质押的胶", title_en="")


def test_visitors_read_what_is_offered_and_by_whom(case: Case, client: FlaskClient) -> None:
    page = client.get("/ip-services").text
    assert page.count(case.partner.organisation.name) == 5
    case.partner.is_listed = False
    session.flush()
    assert case.partner.organisation.name not in client.get("/ip-services").text


def test_a_patentee_asks_for_a_loan_and_nothing_is_ticked_beforehand(case: Case, client: FlaskClient) -> None:
    sign_in(client, case.applicant)
    path = f"/ip-services/ask?kind=pledge&partner={case.partner.id}&patent={case.patent.shown_number}"
    page = client.get(path).text
    assert case.patent.shown_number in page
    assert "checked" not in page
    form = {
        "partner": str(case.partner.id),
        "patent": case.patent.shown_number,
        "wish": "扩大生产",
        "amount": "3000000",
    }
    refused = client.post(path, data={**form, "parts": "contact"})
    assert refused.status_code == 422
    sent = client.post(path, data={**form, "parts": ["patent", "contact"]})
    referral = session.scalars(select(Referral)).one()
    assert sent.headers["Location"].endswith(f"/referrals/{referral.id}")
    assert (referral.state, referral.asked_minor) == (S.PASSED, 300_000_000)


@pytest.mark.parametrize("number", ["", "ZL201710601862.4", "ZL201710601862.3", "x"])
def test_a_patent_that_is_not_ones_own_is_not_pledged(case: Case, client: FlaskClient, number: str) -> None:
    sign_in(client, case.applicant)
    answer = client.post("/ip-services/ask?kind=pledge", data={"patent": number, "wish": "x", "parts": "patent"})
    assert answer.status_code == 422
    assert session.scalars(select(Referral)).first() is None


def test_from_question_to_pledge(case: Case, client: FlaskClient) -> None:
    referral = case.ask(chosen=False, parts=("patent",))
    path = f"/referrals/{referral.id}"
    sign_in(client, case.operator)
    assert client.post(f"{path}/pass", data={"pass-partner": ""}).status_code == 422
    client.post(f"{path}/pass", data={"pass-partner": str(case.partner.id)})
    sign_in(client, case.banker)
    page = client.get(path).text
    assert case.patent.shown_number in page
    assert case.applicant.user is not None
    assert case.applicant.user.email not in page  # not ticked
    client.post(f"{path}/talk", data={"talk-note": "周三见"})
    assert client.post(f"{path}/agree", data={"agreed-amount": "2500000"}).status_code == 422
    client.post(f"{path}/agree", data={"agreed-amount": "2500000", "agreed-months": "24"})
    sign_in(client, case.applicant)
    assert "周三见" in client.get(path).text
    data = {"pledge-reference": "Y1", "pledge-starts_on": today().isoformat(), "pledge-email": "b@bank.example"}
    client.post(f"{path}/pledge", data=data)
    pledge = session.scalars(select(Encumbrance)).one()
    assert (pledge.reference, pledge.holder) == ("Y1", case.partner.organisation.name)
    assert client.get(path).status_code == 200


def test_what_came_to_nothing_is_not_shown_to_the_partner_any_more(case: Case, client: FlaskClient) -> None:
    referral = case.ask(text="只给银行看的话")
    path = f"/referrals/{referral.id}"
    sign_in(client, case.banker)
    before = client.get(path).text
    assert "只给银行看的话" in before
    client.post(f"{path}/decline", data={"decline-reason": "期限太长"})
    after = client.get(path).text
    assert "只给银行看的话" not in after
    assert case.patent.shown_number not in after + client.get("/referrals?format=csv").text
    sign_in(client, case.applicant)
    own = client.get(path).text
    assert "只给银行看的话" in own
    assert "期限太长" in own


def test_a_deed_that_comes_too_late_is_told_on_the_page(case: Case, client: FlaskClient) -> None:
    referral = case.talking()
    sign_in(client, case.banker)
    answer = client.post(f"/referrals/{referral.id}/talk", follow_redirects=True)
    assert answer.status_code == 200
    assert "Somebody was faster" in answer.text


def test_lists_and_budgets(
    case: Case, client: FlaskClient, max_queries: Callable[[int], AbstractContextManager[list[str]]]
) -> None:
    numbers = [case.ask().number, case.ask(kind=SEARCH, asked_minor=None).number]
    for actor in (case.applicant, case.banker, case.operator):
        sign_in(client, actor)
        with max_queries(10):
            page = client.get("/referrals").text
        assert all(number in page for number in numbers)
        assert numbers[0] not in client.get("/referrals?state=lapsed").text
        assert numbers[0] in client.get("/referrals?format=csv").text
        with max_queries(12):
            client.get(f"/referrals/{session.scalars(select(Referral.id)).first()}")


def test_the_operator_keeps_the_list_of_partners(case: Case, client: FlaskClient) -> None:
    sign_in(client, make_operator(Role.VERIFIER))
    other = make_organisation(name="吉商银行")
    assert client.post("/operator/partners/new", data={"code": "0" * 18, "kinds": "pledge"}).status_code == 422
    made = client.post(
        "/operator/partners/new", data={"code": other.code, "kinds": "pledge", "regions": "22, 2201", "is_listed": "y"}
    )
    assert made.status_code == 302
    partner = session.scalars(select(Partner).where(Partner.organisation_id == other.id)).one()
    assert (partner.kinds, partner.regions) == ([PLEDGE.value], ["22", "2201"])
    path = f"/operator/partners/{partner.id}"
    assert client.post(path, data={"kinds": "pledge", "regions": "吉林"}).status_code == 422
    assert client.post(path, data={"kinds": ["search", "watch"]}).status_code == 302
    session.expire_all()
    assert (partner.kinds, partner.is_listed) == (["search", "watch"], False)
    assert "吉商银行" in client.get("/operator/partners?q=吉商").text
    assert "吉商银行" in client.get("/operator/partners?format=csv").text
