"""The hourly round over the watches, and the sweep over what nobody confirmed."""

from app.core.tasks import crontab, task
from app.market.watches.operations import adopt_visitors, sweep
from app.market.watches.telling import tell_watchers


@task("watches.tell", schedule=crontab(minute="20"), in_pieces=True)
def tell_task() -> None:
    """Write to those who are due; once a day or week each, whatever the hour (an outage is made up for)."""
    tell_watchers()


@task("watches.sweep", schedule=crontab(hour="17", minute="40"))
def sweep_task() -> None:
    """Delete what was not confirmed in time; hand over the watches of visitors who have an account by now."""
    sweep()
    adopt_visitors()
