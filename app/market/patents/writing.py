"""Planned rows into tables, a few thousand at a time.

Everything is copied into staging tables and inserted from there, for COPY goes past row-level security and is refused.
Patents are upserted, so those that somebody created meanwhile are changed. People are written anew where the list
names them.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import delete, text

from app.accounts.models import Organisation
from app.core.clock import today
from app.core.db import session
from app.core.events import emit
from app.core.ids import uuid7
from app.imports.kinds import Existing
from app.imports.plans import Outcome, PlannedRow
from app.imports.records import ImportRow
from app.market.patents.events import PatentChanged, PatentLapsed
from app.market.patents.existing import said
from app.market.patents.facts import DATES, SCALARS, completed, faults, folded, merged
from app.market.patents.models import Conclusion, Holder, Inventor
from app.market.patents.numbers import PatentNumber
from app.market.patents.operations import ENDED
from app.market.patents.search_words import search_words

STAGED = ("id", "owner_id", "number", *SCALARS, "search_words")
HOLDER = ("id", "patent_id", "position", "name", "code", "organisation_id", "share", "email")
INVENTOR = ("id", "patent_id", "position", "name", "department", "share", "user_id")
_UPDATED = (*SCALARS, "search_words")
_UPSERT = f"""
    INSERT INTO patents ({", ".join(STAGED)})
    SELECT {", ".join(STAGED)} FROM patents_stage
    ON CONFLICT (owner_id, number) DO UPDATE
    SET {", ".join(f"{name} = excluded.{name}" for name in _UPDATED)},
        revision = patents.revision + 1, changed_at = clock_timestamp()
    RETURNING number, id
"""  # noqa: S608 names of columns only

_BLANK: dict[str, Any] = {
    **dict.fromkeys(SCALARS, ""),
    **dict.fromkeys(DATES),
    "ipc": [],
    "locarno": [],
    "annuity_paid_through": 0,
    "conclusion": Conclusion.NONE,
}


def judge(owner: Organisation, row: ImportRow, known: Mapping[str, Any] | None) -> list[tuple[str, object]]:
    """What cannot be in a row, beside what is known of the patent: (column's target, sentence)."""
    number = _number(row.key)
    day = today()
    facts = said(row.values, known)
    full = merged(known, facts, number, owner.name, day) if known else completed(facts, number, owner.name, day)
    found = faults(full, number, (owner.name, owner.name_en), day)
    return [(_target(fault.field, fault.code, facts), fault.sentence) for fault in found]


def _target(field: str, code: str, facts: Mapping[str, Any]) -> str:
    if field == "holders":
        return "holder_shares" if code == "shares" else "holder_names"
    if field in {"filed_on", "granted_on"} and code == "status" and field not in facts:
        return "legal_status"
    return "inventor_names" if field == "inventors" else field


def _number(key: str) -> PatentNumber:
    digits, check = key.split(".")
    return PatentNumber(digits, check)


def write(owner: Organisation, rows: Sequence[PlannedRow], existing: Existing) -> None:
    """Create and change the patents of one chunk with their people, and tell of those that the public sees."""
    created = [_values(owner, each, None) for each in rows if each.outcome is Outcome.CREATED]
    changed = [_values(owner, each, existing[each.row.key]) for each in rows if each.outcome is Outcome.CHANGED]
    if created or changed:
        _upsert(owner, [*created, *changed])
    for values in changed:
        known = existing[values["number"]]
        if known["published_at"] is not None:
            emit(PatentChanged(known["id"]))
        if values["legal_status"] in ENDED and known["legal_status"] not in ENDED:
            emit(PatentLapsed(known["id"]))


def _values(owner: Organisation, planned: PlannedRow, known: Mapping[str, Any] | None) -> dict[str, Any]:
    number, day = _number(planned.row.key), today()
    facts = said(planned.row.values, known)
    full = merged(known, facts, number, owner.name, day) if known else completed(facts, number, owner.name, day)
    values = {**_BLANK, "id": uuid7(), **full, "owner_id": owner.id, "number": number.canonical}
    values["region"] = values["region"] or owner.region
    values["ipc"], values["locarno"] = list(values["ipc"]), list(values["locarno"])
    values["search_words"] = search_words(values, (one.name for one in values["holders"]))
    values["is_known"] = known is not None
    values["has_people"] = known is None or bool({"holders", "inventors"} & set(facts))
    return values


def _upsert(owner: Organisation, rows: Sequence[dict[str, Any]]) -> None:
    """Write rows whether or not their numbers are there; people are replaced where the list names them."""
    _stage("patents", STAGED, [[values[name] for name in STAGED] for values in rows])
    made = {values["id"] for values in rows if not values["is_known"]}
    ids: dict[str, UUID] = dict(map(tuple, session.execute(text(_UPSERT))))
    renewed = [{**values, "id": ids[values["number"]]} for values in rows if values["has_people"]]
    known = [values["id"] for values in renewed if values["id"] not in made]
    for model in (Holder, Inventor) if known else ():
        session.execute(delete(model).where(model.patent_id.in_(known)).execution_options(synchronize_session=False))
    _copy_people(owner, renewed)


def _copy_people(owner: Organisation, rows: Sequence[Mapping[str, Any]]) -> None:
    own = folded(owner.name)
    holders = [
        [
            uuid7(), values["id"], place, one.name, one.code or (owner.code if folded(one.name) == own else ""),
            owner.id if folded(one.name) == own else None, one.share, one.email,
        ]
        for values in rows
        for place, one in enumerate(values["holders"], 1)
    ]  # fmt: skip
    inventors = [
        [uuid7(), values["id"], place, one.name, one.department, one.share, one.user_id]
        for values in rows
        for place, one in enumerate(values.get("inventors") or (), 1)
    ]
    for table, columns, people in (("patent_holders", HOLDER, holders), ("patent_inventors", INVENTOR, inventors)):
        _stage(table, columns, people)
        names = ", ".join(columns)
        session.execute(text(f"INSERT INTO {table} ({names}) SELECT {names} FROM {table}_stage"))  # noqa: S608


def _stage(table: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Copy rows into ``<table>_stage``, which holds these rows alone until the transaction ends."""
    stage = f"{table}_stage"
    session.execute(
        text(f"CREATE TEMPORARY TABLE IF NOT EXISTS {stage} (LIKE {table} INCLUDING DEFAULTS) ON COMMIT DROP")
    )
    session.execute(text(f"TRUNCATE {stage}"))
    driver: Any = session.connection().connection.driver_connection
    with driver.cursor() as cursor, cursor.copy(f"COPY {stage} ({', '.join(columns)}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)
