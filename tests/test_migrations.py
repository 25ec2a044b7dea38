"""The migrations: up, down and up on an empty and a filled database; they make what the models say (scorecard D 42)."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, select, text
from sqlalchemy.engine import Connection

from app import create_app
from app.core.database import alembic_config, downgrade, is_schema_current, upgrade
from app.core.db import Base, db, session
from app.core.web import App
from app.market.open_licences.models import DeclarationState, OpenLicence
from app.market.patents.models import Patent
from tests.access.world import make_world
from tests.conftest import configuration
from tests.databases import MIGRATED, own_database
from tests.live.servers import own_application
from tests.market.factories import make_open_licence, make_patent

pytestmark = [pytest.mark.live, pytest.mark.slow]

SHAPE = {
    "columns": "SELECT table_name || '.' || column_name || ' ' || data_type || ' ' || is_nullable || ' ' || "
    "coalesce(character_maximum_length::text, '') || ' ' || is_generated FROM information_schema.columns "
    "WHERE table_schema = 'public'",
    "constraints": "SELECT conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid) FROM pg_constraint "
    "WHERE connamespace = 'public'::regnamespace AND contype NOT IN ('n', 't') AND conrelid <> 0",
    "indexes": "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'",
}
BEHAVIOUR = {
    "triggers": "SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal",
    "policies": "SELECT tablename || ' ' || policyname || ' ' || coalesce(qual, '') FROM pg_policies",
    "functions": "SELECT p.oid::regprocedure::text FROM pg_proc p WHERE pronamespace = 'public'::regnamespace "
    "AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')",
    "rows secured": "SELECT relname::text FROM pg_class WHERE relrowsecurity AND relforcerowsecurity",
}


def schema(connection: Connection, wanted: dict[str, str]) -> dict[str, list[str]]:
    """What is there, as sorted definitions; alembic's own table left out."""
    return {
        name: sorted(row for row in connection.execute(text(query)).scalars() if not row.startswith("alembic_version"))
        for name, query in wanted.items()
    }


def whole(application: App) -> dict[str, list[str]]:
    with application.app_context(), db.engine.connect() as connection:
        found = schema(connection, SHAPE | BEHAVIOUR)
    return {name: [one for one in rows if "alembic_version" not in one] for name, rows in found.items()}


def revisions() -> list[str]:
    """From the newest to the oldest."""
    return [script.revision for script in ScriptDirectory.from_config(alembic_config()).walk_revisions()]


@pytest.fixture
def migrated(postgres_url: str, tmp_path: Path) -> Iterator[App]:
    """An application on an empty database at the newest revision."""
    with own_database(postgres_url, MIGRATED) as url, own_application(url, tmp_path, connections=2) as application:
        yield application


def test_an_empty_database_goes_up_down_and_up(migrated: App) -> None:
    before = whole(migrated)
    assert before["columns"]
    assert before["triggers"]
    with migrated.app_context():
        assert is_schema_current()
        downgrade("base")
        assert not is_schema_current()
    assert not any(whole(migrated).values()), "something is left behind"
    with migrated.app_context():
        upgrade()
        assert is_schema_current()
    assert whole(migrated) == before


def test_a_filled_database_goes_down_and_up_step_by_step(migrated: App) -> None:
    before = whole(migrated)
    with migrated.app_context():
        make_world()
        session.commit()
        assert rows_by_table()["reservations"] > 0
        for revision in [*revisions()[1:], "base"]:
            downgrade(revision)
        for revision in reversed(revisions()):
            upgrade(revision)
    assert whole(migrated) == before


def test_filled_tables_survive_one_step_down_and_up(migrated: App) -> None:
    with migrated.app_context():
        make_world()
        session.commit()
        before = rows_by_table()
        downgrade("-1")
        kept = rows_by_table()
        upgrade()
        assert is_schema_current()
        assert kept["reservations"] > 0
        assert kept.items() <= before.items(), "a step down takes nothing but what it brought"
        assert {table: rows_by_table()[table] for table in kept} == kept


def test_what_co_owners_have_declared_twice_is_named_before_anything_changes(migrated: App) -> None:
    """0047: which of two declarations of one patent stands a person has to say; nothing is decided by itself."""
    known = revisions()
    with migrated.app_context():
        declared = [make_open_licence(state=DeclarationState.GIVEN_UP) for _copy in range(2)]
        declared.append(make_open_licence(make_patent(number=declared[0].patent.number)))
        names = [one.number for one in declared]
        session.commit()
        downgrade(known[known.index("0047") + 1])
        as_everybody("UPDATE open_licences SET state = 'announced'")
        with pytest.raises(RuntimeError, match="declared twice") as refusal:
            upgrade()
        assert [name in str(refusal.value) for name in names] == [True, False, True]
        as_everybody(f"UPDATE open_licences SET state = 'given_up' WHERE number = '{names[2]}'")
        upgrade()
        assert is_schema_current()
        found = select(OpenLicence.patent_number, Patent.number).join(OpenLicence.patent)
        assert all(carried == number for carried, number in session.execute(found))


def as_everybody(statement: str) -> None:
    with db.engine.begin() as connection:
        connection.execute(text("SELECT set_config('jishi.tenant', '*', true)"))
        connection.execute(text(statement))


def rows_by_table() -> dict[str, int]:
    """How many rows each table has, whoever may see them."""
    found = {}
    with db.engine.begin() as connection:
        connection.execute(text("RESET ROLE"))
        connection.execute(text("SELECT set_config('jishi.tenant', '*', true)"))
        tables = connection.execute(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")).scalars()
        for table in sorted(set(tables) - {"alembic_version"}):
            found[table] = int(connection.execute(text(f'SELECT count(*) FROM "{table}"')).scalar_one())
    return found


def test_there_is_one_line_of_revisions(migrated: App) -> None:
    scripts = ScriptDirectory.from_config(alembic_config())
    assert len(scripts.get_heads()) == len(scripts.get_bases()) == 1
    assert scripts.get_bases() == [revisions()[-1]]


def test_the_migrated_schema_is_what_the_models_say(migrated: App) -> None:
    with migrated.app_context(), db.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        drift = compare_metadata(context, Base.metadata)
    assert [one for one in drift if "alembic_version" not in str(one)] == []


def test_constraints_and_indexes_are_those_of_the_models_too(migrated: App, postgres_url: str, tmp_path: Path) -> None:
    """Alembic compares neither checks nor exclusions: PostgreSQL's own definitions are compared instead."""
    with own_database(postgres_url) as url:
        create_app(configuration(url, tmp_path))
        engine = create_engine(url)
        with engine.begin() as connection:
            connection.execute(text("RESET ROLE"))
            for extension in ("btree_gist", "citext", "pg_trgm"):
                connection.execute(text(f"CREATE EXTENSION IF NOT EXISTS {extension}"))
            Base.metadata.create_all(connection)
            modelled = schema(connection, SHAPE)
        engine.dispose()
    written = whole(migrated)
    for name, rows in modelled.items():
        assert sorted(set(rows) - set(written[name])) == [], f"{name} that only the models have"
        assert sorted(set(written[name]) - set(rows)) == [], f"{name} that only the migrations have"
