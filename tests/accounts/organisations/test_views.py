"""Organisations over HTTP: registering, the live check, describing, the bank account, acting for one at a time."""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.accounts.models import Actor, Membership, Organisation, OrganisationKind, Role, User, Verification
from app.core.audit import AuditEntry
from app.core.db import session
from tests.accounts.factories import make_actor, make_operator, make_organisation, make_person, sign_in

CODE = "91110108551385082Q"
ENTRIES = {"code": CODE, "name": "小米科技", "phone": "010-6060 6666", "kind": "enterprise"}


@pytest.fixture
def newcomer(client: FlaskClient) -> User:
    """Signed in, without an organisation."""
    user = make_person()
    sign_in(client, Actor(user=user))
    return user


def organisation_with(code: str) -> Organisation | None:
    return session.scalars(select(Organisation).where(Organisation.code == code)).one_or_none()


def test_registering_makes_an_owner_who_acts_for_it_and_waits_for_verification(
    client: FlaskClient, newcomer: User
) -> None:
    answer = client.post("/organisations/new", data=ENTRIES)
    organisation = organisation_with(CODE)
    assert organisation is not None
    assert answer.headers["Location"] == f"/organisations/{organisation.id}"
    assert organisation.region == "110108"
    assert organisation.verification is Verification.WAITING
    membership = session.scalars(select(Membership).where(Membership.user_id == newcomer.id)).one()
    assert membership.roles == ["owner"]
    assert client.get(f"/organisations/{organisation.id}").status_code == 200


def test_a_page_asked_for_is_reached_after_registering(client: FlaskClient, newcomer: User) -> None:
    assert (
        client.post("/organisations/new", data={**ENTRIES, "next": "/instruments"}).headers["Location"]
        == "/instruments"
    )
    assert client.post("/organisations/new", data={**ENTRIES, "next": "//evil.example"}).status_code == 422


def test_a_known_code_leads_to_asking_to_join(client: FlaskClient, newcomer: User) -> None:
    known = make_organisation(code=CODE)
    answer = client.post("/organisations/new", data=ENTRIES)
    assert answer.status_code == 422
    assert f"/organisations/join?code={CODE}" in answer.text
    assert known.name not in answer.text


def test_all_that_needs_changing_is_said_at_once(client: FlaskClient, newcomer: User) -> None:
    wrong = {**ENTRIES, "code": "91110108551385082R", "name": ""}
    page = client.post("/organisations/new", data=wrong, headers={"Accept-Language": "en"}).text
    assert "2 things need changing" in page
    assert "The check character does not match" in page
    assert "Enter the name as it stands on the licence." in page


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("code", "91110108551385082R"),
        ("code", ""),
        ("name", ""),
        ("name", "a\0b"),
        ("phone", "x"),
        ("kind", "operator"),
    ],
)
def test_a_wrong_entry_is_refused_and_the_rest_is_kept(
    client: FlaskClient, newcomer: User, field: str, value: str
) -> None:
    answer = client.post("/organisations/new", data={**ENTRIES, field: value})
    assert answer.status_code == 422
    assert organisation_with(CODE) is None
    assert (ENTRIES["phone"] if field != "phone" else CODE) in answer.text


@pytest.mark.parametrize(
    ("typed", "answer"),
    [
        (CODE, "note-ok"),
        ("9111 0108 5513 85082q", "note-ok"),
        ("91110108551385082R", "note-danger"),
        ("9111", "note-danger"),
        ("<script>", "note-danger"),
    ],
)
def test_the_code_is_checked_while_it_is_typed(client: FlaskClient, newcomer: User, typed: str, answer: str) -> None:
    page = client.post("/organisations/check", data={"code": typed})
    assert page.status_code == 200
    assert answer in page.text
    assert "<script>" not in page.text


def test_the_live_check_says_that_a_code_is_known_but_not_whose_it_is(client: FlaskClient, newcomer: User) -> None:
    known = make_organisation(code=CODE)
    page = client.post("/organisations/check", data={"code": CODE}).text
    assert "/organisations/join" in page
    assert known.name not in page


def test_who_belongs_nowhere_is_offered_to_register_or_join(client: FlaskClient, newcomer: User) -> None:
    answer = client.get(f"/organisations/{make_organisation().id}")
    assert answer.status_code == 403
    assert "/organisations/new" in answer.text
    assert "/organisations/join" in answer.text


def test_strangers_see_and_change_nothing(client: FlaskClient) -> None:
    sign_in(client, make_actor())
    foreign = make_organisation().id
    for path in ("", "/edit", "/bank", "/members"):
        assert client.get(f"/organisations/{foreign}{path}").status_code == 404
    for path in ("/edit", "/bank", "/members"):
        assert client.post(f"/organisations/{foreign}{path}", data={"name": "x"}).status_code == 404


def test_a_member_who_is_no_owner_reads_but_does_not_change(client: FlaskClient) -> None:
    actor = make_actor(make_organisation(), Role.BOOKER)
    sign_in(client, actor)
    assert client.get(f"/organisations/{actor.organisation_id}").status_code == 200
    assert client.get(f"/organisations/{actor.organisation_id}/edit").status_code == 403
    assert client.get(f"/organisations/{actor.organisation_id}/bank").status_code == 403


