"""Sign-up, new passwords and the profile over HTTP."""

import re
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.accounts.models import SignInSession, User
from app.accounts.people.queries import user_by_email
from app.core.audit import AuditEntry
from app.core.db import session
from app.core.events import relay
from app.notifications.models import Mail
from tests.accounts.factories import PASSWORD, make_actor, make_person, sign_in

NOON = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)
NEW = "another pine in the yard"


def last_mail(recipient: str) -> Mail:
    found = session.scalars(select(Mail).where(Mail.recipient == recipient).order_by(Mail.id.desc())).first()
    assert found is not None
    return found


def code_for(recipient: str) -> str:
    found = re.search(r"(?<!\d)\d{6}(?!\d)", last_mail(recipient).body)
    assert found is not None
    return found[0]


def begin(client: FlaskClient, email: str = "new@corp.example", **more: str) -> int:
    data = {"email": email, "name": "Li Hua", "password": NEW, **more}
    return client.post("/sign-up", data=data).status_code


def test_a_code_from_the_mail_makes_the_account_and_leads_to_the_organisation(client: FlaskClient) -> None:
    assert begin(client) == 302
    assert user_by_email("new@corp.example") is None
    assert "new@corp.example" in client.get("/sign-up").text
    answer = client.post("/sign-up/code", data={"code": code_for("new@corp.example")})
    assert answer.headers["Location"] == "/organisations/needed"
    user = user_by_email("NEW@corp.example")
    assert user is not None
    assert user.is_confirmed
    assert client.get("/account").status_code == 200
    actions = session.scalars(select(AuditEntry.action).where(AuditEntry.user_id == user.id)).all()
    assert "user.register" in actions


def test_the_way_back_is_kept_through_the_sign_up(client: FlaskClient) -> None:
    begin(client, next="/instruments/7?week=2026-W48")
    answer = client.post("/sign-up/code", data={"code": code_for("new@corp.example")})
    assert answer.headers["Location"] == "/instruments/7?week=2026-W48"


def test_blanks_within_a_typed_code_do_not_matter(client: FlaskClient) -> None:
    begin(client)
    code = code_for("new@corp.example")
    assert client.post("/sign-up/code", data={"code": f" {code[:3]} {code[3:]} "}).status_code == 302


def test_a_known_address_looks_the_same_but_gets_another_mail(client: FlaskClient, app: Flask) -> None:
    known, other = make_person(), app.test_client()
    pages = []
    for browser, email in ((client, known.email), (other, "fresh@corp.example")):
        assert begin(browser, email) == 302
        pages.append(
            re.sub(r'(nonce|value|content)="[^"]*"|\{[^}]*\}', "", browser.get("/sign-up").text.replace(email, "X"))
        )
    assert pages[0] == pages[1]
    assert not re.search(r"(?<!\d)\d{6}(?!\d)", last_mail(known.email).body)
    wrong = [browser.post("/sign-up/code", data={"code": "000000"}).status_code for browser in (client, other)]
    assert wrong == [422, 422]


def test_a_code_works_in_no_other_browser(client: FlaskClient, app: Flask) -> None:
    begin(client)
    begin(app.test_client(), password="the password of an attacker")
    stale = code_for("new@corp.example")
    assert client.post("/sign-up/code", data={"code": stale}).status_code == 422


def test_five_wrong_codes_spend_it(client: FlaskClient) -> None:
    begin(client)
    right = code_for("new@corp.example")
    wrong = "111111" if right != "111111" else "222222"
    for _try in range(5):
        assert client.post("/sign-up/code", data={"code": wrong}).status_code == 422
    assert client.post("/sign-up/code", data={"code": right}).status_code == 422
    assert user_by_email("new@corp.example") is None


def test_a_code_runs_out_and_a_new_one_can_be_sent_after_a_minute(client: FlaskClient) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        begin(client)
        first = code_for("new@corp.example")
        client.post("/sign-up/resend")
        assert code_for("new@corp.example") == first
        clock.shift(timedelta(minutes=16))
        assert client.post("/sign-up/code", data={"code": first}).status_code == 422
        client.post("/sign-up/resend")
        assert client.post("/sign-up/code", data={"code": code_for("new@corp.example")}).status_code == 302


def test_codes_are_sent_four_times_at_most(client: FlaskClient) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        begin(client)
        for _sending in range(6):
            clock.shift(timedelta(minutes=2))
            client.post("/sign-up/resend")
    assert len(session.scalars(select(Mail).where(Mail.recipient == "new@corp.example")).all()) == 4


def test_one_mailbox_is_written_to_five_times_an_hour(client: FlaskClient) -> None:
    statuses = []
    for _try in range(6):
        statuses.append(begin(client))
        client.post("/sign-up/restart")
    assert statuses == [302] * 5 + [422]


@pytest.mark.parametrize(
    ("field", "value"),
    [("email", "no address"), ("email", ""), ("name", ""), ("name", "x\0y"), ("password", "short"), ("password", "")],
)
def test_a_fault_keeps_what_was_typed(client: FlaskClient, field: str, value: str) -> None:
    data = {"email": "li@corp.example", "name": "Li Hua", "password": NEW, field: value}
    answer = client.post("/sign-up", data=data)
    assert answer.status_code == 422
    if field != "email":
        assert "li@corp.example" in answer.text


