"""Background work: the one Celery application, a task that runs inside a unit of work, and the schedule.

Celery may lose or delay anything; the outbox table is the truth and Celery only the fast path. Arguments are ids.
"""

import functools
import os
import threading
import time
from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

import structlog
from celery import Celery
from celery.schedules import crontab
from flask import Flask
from kombu.exceptions import OperationalError

from app.core.audit import seal_audit_log
from app.core.db import unit_of_work
from app.core.events import relay, relay_wake

__all__ = ["celery", "crontab", "hand_out", "init_tasks", "task"]

log = structlog.get_logger()

celery = Celery("jishi")
celery.conf.update(
    task_ignore_result=True,
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    worker_prefetch_multiplier=1,
    task_serializer="json",
    accept_content=["json"],
    broker_connection_retry_on_startup=True,
    broker_transport_options={
        "visibility_timeout": 900,
        "unacked_restore_interval": 2,
        "unacked_restore_throttle": 1,
        "socket_timeout": 2,
        "socket_connect_timeout": 2,
    },
    task_publish_retry=False,
    worker_hijack_root_logger=False,
    enable_utc=True,
    timezone="UTC",
)

_flask: list[Flask] = []


def init_tasks(app: Flask, broker_url: str) -> None:
    """Connect Celery with the application; after a commit that announced something, nudge the relay."""
    celery.conf.update(broker_url=broker_url)
    _flask[:] = [app]
    relay_wake.name(wake_relay)


def task(
    name: str, *, every: float | None = None, schedule: Any = None, in_pieces: bool = False
) -> Callable[[Callable[..., Any]], Any]:
    """Declare a background task that runs in the application's context and its own unit of work.

    `every` (seconds) or `schedule` (a Celery schedule) make beat start it. A task `in_pieces` opens its units of
    work itself.
    """

    def declare(function: Callable[..., Any]) -> Any:
        @functools.wraps(function)
        def run(*arguments: Any) -> None:
            with _flask[0].app_context(), nullcontext() if in_pieces else unit_of_work():
                function(*arguments)

        if every or schedule:
            celery.conf.beat_schedule = {
                **(celery.conf.beat_schedule or {}), name: {"task": name, "schedule": every or schedule}
            }  # fmt: skip
        return celery.task(name=name)(run)

    return declare


def hand_out(name: str, *arguments: str) -> None:
    """Give work whose row is committed to a worker. Raises when the broker is away; the row is the truth."""
    celery.send_task(name, arguments, ignore_result=True)


@celery.task(name="core.relay_outbox")
def relay_outbox() -> None:
    """Deliver what has been announced; each message commits by itself."""
    with _flask[0].app_context():
        relay()


celery.conf.beat_schedule = {"core.relay_outbox": {"task": "core.relay_outbox", "schedule": 5.0}}


class Nudger:
    """Asks for a task from a thread of its own, at most once per pause, so that no request waits for the broker."""

    def __init__(self, wanted_task: Any, pause: float = 0.2) -> None:
        self.task = wanted_task
        self.pause = pause
        self.wanted = threading.Event()
        self.pid = 0

    def nudge(self) -> None:
        """Ask for a run soon; returns at once."""
        if self.pid != os.getpid():
            self.pid = os.getpid()
            self.wanted = threading.Event()
            threading.Thread(target=self._publish, name="nudger", daemon=True).start()
        self.wanted.set()

    def _publish(self) -> None:
        while True:
            self.wanted.wait()
            self.wanted.clear()
            try:
                self.task.apply_async(ignore_result=True)
            except (OperationalError, OSError) as error:
                log.warning("broker.unavailable", error=str(error)[:200])
            time.sleep(self.pause)


_nudger = Nudger(relay_outbox)


def wake_relay() -> None:
    """Nudge the relay; if the broker is away, the sweep finds the messages."""
    _nudger.nudge()


@task("core.seal_audit_log", every=60.0)
def seal_audit_log_task() -> None:
    """Chain new audit entries."""
    seal_audit_log()
