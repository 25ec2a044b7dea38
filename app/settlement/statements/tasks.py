"""The month closes by itself on its sixth working day; unpaid bills become overdue."""

import structlog

from app.accounts.members.queries import actor_again
from app.accounts.models import SYSTEM
from app.core.db import batch_of_work, session
from app.core.errors import DomainError
from app.core.runs import Run, Step, in_background
from app.core.tasks import crontab, task
from app.settlement.settings import settings
from app.settlement.statements.calendar import first_day, month_due
from app.settlement.statements.models import MonthClose
from app.settlement.statements.operations import BATCH, close_month, mark_overdue
from app.settlement.statements.queries import close_preview

log = structlog.get_logger()


# 16:30 UTC is 00:30 in Asia/Shanghai. Every night, so that a night without power is made up for.
@task("settlement.close_due_month", schedule=crontab(hour="16", minute="30"))
def close_due_month() -> None:
    """Close the month before, from working day 6 on, unless the operator closes by hand."""
    month = month_due()
    if month is None or not settings["closes_by_itself"] or session.get(MonthClose, month) is not None:
        return
    try:
        with batch_of_work() as save:
            closed = close_month(SYSTEM, month, save)
    except DomainError:
        log.exception("month.not_closed", month=month.isoformat())
    else:
        log.info("month.closed", month=month.isoformat(), statements=closed.statements, bills=closed.bills)


@in_background("settlement.close_month")
def close_month_asked_for(run: Run, step: Step) -> dict[str, int]:
    """Close the month that somebody asked for, as that person and in the roles held now."""
    month, done = first_day(run.subject), 0
    total = close_preview(month).provisional

    def save() -> None:
        nonlocal done
        done = min(done + BATCH, total)
        step(done, total)

    step(0, total)
    closed = close_month(actor_again(run.user_id, run.acting_for_id), month, save)
    return {"statements": closed.statements, "bills": closed.bills, "lines": closed.lines}


@task("settlement.mark_overdue", schedule=crontab(hour="16", minute="5"))
def mark_overdue_bills() -> None:
    """Just after midnight in Asia/Shanghai."""
    mark_overdue()
