"""The code of the release before works on the schema of this one (scorecard D 43).

While a deployment rolls on, both versions of the code use the new schema. `tests/previous_release.json` keeps what
the release before asked of its schema: tables, columns, constraints and every statement with which it wrote
(`make release` writes the file anew, as the last step of a release). The rule that follows for migrations, expand
first and contract one release later, stands in docs/deployment.md.
"""

import ast
import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, text

from app.core.database import MIGRATIONS
from app.core.db import session
from tests.recording import RECORD, constraints, fault, tables, tidy
from tests.test_migrations import revisions

# New rules over columns that the release before fills: each with the reason why its rows keep them.
KEPT_ANYWAY: dict[str, str] = {
    "credit_notes.credit_notes_decided_check": "it wrote person and time of a decision together, so either tells it",
    "credit_notes.credit_notes_persons_check": "it named a person for every note and for every decision",
}

LITERAL = re.compile(r"'([^']*)'")


@cache
def before() -> dict[str, Any]:
    """What the release before asked of its schema."""
    return json.loads(RECORD.read_text(encoding="utf-8"))  # type: ignore[no-any-return]


def shortfalls(connection: Connection) -> list[str]:
    """Why the release before could not work on this schema."""
    return [*lost_columns(connection), *lost_statements(connection), *narrowed(connection)]


def lost_columns(connection: Connection) -> Iterator[str]:
    now = tables(connection)
    for table, columns in before()["tables"].items():
        for column, kind in columns.items():
            found = now.get(table, {}).get(column)
            if found is None:
                yield f"{table}.{column} is gone"
            elif found.rstrip("!") != kind.rstrip("!"):
                yield f"{table}.{column} is {found} instead of {kind}"
        for column, kind in now.get(table, {}).items():
            if kind.endswith("!") and not columns.get(column, "").endswith("!"):
                yield f"{table}.{column} must be filled, which the release before does not do"


def lost_statements(connection: Connection) -> Iterator[str]:
    for statement in before()["statements"]:
        refused = fault(connection, statement)
        if refused is not None:
            yield f"{refused}: {statement[:120]}"


def narrowed(connection: Connection) -> Iterator[str]:
    """New or changed rules that speak of columns of the release before alone."""
    known = before()["constraints"]
    for name, rule in constraints(connection).items():
        columns = before()["tables"].get(name.partition(".")[0], {})
        if not columns or not rule["of"] or not set(rule["of"]) <= set(columns) or name in KEPT_ANYWAY:
            continue
        if name not in known:
            yield f"{name} is a new rule for columns that the release before fills: {rule['is']}"
        elif not is_wider(known[name]["is"], rule["is"]):
            yield f"{name} was {known[name]['is']} and is {rule['is']}"


def is_wider(old: str, new: str) -> bool:
    """Whether a rule is as it was, or the same list of words with more of them."""
    skeleton = re.compile(r"'[^']*'::[\w ]+(?:\([^)]*\))?(?:, )?")
    words, more = LITERAL.findall(old), LITERAL.findall(new)
    return old == new or (set(words) <= set(more) and skeleton.sub("", old) == skeleton.sub("", new))


def test_the_release_before_finds_what_it_needs() -> None:
    assert len(before()["tables"]) > 40
    assert len(before()["statements"]) > 100
    assert shortfalls(session.connection()) == []


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ("ALTER TABLE reservations RENAME COLUMN purpose TO reason", "reservations.purpose is gone"),
        ("ALTER TABLE reservations ADD COLUMN colour text NOT NULL", "reservations.colour must be filled"),
        ("ALTER TABLE reservations ALTER COLUMN answered_at SET NOT NULL", "reservations.answered_at must be filled"),
        ("ALTER TABLE reservations ALTER COLUMN decline_reason DROP DEFAULT", "reservations.decline_reason must be"),
        ("ALTER TABLE instruments ALTER COLUMN name_zh TYPE varchar(3)", "instruments.name_zh is character varying"),
        ("ALTER TABLE memberships RENAME TO belongings", "memberships"),
        ("ALTER TABLE occupations DROP CONSTRAINT occupations_no_overlap", 'constraint "occupations_no_overlap"'),
        ("ALTER TABLE reservations ADD CONSTRAINT short CHECK (length(purpose) < 3)", "reservations.short is a new"),
    ],
)
def test_a_schema_that_would_stop_it_is_noticed(change: str, complaint: str) -> None:
    """The control: each of these changes breaks code that still runs."""
    connection = session.connection()
    connection.execute(text(change))
    assert [one for one in shortfalls(connection) if complaint in one]


