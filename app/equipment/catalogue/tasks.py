"""Background work of the catalogue."""

from app.core.tasks import task
from app.equipment.catalogue.operations import refresh_stale_offers


@task("catalogue.refresh_offers", every=60.0)
def refresh_offers_task() -> None:
    """Bring next free times and prices up to date."""
    refresh_stale_offers()
