"""Just after midnight in Asia/Shanghai: periods that are over, reports that are late, silence that accepts."""

from collections.abc import Callable

import structlog

from app.core.db import unit_of_work
from app.core.tasks import crontab, task
from app.market.royalties.operations import BATCH, accept_by_silence, make_due, mark_late, remind_of_reports
from app.market.royalties.questions import settle_questions
from app.market.royalties.reporting import bill_floors

log = structlog.get_logger()


def late_and_billed() -> int:
    """A batch of late periods, their announced floors billed; returns how many were late."""
    late = mark_late()
    bill_floors(late)
    return len(late)


# 16:10 UTC is 00:10 in Asia/Shanghai.
@task("royalties.run", schedule=crontab(hour="16", minute="10"), in_pieces=True)
def run_royalties_task() -> None:
    """The royalty run of a day."""
    run_royalties()


def run_royalties() -> dict[str, int]:
    """Every step in batches that commit by themselves; returns how many periods each has touched."""
    steps: dict[str, Callable[[], int]] = {
        "due": make_due, "late": late_and_billed, "accepted": accept_by_silence, "questions": settle_questions,
        "reminded": remind_of_reports,
    }  # fmt: skip
    done = {name: _in_batches(step) for name, step in steps.items()}
    log.info("royalties.run", **done)
    return done


def _in_batches(step: Callable[[], int]) -> int:
    total, count = 0, BATCH
    while count == BATCH:
        with unit_of_work():
            count = step()
        total += count
    return total