def test_starting_again_forgets_the_address(client: FlaskClient) -> None:
    begin(client)
    client.post("/sign-up/restart")
    assert "new@corp.example" not in client.get("/sign-up").text


def reset_link(email: str) -> str:
    found = re.search(r"/password/reset/\S+", last_mail(email).body)
    assert found is not None
    return found[0]


def test_a_mailed_link_sets_a_new_password_and_ends_all_sessions(client: FlaskClient, app: Flask) -> None:
    user, elsewhere = make_person(), app.test_client()
    elsewhere.post("/sign-in", data={"email": user.email, "password": PASSWORD})
    assert client.post("/password/forgot", data={"email": user.email}).status_code == 200
    link = reset_link(user.email)
    assert client.get(link).status_code == 200
    assert client.post(link, data={"password": "short"}).status_code == 422
    assert client.post(link, data={"password": NEW}).status_code == 302
    assert elsewhere.get("/account").status_code == 302
    assert client.get(link).status_code == 410
    assert client.post("/sign-in", data={"email": user.email, "password": PASSWORD}).status_code == 422
    assert client.post("/sign-in", data={"email": user.email, "password": NEW}).status_code == 302
    relay()
    assert "password" in last_mail(user.email).key


def test_a_new_password_ends_the_lock(client: FlaskClient) -> None:
    user = make_person()
    for _try in range(5):
        client.post("/sign-in", data={"email": user.email, "password": "wrong wrong"})
    client.post("/password/forgot", data={"email": user.email})
    client.post(reset_link(user.email), data={"password": NEW})
    assert client.post("/sign-in", data={"email": user.email, "password": NEW}).status_code == 302


def test_a_newer_password_makes_older_links_worthless(client: FlaskClient) -> None:
    user = make_person()
    client.post("/password/forgot", data={"email": user.email})
    first = reset_link(user.email)
    client.post("/password/forgot", data={"email": user.email})
    client.post(reset_link(user.email), data={"password": NEW})
    assert client.get(first).status_code == 410


def test_a_link_runs_out_after_half_an_hour(client: FlaskClient) -> None:
    user = make_person()
    with time_machine.travel(NOON, tick=False) as clock:
        client.post("/password/forgot", data={"email": user.email})
        clock.shift(timedelta(minutes=31))
        assert client.get(reset_link(user.email)).status_code == 410


def test_unknown_addresses_get_the_same_answer_and_no_mail(client: FlaskClient) -> None:
    user = make_person()
    known = client.post("/password/forgot", data={"email": user.email})
    unknown = client.post("/password/forgot", data={"email": "nobody@corp.example"})
    assert known.status_code == unknown.status_code == 200
    plain = [re.sub(r'(nonce|value|content)="[^"]*"|\{[^}]*\}', "", page) for page in (known.text, unknown.text)]
    assert plain[0].replace(user.email, "X") == plain[1].replace("nobody@corp.example", "X")
    assert session.scalar(select(Mail.id).where(Mail.recipient == "nobody@corp.example")) is None


def test_the_profile_is_changed_and_the_log_names_fields_only(client: FlaskClient) -> None:
    actor = make_actor(user=make_person())
    sign_in(client, actor)
    data = {"name": "李华", "phone": "0431-8888 0000", "locale": "en"}
    assert client.post("/account", data=data).status_code == 302
    user = session.get_one(User, actor.user_id)
    assert (user.name, user.phone, user.locale) == ("李华", "0431-8888 0000", "en")
    entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "user.change")).one()
    assert set(entry.changes["fields"]) == {"name", "phone", "locale"}
    assert "李华" not in str(entry.changes)
    assert 'lang="en"' in client.get("/account", headers={"Accept-Language": "zh"}).text


@pytest.mark.parametrize(("field", "value"), [("phone", "call me"), ("locale", "xx"), ("name", "")])
def test_a_wrong_profile_is_refused(client: FlaskClient, field: str, value: str) -> None:
    sign_in(client, make_actor())
    data = {"name": "Li Hua", "phone": "", "locale": "en", field: value}
    assert client.post("/account", data=data).status_code == 422


def test_the_password_is_changed_only_by_who_knows_it(client: FlaskClient, app: Flask) -> None:
    user = make_person()
    elsewhere = app.test_client()
    for browser in (client, elsewhere):
        browser.post("/sign-in", data={"email": user.email, "password": PASSWORD})
    assert client.post("/account/password", data={"present": "wrong wrong", "password": NEW}).status_code == 422
    assert client.post("/account/password", data={"present": PASSWORD, "password": NEW}).status_code == 302
    assert client.get("/account").status_code == 200
    assert elsewhere.get("/account").status_code == 302
    live = session.scalars(
        select(SignInSession).where(SignInSession.user_id == user.id, SignInSession.ended_at.is_(None))
    ).all()
    assert len(live) == 1


def test_guessing_the_present_password_locks_like_signing_in(client: FlaskClient) -> None:
    user = make_person()
    client.post("/sign-in", data={"email": user.email, "password": PASSWORD})
    for _try in range(5):
        client.post("/account/password", data={"present": "wrong wrong", "password": NEW})
    assert client.post("/account/password", data={"present": PASSWORD, "password": NEW}).status_code == 422
