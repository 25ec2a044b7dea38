"""Serve Jishi from this clone: `make run`. Ctrl-C stops everything, the database too."""

import fcntl
import os
import shlex
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from types import FrameType

from deploy.local import environment
from deploy.local.bootstrap import ensure_environment
from deploy.local.broker import RedisServer
from deploy.local.console import LaunchError, say, step
from deploy.local.layout import LOGS, PYTHON, ROOT, RUN, VAR
from deploy.local.postgres import PostgresServer
from deploy.local.processes import Child, Printer, spawn, stop_together
from deploy.local.services import lasting_postgres, lasting_redis
from deploy.local.vendor import ensure_assets

HOST = "127.0.0.1"
HEALTH_SECONDS = 60.0
STOP_SECONDS = 5.0
FLASK = ("flask", "--app", "wsgi")
WEB = "gunicorn --preload --worker-class gthread --workers 2 --threads 8 --graceful-timeout 4 --no-control-socket"
CELERY = "celery --quiet --app app.celery_app:celery"
BEAT = f"--beat --schedule {shlex.quote(str(RUN / 'beat-schedule'))}"
WORKER = f"--concurrency 2 --without-gossip --without-mingle --loglevel WARNING {BEAT}"
ACCOUNTS = RUN / "accounts.txt"
CALM = ("-W", "ignore:You're running the worker with superuser")
"""In a container being root is usual; Celery's warning about it is meant for servers."""


class Stopped(BaseException):
    """Somebody asked the launcher to stop."""


class Asked:
    """Counts the requests to stop: the first ends what is going on, a second one hurries."""

    def __init__(self) -> None:
        """Listen to Ctrl-C, `kill`, and the closing of the terminal."""
        self.times = 0
        self.stopping = False
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._hear)

    @property
    def again(self) -> bool:
        """Tell whether somebody has lost patience."""
        return self.times > 1

    def _hear(self, number: int, frame: FrameType | None) -> None:
        self.times += 1
        if not self.stopping:
            self.stopping = True
            raise Stopped


def main() -> None:
    """Start everything, serve until asked to stop, and leave nothing behind."""
    asked = Asked()
    failure: str | None = None
    with ExitStack() as stack:
        try:
            serve(stack, asked)
        except Stopped:
            say("\nStopping …")
        except (LaunchError, PermissionError) as error:
            failure = str(error)
        asked.stopping = True
    if failure:
        sys.exit(f"\n{failure}")
    say("Stopped.")


def serve(stack: ExitStack, asked: Asked) -> None:
    """Prepare, start and watch; `stack` takes down what was put up, in reverse."""
    port = chosen_port()
    _claim_clone(stack)
    _check_port(port)
    ensure_environment("run")
    ensure_assets()
    services, shared = _start_services(stack, port)
    settings = environment.for_programs(shared)
    with step("Bringing the database and the demonstration data up to date"):
        _run_here(settings, *FLASK, "demo", "prepare", "--tell", str(ACCOUNTS))
    programs = _start_programs(stack, asked, settings, port)
    printer = Printer(programs)
    stack.callback(printer.drain)
    with step("Starting the web server"):
        _wait_until_healthy(port, [*services, *programs], printer)
    _greet(port)
    while True:
        printer.pump(0.5)
        _check_alive([*services, *programs])


def chosen_port() -> int:
    """Read PORT, 8000 if it is not set."""
    text = os.environ.get("PORT") or "8000"
    if not text.isdecimal() or not 0 < int(text) < 65536:
        raise LaunchError(f"PORT must be a number from 1 to 65535, not {text!r}.")
    return int(text)


def _claim_clone(stack: ExitStack) -> None:
    """Let one launcher at a time work in this clone; the kernel frees the lock however that one ends."""
    if VAR.exists() and not os.access(VAR, os.W_OK):
        raise LaunchError(f"{VAR} was made by another user; start Jishi as that user, or remove the folder.")
    RUN.mkdir(parents=True, exist_ok=True)
    lock = stack.enter_context((RUN / "launcher.lock").open("w"))
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise LaunchError("Jishi already runs from this folder; stop it first.") from None


def _check_port(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            raise LaunchError(
                f"Port {port} cannot be had ({error.strerror}); try `make run PORT={port + 1}`."
            ) from None


def _start_services(stack: ExitStack, port: int) -> tuple[list[Child], dict[str, str]]:
    """Start what the environment does not name, and say where everything is."""
    started: list[Child] = []
    shared = {name: os.environ.get(name, "") for name in ("DATABASE_URL", "CELERY_BROKER_URL", "SECRET_KEY")}
    makers: dict[str, Callable[[], PostgresServer | RedisServer]]
    makers = {"DATABASE_URL": lasting_postgres, "CELERY_BROKER_URL": lasting_redis}
    for name, make in makers.items():
        if shared[name]:
            say(f"· Using {name} from the environment.")
            continue
        server = make()
        with step(f"Starting {server.title}"):
            stack.callback(server.stop)
            server.start()
        started.append(server.child)
        shared[name] = server.url
    shared["SECRET_KEY"] = shared["SECRET_KEY"] or environment.secret_key()
    shared["PORT"] = str(port)
    environment.publish(shared)
    stack.callback(environment.withdraw)
    return started, shared


def _start_programs(stack: ExitStack, asked: Asked, settings: dict[str, str], port: int) -> list[Child]:
    """Start the web server and the task worker, which holds the clock that wakes periodic tasks as well."""
    commands = {
        "web": f"{WEB} --bind {HOST}:{port} wsgi:app",
        "worker": f"{CELERY} worker {WORKER}",
    }
    programs: list[Child] = []
    stack.callback(stop_together, programs, STOP_SECONDS, lambda: asked.again)
    for name, command in commands.items():
        line = [str(PYTHON), *CALM, "-m", *shlex.split(command)]
        log = LOGS / f"{name}.log"
        programs.append(spawn(name, line, log=log, cwd=ROOT, environment=settings, piped=True))
    return programs


def _wait_until_healthy(port: int, children: Sequence[Child], printer: Printer) -> None:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    deadline = time.monotonic() + HEALTH_SECONDS
    while time.monotonic() < deadline:
        printer.pump(0.2)
        _check_alive(children)
        try:
            with opener.open(f"http://{HOST}:{port}/healthz", timeout=2):
                return
        except (urllib.error.URLError, TimeoutError, ConnectionError):
            continue
    raise LaunchError(f"The web server did not become healthy; see {LOGS / 'web.log'}.")


def _greet(port: int) -> None:
    say(f"\nJishi 技市 is served at http://{HOST}:{port}\n")
    say(ACCOUNTS.read_text(encoding="utf-8").rstrip())
    say("\nCtrl-C stops it.\n")


def _check_alive(children: Sequence[Child]) -> None:
    for child in children:
        if not child.is_alive:
            code = child.process.returncode
            raise LaunchError(
                f"{child.name} ended by itself ({code}); see {LOGS / child.name}.log. Everything was stopped."
            )


def _run_here(settings: dict[str, str], *command: str) -> None:
    if subprocess.run([PYTHON, "-m", *command], cwd=ROOT, env=settings).returncode:
        raise LaunchError(f"`{' '.join(command)}` failed; the lines above say why.")


if __name__ == "__main__":
    main()