def test_a_schema_that_only_grows_is_fine() -> None:
    connection = session.connection()
    connection.execute(text("ALTER TABLE reservations ADD COLUMN colour text NOT NULL DEFAULT 'blue'"))
    connection.execute(text("ALTER TABLE reservations ADD COLUMN size bigint"))
    connection.execute(text("CREATE TABLE novelties (id uuid PRIMARY KEY, name text NOT NULL)"))
    assert shortfalls(connection) == []


@pytest.mark.nodb
def test_statements_are_recorded_with_one_row_and_one_element_of_each_list() -> None:
    sent = "INSERT INTO a (x, y) VALUES (%(x__0)s::UUID, f(%(y__0)s)), (%(x__1)s::UUID, f(%(y__1)s)) RETURNING id"
    assert tidy(sent) == "INSERT INTO a (x, y) VALUES ($1::UUID, f($2)) RETURNING id"
    sent = "DELETE FROM a\nWHERE x IN (%(x_1_1)s::UUID, %(x_1_2)s::UUID) AND y LIKE 'a%%' AND z = %(x_1_1)s"
    assert tidy(sent) == "DELETE FROM a WHERE x IN ($1::UUID) AND y LIKE 'a%' AND z = $1"


@pytest.mark.nodb
def test_a_list_of_words_may_grow_but_not_shrink() -> None:
    two, three = "state IN ('a'::text, 'b'::text)", "state IN ('a'::text, 'b'::text, 'c'::text)"
    assert is_wider(two, three)
    assert not is_wider(three, two)
    assert not is_wider("a > 0", "a > 1")


FORBIDDEN = re.compile(r"\b(DROP\s+(TABLE|COLUMN)|RENAME|SET\s+NOT\s+NULL|TRUNCATE|SET\s+DATA\s+TYPE)\b", re.IGNORECASE)


def breaking(source: str) -> Iterator[str]:
    """Steps of a migration's upgrade that take something from running code, by the text of the migration."""
    upgrade = next(
        node for node in ast.parse(source).body if isinstance(node, ast.FunctionDef) and node.name == "upgrade"
    )
    for node in ast.walk(upgrade):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and (found := FORBIDDEN.search(node.value)):
            yield found[0]
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        name, arguments = node.func.attr, {keyword.arg: ast.unparse(keyword.value) for keyword in node.keywords}
        texts = [one.value for one in node.args if isinstance(one, ast.Constant) and isinstance(one.value, str)]
        if name == "rename_table" or (name == "alter_column" and not harmless(arguments)):
            yield f"{name} {texts}"
        if name in {"drop_table", "drop_column"} and is_used(texts):
            yield f"{name} {texts}"


def harmless(arguments: dict[str | None, str]) -> bool:
    """Whether a column is only given a default or freed of NOT NULL."""
    return not {"new_column_name", "type_"} & set(arguments) and arguments.get("nullable") != "False"


def is_used(texts: list[str]) -> bool:
    """Whether the release before uses this table, or this column of it."""
    columns = before()["tables"].get(texts[0] if texts else "", {})
    return bool(columns) and (len(texts) < 2 or texts[1] in columns)


def later_migrations() -> list[Path]:
    newer = revisions()[: revisions().index(before()["revision"])]
    return [path for path in sorted(MIGRATIONS.glob("versions/*.py")) if path.name.split("_")[3] in newer]


@pytest.mark.nodb
def test_migrations_since_then_only_add() -> None:
    found = {path.name: steps for path in later_migrations() if (steps := list(breaking(path.read_text("utf-8"))))}
    assert not found, "expand now, contract in the next release (docs/deployment.md)"


@pytest.mark.nodb
@pytest.mark.parametrize(
    ("step", "breaks"),
    [
        ('op.drop_column("reservations", "purpose")', True),
        ('op.drop_column("reservations", "unheard_of")', False),
        ('op.drop_table("memberships")', True),
        ('op.rename_table("memberships", "belongings")', True),
        ('op.alter_column("users", "name", new_column_name="title")', True),
        ('op.alter_column("users", "phone", nullable=False)', True),
        ('op.alter_column("users", "phone", nullable=True)', False),
        ('op.execute("ALTER TABLE users RENAME name TO title")', True),
        ('op.add_column("users", sa.Column("colour", sa.Text()))', False),
    ],
)
def test_a_migration_that_takes_something_away_is_noticed(step: str, breaks: bool) -> None:
    source = f"def upgrade() -> None:\n    {step}\n\n\ndef downgrade() -> None:\n    op.drop_table('memberships')\n"
    assert bool(list(breaking(source))) == breaks
