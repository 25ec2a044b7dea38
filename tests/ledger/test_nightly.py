"""The books are looked at every night without anybody asking (scorecard B 15)."""

import pytest
import structlog
from sqlalchemy import select, text
from structlog.testing import capture_logs

from app.accounts.models import SYSTEM
from app.core.clock import now
from app.core.db import session
from app.core.runs import Run
from app.core.tasks import celery
from app.ledger.operations import post
from app.ledger.tasks import CHECK, check_books, verify_books


def test_the_books_are_checked_every_night_and_faults_are_errors(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.ledger.tasks.log", structlog.get_logger())  # one that no earlier application has bound
    schedule = celery.conf.beat_schedule["ledger.verify"]["schedule"]
    assert (schedule.hour, schedule.minute, schedule.day_of_week) == ({19}, {10}, set(range(7)))
    verify_books()
    run = session.scalars(select(Run).where(Run.kind == CHECK)).one()
    post(SYSTEM, "k1", "test", now(), [("assets:bank:a", 100, ""), ("assets:bank:b", -100, "")])
    with capture_logs() as sound:
        check_books(run, lambda _done, _total: None)
    assert [line["event"] for line in sound] == ["ledger.sound"]
    session.execute(text("UPDATE ledger_accounts SET balance = balance + 1 WHERE code = 'assets:bank:a'"))
    with capture_logs() as faulty:
        check_books(run, lambda _done, _total: None)
    assert [(line["event"], line["log_level"]) for line in faulty] == [("ledger.faulty", "error")]
    assert "assets:bank:a says" in str(faulty[0]["faults"])
