"""A program that is not sure whether its request arrived sends it again (scorecard B 17)."""

from collections import Counter

import pytest
from sqlalchemy import func, select

from app.accounts.models import User
from app.accounts.tokens.operations import create_token
from app.core.db import session
from app.core.web import App
from app.equipment.reservations.models import Reservation
from tests.accounts.factories import make_actor
from tests.equipment.factories import slot
from tests.live.callers import together
from tests.live.servers import Server
from tests.live.world import booking, committed, laboratory, people

pytestmark = pytest.mark.live

PATH = "/api/v1/reservations"


def test_one_key_sent_sixteen_times_at_once_books_once(live_app: App, server: Server) -> None:
    (booker,), instrument = people(live_app, 1), laboratory(live_app).instrument_id
    caller, wish = server.caller(booker.token), booking(instrument, slot())
    answers = together(16, lambda _number: caller.post(PATH, wish, Idempotency_Key="order-4711"))
    codes = Counter((answer.status, answer.body.get("code")) for answer in answers)
    assert set(codes) <= {(201, None), (409, "idempotency_key_in_use")}
    assert len({answer.body["id"] for answer in answers if answer.status == 201}) == 1
    assert sum(answer.status == 201 and "Idempotent-Replay" not in answer.headers for answer in answers) == 1
    with live_app.app_context():
        made = session.scalar(select(func.count()).where(Reservation.instrument_id == instrument))
    assert made == 1


def test_sent_again_later_the_first_answer_comes_back(live_app: App, server: Server) -> None:
    (booker,), instrument = people(live_app, 1), laboratory(live_app).instrument_id
    caller, wish = server.caller(booker.token), booking(instrument, slot())
    first = caller.post(PATH, wish, Idempotency_Key="again")
    second = caller.post(PATH, wish, Idempotency_Key="again")
    assert (first.status, second.status) == (201, 201)
    assert second.body == first.body
    assert second.headers["Idempotent-Replay"] == "true"


def test_a_key_with_another_body_is_refused(live_app: App, server: Server) -> None:
    (booker,), instrument = people(live_app, 1), laboratory(live_app).instrument_id
    caller = server.caller(booker.token)
    assert caller.post(PATH, booking(instrument, slot()), Idempotency_Key="one").status == 201
    refused = caller.post(PATH, booking(instrument, slot(days=4)), Idempotency_Key="one")
    assert (refused.status, refused.body["code"]) == (422, "idempotency_key_reused")
    assert refused.body["field"] == "Idempotency-Key"


def test_keys_of_different_people_do_not_meet(live_app: App, server: Server) -> None:
    one, other = people(live_app, 2)
    instrument = laboratory(live_app).instrument_id
    assert server.caller(one.token).post(PATH, booking(instrument, slot()), Idempotency_Key="same").status == 201
    answer = server.caller(other.token).post(PATH, booking(instrument, slot(days=4)), Idempotency_Key="same")
    assert answer.status == 201


def test_a_key_says_nothing_of_the_other_organisation_of_the_same_person(live_app: App, server: Server) -> None:
    (one,), instrument = people(live_app, 1), laboratory(live_app).instrument_id
    with committed(live_app):
        elsewhere = make_actor(user=session.get_one(User, one.actor.user_id))
        token, _row = create_token(elsewhere, elsewhere.organisation, name="test")
    assert server.caller(one.token).post(PATH, booking(instrument, slot()), Idempotency_Key="mine").status == 201
    answer = server.caller(token).post(PATH, booking(instrument, slot()), Idempotency_Key="mine")
    assert (answer.status, answer.body["code"]) == (422, "idempotency_key_reused")


def test_a_refused_request_may_be_corrected_under_the_same_key(live_app: App, server: Server) -> None:
    one, other = people(live_app, 2)
    instrument = laboratory(live_app).instrument_id
    server.caller(other.token).post(PATH, booking(instrument, slot()))
    caller = server.caller(one.token)
    assert caller.post(PATH, booking(instrument, slot()), Idempotency_Key="retry").status == 409
    assert caller.post(PATH, booking(instrument, slot(days=4)), Idempotency_Key="retry").status == 201


@pytest.mark.parametrize("key", ["", "x" * 256, "caf\u00e9"])
def test_a_key_that_cannot_be_kept_is_refused(live_app: App, server: Server, key: str) -> None:
    (booker,), instrument = people(live_app, 1), laboratory(live_app).instrument_id
    answer = server.caller(booker.token).post(PATH, booking(instrument, slot()), Idempotency_Key=key)
    assert (answer.status, answer.body["code"]) == (422, "bad_idempotency_key")
