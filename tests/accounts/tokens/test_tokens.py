"""API tokens: made on the page and on the command line, used by programs, revoked."""

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from app.accounts.models import ApiToken, Membership
from app.accounts.proofs import digest_of
from app.accounts.sessions.queries import bearer
from app.accounts.tokens.operations import create_token, revoke_token
from app.core.clock import now
from app.core.db import session
from app.core.errors import Forbidden, Invalid
from tests.accounts.factories import make_actor, make_organisation, make_person, sign_in


def test_a_token_acts_for_its_person_and_organisation_until_it_ends() -> None:
    actor = make_actor()
    secret, made = create_token(actor, actor.organisation, name="robot", days=30)
    found = bearer(secret)
    assert found is not None
    assert (found[0].user_id, found[0].organisation_id, found[0].roles) == (
        actor.user_id,
        actor.organisation_id,
        actor.roles,
    )
    assert made.token_hash == digest_of(secret)
    made.expires_at = now() - timedelta(seconds=1)
    session.flush()
    assert bearer(secret) is None


def test_a_revoked_token_a_closed_account_and_a_lost_membership_end_it() -> None:
    actor = make_actor()
    assert actor.user is not None
    secrets = [create_token(actor, actor.organisation, name="robot") for _number in range(2)]
    revoke_token(actor, secrets[0][1])
    assert bearer(secrets[0][0]) is None
    actor.user.disabled_at = now()
    session.flush()
    assert bearer(secrets[1][0]) is None
    actor.user.disabled_at = None
    session.delete(session.scalars(select(Membership).where(Membership.user_id == actor.user_id)).one())
    session.flush()
    assert bearer(secrets[1][0]) is None


def test_nobody_makes_a_token_for_a_foreign_organisation_or_revokes_a_foreign_one() -> None:
    actor, other = make_actor(), make_actor()
    with pytest.raises(Invalid):
        create_token(actor, make_organisation(), name="robot")
    _secret, made = create_token(other, other.organisation, name="robot")
    with pytest.raises(Forbidden):
        revoke_token(actor, made)


def test_the_secret_is_shown_once_and_the_token_is_revoked_on_the_page(client: FlaskClient) -> None:
    actor = make_actor()
    assert actor.organisation is not None
    sign_in(client, actor)
    data = {"name": "LIMS", "organisation": actor.organisation.code, "days": "90"}
    page = client.post("/account/tokens", data=data).text
    made = session.scalars(select(ApiToken).where(ApiToken.user_id == actor.user_id)).one()
    assert made.prefix in page
    assert "jishi_" in page
    again = client.get("/account/tokens").text
    assert "LIMS" in again
    assert 'id="new-token"' not in again
    assert client.post(f"/account/tokens/{made.id}/revoke").status_code == 302
    assert made.revoked_at is not None


@pytest.mark.parametrize(("field", "value"), [("name", ""), ("organisation", "91110108551385082Q"), ("days", "99999")])
def test_a_wrong_entry_makes_no_token(client: FlaskClient, field: str, value: str) -> None:
    actor = make_actor()
    assert actor.organisation is not None
    sign_in(client, actor)
    data = {"name": "LIMS", "organisation": actor.organisation.code, "days": "90", field: value}
    assert client.post("/account/tokens", data=data).status_code == 422
    assert session.scalars(select(ApiToken)).all() == []


def test_strangers_revoke_nothing(client: FlaskClient) -> None:
    other = make_actor()
    _secret, made = create_token(other, other.organisation, name="robot")
    sign_in(client, make_actor())
    assert client.post(f"/account/tokens/{made.id}/revoke").status_code == 404
    assert made.revoked_at is None


def test_the_api_knows_bearer_tokens_only(client: FlaskClient) -> None:
    actor = make_actor()
    sign_in(client, actor)
    assert client.get("/api/v1/me").status_code == 401
    secret, _made = create_token(actor, actor.organisation, name="robot")
    session.commit()
    answer = client.get("/api/v1/me", headers={"Authorization": f"Bearer {secret}"})
    assert answer.status_code == 200
    assert actor.organisation is not None
    assert answer.get_json()["organisation"]["code"] == actor.organisation.code
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("header", ["Bearer nonsense", "Bearer ", "Basic eDp5", "nonsense", "Bearer jishi_\u00e9"])
def test_a_wrong_token_is_a_problem_with_401(client: FlaskClient, header: str) -> None:
    answer = client.get("/api/v1/me", headers={"Authorization": header})
    assert answer.status_code == 401
    assert answer.mimetype == "application/problem+json"
    assert answer.get_json()["code"] == "unauthenticated"
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_the_command_prints_the_token_alone_on_its_last_line(app: Flask) -> None:
    actor = make_actor(user=make_person())
    assert actor.user is not None
    assert actor.organisation is not None
    for arguments in ([], ["--organisation", actor.organisation.code, "--name", "bench"]):
        result = app.test_cli_runner().invoke(args=["accounts", "token", actor.user.email, *arguments])
        assert result.exit_code == 0, result.output
        found = bearer(result.output.splitlines()[-1])
        assert found is not None
        assert found[0].organisation_id == actor.organisation_id


def test_the_command_says_what_is_unknown(app: Flask) -> None:
    runner = app.test_cli_runner()
    assert "nobody has the address" in runner.invoke(args=["accounts", "token", "nobody@test.example"]).output
    user = make_person()
    foreign = make_organisation()
    for code in (foreign.code, "91110108551385082Q"):
        result = runner.invoke(args=["accounts", "token", user.email, "--organisation", code])
        assert result.exit_code == 1


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [(["--days", "0"], "at least one day"), (["--days", "-5"], "at least one day"),
     (["--name", "x" * 101], "1 to 100 characters"), (["--name", " "], "1 to 100 characters")],
)  # fmt: skip
def test_the_command_refuses_in_a_sentence_what_cannot_be(app: Flask, wrong: list[str], sentence: str) -> None:
    actor = make_actor(user=make_person())
    assert actor.user is not None
    result = app.test_cli_runner().invoke(args=["accounts", "token", actor.user.email, *wrong])
    assert (result.exit_code, type(result.exception)) == (1, SystemExit)
    assert sentence in result.output
    assert session.scalar(select(func.count()).select_from(ApiToken).where(ApiToken.user_id == actor.user_id)) == 0
