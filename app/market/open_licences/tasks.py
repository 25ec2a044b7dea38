"""The clocks of declarations: publicity that is over, patents that have expired."""

from app.core.tasks import task
from app.market.open_licences.announcing import end_by_time
from app.market.open_licences.publicity import advance_by_time


@task("open_licences.clocks", every=600.0)
def open_licence_clocks() -> None:
    """Make ready what has waited for its publicity, end what has reached its patent's expiry."""
    advance_by_time()
    end_by_time()
