"""What the clock does to bookings."""

from app.core.tasks import task
from app.equipment.reservations.operations import expire_requests, mark_no_shows
from app.equipment.reservations.reminders import remind_of_requests, tell_of_tomorrow


@task("equipment.expire_requests", every=60.0)
def expire_requests_task() -> None:
    """Requests that nobody answered in time run out."""
    expire_requests()


@task("equipment.mark_no_shows", every=60.0)
def mark_no_shows_task() -> None:
    """Bookings that nobody started count as not used."""
    mark_no_shows()


@task("equipment.remind_of_requests", every=60.0)
def remind_of_requests_task() -> None:
    """Managers are reminded of requests half-way to their deadline, owners after three quarters."""
    remind_of_requests()


@task("equipment.tell_of_tomorrow", every=600.0)
def tell_of_tomorrow_task() -> None:
    """From the afternoon on people hear of the bookings of tomorrow."""
    tell_of_tomorrow()
