"""The nightly check of the books."""

import structlog

from app.core.tasks import crontab, task
from app.ledger.queries import verify

log = structlog.get_logger()


@task("ledger.verify", schedule=crontab(hour="19", minute="10"))
def verify_books() -> None:
    """Look at all books at 03:10 Asia/Shanghai; faults are logged as errors, which is what alarms are set on."""
    found = verify()
    if found.ok:
        log.info("ledger.sound", transactions=found.transactions, lines=found.lines)
    else:
        log.error("ledger.faulty", faults=found.faults[:20], count=len(found.faults))
