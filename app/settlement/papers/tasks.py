"""On the payout day who settles hears that a payout draft waits."""

from app.core.tasks import crontab, task
from app.settlement.papers.notices import tell_of_payout_day


# 00:30 UTC is 8:30 in Asia/Shanghai. Every morning, so that a day without power is made up for; told once a month.
@task("settlement.propose_payout", schedule=crontab(hour="0", minute="30"))
def propose_payout() -> None:
    """Tell the settlement desk once what was collected until the payout day."""
    tell_of_payout_day()
