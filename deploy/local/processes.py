"""Child processes that never outlive the launcher, and the words they print."""

import functools
import os
import pwd
import selectors
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

LOG_LIMIT = 10 * 1024 * 1024


@dataclass
class Child:
    """A running program, how it likes to be stopped, and where its output is kept."""

    name: str
    process: subprocess.Popen[bytes]
    log: IO[bytes]
    stop_signal: signal.Signals

    @property
    def is_alive(self) -> bool:
        """Tell whether the program still runs."""
        return self.process.poll() is None

    def ask_to_stop(self) -> None:
        """Send the signal that means an orderly end to this program."""
        if self.is_alive:
            self.process.send_signal(self.stop_signal)

    def wait(self, seconds: float) -> bool:
        """Wait for the end and tell whether it came in time."""
        try:
            self.process.wait(max(0.0, seconds))
        except subprocess.TimeoutExpired:
            return False
        return True

    def kill(self) -> None:
        """End the program and everything it started."""
        if self.is_alive:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    def close(self) -> None:
        """Let go of the files, once the program has ended."""
        self.log.close()
        if self.process.stdout:
            self.process.stdout.close()


def spawn(
    name: str,
    command: Sequence[str | Path],
    *,
    log: Path,
    cwd: Path,
    environment: Mapping[str, str],
    account: pwd.struct_passwd | None = None,
    stop_signal: signal.Signals = signal.SIGTERM,
    piped: bool = False,
) -> Child:
    """Start a program in a session of its own, so that Ctrl-C reaches the launcher alone."""
    kept = open_log(log)
    tie = ["setpriv", "--pdeathsig", stop_signal.name.removeprefix("SIG"), "--"] if _can_tie() else []
    process = subprocess.Popen(
        [*tie, *command],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE if piped else kept,
        stderr=subprocess.STDOUT,
        cwd=cwd,
        env=environment,
        start_new_session=True,
        **identity(account),
    )
    return Child(name, process, kept, stop_signal)


def identity(account: pwd.struct_passwd | None) -> dict[str, Any]:
    """Arguments for subprocess that run a program as `account`, with none of our groups."""
    if account is None:
        return {}
    return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}


def open_log(log: Path) -> IO[bytes]:
    """Open a log to append to; one that has grown big is put aside first."""
    log.parent.mkdir(parents=True, exist_ok=True)
    if log.exists() and log.stat().st_size > LOG_LIMIT:
        log.replace(log.with_suffix(".old.log"))
    return log.open("ab", buffering=0)


def stop_together(children: Sequence[Child], seconds: float, hurry: Callable[[], bool]) -> None:
    """Stop all at the same time; kill whoever is left after `seconds`, or once `hurry` says so."""
    for child in children:
        child.ask_to_stop()
    deadline = time.monotonic() + seconds
    while any(child.is_alive for child in children) and time.monotonic() < deadline and not hurry():
        time.sleep(0.05)
    for child in children:
        child.kill()


@functools.cache
def _can_tie() -> bool:
    """Tell whether the kernel can be asked to signal a child when its parent dies, even by kill -9."""
    try:
        return subprocess.run(["setpriv", "--pdeathsig", "TERM", "true"], capture_output=True).returncode == 0
    except FileNotFoundError:
        return False


class Printer:
    """Copies what piped children print to their logs, and to the terminal behind their names."""

    def __init__(self, children: Sequence[Child]) -> None:
        """Listen to every piped child."""
        self._width = max(len(child.name) for child in children)
        self._selector = selectors.DefaultSelector()
        self._rests: dict[str, bytes] = {}
        for child in children:
            if child.process.stdout:
                os.set_blocking(child.process.stdout.fileno(), False)
                self._selector.register(child.process.stdout, selectors.EVENT_READ, child)

    def pump(self, seconds: float) -> None:
        """Pass on what was printed, waiting at most `seconds` for something to come."""
        if not self._selector.get_map():
            time.sleep(seconds)
            return
        for key, _ in self._selector.select(seconds):
            child: Child = key.data
            chunk = os.read(key.fd, 65536)
            if not chunk:
                self._selector.unregister(key.fileobj)
            self._print(child, chunk)

    def drain(self) -> None:
        """Pass on what is left after the children ended."""
        while self._selector.get_map() and self._selector.select(0):
            self.pump(0)

    def _print(self, child: Child, chunk: bytes) -> None:
        child.log.write(chunk)
        *lines, rest = (self._rests.pop(child.name, b"") + chunk).split(b"\n")
        if rest and not chunk:
            lines, rest = [rest], b""
        self._rests[child.name] = rest
        for line in lines:
            print(f"{child.name:<{self._width}} │ {line.decode(errors='replace')}", flush=True)
