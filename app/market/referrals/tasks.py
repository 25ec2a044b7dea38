"""The sweep: reminders, and requests that a partner left without an answer."""

from datetime import timedelta

from app.core.db import session, unit_of_work
from app.core.events import emit
from app.core.tasks import task
from app.market.referrals.events import ReferralDue
from app.market.referrals.models import Referral
from app.market.referrals.operations import lapse
from app.market.referrals.queries import overdue, soon_due
from app.market.settings import settings


@task("referrals.tend", every=3600.0, in_pieces=True)
def tend() -> None:
    """Each in a unit of work of its own; a reminder that was given is not given again (its key is the day)."""
    with unit_of_work():
        for referral_id, due_at in soon_due(timedelta(days=settings.number("referral_reminder_days"))):
            emit(ReferralDue(referral_id, due_at.date().isoformat()))
        late = overdue()
    for referral_id in late:
        with unit_of_work():
            lapse(session.get_one(Referral, referral_id))
