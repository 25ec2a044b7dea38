"""Work of the clock: silence accepts, forgotten ends go to review, unanswered objections may go to the operator."""

from app.core.tasks import task
from app.equipment.usage.disputes import mark_overdue_objections, take_silent_offers
from app.equipment.usage.notices import remind_of_hours, remind_of_offers, warn_of_overruns
from app.equipment.usage.operations import accept_silent_uses, review_forgotten_uses


@task("usage.accept_silent_uses", every=60.0)
def accept_silent_uses_task() -> None:
    """Accept recorded hours that nobody answered in time."""
    accept_silent_uses()


@task("usage.review_forgotten_uses", every=60.0)
def review_forgotten_uses_task() -> None:
    """Send uses to review whose end nobody pressed."""
    review_forgotten_uses()


@task("usage.mark_overdue_objections", every=60.0)
def mark_overdue_objections_task() -> None:
    """Open the way to the operator where an institution did not answer."""
    mark_overdue_objections()


@task("usage.take_silent_offers", every=60.0)
def take_silent_offers_task() -> None:
    """Settle objections at offers that nobody took or refused in time."""
    take_silent_offers()


@task("usage.warn_of_overruns", every=60.0)
def warn_of_overruns_task() -> None:
    """Tell those at the instrument that the booked time ends or has ended."""
    warn_of_overruns()


@task("usage.remind_of_hours", every=3600.0)
def remind_of_hours_task() -> None:
    """Remind customers of hours that silence will soon accept."""
    remind_of_hours()


@task("usage.remind_of_offers", every=3600.0)
def remind_of_offers_task() -> None:
    """Remind customers of offers that silence will soon take."""
    remind_of_offers()
