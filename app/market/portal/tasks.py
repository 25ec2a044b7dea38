"""The sweep over what is public."""

from app.core.tasks import task
from app.market.portal.operations import refresh_all


@task("portal.refresh", every=900.0)
def refresh_task() -> None:
    """Mend what an event has missed, such as a patent that is no longer published."""
    refresh_all()
