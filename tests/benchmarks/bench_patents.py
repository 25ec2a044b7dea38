"""(g) Importing 50,000 patents with their people against COPY of the same rows."""

import time
from pathlib import Path

import psycopg

from app.accounts.models import SYSTEM, OrganisationKind
from app.core.db import unit_of_work
from app.core.tabular import read_table
from app.imports.operations import apply_import
from app.imports.reading import read_rows
from app.market.patents.kind import PATENTS
from app.market.patents.numbers import check_character
from app.market.patents.reader import READER
from tests.accounts.factories import make_organisation
from tests.benchmarks.report import Board
from tests.databases import own_database, plain
from tests.live.servers import own_application
from tests.live.world import committed

IMPORTED = 50_000
WRITTEN = ("patents", "patent_holders", "patent_inventors")


def listed(rows: int, patentee: str) -> bytes:
    """A university's list of so many inventions, each with two inventors."""
    lines = ["专利号,名称,专利权人,发明人,申请日,授权公告日,IPC,年费缴至,法律状态,用途"]
    for serial in range(rows):
        digits = f"20181{serial:07}"
        lines.append(
            f"ZL{digits}.{check_character(digits)},一种膜分离装置{serial},{patentee},王芳；李雷,2018-03-09,2020-05-12,"
            "B01D61/02,8,有效,处理印染废水，回收清水。"
        )
    return "\n".join(lines).encode()


def test_import_of_patents(board: Board, cluster: str, files: Path) -> None:
    with own_database(cluster) as url, own_application(url, files, connections=2) as application:
        with committed(application):
            owner = make_organisation(OrganisationKind.INSTITUTION)
        data = listed(IMPORTED, owner.name)
        started = time.perf_counter()
        with application.app_context(), unit_of_work():
            counts = apply_import(PATENTS, SYSTEM, owner, read_rows(READER, read_table(data, "patents.csv")))
        measured = time.perf_counter() - started
        assert counts.created == IMPORTED
        floor = copied(url)
    board.at_most("import_50000_patents_s", measured, floor, 15)


def copied(url: str) -> float:
    """Seconds in which COPY writes the same rows into tables that are the same, indexes and all."""
    with psycopg.connect(plain(url)) as connection:
        connection.execute("SET jishi.tenant = '*'")
        written = {}
        for table in WRITTEN:
            connection.execute(f"CREATE TABLE {table}_copied (LIKE {table} INCLUDING ALL)")
            columns = written_columns(connection, table)
            with connection.cursor().copy(f"COPY (SELECT {columns} FROM {table}) TO STDOUT") as copy:
                written[f"{table}_copied ({columns})"] = b"".join(bytes(part) for part in copy)
        connection.commit()
        started = time.perf_counter()
        for target, rows in written.items():
            with connection.cursor().copy(f"COPY {target} FROM STDIN") as copy:
                copy.write(rows)
        connection.commit()
        seconds = time.perf_counter() - started
        for table in WRITTEN:
            counted = connection.execute(f"SELECT count(*) FROM {table}_copied").fetchone()
            assert counted is not None
            assert counted[0] >= IMPORTED
        return seconds


def written_columns(connection: psycopg.Connection, table: str) -> str:
    """The columns of a table that are not computed from others."""
    rows = connection.execute(
        "SELECT column_name FROM information_schema.columns WHERE table_name = %s AND is_generated = 'NEVER'", (table,)
    )
    return ", ".join(f'"{name}"' for (name,) in rows)
