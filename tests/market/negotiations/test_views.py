"""Negotiations, contracts and registrations in the browser."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update

from app.core.clock import today
from app.core.db import session
from app.market.licences.models import LicenceKind
from app.market.negotiations.models import (
    Contract,
    ContractRegistration,
    Negotiation,
    NegotiationState,
    Offer,
    RegistrationState,
)
from app.market.negotiations.operations import counter_offer
from app.market.negotiations.queries import contract_with_all, negotiation_with_all
from app.market.negotiations.registering import start_registration
from app.market.negotiations.statistics import breakdown, totals
from app.market.open_licences.models import PriceForm
from tests.accounts.factories import PASSWORD, make_operator, sign_in
from tests.market.factories import make_open_licence
from tests.market.negotiations.factories import FREE, Case, mailed_code, make_case, settle

OFFER = {"use_text": "生产光学胶", "royalty_base": "net_sales", "period_months": "12"}


@pytest.fixture
def case() -> Case:
    return make_case()


def test_a_proposal_begins_with_the_open_terms(case: Case, client: FlaskClient) -> None:
    make_open_licence(case.patent)
    sign_in(client, case.asker)
    page = client.get(f"/patents/{case.patent.id}/negotiate").text
    assert "50000.00" in page
    assert page.count("disabled") >= 3  # exclusive, sole, transfer are greyed (M12)
    refused = client.post(
        f"/patents/{case.patent.id}/negotiate", data={**OFFER, "kind": "exclusive", "price_form": "free"}
    )
    assert refused.status_code == 422
    sent = client.post(
        f"/patents/{case.patent.id}/negotiate",
        data={**OFFER, "kind": "ordinary", "price_form": "upfront_royalty", "upfront_minor": "20,000", "rate": "2.5"},
    )
    negotiation = session.scalars(select(Negotiation)).one()
    assert sent.headers["Location"].endswith(f"/negotiations/{negotiation.id}")
    offer = session.scalars(select(Offer)).one()
    assert (offer.price_form, offer.upfront_minor, offer.rate) == (PriceForm.UPFRONT_ROYALTY, 2_000_000, 250)
    again = client.get(f"/patents/{case.patent.id}/negotiate")
    assert again.headers["Location"].endswith(f"/negotiations/{negotiation.id}")


def test_instalments_and_steps_are_written_line_by_line(case: Case, client: FlaskClient) -> None:
    sign_in(client, case.asker)
    path = f"/patents/{case.patent.id}/negotiate"
    form = {**OFFER, "kind": "ordinary", "price_form": "instalments", "instalments": "0: 30000\n6：10,000"}
    assert client.post(path, data={**form, "instalments": "30000 now"}).status_code == 422
    assert client.post(path, data=form).status_code == 302
    assert session.scalars(select(Offer.instalments)).one() == [
        {"months": 0, "minor": 3_000_000}, {"months": 6, "minor": 1_000_000},
    ]  # fmt: skip


def test_both_sides_see_the_same_table_with_changes_marked(case: Case, client: FlaskClient) -> None:
    negotiation = case.ask()
    counter_offer(case.owner, negotiation, FREE)
    sign_in(client, case.owner)
    theirs = client.get(f"/negotiations/{negotiation.id}").text
    sign_in(client, case.asker)
    ours = client.get(f"/negotiations/{negotiation.id}").text
    for page in (theirs, ours):
        assert page.count("badge-info") >= 1
        assert "¥80,000.00" in page
    assert 'id="counter"' in ours
    assert 'id="counter"' not in theirs
    answered = client.post(
        f"/negotiations/{negotiation.id}", data={**OFFER, "price_form": "lump_sum", "lump_minor": "70000"}
    )
    assert answered.status_code == 302
    assert negotiation_with_all(negotiation.id).rounds == 3


def test_agree_sign_and_read_the_paper(case: Case, client: FlaskClient) -> None:
    negotiation = case.ask(terms=FREE)
    sign_in(client, case.owner)
    client.post(f"/negotiations/{negotiation.id}/agree")
    contract = session.scalars(select(Contract)).one()
    path = f"/contracts/{contract.id}"
    page = client.get(path).text
    assert contract.sha256 in page
    wrong = client.post(f"{path}/code", data={"shown": contract.sha256, "password": "not-the-password"})
    assert wrong.status_code == 422
    for actor in (case.owner, case.asker):
        sign_in(client, actor)
        asked = client.post(f"{path}/code", data={"shown": contract.sha256, "password": PASSWORD})
        assert asked.status_code == 302
        code = mailed_code(actor)
        mistyped = f"{(int(code) + 1) % 10**6:06d}"
        refused = client.post(
            path, data={"shown": contract.sha256, "code": mistyped}, headers={"Accept-Language": "en"}
        )
        assert refused.status_code == 422
        assert "This is not the code" in refused.text
        assert client.post(path, data={"shown": contract.sha256, "code": code}).status_code == 302
    settle()
    assert negotiation_with_all(negotiation.id).state is NegotiationState.EFFECTIVE
    pdf = client.get(f"{path}/pdf")
    assert (pdf.mimetype, pdf.data[:5]) == ("application/pdf", b"%PDF-")


def test_the_eleventh_try_at_a_signature_waits(case: Case, client: FlaskClient) -> None:
    contract = case.agreed()
    sign_in(client, case.asker)
    data = {"shown": contract.sha256, "code": "000000"}
    answers = [client.post(f"/contracts/{contract.id}", data=data).status_code for _try in range(11)]
    assert answers == [422] * 10 + [429]


def test_a_changed_clause_is_signed_again(case: Case, client: FlaskClient) -> None:
    contract = case.agreed()
    case.sign(case.asker, contract)
    sign_in(client, case.owner)
    form = {**contract.fields, "other": "不得改进本专利"}
    assert client.post(f"/contracts/{contract.id}/edit", data=form).status_code == 302
    page = client.get(f"/contracts/{contract.id}").text
    assert "第2稿" in page
    assert "不得改进" in page
    assert contract_with_all(contract.id).signatures[0].voided_at is not None


def test_lists_and_budgets(
    case: Case, client: FlaskClient, max_queries: Callable[[int], AbstractContextManager[list[str]]]
) -> None:
    negotiation = case.ask()
    sign_in(client, case.asker)
    with max_queries(10):
        assert negotiation.number in client.get("/negotiations").text
    assert negotiation.number in client.get("/negotiations?format=csv").text
    assert negotiation.number not in client.get("/negotiations?state=declined").text
    with max_queries(16):
        client.get(f"/negotiations/{negotiation.id}")


def test_the_seller_registers_step_by_step(case: Case, client: FlaskClient) -> None:
    contract = case.signed()
    session.execute(update(Contract).values(signed_on=today() - timedelta(days=9)))
    sign_in(client, case.owner)
    began = client.post(f"/contracts/{contract.id}/register")
    registration = session.scalars(select(ContractRegistration)).one()
    path = f"/contract-registrations/{registration.id}"
    assert began.headers["Location"].endswith(path)
    client.post(path, data={"total_minor": "80000", "equipment_minor": "5000"})
    for state in ("submitted", "accepted"):
        client.post(f"{path}/step", data={"state": state, "day": today().isoformat()})
    session.expire_all()
    assert (registration.technical_minor, registration.state) == (7_500_000, RegistrationState.ACCEPTED)
    assert client.post(f"{path}/step", data={"state": "registered", "day": today().isoformat()}).status_code == 422
    assert contract.number in client.get("/contract-registrations?format=csv").text


def test_figures_by_kind_field_region_and_flow(client: FlaskClient) -> None:
    for region, total in (("220100", 100), ("110000", 300)):
        case = make_case()
        assert case.asker.organisation is not None
        case.asker.organisation.region = region
        contract = contract_with_all(case.signed(LicenceKind.SOLE).id)
        registration = start_registration(case.owner, contract)
        registration.state, registration.registration_no = RegistrationState.REGISTERED, "1"
        registration.registered_on, registration.total_minor = today(), total
        registration.technical_minor = total
    session.flush()
    assert [(one.key, one.count, one.total_minor) for one in breakdown("kind", today().year)] == [("sole", 2, 400)]
    assert [(one.key, one.count) for one in breakdown("field", today().year)] == [("C39", 2)]
    assert [(one.key, one.technical_minor) for one in breakdown("flow", today().year)] == [
        ("out", 300),
        ("inside", 100),
    ]
    assert [one.key for one in breakdown("buyer", today().year)] == ["11", "22"]
    assert totals(breakdown("seller", today().year)).count == 2
    assert breakdown("kind", 2020) == []
    sign_in(client, make_operator())
    for by in ("kind", "field", "seller", "buyer", "flow"):
        assert client.get(f"/contract-registrations/statistics?by={by}").status_code == 200
    assert ",2,4.00,4.00" in client.get("/contract-registrations/statistics?format=csv&by=kind").text
