"""Many at once: the books stay balanced, gapless and above their floors."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest

from app.accounts.models import SYSTEM
from app.core.db import session, unit_of_work
from app.core.web import App
from app.ledger.chart import bank, seller_payable
from app.ledger.operations import Overdrawn, post
from app.ledger.queries import account_balance, last_number, verify
from tests.accounts.factories import make_organisation
from tests.ledger.live import committed_application

pytestmark = pytest.mark.live

THEN = datetime(2026, 11, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def live(postgres_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    with committed_application(postgres_url, tmp_path_factory.mktemp("files")) as application:
        yield application


def race(application: App, count: int, work: Callable[[int], None]) -> Counter[str]:
    """Run `work` in `count` threads that start together; counts how each ended."""
    outcomes: Counter[str] = Counter()
    barrier = threading.Barrier(count)

    def run(number: int) -> None:
        with application.app_context():
            barrier.wait()
            try:
                with unit_of_work():
                    work(number)
                outcomes["done"] += 1
            except Exception as error:
                outcomes[type(error).__name__] += 1
            finally:
                session.remove()  # type: ignore[attr-defined]

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes


def test_thirty_two_releases_at_once_cannot_overdraw(live: App) -> None:
    with unit_of_work():
        payable = seller_payable(make_organisation().id)
        post(SYSTEM, "fill", "test", THEN, [(bank(), 1000, ""), (payable, -1000, "")])
    before = last_number()

    def release(number: int) -> None:
        post(SYSTEM, f"release:{number}", "test", THEN, [(payable, 100, ""), (bank(), -100, "")])

    assert race(live, 32, release) == {"done": 10, Overdrawn.__name__: 22}
    assert account_balance(payable) == 0
    assert last_number() == before + 10
    assert verify().ok


def test_one_fact_told_by_sixteen_at_once_is_posted_once(live: App) -> None:
    before = last_number()

    def tell(_number: int) -> None:
        post(SYSTEM, "same fact", "test", THEN, [("assets:bank:x", 1, ""), ("assets:bank:y", -1, "")])

    assert race(live, 16, tell) == {"done": 16}
    assert last_number() == before + 1
    assert account_balance("assets:bank:x") == 1


def test_opposite_movements_do_not_deadlock(live: App) -> None:
    def swap(number: int) -> None:
        one, two = ("assets:bank:m", "assets:bank:n")[:: 1 if number % 2 else -1]
        for turn in range(4):
            post(SYSTEM, f"swap:{number}:{turn}", "test", THEN, [(one, 1, ""), (two, -1, "")])

    assert race(live, 16, swap) == {"done": 16}
    assert verify().ok
