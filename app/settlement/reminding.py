"""When people are reminded of what they owe: the same days for bills and fee notes."""

from datetime import datetime, timedelta

from app.core.clock import now
from app.settlement.settings import settings


def reminders_due(days_late: int, *, sent_at: datetime | None, so_far: int) -> int:
    """How many reminders ought to have gone out by now, at least the `so_far` that have.

    Who has said at `sent_at` that the transfer is under way is left alone for `announced_pause_days`; what falls due
    meanwhile comes as one afterwards.
    """
    pause = timedelta(days=settings.number("announced_pause_days"))
    if sent_at is not None and now() < sent_at + pause:
        return so_far
    return max(so_far, sum(days_late >= day for day in settings.days("reminder_days")))
