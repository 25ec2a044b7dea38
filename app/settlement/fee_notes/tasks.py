"""Fee notes that are late are reminded of."""

from app.core.tasks import crontab, task
from app.settlement.fee_notes.operations import remind_of_fee_notes


@task("settlement.remind_of_fee_notes", schedule=crontab(hour="16", minute="8"))
def remind_of_late_fee_notes() -> None:
    """Just after midnight in Asia/Shanghai, after the bills."""
    remind_of_fee_notes()
