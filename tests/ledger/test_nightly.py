"""The books are looked at every night without anybody asking (scorecard B 15)."""

from sqlalchemy import text
from structlog.testing import capture_logs

from app.accounts.models import SYSTEM
from app.core.clock import now
from app.core.db import session
from app.core.tasks import celery
from app.ledger.operations import post
from app.ledger.tasks import verify_books


def test_the_books_are_checked_every_night_and_faults_are_errors() -> None:
    schedule = celery.conf.beat_schedule["ledger.verify"]["schedule"]
    assert (schedule.hour, schedule.minute, schedule.day_of_week) == ({19}, {10}, set(range(7)))
    post(SYSTEM, "k1", "test", now(), [("assets:bank:a", 100, ""), ("assets:bank:b", -100, "")])
    with capture_logs() as sound:
        verify_books()
    assert [line["event"] for line in sound] == ["ledger.sound"]
    session.execute(text("UPDATE ledger_accounts SET balance = balance + 1 WHERE code = 'assets:bank:a'"))
    with capture_logs() as faulty:
        verify_books()
    assert [(line["event"], line["log_level"]) for line in faulty] == [("ledger.faulty", "error")]
    assert "assets:bank:a says" in str(faulty[0]["faults"])
