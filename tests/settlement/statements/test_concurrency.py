"""Two closes at once make one statement; charges that become final meanwhile are on it or on the next, never lost."""

import threading
from collections.abc import Callable, Iterator
from datetime import date

import pytest
from flask.testing import FlaskCliRunner
from sqlalchemy import func, select

from app.accounts.models import SYSTEM
from app.core.db import batch_of_work, session, unit_of_work
from app.core.web import App
from app.ledger.queries import verify
from app.settlement.models import Charge, ChargeState
from app.settlement.operations import finalise_charge
from app.settlement.statements.models import Bill, MonthClose, Statement, StatementLine
from app.settlement.statements.operations import close_month
from tests.accounts.factories import make_organisation
from tests.ledger.live import committed_application
from tests.settlement.factories import make_charge, make_institution

pytestmark = pytest.mark.live

SEPTEMBER = date(2026, 9, 1)


@pytest.fixture
def live(postgres_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    with committed_application(postgres_url, tmp_path_factory.mktemp("files")) as application:
        yield application


def together(application: App, works: list[Callable[[], None]]) -> list[Exception]:
    """Run works in threads that start together; gives back what failed."""
    failures: list[Exception] = []
    barrier = threading.Barrier(len(works))

    def run(work: Callable[[], None]) -> None:
        with application.app_context():
            barrier.wait()
            try:
                work()
            except Exception as error:
                failures.append(error)
            finally:
                session.remove()  # type: ignore[attr-defined]

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return failures


def count(model: type) -> int:
    return session.scalar(select(func.count()).select_from(model)) or 0


def close_in_batches() -> None:
    with batch_of_work() as save:
        close_month(SYSTEM, SEPTEMBER, save)


def test_many_closes_and_acceptances_at_once_make_one_statement(live: App) -> None:
    with unit_of_work():
        provider, payer = make_institution(), make_organisation()
        charges = [make_charge(provider, payer, 10_00, used_on=date(2026, 9, 8)).id for _number in range(40)]

    def accept(identity: object) -> Callable[[], None]:
        def work() -> None:
            with unit_of_work():
                finalise_charge(SYSTEM, session.get_one(Charge, identity))

        return work

    works = [close_in_batches] * 4 + [accept(identity) for identity in charges[:8]]
    assert together(live, works) == []
    assert (count(Statement), count(Bill), count(MonthClose), count(StatementLine)) == (1, 1, 1, 40)
    assert session.scalars(select(Charge.state).distinct()).all() == [ChargeState.BILLED]
    assert session.scalars(select(Statement)).one().gross_minor == 400_00
    assert verify().ok


def test_the_command_closes_a_month_and_says_what_came_of_it(live: App) -> None:
    with unit_of_work():
        make_charge(make_institution("乙"), make_organisation(), 10_00, used_on=date(2026, 10, 8))
    runner: FlaskCliRunner = live.test_cli_runner()
    first = runner.invoke(args=["settlement", "close-month", "2026-10"])
    again = runner.invoke(args=["settlement", "close-month", "2026-10"])
    assert first.exit_code == 0, first.output
    assert first.output == again.output
    assert "2026-10 is closed: 1 statements, 1 bills, 1 lines, 0 objection windows cut short" in first.output
    assert runner.invoke(args=["settlement", "close-month", "2026-1"]).exit_code == 1
    assert runner.invoke(args=["settlement", "close-month", "2199-01"]).exit_code == 1
    assert "all sound" in runner.invoke(args=["ledger", "verify"]).output
