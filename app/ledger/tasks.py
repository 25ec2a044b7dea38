"""The check of the books: every night, and whenever the operator asks for it."""

from typing import Any

import structlog

from app.accounts.models import SYSTEM
from app.core.i18n import in_every_language
from app.core.runs import Run, Step, in_background, request_run
from app.core.tasks import crontab, task
from app.ledger.queries import last_number, verify

log = structlog.get_logger()

CHECK = "ledger.check"
MOST_FAULTS = 20


@task("ledger.verify", schedule=crontab(hour="19", minute="10"))
def verify_books() -> None:
    """Have all books looked at, at 03:10 Asia/Shanghai."""
    request_run(SYSTEM, CHECK)


@in_background(CHECK)
def check_books(_run: Run, step: Step) -> dict[str, Any]:
    """Look at all books; faults are logged as errors, which is what alarms are set on, and shown on the page."""
    total = last_number()
    found = verify(lambda done: step(done, total))
    if found.ok:
        log.info("ledger.sound", transactions=found.transactions, lines=found.lines)
    else:
        faults = [str(fault) for fault in found.faults[:MOST_FAULTS]]
        log.error("ledger.faulty", faults=faults, count=len(found.faults))
    return {
        "transactions": found.transactions,
        "lines": found.lines,
        "accounts": found.accounts,
        "count": len(found.faults),
        "faults": [in_every_language(fault) for fault in found.faults[:MOST_FAULTS]],
    }
