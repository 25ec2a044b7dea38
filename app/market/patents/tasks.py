"""Once a night: alerts of every portfolio, and rights that have ended."""

from app.core.db import unit_of_work
from app.core.tasks import crontab, task
from app.market.patents.alerts import owners_to_tend, tend_portfolio


@task("patents.tend", schedule=crontab(hour="17", minute="5"), in_pieces=True)
def tend_patents_task() -> None:
    """01:05 at home. Each portfolio in a unit of work of its own; run again it finds nothing new."""
    with unit_of_work():
        owners = owners_to_tend()
    for owner_id in owners:
        with unit_of_work():
            tend_portfolio(owner_id)
