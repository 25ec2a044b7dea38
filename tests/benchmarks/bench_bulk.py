"""(d) Importing 100,000 instruments against COPY; (e) closing a month of 100,000 bookings: rows a second, memory."""

import json
import subprocess
import time
from pathlib import Path

import psycopg
from sqlalchemy import text

from app.accounts.models import SYSTEM, OrganisationKind
from app.core.clock import today
from app.core.db import session, unit_of_work
from app.core.tabular import read_table
from app.equipment.exchange.formats import FORMATS, FormatCode
from app.equipment.exchange.operations import apply_import
from app.imports.reading import read_rows
from deploy.local.layout import PYTHON, ROOT
from tests.accounts.factories import make_organisation
from tests.benchmarks.report import Board
from tests.databases import own_database, plain
from tests.live.servers import own_application, program_environment
from tests.live.world import committed

IMPORTED = 100_000
FEW, MANY = 10_000, 100_000


def listed(rows: int) -> bytes:
    """A UNIQUIP file of so many different instruments."""
    source = next((ROOT / "app").rglob("*.uniquip.csv"), None)
    heading = source.read_text(encoding="utf-8").splitlines()[0] if source else ""
    heading = heading or "Type,Name,Description,Technique,ID,Department,Site Location,Building,Service Level"
    columns = heading.split(",")
    values = {"Type": "equipment", "Technique": "Mass Spectrometer: Fourier-Transform", "Department": "EMSL",
              "Site Location": "Richland, WA", "Service Level": "10 h/day"}  # fmt: skip
    lines = [heading]
    for number in range(rows):
        line = {**values, "Name": f"Mass Spectrometer: {number} Electrospray", "ID": f"N{number}"}
        lines.append(",".join(f'"{line[name]}"' if name in line else "" for name in columns))
    return "\n".join(lines).encode()


def test_import(board: Board, cluster: str, files: Path) -> None:
    with own_database(cluster) as url, own_application(url, files, connections=2) as application:
        with committed(application):
            owner = make_organisation(OrganisationKind.INSTITUTION)
        data = listed(IMPORTED)
        started = time.perf_counter()
        with application.app_context(), unit_of_work():
            rows = read_rows(FORMATS[FormatCode.UNIQUIP].reader, read_table(data, "list.csv"))
            counts = apply_import(SYSTEM, owner, rows)
        measured = time.perf_counter() - started
        assert counts.created == IMPORTED
        floor = copied(url)
    board.at_most("import_100000_instruments_s", measured, floor, 15)


def copied(url: str) -> float:
    """Seconds in which COPY writes the same rows into a table that is the same, indexes and all."""
    with psycopg.connect(plain(url)) as connection:
        connection.execute("CREATE TABLE copied (LIKE instruments INCLUDING ALL)")
        with connection.cursor().copy("COPY instruments TO STDOUT") as copy:
            data = b"".join(bytes(part) for part in copy)
        connection.commit()
        started = time.perf_counter()
        with connection.cursor().copy("COPY copied FROM STDIN") as copy:
            copy.write(data)
        connection.commit()
        return time.perf_counter() - started


CHARGES = """
    INSERT INTO charges (id, subject_kind, subject_id, subject_number, kind, revision, state, provider_id, payer_id,
        payer_class, description, service_period, used_on, minutes, lines, total_minor, currency, tax_minor,
        tax_category, tax_rate)
    SELECT gen_random_uuid(), 'use', gen_random_uuid(), 'R-' || n, 'use', 1, 'provisional',
        (:providers)[1 + n % :p], (:payers)[1 + n % :q], 'enterprise', 'LC-MS',
        tstzrange(CAST(:day AS date), CAST(:day AS date) + interval '2 hours'), :day, 120,
        '[{"kind": "machine_time", "quantity": 120, "amount": 110000}]', 110000, 'CNY', 6226, 'testing_service', 6
    FROM generate_series(1, :amount) n
"""
CLOSE = """
import json, resource, time
from app import create_app
from app.accounts.models import SYSTEM
from app.core.clock import today
from app.core.db import batch_of_work
from app.settlement.statements.operations import close_month

with create_app().app_context():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started = time.perf_counter()
    with batch_of_work() as save:
        closed = close_month(SYSTEM, today().replace(day=1), save)
    seconds = time.perf_counter() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(json.dumps({"seconds": seconds, "before": before, "peak": peak, "lines": closed.lines}))
"""


def closed(cluster: str, files: Path, amount: int) -> tuple[dict[str, float], float]:
    """What closing a month of so many bookings took, and seconds in which SQL alone copies its lines."""
    with own_database(cluster) as url, own_application(url, files, connections=2) as application:
        with committed(application):
            providers = [make_organisation(OrganisationKind.INSTITUTION).id for _number in range(20)]
            payers = [make_organisation().id for _number in range(301)]
            session.execute(
                text(CHARGES),
                {"providers": providers, "payers": payers, "p": len(providers), "q": len(payers),
                 "day": today().replace(day=1), "amount": amount},
            )  # fmt: skip
        ended = subprocess.run(
            [PYTHON, "-c", CLOSE], cwd=ROOT, env=program_environment(url, files, "memory://"),
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert ended.returncode == 0, ended.stderr[-3000:]
        with psycopg.connect(plain(url)) as connection:
            started = time.perf_counter()
            connection.execute("CREATE TABLE lines_again (LIKE statement_lines INCLUDING ALL)")
            connection.execute("INSERT INTO lines_again SELECT * FROM statement_lines")
            connection.commit()
            floor = time.perf_counter() - started
        found: dict[str, float] = json.loads(ended.stdout.splitlines()[-1])
        assert found["lines"] == amount
        return found, floor


def test_month_close(board: Board, cluster: str, files: Path) -> None:
    few, _floor = closed(cluster, files, FEW)
    many, floor = closed(cluster, files, MANY)
    board.at_least("month_close_bookings_per_s", MANY / many["seconds"], MANY / floor, 2000)
    board.at_most("month_close_peak_mb", many["peak"] / 1024, few["peak"] / 1024, 1.25)
