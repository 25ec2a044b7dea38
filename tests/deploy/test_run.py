"""`make run` from outside: it serves, tells where, refuses to get in its own way, and leaves nothing behind."""

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import pytest

from deploy.local.layout import ROOT

pytestmark = [pytest.mark.nodb, pytest.mark.slow, pytest.mark.timeout(600)]


def launch(var: Path, **more: str) -> subprocess.Popen[str]:
    inherited = {key: value for key, value in os.environ.items() if key not in {"DATABASE_URL", "CELERY_BROKER_URL"}}
    return subprocess.Popen(
        [sys.executable, "-m", "deploy.local.run"],
        cwd=ROOT,
        env={**inherited, "JISHI_VAR": str(var), **more},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def read_until(process: subprocess.Popen[str], text: str) -> str:
    assert process.stdout
    seen = ""
    for line in process.stdout:
        seen += line
        if text in line:
            return seen
    pytest.fail(f"the launcher ended without saying {text!r}:\n{seen}")


def still_running(var: Path) -> list[str]:
    """The programs that were given `var`, as an argument or in their environment."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            command = (process / "cmdline").read_bytes()
            if os.fsencode(var) in command + (process / "environ").read_bytes():
                found.append(command.replace(b"\0", b" ").decode())
    return found


def left_behind(var: Path) -> list[str]:
    """What still runs when programs that were told to end, and those which they had started, have had time to."""
    deadline = time.monotonic() + 10
    while (found := still_running(var)) and time.monotonic() < deadline:
        time.sleep(0.1)
    return found


@pytest.fixture
def port() -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return str(probe.getsockname()[1])


@pytest.fixture
def var() -> Iterator[Path]:
    """A `var` of its own, where the account of the database may pass."""
    folder = Path(tempfile.mkdtemp(prefix="jishi-run-"))
    folder.chmod(0o755)
    yield folder
    left = left_behind(folder)
    shutil.rmtree(folder)
    assert not left


def test_serves_until_told_to_stop_killed_or_left_by_a_part_and_starts_again_with_its_data(
    var: Path, port: str
) -> None:
    """One folder through its life, since making it takes longest: every start stands on what the last end has left."""
    for number, ends in enumerate((told_to_stop, without_a_part, killed, told_to_stop)):
        with launch(var, PORT=port) as jishi:
            assert ("there already" in read_until(jishi, "Ctrl-C stops it.")) is (number > 0)
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5) as reply:
                assert reply.status == 200
            assert (var / "run" / "environment.json").stat().st_mode & 0o777 == 0o600
            assert len(still_running(var)) >= 5
            ends(jishi, var)
        assert not left_behind(var)


def told_to_stop(jishi: subprocess.Popen[str], var: Path) -> None:
    """Everything ends in an orderly way, and nothing says any more where it was."""
    started = time.monotonic()
    jishi.send_signal(signal.SIGTERM)
    output, _ = jishi.communicate(timeout=15)
    assert time.monotonic() - started < 10
    assert jishi.returncode == 0, output
    assert not (var / "run" / "environment.json").exists()


def without_a_part(jishi: subprocess.Popen[str], var: Path) -> None:
    """Everything stops when one part dies."""
    os.kill(postmaster(var), signal.SIGKILL)
    output, _ = jishi.communicate(timeout=20)
    assert jishi.returncode == 1
    assert "postgres ended by itself" in output


def killed(jishi: subprocess.Popen[str], _var: Path) -> None:
    """Nothing outlives a launcher that had no time to say anything."""
    jishi.kill()


def test_taken_port_is_refused_with_advice(var: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with launch(var, PORT=str(port)) as jishi:
            output, _ = jishi.communicate(timeout=15)
    assert jishi.returncode == 1
    assert f"make run PORT={port + 1}" in output


def test_port_that_is_no_number_is_refused(var: Path) -> None:
    with launch(var, PORT="http") as jishi:
        output, _ = jishi.communicate(timeout=15)
    assert jishi.returncode == 1
    assert "PORT must be a number" in output


def postmaster(var: Path) -> int:
    """The process that holds the database's socket."""
    url = json.loads((var / "run" / "environment.json").read_text())["DATABASE_URL"]
    return int((Path(unquote(url.partition("host=")[2])) / ".s.PGSQL.5432.lock").read_text().split()[0])
