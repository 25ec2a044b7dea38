"""Housekeeping: what proves nothing any more is forgotten."""

from datetime import timedelta

from sqlalchemy import delete

from app.accounts.models import OneTimeCode, RateHit, SignInAttempt, SignInSession, SignUp
from app.core.clock import now
from app.core.db import session
from app.core.tasks import task

KEPT = timedelta(days=2)
LOGGED = timedelta(days=190)  # network logs at least six months (Cybersecurity Law, domain.md J)


@task("accounts.forget_old_proofs", every=6 * 3600.0)
def forget_old_proofs() -> None:
    """Remove counters, sign-ups and links to new passwords after two days, sign-ins after the log period."""
    present = now()
    session.execute(delete(RateHit).where(RateHit.at < present - KEPT))
    session.execute(delete(SignUp).where(SignUp.expires_at < present - KEPT))
    session.execute(delete(OneTimeCode).where(OneTimeCode.expires_at < present - KEPT))
    session.execute(delete(SignInAttempt).where(SignInAttempt.at < present - LOGGED))
    session.execute(delete(SignInSession).where(SignInSession.expires_at < present - LOGGED))
