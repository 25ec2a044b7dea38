"""Background work of the exchange."""

from app.core.tasks import task
from app.equipment.exchange.drafts import forget_drafts


@task("exchange.forget_drafts", every=3600.0)
def forget_drafts_task() -> None:
    """Delete uploads that nobody has used for a week."""
    forget_drafts()
