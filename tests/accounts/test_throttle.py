"""Who asks too often is told how long to wait."""

from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from app.accounts.throttle import take_turn
from app.core.clock import now
from app.core.errors import TooMany
from app.core.i18n import force_locale


@pytest.mark.parametrize(
    ("window", "later", "said"),
    [
        (timedelta(hours=1), timedelta(minutes=10), "Try again in 50 min."),
        (timedelta(days=1), timedelta(hours=2), "Try again in 22 h."),
        (timedelta(minutes=15), timedelta(minutes=15) - timedelta(seconds=5), "Try again in 1 min."),
    ],
)
def test_the_wait_ends_when_the_earliest_use_no_longer_counts(
    app: Flask, transaction: None, window: timedelta, later: timedelta, said: str
) -> None:
    begun = now()
    with app.test_request_context(), force_locale("en"):
        with time_machine.travel(begun, tick=False):
            take_turn("key", 2, window)
        with time_machine.travel(begun + timedelta(seconds=1), tick=False):
            take_turn("key", 2, window)
        with time_machine.travel(begun + later, tick=False), pytest.raises(TooMany, match=said):
            take_turn("key", 2, window)
        with time_machine.travel(begun + window, tick=False):
            take_turn("key", 2, window)


def test_a_form_says_that_it_was_sent_too_often_and_not_that_something_is_wrong(client: FlaskClient) -> None:
    asked = {"data": {"email": "nobody@firm.example"}, "headers": {"Accept-Language": "en"}}
    for _time in range(20):
        answer = client.post("/password/forgot", **asked)
    assert "Too many attempts" in answer.text
    assert "thing needs changing" not in answer.text
    assert "Try again in " in answer.text
