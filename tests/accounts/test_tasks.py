"""Housekeeping."""

from datetime import timedelta

from sqlalchemy import select

from app.accounts.models import RateHit, SignInAttempt
from app.accounts.tasks import forget_old_proofs
from app.accounts.throttle import take_turn
from app.core.clock import now
from app.core.db import session


def test_counters_go_after_two_days_and_the_sign_in_log_is_kept_for_half_a_year() -> None:
    take_turn("fresh", 5, timedelta(hours=1))
    session.add(RateHit(key="old", at=now() - timedelta(days=3)))
    for days in (10, 179, 200):
        session.add(SignInAttempt(email="a@test.example", address="", at=now() - timedelta(days=days), succeeded=True))
    session.commit()
    forget_old_proofs()
    assert session.scalars(select(RateHit.key)).all() == ["fresh"]
    assert len(session.scalars(select(SignInAttempt.id)).all()) == 2
