"""What the clock does to bookings."""

from app.core.tasks import task
from app.equipment.reservations.operations import expire_requests, mark_no_shows


@task("equipment.expire_requests", every=60.0)
def expire_requests_task() -> None:
    """Requests that nobody answered in time run out."""
    expire_requests()


@task("equipment.mark_no_shows", every=60.0)
def mark_no_shows_task() -> None:
    """Bookings that nobody started count as not used."""
    mark_no_shows()
