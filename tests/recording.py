"""Record what a release asks of its schema (scorecard D 43): `make release` runs tests with this plugin.

The file it writes is compared with the schema of the next version by tests/test_previous_release.py.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import Connection, event, text
from sqlalchemy.engine import Engine

from app.core.db import db
from app.core.web import App
from tests.test_migrations import revisions

RECORD = Path(__file__).resolve().parent / "previous_release.json"

COLUMNS = (
    "SELECT table_name, column_name, format_type(atttypid, atttypmod), is_nullable = 'NO' AND column_default IS NULL "
    "AND is_generated = 'NEVER' AND is_identity = 'NO' FROM information_schema.columns "
    "JOIN pg_attribute ON attrelid = format('%I.%I', table_schema, table_name)::regclass AND attname = column_name "
    "WHERE table_schema = 'public' AND table_name NOT IN ('alembic_version') ORDER BY 1, 2"
)
CONSTRAINTS = (
    "SELECT conrelid::regclass::text, conname::text, pg_get_constraintdef(c.oid), "
    "coalesce(array_agg(a.attname::text ORDER BY a.attname) FILTER (WHERE a.attname IS NOT NULL), '{}') "
    "FROM pg_constraint c LEFT JOIN pg_attribute a ON a.attrelid = conrelid AND a.attnum = ANY (conkey) "
    "WHERE connamespace = 'public'::regnamespace AND contype IN ('c', 'u', 'x', 'f') AND conrelid <> 0 "
    "AND conrelid <> to_regclass('alembic_version') GROUP BY c.oid ORDER BY 1, 2"
)

PARAMETER = re.compile(r"%\((\w+)\)s")
COUNTED = re.compile(r"\$(\d+)")
LISTED = re.compile(r"\bIN \((\$\d+(?:::[\w ]+)?)(?:, \$\d+(?:::[\w ]+)?)+\)")
ROWS = re.compile(r"(VALUES \([^()]*(?:\([^()]*\)[^()]*)*\))(?:, \([^()]*(?:\([^()]*\)[^()]*)*\))+")


def tables(connection: Connection) -> dict[str, dict[str, str]]:
    """Every column with its type; `!` behind it when nothing stands in for a value that is left out."""
    found: dict[str, dict[str, str]] = {}
    for table, column, kind, needed in connection.execute(text(COLUMNS)):
        found.setdefault(table, {})[column] = kind + ("!" if needed else "")
    return found


def constraints(connection: Connection) -> dict[str, dict[str, Any]]:
    """What each row must keep: definition and columns by `table.name`."""
    rows = connection.execute(text(CONSTRAINTS))
    return {f"{table}.{name}": {"is": rule, "of": columns} for table, name, rule, columns in rows}


def tidy(statement: str) -> str:
    """A statement as PostgreSQL prepares it: one row, one element of each list, parameters counted."""
    counted = counting(PARAMETER, " ".join(statement.split())).replace("%%", "%")
    return counting(COUNTED, ROWS.sub(r"\1", LISTED.sub(r"IN (\1)", counted)))


def counting(parameter: re.Pattern[str], statement: str) -> str:
    """Each parameter by the place of its first mention: $1, $2 …"""
    names: list[str] = []

    def number(match: re.Match[str]) -> str:
        if match[1] not in names:
            names.append(match[1])
        return f"${names.index(match[1]) + 1}"

    return parameter.sub(number, statement)


def fault(connection: Connection, statement: str) -> str | None:
    """What PostgreSQL says against preparing a statement, if anything."""
    cursor = connection.connection.cursor()
    cursor.execute("SAVEPOINT prepared")
    try:
        cursor.execute(b"PREPARE recorded AS " + statement.encode(), prepare=False)  # type: ignore[call-arg]
        cursor.execute("DEALLOCATE recorded")
    except psycopg.Error as error:
        return str(error).partition("\n")[0]
    finally:
        cursor.execute("ROLLBACK TO SAVEPOINT prepared")
    return None


@pytest.fixture(scope="session", autouse=True)
def recorded(app: App) -> Iterator[None]:
    """Listen to every statement of the tests that run; write down those that change something, and the schema."""
    heard: set[str] = set()

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if re.match(r"(INSERT|UPDATE|DELETE|WITH)\b", statement):
            heard.add(tidy(statement))

    event.listen(Engine, "before_cursor_execute", note)
    yield
    event.remove(Engine, "before_cursor_execute", note)
    with app.app_context(), db.engine.connect() as connection:
        connection.execute(text("RESET ROLE"))
        known = {"revision": revisions()[0], "tables": tables(connection), "constraints": constraints(connection)}
        said = sorted(statement for statement in heard if fault(connection, statement) is None)
    RECORD.write_text(json.dumps({**known, "statements": said}, indent=1, sort_keys=True) + "\n", encoding="utf-8")
