"""The clock and a technician at the same use at the same moment."""

import threading
from collections.abc import Iterator
from datetime import timedelta

import pytest

from app.core.db import session, unit_of_work
from app.core.web import App
from app.equipment.reservations.operations import lock_reservation
from app.equipment.usage.models import UseState
from app.equipment.usage.operations import finish_use, review_forgotten_uses
from tests.equipment.usage.factories import make_started
from tests.ledger.live import committed_application

pytestmark = pytest.mark.live


@pytest.fixture(scope="module")
def live(postgres_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    with committed_application(postgres_url, tmp_path_factory.mktemp("files")) as application:
        yield application


def test_a_use_that_is_being_finished_is_not_sent_to_review_and_nobody_waits_for_the_other(live: App) -> None:
    sent: list[int] = []

    def review() -> None:
        with live.app_context(), unit_of_work():
            sent.append(review_forgotten_uses())

    with unit_of_work():
        case, use = make_started()
    clock = threading.Thread(target=review)
    with case.at(26 * 60):
        with unit_of_work():
            lock_reservation(case.reservation)
            clock.start()
            clock.join(0.7)
            finish_use(case.technician, case.reservation, ended_at=case.reservation.ends_at + timedelta(hours=1))
        clock.join()
    session.expire_all()
    assert (use.state, sent) == (UseState.TO_CONFIRM, [0])
