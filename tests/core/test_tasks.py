"""Background work: inside a unit of work, on a schedule, and never in the way of a request."""

import threading
import time

from kombu.exceptions import OperationalError

from app.core.db import session
from app.core.settings import StoredSetting
from app.core.tasks import Nudger, celery, task


class SlowTask:
    """A broker that takes its time, or is away."""

    def __init__(self, pause: float, *, away: bool = False) -> None:
        self.asked = 0
        self.pause, self.away = pause, away
        self.was_asked = threading.Event()

    def apply_async(self, **_options: object) -> None:
        time.sleep(self.pause)
        self.asked += 1
        self.was_asked.set()
        if self.away:
            raise OperationalError("no broker")


def test_a_task_commits_what_it_did() -> None:
    @task("tested.write")
    def write(key: str) -> None:
        session.add(StoredSetting(key=key, value={}))

    write("by a task")
    assert session.get(StoredSetting, "by a task") is not None


def test_asking_never_waits_for_the_broker_and_many_wishes_are_one() -> None:
    slow = SlowTask(0.3)
    nudger = Nudger(slow, pause=0.05)
    started = time.perf_counter()
    for _number in range(50):
        nudger.nudge()
    assert time.perf_counter() - started < 0.2
    assert slow.was_asked.wait(5)
    time.sleep(0.6)
    assert slow.asked <= 3


def test_an_absent_broker_stops_nothing() -> None:
    away = SlowTask(0, away=True)
    nudger = Nudger(away, pause=0)
    nudger.nudge()
    assert away.was_asked.wait(5)
    away.was_asked.clear()
    nudger.nudge()
    assert away.was_asked.wait(5)


def test_lost_workers_lose_no_task() -> None:
    assert celery.conf.task_acks_late
    assert celery.conf.task_reject_on_worker_lost
    assert celery.conf.worker_prefetch_multiplier == 1
    assert celery.conf.broker_transport_options["unacked_restore_interval"] == 2
    assert "core.relay_outbox" in celery.conf.beat_schedule
