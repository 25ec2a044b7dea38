"""Start, finish and accept for programs."""

from datetime import timedelta
from typing import Any

from flask.testing import FlaskClient

from app.accounts.models import Actor
from app.accounts.tokens.operations import create_token
from app.core.db import session
from tests.accounts.factories import make_actor
from tests.equipment.usage.factories import make_case, make_recorded, make_started


def bearer(actor: Actor) -> dict[str, str]:
    secret, _token = create_token(actor, actor.organisation, name="test")
    session.commit()
    return {"Authorization": f"Bearer {secret}"}


def address(case: Any, action: str) -> str:
    return f"/api/v1/reservations/{case.reservation.id}/{action}"


def test_a_use_from_start_to_acceptance(client: FlaskClient) -> None:
    case = make_case()
    institution, customer = bearer(case.technician), bearer(case.customer)
    with case.at(0):
        started = client.post(address(case, "start"), headers=institution)
    assert started.status_code == 200
    assert started.json["state"] == "in_use"
    assert started.json["use"]["ended_at"] is None
    with case.at(121):
        finished = client.post(address(case, "finish"), headers=institution, json={"consumables": {"vial": 2}})
        assert finished.json["state"] == "finished"
        use = finished.json["use"]
        assert (use["minutes"], use["state"]) == (121, "to_confirm")
        assert use["charge"]["total"] == {"amount": 132_000, "currency": "CNY"}
        assert sum(line["amount"]["amount"] for line in use["charge"]["lines"]) == 132_000
        accepted = client.post(address(case, "accept"), headers=customer)
    assert accepted.json["use"]["state"] == "accepted"
    assert accepted.json["use"]["charge"]["state"] == "final"


def test_a_manager_gives_both_ends(client: FlaskClient) -> None:
    case, _use = make_started()
    begin, end = case.starts_at + timedelta(minutes=10), case.starts_at + timedelta(minutes=100)
    with case.at(121):
        answer = client.post(
            address(case, "finish"),
            headers=bearer(case.manager),
            json={"started_at": begin.isoformat(), "ended_at": end.isoformat()},
        )
    assert answer.json["use"]["minutes"] == 90


def test_who_is_refused(client: FlaskClient) -> None:
    case = make_case()
    start, accept = address(case, "start"), address(case, "accept")
    stranger, customer, institution = bearer(make_actor()), bearer(case.customer), bearer(case.technician)
    assert client.post(start).status_code == 401
    assert client.post(start, headers=stranger).status_code == 404
    assert client.post(start, headers=customer).status_code == 403
    assert client.post(accept, headers=customer).status_code == 409
    assert client.post(start, headers=institution).json["code"] == "too_early"


def test_what_is_refused(client: FlaskClient) -> None:
    case, _use = make_started()
    institution, finish, starts_at = bearer(case.technician), address(case, "finish"), case.starts_at
    with case.at(60):
        for body in (
            {"consumables": {"gold": 1}},
            {"consumables": {"vial": -1}},
            {"consumables": {"vial": "2"}},
            {"ended_at": "2026-11-26T13:00:00"},
            {"ended_at": (starts_at + timedelta(days=9)).isoformat()},
            {"ended_at": (starts_at - timedelta(hours=9)).isoformat()},
            {"minutes": 3},
            {"device_key": "x" * 200},
        ):
            answer = client.post(finish, headers=institution, json=body)
            assert answer.status_code in {403, 422}, body
            assert answer.mimetype == "application/problem+json"
        assert client.post(finish, headers=institution).status_code == 200
        assert client.post(finish, headers=institution).status_code == 409


def test_the_institution_cannot_accept_for_the_customer(client: FlaskClient) -> None:
    case, _use = make_recorded()
    assert client.post(address(case, "accept"), headers=bearer(case.manager)).status_code == 403


def test_an_idempotency_key_gives_the_first_answer_again(client: FlaskClient) -> None:
    case = make_case()
    headers = {**bearer(case.technician), "Idempotency-Key": "one"}
    with case.at(0):
        first = client.post(address(case, "start"), headers=headers)
    with case.at(5):
        again = client.post(address(case, "start"), headers=headers)
    assert first.json == again.json
    assert again.headers["Idempotent-Replay"] == "true"
