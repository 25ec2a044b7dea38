"""(f) A night's royalty run over 20,000 licences, due and floor billing, against the same rows by bare SQL."""

import time
from pathlib import Path

import psycopg
from sqlalchemy import text

from app.accounts.models import OrganisationKind
from app.core.clock import today
from app.core.db import session
from app.market.royalties.tasks import run_royalties
from tests.accounts.factories import make_organisation
from tests.benchmarks.report import Board
from tests.databases import own_database, plain
from tests.live.servers import own_application
from tests.live.world import committed
from tests.market.factories import make_patent

LICENCES = 20_000
WRITTEN = (  # in the order of their foreign keys
    "ledger_transactions", "ledger_lines", "charges", "fee_notes", "royalty_reports", "audit_entries",
    "outbox_messages",
)  # fmt: skip

_LICENCES = """
    INSERT INTO licences (id, notice_no, number, kind, patent_id, licensor_id, licensee_id, licensee_party, state,
        notice, notice_text, notice_hash, noticed_at, received_on, price_form, due_now_minor, lump_minor,
        upfront_minor, instalments, rate, royalty_base, rate_steps, floor_minor, period_months, currency, terms,
        effective_on, ends_on)
    SELECT gen_random_uuid(), 'LN-' || n, 'L-' || n, 'ordinary', :patent, :licensor, (:licensees)[1 + n % :q], '{}',
        'effective', '{}', 'x', 'x', now(), CAST(:day AS date) - 800, 'royalty', 0, 0, 0, '[]', 500, 'net_sales',
        '[]', 100000, 12, 'CNY', '{}', CAST(:day AS date) - 800, CAST(:day AS date) + 3000
    FROM generate_series(1, :amount) n
"""
_PERIODS = """
    INSERT INTO royalty_periods (id, licence_id, licensor_id, licensee_id, position, starts_on, ends_on, due_on,
        floor_minor, state)
    SELECT gen_random_uuid(), l.id, l.licensor_id, l.licensee_id, p.position, CAST(:day AS date) - p.since,
        CAST(:day AS date) - p.until, CAST(:day AS date) - p.due, 100000, p.state
    FROM licences l
    CROSS JOIN (VALUES (1, 800, 435, 2, 'due'), (2, 435, 0, -30, 'open')) AS p (position, since, until, due, state)
"""


def test_royalty_run(board: Board, cluster: str, files: Path) -> None:
    with own_database(cluster) as url, own_application(url, files, connections=2) as application:
        with committed(application):
            licensor = make_organisation(OrganisationKind.INSTITUTION)
            patent = make_patent(licensor)
            licensees = [make_organisation().id for _number in range(500)]
            values = {"patent": patent.id, "licensor": licensor.id, "licensees": licensees, "q": len(licensees),
                      "day": today(), "amount": LICENCES}  # fmt: skip
            session.execute(text(_LICENCES), values)
            session.execute(text(_PERIODS), {"day": today()})
            session.execute(text("DELETE FROM outbox_messages"))
        started = time.perf_counter()
        with application.app_context():
            done = run_royalties()
        measured = time.perf_counter() - started
        assert (done["due"], done["late"]) == (LICENCES, LICENCES)
        floor = written_again(url)
    board.at_most("royalty_run_20000_licences_s", measured, floor, 6)


def written_again(url: str) -> float:
    """Seconds in which SQL alone writes the same rows into the same tables again, and changes the same periods.

    The tables keep their indexes, foreign keys and triggers: what the database checks belongs to the floor.
    """
    with psycopg.connect(plain(url), autocommit=True) as connection:
        connection.execute("SET jishi.tenant = '*'")
        for table in WRITTEN:
            connection.execute(f"CREATE UNLOGGED TABLE {table}_kept AS SELECT * FROM {table}")
        for table in reversed(WRITTEN):
            connection.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
            connection.execute(f"DELETE FROM {table}")
            connection.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
        connection.execute(
            "UPDATE royalty_periods SET state = CASE position WHEN 1 THEN 'due' ELSE 'open' END, is_late = false"
        )
        connection.execute("VACUUM ANALYZE")
        started = time.perf_counter()
        with connection.transaction():
            connection.execute("UPDATE royalty_periods SET state = 'due', changed_at = now() WHERE position = 2")
            connection.execute("UPDATE royalty_periods SET is_late = true, changed_at = now() WHERE position = 1")
            for table in WRITTEN:
                wrote = connection.execute(f"INSERT INTO {table} SELECT * FROM {table}_kept").rowcount
                assert wrote >= LICENCES
        return time.perf_counter() - started
