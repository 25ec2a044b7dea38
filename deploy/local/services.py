"""PostgreSQL and Redis for this machine: lasting ones under `var` for `make run`, passing ones for tests."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from deploy.local.accounts import (
    SOCKET_PATH_LIMIT,
    Account,
    can_enter,
    database_account,
    private_folder,
    socket_folder,
    stand_in,
    within_reach,
)
from deploy.local.broker import RedisServer
from deploy.local.console import say
from deploy.local.layout import LOGS, RUN, VAR
from deploy.local.postgres import PostgresServer


def lasting_postgres() -> PostgresServer:
    """The database of this clone, in `var/postgres`."""
    preferred = VAR / "postgres"
    account = database_account(preferred, stand_in(preferred))
    data = within_reach(account, preferred)
    if data != preferred:
        say(f"· PostgreSQL's account cannot enter this folder, so the database is kept in {data}.")
    return PostgresServer(data, socket_folder(RUN / "postgres", account), LOGS / "postgres.log", account=account)


def lasting_redis() -> RedisServer:
    """The task queue of this clone, in `var/redis`."""
    return RedisServer(VAR / "redis", socket_folder(RUN / "redis", None), LOGS / "redis.log")


@contextmanager
def temporary_postgres(*, fast: bool = True, binaries: Path | None = None) -> Iterator[PostgresServer]:
    """Run a fresh, empty cluster and remove it afterwards; its `url` is of an owner who may create databases.

    `binaries` names another installation's programs, such as Debian's /usr/lib/postgresql/15/bin. Enter this
    in the main thread: the kernel stops the server when the thread that started it ends.
    """
    account = database_account()
    with _temporary_folder(account) as folder, ExitStack() as stack:
        sockets = private_folder(folder / "run", account)
        log = folder / "postgres.log"
        server = PostgresServer(folder / "data", sockets, log, account=account, binaries=binaries, fast=fast)
        stack.callback(server.stop)
        server.start()
        yield server


@contextmanager
def temporary_redis() -> Iterator[RedisServer]:
    """Run an empty Redis that keeps nothing."""
    with _temporary_folder(None) as folder, ExitStack() as stack:
        server = RedisServer(folder / "data", folder, folder / "redis.log", durable=False)
        stack.callback(server.stop)
        server.start()
        yield server


@contextmanager
def _temporary_folder(account: Account) -> Iterator[Path]:
    """A folder of our own, near enough for a socket, through which `account` may pass into its own part."""
    candidates = [Path(tempfile.gettempdir()), Path("/tmp"), Path("/var/tmp")]  # noqa: S108 (mkdtemp picks the name)
    parent = next(
        (
            place
            for place in candidates
            if len(os.fsencode(place)) < SOCKET_PATH_LIMIT - 20 and can_enter(account, place)
        ),
        candidates[0],
    )
    folder = Path(tempfile.mkdtemp(prefix="jishi-", dir=parent))
    if account:
        folder.chmod(0o711)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
