"""Planned rows into tables, a few thousand at a time.

New instruments are copied straight in. Changed ones, and new ones that somebody created meanwhile, go through a staging
table and one upsert, which touches only rows that differ.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from psycopg.errors import UniqueViolation
from psycopg.types.json import Jsonb
from sqlalchemy import delete, select, text

from app.accounts.models import Organisation
from app.core.db import savepoint, session
from app.core.ids import uuid7
from app.equipment.exchange.queries import IMPORTED
from app.equipment.exchange.service_level import Stretch, weekly_template
from app.equipment.exchange.uniquip import SERVICE_LEVEL
from app.equipment.instruments.models import InstrumentState, OperationMode, ShareMode
from app.equipment.instruments.search_words import search_words
from app.equipment.schedule.models import OpeningStretch
from app.imports.plans import Outcome, PlannedRow

STAGED = ("id", "owner_id", "state", "operation_mode", "search_words", *IMPORTED)
_UPDATED = (*(name for name in IMPORTED if name != "asset_no"), "search_words")

_STAGE = "CREATE TEMPORARY TABLE IF NOT EXISTS import_stage (LIKE instruments INCLUDING DEFAULTS) ON COMMIT DROP"
_UPSERT = f"""
    INSERT INTO instruments ({", ".join(STAGED)})
    SELECT {", ".join(STAGED)} FROM import_stage
    ON CONFLICT (owner_id, asset_no) DO UPDATE
    SET {", ".join(f"{name} = excluded.{name}" for name in _UPDATED)},
        revision = instruments.revision + 1, changed_at = clock_timestamp()
    WHERE ({", ".join(f"instruments.{name}" for name in _UPDATED)})
        IS DISTINCT FROM ({", ".join(f"excluded.{name}" for name in _UPDATED)})
    RETURNING id, xmax = 0
"""  # noqa: S608 names of columns only

_BLANK: dict[str, Any] = {
    **dict.fromkeys(IMPORTED, ""),
    "value_minor": None,
    "in_service_on": None,
    "share_mode": ShareMode.EXTERNAL,
    "is_customs_supervised": False,
}


def write(owner: Organisation, rows: Sequence[PlannedRow], existing: Mapping[str, dict[str, Any]]) -> None:
    """Create and change the instruments of one chunk, with their opening hours."""
    created = [_values(owner, each, None) for each in rows if each.outcome is Outcome.CREATED]
    changed = [each for each in rows if each.outcome is Outcome.CHANGED]
    inserted = _insert(created) if created else set()
    _upsert([_values(owner, each, existing[each.row.key]) for each in changed])
    levels = {values["id"]: values["extra"].get(SERVICE_LEVEL, "") for values in created if values["id"] in inserted}
    if levels:
        _open(levels)
        _set_rules(levels)
    _reopen([each for each in changed if SERVICE_LEVEL in each.changes])


def _insert(rows: Sequence[dict[str, Any]]) -> set[UUID]:
    """Copy new instruments in; the ids of those that were new indeed."""
    try:
        with savepoint():
            _copy("instruments", rows)
    except UniqueViolation:
        return _upsert(rows)
    return {values["id"] for values in rows}


def _upsert(rows: Sequence[dict[str, Any]]) -> set[UUID]:
    """Write rows whether or not their keys are there; the ids of those that were not."""
    if not rows:
        return set()
    session.execute(text(_STAGE))
    session.execute(text("TRUNCATE import_stage"))
    _copy("import_stage", rows)
    return {identity for identity, is_new in session.execute(text(_UPSERT)) if is_new}


def _values(owner: Organisation, planned: PlannedRow, known: dict[str, Any] | None) -> dict[str, Any]:
    """All columns of one instrument: what is there or the defaults, overlaid with what the file says."""
    row = planned.row
    base = known or {**_BLANK, "id": uuid7(), "region": owner.region, "extra": {}, **_filled(row.derived)}
    values: dict[str, Any] = {**base, **row.values, "extra": {**base["extra"], **row.values.get("extra", {})}}
    values |= {
        "owner_id": owner.id,
        "state": InstrumentState.DRAFT,
        "operation_mode": OperationMode.BOTH,
        "search_words": search_words(values),
    }
    return values


def _filled(derived: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in derived.items() if value}


def _copy(table: str, rows: Iterable[dict[str, Any]]) -> None:
    driver: Any = session.connection().connection.driver_connection
    with driver.cursor() as cursor, cursor.copy(f"COPY {table} ({', '.join(STAGED)}) FROM STDIN") as copy:
        for values in rows:
            copy.write_row([Jsonb(values[name]) if name == "extra" else values[name] for name in STAGED])


def _open(levels: Mapping[UUID, str]) -> None:
    """Give instruments the weekly template of their service level: one statement for each template."""
    by_template: dict[tuple[Stretch, ...], list[UUID]] = defaultdict(list)
    for identity, level in levels.items():
        by_template[tuple(weekly_template(level))].append(identity)
    for template, identities in by_template.items():
        weekdays, starts, ends = zip(*template, strict=True)
        session.execute(
            text(
                "INSERT INTO opening_stretches (id, instrument_id, weekday, starts_minute, ends_minute) "
                "SELECT gen_random_uuid(), instrument, weekday, starts, ends "
                "FROM unnest(CAST(:ids AS uuid[])) AS instrument, "
                "unnest(CAST(:weekdays AS int[]), CAST(:starts AS int[]), CAST(:ends AS int[])) "
                "AS template (weekday, starts, ends)"
            ),
            {"ids": identities, "weekdays": list(weekdays), "starts": list(starts), "ends": list(ends)},
        )


def _set_rules(levels: Mapping[UUID, str]) -> None:
    statement = (
        "INSERT INTO booking_rules (id, instrument_id) "
        "SELECT gen_random_uuid(), instrument FROM unnest(CAST(:ids AS uuid[])) AS instrument"
    )
    session.execute(text(statement), {"ids": list(levels)})


def _reopen(rows: Sequence[PlannedRow]) -> None:
    """Follow a changed service level where the hours are still those of the old one; hours set by hand stay."""
    templates = {
        planned.existing_id: [sorted(weekly_template(level)) for level in planned.changes[SERVICE_LEVEL]]
        for planned in rows
        if planned.existing_id is not None
    }
    if not templates:
        return
    present: dict[UUID, list[Stretch]] = defaultdict(list)
    of_these = OpeningStretch.instrument_id.in_(templates)
    columns = (OpeningStretch.weekday, OpeningStretch.starts_minute, OpeningStretch.ends_minute)
    for identity, weekday, starts, ends in session.execute(
        select(OpeningStretch.instrument_id, *columns).where(of_these)
    ):
        present[identity].append((weekday, starts, ends))
    following = [identity for identity, (old, _new) in templates.items() if sorted(present[identity]) in ([], old)]
    session.execute(delete(OpeningStretch).where(OpeningStretch.instrument_id.in_(following)))
    new_level = {planned.existing_id: planned.changes[SERVICE_LEVEL][1] for planned in rows}
    _open({identity: new_level[identity] for identity in following})
