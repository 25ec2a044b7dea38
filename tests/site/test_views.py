"""Home, desk, navigation and languages."""

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.accounts.models import SYSTEM, Actor, OrganisationKind, Role
from app.core.clock import DEFAULT_ZONE, bounds, day_period, now, period, today
from app.core.db import session
from app.core.money import Money
from app.equipment.reservations.booking import make_reservation
from app.settlement.payments.operations import Transfer, record_transfer
from app.settlement.statements.models import Bill
from app.settlement.statements.operations import close_month
from tests.accounts.factories import make_actor, make_operator, make_organisation, make_person, sign_in
from tests.equipment.factories import make_bookable_instrument, slot
from tests.settlement.factories import OCTOBER, make_charge, make_final_charge, make_institution

EN = {"Accept-Language": "en"}
Budget = Callable[[int], AbstractContextManager[list[str]]]


@pytest.fixture
def manager(transaction: None) -> Actor:
    return make_actor(make_organisation(OrganisationKind.INSTITUTION), Role.OWNER)


def test_home_greets_in_the_language_of_the_browser(client: FlaskClient) -> None:
    assert '<html lang="zh-CN">' in client.get("/").text
    assert '<html lang="en">' in client.get("/", headers=EN).text


def test_a_chosen_language_stays_and_leads_back(client: FlaskClient) -> None:
    answer = client.get("/language/en?next=/terms")
    assert answer.location == "/terms"
    assert '<html lang="en">' in client.get("/terms", headers={"Accept-Language": "zh"}).text


