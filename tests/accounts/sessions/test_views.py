"""Signing in and out over HTTP."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from app.accounts.models import SignInAttempt, SignInSession
from app.accounts.proofs import digest_of
from app.core.clock import now
from app.core.db import session
from tests.accounts.factories import PASSWORD, make_actor, make_person, sign_in

NOON = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)


def send(client: FlaskClient, email: str, password: str = PASSWORD, **more: str) -> tuple[int, str, str]:
    """Send the sign-in form; status, where it leads, page."""
    answer = client.post(
        "/sign-in", data={"email": email, "password": password, **more}, headers={"Accept-Language": "en"}
    )
    return answer.status_code, answer.headers.get("Location", ""), answer.text


def is_signed_in(client: FlaskClient) -> bool:
    return client.get("/account").status_code == 200


def test_the_right_password_signs_in_and_leads_on(client: FlaskClient) -> None:
    user = make_person()
    assert send(client, user.email.upper(), next="/organisations")[:2] == (302, "/organisations")
    assert is_signed_in(client)


@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)", "/a\nb", "http:/x"]
)
def test_nobody_is_sent_to_another_site(client: FlaskClient, target: str) -> None:
    user = make_person()
    assert send(client, user.email, next=target)[:2] == (302, "/")


def test_the_cookie_holds_a_random_token_of_which_only_the_digest_is_stored(client: FlaskClient) -> None:
    user = make_person()
    send(client, user.email)
    with client.session_transaction() as cookie:
        token = cookie["_user_id"]
    assert len(token) >= 43
    stored = session.scalars(select(SignInSession).where(SignInSession.user_id == user.id)).one()
    assert stored.token_hash == digest_of(token)


def test_signing_in_again_makes_a_new_session_and_ends_the_old_one(client: FlaskClient) -> None:
    user = make_person()
    send(client, user.email)
    with client.session_transaction() as cookie:
        first = cookie["_user_id"]
    client.post("/sign-out")
    send(client, user.email)
    with client.session_transaction() as cookie:
        assert cookie["_user_id"] != first


def test_unknown_addresses_and_wrong_passwords_get_one_answer(client: FlaskClient) -> None:
    user = make_person()
    wrong = send(client, user.email, "not the password")
    unknown = send(client, "nobody@test.example", "not the password")
    assert wrong[0] == unknown[0] == 422
    assert wrong[2].replace(user.email, "X") == unknown[2].replace("nobody@test.example", "X") or (
        "do not go together" in wrong[2] and "do not go together" in unknown[2]
    )
    assert not is_signed_in(client)


@pytest.mark.parametrize("email", ["known", "unknown@test.example"])
def test_five_failures_lock_an_account_known_or_not_for_15_minutes(client: FlaskClient, email: str) -> None:
    person = make_person()
    address = person.email if email == "known" else email
    with time_machine.travel(NOON, tick=False) as clock:
        for _try in range(5):
            assert "do not go together" in send(client, address, "wrong wrong")[2]
        assert "Too many failed tries" in send(client, address)[2]
        clock.shift(timedelta(minutes=14))
        assert "Too many failed tries" in send(client, address)[2]
        clock.shift(timedelta(minutes=2))
        assert send(client, address)[0] == (302 if email == "known" else 422)


def test_a_success_ends_the_count(client: FlaskClient) -> None:
    user = make_person()
    for _round in range(2):
        for _try in range(4):
            send(client, user.email, "wrong wrong")
        assert send(client, user.email)[0] == 302
        client.post("/sign-out")


def test_a_lock_of_one_account_does_not_touch_another(client: FlaskClient) -> None:
    victim, other = make_person(), make_person()
    for _try in range(6):
        send(client, victim.email, "wrong wrong")
    assert send(client, other.email)[0] == 302


def test_many_failures_lock_the_network_address(client: FlaskClient) -> None:
    user = make_person()
    session.add_all(
        SignInAttempt(email=f"x{number}@test.example", address="127.0.0.1", at=now(), succeeded=False)
        for number in range(50)
    )
    session.commit()
    assert "Too many failed tries" in send(client, user.email)[2]


def test_every_try_is_kept(client: FlaskClient) -> None:
    user = make_person()
    send(client, user.email, "wrong wrong")
    send(client, user.email)
    outcomes = session.execute(
        select(SignInAttempt.succeeded, func.count()).where(SignInAttempt.email == user.email).group_by("succeeded")
    ).all()
    assert sorted(map(tuple, outcomes)) == [(False, 1), (True, 1)]


def test_closed_and_unconfirmed_accounts_do_not_sign_in(client: FlaskClient) -> None:
    assert send(client, make_person(disabled_at=now()).email)[0] == 422
    assert send(client, make_person(email_confirmed_at=None).email)[0] == 422


def test_a_closed_account_is_signed_out_at_once(client: FlaskClient) -> None:
    user = make_person()
    send(client, user.email)
    user.disabled_at = now()
    session.commit()
    assert not is_signed_in(client)


def test_idle_browsers_are_signed_out_after_30_minutes_and_busy_ones_after_12_hours(client: FlaskClient) -> None:
    user = make_person()
    with time_machine.travel(NOON, tick=False) as clock:
        send(client, user.email)
        clock.shift(timedelta(minutes=29))
        assert is_signed_in(client)
        clock.shift(timedelta(minutes=31))
        assert not is_signed_in(client)
        send(client, user.email)
        for _half_hour in range(12 * 60 // 25):
            clock.shift(timedelta(minutes=25))
            assert is_signed_in(client)
        clock.shift(timedelta(minutes=25))
        assert not is_signed_in(client)


def test_the_use_of_a_session_is_noted_once_a_minute(client: FlaskClient) -> None:
    user = make_person()
    with time_machine.travel(NOON, tick=False) as clock:
        send(client, user.email)
        clock.shift(timedelta(seconds=30))
        client.get("/account")
        seen = select(SignInSession.last_seen_at).where(SignInSession.user_id == user.id)
        assert session.scalar(seen) == NOON
        clock.shift(timedelta(seconds=31))
        client.get("/account")
        assert session.scalar(seen) == NOON + timedelta(seconds=61)


def test_signing_out_clears_the_browser_and_the_session(client: FlaskClient) -> None:
    user = make_person()
    send(client, user.email)
    with client.session_transaction() as cookie:
        token = cookie["_user_id"]
    answer = client.post("/sign-out")
    assert answer.status_code == 302
    assert answer.headers["Clear-Site-Data"] == '"cache", "cookies", "storage"'
    with client.session_transaction() as cookie:
        assert "_user_id" not in cookie
        cookie["_user_id"] = token
    assert not is_signed_in(client)


def test_pages_for_persons_are_not_stored_and_lead_to_sign_in(client: FlaskClient) -> None:
    answer = client.get("/account/tokens?x=1")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/sign-in?next=/account/tokens?x%3D1")
    sign_in(client, make_actor())
    assert client.get("/account/tokens").headers["Cache-Control"] == "no-store"


def test_htmx_is_sent_to_the_whole_sign_in_page(client: FlaskClient) -> None:
    answer = client.post("/organisations/check", headers={"HX-Request": "true"})
    assert answer.status_code == 204
    assert answer.headers["HX-Redirect"].startswith("/sign-in")


def test_sessions_are_listed_and_ended_one_by_one_or_all_others(client: FlaskClient, app: Flask) -> None:
    user = make_person()
    phone, laptop = app.test_client(), app.test_client()
    for browser in (client, phone, laptop):
        send(browser, user.email)
    page = client.get("/account/sessions").text
    assert page.count("/account/sessions/") >= 2
    newest = session.scalars(
        select(SignInSession).where(SignInSession.user_id == user.id).order_by(SignInSession.created_at.desc())
    ).first()
    assert newest is not None
    assert client.post(f"/account/sessions/{newest.id}/end").status_code == 302
    assert not is_signed_in(laptop)
    assert is_signed_in(phone)
    client.post("/account/sessions/end-others")
    assert not is_signed_in(phone)
    assert is_signed_in(client)


def test_nobody_ends_another_persons_session(client: FlaskClient, app: Flask) -> None:
    mine, other = make_actor(), make_actor()
    theirs = app.test_client()
    sign_in(theirs, other)
    sign_in(client, mine)
    foreign = session.scalars(select(SignInSession).where(SignInSession.user_id == other.user_id)).one()
    assert client.post(f"/account/sessions/{foreign.id}/end").status_code == 404
    assert is_signed_in(theirs)


def test_a_form_without_its_token_is_refused(app: Flask, client: FlaskClient) -> None:
    app.config["WTF_CSRF_ENABLED"] = True
    try:
        assert client.post("/sign-in", data={"email": "a@test.example", "password": "x"}).status_code == 400
        assert client.post("/sign-out").status_code == 400
    finally:
        app.config["WTF_CSRF_ENABLED"] = False


def test_a_made_up_cookie_is_nobody(client: FlaskClient) -> None:
    with client.session_transaction() as cookie:
        cookie["_user_id"] = "x" * 43
    assert not is_signed_in(client)


def test_one_statement_identifies_a_request(client: FlaskClient, max_queries) -> None:  # type: ignore[no-untyped-def]
    actor = make_actor()
    make_actor(user=actor.user)
    sign_in(client, actor)
    client.get("/account")
    with max_queries(4) as seen:
        client.get("/account")
    assert sum("sign_in_sessions" in statement for statement in seen) == 1
