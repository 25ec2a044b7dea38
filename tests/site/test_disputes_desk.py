"""Objections at the desk: each side sees what it has to answer, with the day until which it may."""

import re
from datetime import timedelta
from html import unescape

import time_machine
from flask.testing import FlaskClient

from app.accounts.models import Actor, Role
from app.core.workdays import end_of_working_day
from app.equipment.usage.disputes import answer_objection, escalate_objection
from app.equipment.usage.models import UseObjection
from tests.accounts.factories import make_actor, make_operator, sign_in
from tests.equipment.usage.factories import Case, make_objected

EN = {"Accept-Language": "en"}
ANSWERED = "Your objection is answered"


def desk(client: FlaskClient, actor: Actor) -> str:
    sign_in(client, actor)
    return unescape(client.get("/desk", headers=EN).text)


def line(page: str, objection: UseObjection) -> str:
    """The line that leads to an objection."""
    found = [each for each in re.split(r"<li|<tr", page) if f"/objections/{objection.id}" in each]
    assert len(found) == 1
    return found[0]


def due(objection: UseObjection, days: int) -> str:
    last = end_of_working_day(days, since=objection.raised_at) - timedelta(minutes=1)
    return f"{last.day} {last:%b}"


def refused(case: Case, objection: UseObjection) -> None:
    with case.at(300):
        answer_objection(case.manager, objection, offered_minutes=objection.recorded_minutes, answer="已核对记录")


def test_an_objection_waits_at_the_institution_until_its_fifth_working_day(client: FlaskClient) -> None:
    case, objection = make_objected()
    with case.at(220):
        assert due(objection, 5) in line(desk(client, case.manager), objection)
        assert str(objection.id) not in desk(client, case.customer)
        assert str(objection.id) not in desk(client, make_actor())


def test_an_answer_waits_at_the_customer_until_silence_takes_it(client: FlaskClient) -> None:
    case, objection = make_objected()
    refused(case, objection)
    with case.at(310):
        page = desk(client, case.customer)
        assert ANSWERED in page
        assert "已核对记录" in page
        assert due(objection, 5) in line(page, objection)
        assert str(objection.id) not in desk(client, case.manager)
        assert ANSWERED not in desk(client, make_actor(case.customer.organisation, Role.BOOKER)), "somebody else booked"
        assert ANSWERED in desk(client, make_actor(case.customer.organisation, Role.FINANCE))


def test_what_the_operator_decides_waits_there_and_nowhere_else(client: FlaskClient) -> None:
    case, objection = make_objected()
    refused(case, objection)
    with case.at(320):
        escalate_objection(case.customer, objection)
    with time_machine.travel(case.starts_at + timedelta(minutes=330), tick=False):
        assert due(objection, 5) in line(desk(client, make_operator(Role.SETTLEMENT)), objection)
        for other in (case.customer, case.manager, make_operator(Role.VERIFIER)):
            assert str(objection.id) not in desk(client, other)