def test_the_details_are_changed_but_not_a_verified_name(client: FlaskClient) -> None:
    actor = make_actor()
    sign_in(client, actor)
    organisation = actor.organisation
    assert organisation is not None
    data = {"name": organisation.name, "name_en": "Pine Ltd", "address": "长春", "phone": "0431-1234567"}
    assert client.post(f"/organisations/{organisation.id}/edit", data=data).status_code == 302
    assert organisation.name_en == "Pine Ltd"
    assert client.post(f"/organisations/{organisation.id}/edit", data={**data, "name": "Else"}).status_code == 422
    assert organisation.name != "Else"


def test_an_answer_to_a_question_goes_back_to_the_queue(client: FlaskClient) -> None:
    actor = make_actor(make_organisation(verification=Verification.ASKED, verification_note="licence"))
    sign_in(client, actor)
    organisation = actor.organisation
    assert organisation is not None
    data = {"name": "Right name", "name_en": "", "address": "", "phone": "0431-1234567"}
    client.post(f"/organisations/{organisation.id}/edit", data=data)
    assert (organisation.name, organisation.verification) == ("Right name", Verification.WAITING)


def test_the_account_number_is_shown_and_logged_by_its_last_digits_only(client: FlaskClient) -> None:
    actor = make_actor()
    sign_in(client, actor)
    organisation = actor.organisation
    assert organisation is not None
    path = f"/organisations/{organisation.id}"
    data = {"bank_account_name": organisation.name, "bank_name": "工商银行", "bank_account": "6222 0212 3456 7890"}
    assert client.post(f"{path}/bank", data=data).status_code == 302
    assert organisation.bank_account == "6222021234567890"
    for page in (client.get(path).text, client.get(f"{path}/bank").text):
        assert "6222021234567890" not in page
        assert "7890" in page
    logged = session.scalars(select(AuditEntry).where(AuditEntry.action == "organisation.bank_account")).one()
    assert "6222021234567890" not in str(logged.changes)
    assert client.post(f"{path}/bank", data={**data, "bank_account": ""}).status_code == 302
    assert organisation.bank_account == "6222021234567890"
    assert client.post(f"{path}/bank", data={**data, "bank_account": "12-34"}).status_code == 422


def test_one_acts_for_one_organisation_at_a_time_and_finds_it_again(client: FlaskClient, app: Flask) -> None:
    first = make_actor(user=make_person())
    second = make_actor(user=first.user)
    assert first.organisation is not None
    assert second.organisation is not None
    sign_in(client, first)
    assert client.get(f"/organisations/{second.organisation_id}").status_code == 404
    data = {"organisation": second.organisation.code, "next": "/organisations"}
    assert client.post("/organisations/switch", data=data).headers["Location"] == "/organisations"
    assert client.get(f"/organisations/{second.organisation_id}").status_code == 200
    elsewhere = app.test_client()
    assert first.user is not None
    elsewhere.post("/sign-in", data={"email": first.user.email, "password": "pine-stall-calendar-77"})
    assert elsewhere.get(f"/organisations/{second.organisation_id}").status_code == 200


def test_nobody_switches_to_an_organisation_that_is_not_theirs(client: FlaskClient) -> None:
    sign_in(client, make_actor())
    assert client.post("/organisations/switch", data={"organisation": make_organisation().code}).status_code == 404


def test_a_form_opened_for_another_organisation_is_not_carried_out(client: FlaskClient) -> None:
    first = make_actor()
    second = make_actor(user=first.user)
    assert first.organisation is not None
    assert second.organisation is not None
    sign_in(client, first)
    data = {"name": "X", "name_en": "", "address": "", "phone": "0431-1234567", "acting": second.organisation.code}
    answer = client.post(f"/organisations/{first.organisation_id}/edit", data=data, headers={"Accept-Language": "zh"})
    assert answer.status_code == 409
    assert f"本页属于{second.organisation.name}" in answer.text
    assert second.organisation.code in answer.text
    assert first.organisation.name_en == ""
    data["acting"] = first.organisation.code
    data["name"] = first.organisation.name
    assert client.post(f"/organisations/{first.organisation_id}/edit", data=data).status_code == 302


def test_the_name_of_an_organisation_that_is_not_mine_is_not_told_by_the_check(client: FlaskClient) -> None:
    foreign = make_organisation()
    sign_in(client, make_actor())
    answer = client.post("/account", data={"name": "Li", "acting": foreign.code})
    assert answer.status_code == 409
    assert foreign.name not in answer.text


def test_the_operator_reads_every_organisation_but_changes_none(client: FlaskClient) -> None:
    organisation = make_organisation()
    sign_in(client, make_operator())
    assert client.get(f"/organisations/{organisation.id}").status_code == 200
    assert client.post(f"/organisations/{organisation.id}/edit", data={"name": "x"}).status_code == 404


def test_nobody_registers_a_second_operator(client: FlaskClient, newcomer: User) -> None:
    client.post("/organisations/new", data={**ENTRIES, "kind": OrganisationKind.OPERATOR.value})
    assert organisation_with(CODE) is None


def test_a_page_of_another_of_my_organisations_offers_to_switch_and_comes_back(client: FlaskClient) -> None:
    first = make_actor()
    second = make_actor(user=first.user)
    assert second.organisation is not None
    sign_in(client, first)
    page = f"/organisations/{second.organisation_id}/edit?x=1"
    refused = client.get(page)
    assert refused.status_code == 404
    assert f'value="{second.organisation.code}"' in refused.text
    assert f'name="next" value="{page}"' in refused.text
    switched = client.post("/organisations/switch", data={"organisation": second.organisation.code, "next": page})
    assert switched.headers["Location"] == page
    assert client.get(page).status_code == 200
