"""One machinery for all six-digit codes: what the settings say holds for sign-ups and signatures alike."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine

from app.accounts.models import SYSTEM, SignUp
from app.accounts.one_time import Outcome, new_code, try_code
from app.accounts.settings import settings
from app.core.clock import now
from app.core.db import session
from app.core.ids import uuid7
from app.core.settings import forget_settings


@pytest.fixture
def strict(transaction: None) -> Iterator[None]:
    """Three tries and five minutes."""
    for name, value in (("code_tries", 3), ("code_minutes", 5)):
        settings.change(SYSTEM, name, value)
    forget_settings()
    yield
    forget_settings()


def waiting() -> SignUp:
    """Somebody who has asked for an account."""
    started = SignUp(
        id=uuid7(), email="a@test.example", name="何清源", password_hash="", locale="zh_CN", code_hash="",
        created_at=now(), expires_at=now(),
    )  # fmt: skip
    session.add(started)
    session.flush()
    return started


@pytest.mark.usefixtures("strict")
def test_tries_and_minutes_are_those_of_the_settings() -> None:
    started = waiting()
    code, _sent = new_code(started, started.email)
    wrong = f"{(int(code) + 1) % 10**6:06d}"
    assert [try_code(started, wrong, started.email) for _try in range(3)] == [
        Outcome.WRONG, Outcome.WRONG, Outcome.SPENT,
    ]  # fmt: skip
    assert try_code(started, code, started.email) is Outcome.SPENT
    code, sent_at = new_code(started, started.email)
    with time_machine.travel(sent_at + timedelta(minutes=5), tick=False):
        assert try_code(started, code, started.email) is Outcome.SPENT
    assert (started.attempts, started.sent_at) == (0, sent_at)
    assert try_code(started, code, "b@test.example") is Outcome.WRONG
    assert try_code(started, code, started.email) is Outcome.DONE
    assert try_code(started, code, started.email) is Outcome.SPENT
