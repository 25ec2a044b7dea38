"""OAI-PMH: a harvest of 100,000 records, page by page: records a second, and memory that does not grow."""

import json
import subprocess
import time
from pathlib import Path

import psycopg
from sqlalchemy import text

from app.accounts.models import OrganisationKind
from app.core.db import session
from deploy.local.layout import PYTHON, ROOT
from tests.accounts.factories import make_organisation
from tests.benchmarks.report import Board
from tests.databases import own_database, plain
from tests.live.servers import own_application, program_environment
from tests.live.world import committed

RECORDS = 100_000
AT_ONCE = 2_000  # each declaration locks its number until its transaction ends
MOST_GROWTH_MIB = 24

# Each patent has a number of its own with its check digit, made by the same rule as the constraint.
COPIES = """
    WITH base AS (SELECT n, '2021' || '1' || lpad(n::text, 7, '0') AS digits
        FROM generate_series(CAST(:first AS int), CAST(:last AS int)) n),
    numbered AS (
        SELECT n, digits || '.' || substr('0123456789X', 1 + (
            SELECT sum(substr(digits, place, 1)::int * (2 + (place - 1) % 8))::int % 11 FROM generate_series(1, 12)
                place
        ), 1) AS number FROM base
    ),
    made AS (
        INSERT INTO patents (id, owner_id, number, kind, title, use_text, products, ipc, filed_on, granted_on,
            expires_on, legal_status, annuity_paid_through, published_at)
        SELECT gen_random_uuid(), :owner, number, 'invention', '一种光学胶 ' || n, '粘接屏幕', '光学胶', '{C09J4/02}',
            '2021-05-14', '2022-09-06', '2041-05-14', 'in_force', 6, now() FROM numbered RETURNING id, number
    ),
    opened AS (
        INSERT INTO open_licences (id, number, patent_id, owner_id, state, price_form, lump_minor, terms_hash,
            announcement_no, announced_on, announcement_source)
        SELECT gen_random_uuid(), 'OL-B-' || number, id, :owner, 'announced', 'lump_sum', 5000000, 'x',
            'K1', '2026-05-15', '专利公报' FROM made RETURNING id, patent_id
    )
    INSERT INTO publications (open_licence_id, patent_id, status, was_announced, fingerprint, changed_at)
    SELECT id, patent_id, 'announced', true, 'x', date_trunc('second', now() - random() * interval '300 days')
    FROM opened
"""
HARVEST = """
import json, re, resource, time
from app import create_app

application = create_app()
client = application.test_client()
token, records, pages, early = "", 0, 0, 0
started = time.perf_counter()
while True:
    query = f"resumptionToken={token}" if token else "metadataPrefix=jishi"
    text = client.get(f"/oai?verb=ListRecords&{query}").get_data(as_text=True)
    records += text.count("<record>")
    pages += 1
    if pages == 100:
        early = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    found = re.search(r"<resumptionToken[^>]*>([^<]+)<", text)
    if found is None:
        break
    token = found[1]
seconds = time.perf_counter() - started
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(json.dumps({"seconds": seconds, "records": records, "early": early, "peak": peak}))
"""


def test_harvest(board: Board, cluster: str, files: Path) -> None:
    with own_database(cluster) as url, own_application(url, files, connections=2) as application:
        with committed(application):
            owner = make_organisation(OrganisationKind.INSTITUTION).id
        for first in range(1, RECORDS + 1, AT_ONCE):
            with committed(application):
                session.execute(text(COPIES), {"owner": owner, "first": first, "last": first + AT_ONCE - 1})
        ended = subprocess.run(
            [PYTHON, "-c", HARVEST], cwd=ROOT, env=program_environment(url, files, "memory://"),
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert ended.returncode == 0, ended.stderr[-3000:]
        measured = json.loads(ended.stdout.splitlines()[-1])
        floor = read_out(url)
    assert measured["records"] == RECORDS
    board.rate("oai_harvest_records_per_s", RECORDS / measured["seconds"], RECORDS / floor, 60)
    growth = (measured["peak"] - measured["early"]) / 1024
    board.at_most("oai_harvest_memory_growth_mib", growth, measured["early"] / 1024, MOST_GROWTH_MIB, of=growth)


def read_out(url: str) -> float:
    """Seconds in which SQL alone reads the same rows in pages of 100, each behind the last."""
    with psycopg.connect(plain(url)) as connection:
        started, last = time.perf_counter(), ("2000-01-01", "00000000-0000-0000-0000-000000000000")
        while True:
            rows = connection.execute(
                "SELECT p.changed_at::text, p.open_licence_id::text, o.*, t.title FROM publications p"
                " JOIN open_licences o ON o.id = p.open_licence_id JOIN patents t ON t.id = p.patent_id"
                " WHERE (p.changed_at, p.open_licence_id) > (%s::timestamptz, %s::uuid)"
                " ORDER BY p.changed_at, p.open_licence_id LIMIT 100",
                last,
            ).fetchall()
            if not rows:
                return time.perf_counter() - started
            last = (rows[-1][0], rows[-1][1])