@pytest.mark.parametrize("target", ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:alert(1)"])
def test_choosing_a_language_never_leads_away(client: FlaskClient, target: str) -> None:
    assert client.get("/language/en", query_string={"next": target}).location == "/"


def test_an_unknown_language_is_not_there(client: FlaskClient) -> None:
    assert client.get("/language/tlh").status_code == 404


def test_home_needs_few_statements(client: FlaskClient, max_queries: Budget) -> None:
    make_bookable_instrument()
    with max_queries(7):
        assert client.get("/").status_code == 200


def test_a_visitor_is_asked_to_sign_in_at_the_desk(client: FlaskClient) -> None:
    assert client.get("/desk").location == "/sign-in?next=/desk"


def test_an_empty_desk_says_so(client: FlaskClient) -> None:
    sign_in(client, make_actor())
    assert "Nothing waits for you" in client.get("/desk", headers=EN).text


def test_a_use_over_midnight_counts_in_the_month_of_its_statement_alone(client: FlaskClient, manager: Actor) -> None:
    assert manager.organisation is not None
    first = today().replace(day=1)
    midnight = bounds(day_period(first, DEFAULT_ZONE))[0]
    over = period(midnight - timedelta(hours=1), midnight + timedelta(hours=1))
    make_charge(manager.organisation, make_organisation(), used_on=first, minutes=120, service_period=over)
    make_charge(
        manager.organisation, make_organisation(), used_on=first - timedelta(days=1), minutes=600, service_period=over
    )
    sign_in(client, manager)
    assert re.search(r"Hours this month.*?2\.0", client.get("/desk", headers=EN).text, re.S)


def test_a_request_waits_at_the_desk_of_the_institution(client: FlaskClient, manager: Actor) -> None:
    assert manager.organisation is not None
    instrument = make_bookable_instrument(manager.organisation, rules={"needs_approval": True})
    reservation = make_reservation(make_actor(), instrument.id, slot(), purpose="残留单体定性")
    sign_in(client, manager)
    page = client.get("/desk", headers=EN).text
    assert "残留单体定性" in page
    assert f"/bookings/{reservation.id}/approve" in page
    client.post(f"/bookings/{reservation.id}/approve")
    assert "残留单体定性" not in client.get("/desk", headers=EN).text


@pytest.mark.parametrize("role", [Role.TECHNICIAN, Role.FINANCE, Role.INVENTOR])
def test_a_request_does_not_wait_at_the_desk_of_who_cannot_answer(
    client: FlaskClient, manager: Actor, role: Role
) -> None:
    instrument = make_bookable_instrument(manager.organisation, rules={"needs_approval": True})
    make_reservation(make_actor(), instrument.id, slot(), purpose="残留单体定性")
    sign_in(client, make_actor(manager.organisation, role, user=make_person()))
    page = client.get("/desk", headers=EN).text
    assert "残留单体定性" not in page
    assert "Nothing waits for you" in page


@pytest.mark.parametrize(
    ("role", "reads"),
    [(Role.OWNER, True), (Role.FINANCE, True), (Role.BOOKER, False), (Role.TECHNICIAN, False), (Role.INVENTOR, False)],
)
@pytest.mark.parametrize("kind", [OrganisationKind.INSTITUTION, OrganisationKind.ENTERPRISE])
def test_money_of_the_month_is_for_who_reads_the_papers(
    client: FlaskClient, kind: OrganisationKind, role: Role, reads: bool
) -> None:
    sign_in(client, make_actor(make_organisation(kind), role))
    page = client.get("/desk", headers=EN).text
    assert "Hours this month" in page
    assert ("Receivable this month" in page or "Fees this month" in page) is reads


def test_late_things_come_first(client: FlaskClient, manager: Actor) -> None:
    assert manager.organisation is not None
    instrument = make_bookable_instrument(manager.organisation, rules={"needs_approval": True})
    for day, purpose in ((3, "later"), (4, "overdue")):
        reservation = make_reservation(make_actor(), instrument.id, slot(days=day), purpose=purpose)
        if purpose == "overdue":
            reservation.answer_due_at = now() - timedelta(hours=1)
    session.flush()
    sign_in(client, manager)
    page = client.get("/desk").text
    assert page.index("overdue") < page.index("later")


def test_the_desk_needs_few_statements(client: FlaskClient, manager: Actor, max_queries: Budget) -> None:
    assert manager.organisation is not None
    instrument = make_bookable_instrument(manager.organisation, rules={"needs_approval": True})
    for day in range(3, 9):
        make_reservation(make_actor(), instrument.id, slot(days=day), purpose="x")
    sign_in(client, manager)
    client.get("/desk")
    with max_queries(19):
        client.get("/desk")


def test_an_unpaid_bill_waits_at_the_desk_of_who_pays_until_it_is_sent(client: FlaskClient) -> None:
    payer = make_actor(None, Role.FINANCE)
    assert payer.organisation is not None
    make_final_charge(make_institution(), payer.organisation, 1_234_56)
    close_month(SYSTEM, OCTOBER)
    bill_id, number = session.execute(select(Bill.id, Bill.number).where(Bill.payer_id == payer.organisation_id)).one()
    sign_in(client, payer)
    page = client.get("/desk", headers=EN).text
    assert f'href="/bills/{bill_id}"' in page
    assert "¥1,234.56" in page
    sign_in(client, make_actor(payer.organisation, Role.BOOKER))
    assert number not in client.get("/desk", headers=EN).text
    sign_in(client, make_actor())
    assert number not in client.get("/desk", headers=EN).text
    sign_in(client, payer)
    client.post(f"/bills/{bill_id}/sent")
    assert number not in client.get("/desk", headers=EN).text


def test_money_waits_at_the_desk_of_who_settles(client: FlaskClient) -> None:
    settler = make_operator(Role.SETTLEMENT)
    transfer = Transfer("REF-1", today(), "云杉科技有限公司", "5678", Money(386_000), "检测费")
    line, _is_new = record_transfer(SYSTEM, transfer)
    sign_in(client, settler)
    page = client.get("/desk", headers=EN).text
    assert f'href="/settlement/bank/{line.id}"' in page
    assert "Assign the transfer of 云杉科技有限公司" in page
    sign_in(client, make_operator(Role.VERIFIER))
    assert "云杉科技有限公司" not in client.get("/desk", headers=EN).text


def test_everybody_sees_only_their_own_ways(client: FlaskClient, manager: Actor) -> None:
    sign_in(client, manager)
    page = client.get("/desk").text
    assert 'href="/requests"' in page
    assert 'href="/operator"' not in page
    sign_in(client, make_operator())
    page = client.get("/desk").text
    assert 'href="/operator"' in page
    assert 'href="/requests"' not in page


def test_the_component_sheet_is_there_in_development(client: FlaskClient) -> None:
    assert client.get("/design").status_code == 200


def test_terms_tell_the_numbers_in_force(client: FlaskClient) -> None:
    page = client.get("/terms", headers=EN).text
    assert "10 minutes" in page
    assert "2 working days" in page
