"""Once a night: reminders, void notices, instalments, filing days, the end of terms."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from uuid import UUID

from app.core.clock import today
from app.core.db import unit_of_work
from app.core.tasks import crontab, task
from app.market.licences.clocks import end_by_time, tend_filing, tend_notice
from app.market.licences.instalments import tend_instalment
from app.market.licences.queries import instalment_ids, run_out_ids, to_file_ids, unpaid_ids
from app.market.settings import settings


@task("licences.tend", schedule=crontab(hour="17", minute="20"), in_pieces=True)
def tend_licences_task() -> None:
    """01:20 at home. Each licence in a unit of work of its own; run again it finds nothing to do."""
    _each(unpaid_ids, tend_notice)
    _each(lambda: run_out_ids(today()), end_by_time)
    _each(lambda: instalment_ids(today() + timedelta(days=settings.number("instalment_days"))), tend_instalment)
    _each(to_file_ids, tend_filing)


def _each(find: Callable[[], Sequence[UUID]], tend: Callable[[UUID], bool]) -> None:
    with unit_of_work():
        found = find()
    for one in found:
        with unit_of_work():
            tend(one)
