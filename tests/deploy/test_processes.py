"""Child processes: they stop when told, when they must, and when whoever started them is gone."""

import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from deploy.local.layout import ROOT
from deploy.local.processes import LOG_LIMIT, Child, Printer, open_log, spawn, stop_together

pytestmark = pytest.mark.nodb

STUBBORN = """
import signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("deaf", flush=True)
time.sleep(60)
"""
PARENT = """
import os, pathlib, sys, time
from deploy.local.processes import spawn
log, here = pathlib.Path(sys.argv[1]), pathlib.Path("/")
child = spawn("nap", ["sleep", "60"], log=log, cwd=here, environment=dict(os.environ))
print(child.process.pid, flush=True)
time.sleep(60)
"""


def start(tmp_path: Path, code: str, *, piped: bool = True) -> Child:
    command = [sys.executable, "-c", code]
    return spawn("snake", command, log=tmp_path / "snake.log", cwd=tmp_path, environment={}, piped=piped)


def test_output_is_shown_behind_the_name_and_kept_in_the_log(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    child = start(tmp_path, "print('one'); print('two', end='')")
    printer = Printer([child])
    assert child.wait(10)
    printer.drain()
    child.close()
    assert capsys.readouterr().out == "snake │ one\nsnake │ two\n"
    assert (tmp_path / "snake.log").read_text() == "one\ntwo"


def test_program_that_does_not_listen_is_killed_in_time(tmp_path: Path) -> None:
    child = start(tmp_path, STUBBORN)
    Printer([child]).pump(10)
    started = time.monotonic()
    stop_together([child], 0.3, lambda: False)
    assert time.monotonic() - started < 2
    assert child.process.returncode == -signal.SIGKILL
    child.close()


def test_second_request_to_stop_does_not_wait(tmp_path: Path) -> None:
    child = start(tmp_path, STUBBORN)
    Printer([child]).pump(10)
    started = time.monotonic()
    stop_together([child], 30, lambda: True)
    assert time.monotonic() - started < 2
    child.close()


def test_child_does_not_outlive_a_killed_parent(tmp_path: Path) -> None:
    command = [sys.executable, "-c", PARENT, str(tmp_path / "nap.log")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as parent:
        assert parent.stdout
        child = Path("/proc") / parent.stdout.readline().strip()
        assert happens(lambda: (child / "comm").read_text() == "sleep\n")
        parent.kill()
    assert happens(lambda: not child.exists() or "zombie" in (child / "status").read_text())


def happens(condition: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + 10
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.02)
    return condition()


def test_big_log_is_put_aside(tmp_path: Path) -> None:
    log = tmp_path / "web.log"
    log.write_bytes(b"x" * (LOG_LIMIT + 1))
    open_log(log).close()
    assert log.stat().st_size == 0
    assert (tmp_path / "web.old.log").stat().st_size == LOG_LIMIT + 1
