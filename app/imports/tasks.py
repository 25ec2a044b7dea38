"""Background work of imports."""

from app.core.tasks import task
from app.imports.drafts import forget_drafts


@task("imports.forget_drafts", every=3600.0)
def forget_drafts_task() -> None:
    """Delete uploads that nobody has used for a week."""
    forget_drafts()
