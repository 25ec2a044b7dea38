"""A second kind of list: samples, kept by anybody, known by number and title. Nothing of the application knows them."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

import click
from flask import Blueprint
from flask.cli import AppGroup
from sqlalchemy import text

from app.accounts.models import Actor, Organisation, OrganisationKind, Role
from app.core.audit import record
from app.core.db import session
from app.core.ids import uuid7
from app.core.policy import rule
from app.core.tabular import Limits
from app.imports.cli import import_file
from app.imports.kinds import Cell, Existing, Format, ImportKind, ImportTexts, PreviewColumn
from app.imports.parsing import Unreadable, day, line, prose, yes_no
from app.imports.plans import Counts, Outcome, PlannedRow
from app.imports.reading import Field, Reader
from app.imports.records import Values
from app.imports.views import add_import_pages

TABLE = """
    CREATE TABLE samples (
        id uuid PRIMARY KEY, owner_id uuid NOT NULL, number text NOT NULL, title text NOT NULL, note text,
        grams integer, is_hazardous boolean, collected_on date, UNIQUE (owner_id, number)
    )
"""
COLUMNS = ("number", "title", "note", "grams", "is_hazardous", "collected_on")


def grams(cell: str) -> int:
    """Whole grams."""
    if not cell.strip().isdecimal():
        raise Unreadable(f"{cell.strip()} is no weight in grams, e.g. 20")
    return int(cell)


def refuse(values: Values) -> object | None:
    """What was used up is no sample any more."""
    return "nothing is left of it" if values.get("grams") == 0 else None


READER = Reader(
    (
        Field("Number", line, "number", ("编号",)),
        Field("Title", line, "title", ("名称",)),
        Field("Note", prose, "note"),
        Field("Grams", grams, "grams"),
        Field("Hazardous", yes_no, "is_hazardous"),
        Field("Collected", day, "collected_on"),
    ),
    key="number",
    names=("title",),
    required=(("Number",), ("Title",)),
    refuse=refuse,
    nameless="the title is empty",
)


@rule("owner")
def keeps(actor: Actor, organisation: Organisation) -> bool:
    """Keeps the samples."""
    return actor.acts_for(organisation.id, Role.OWNER)


@rule()
def belongs(actor: Actor, organisation: Organisation) -> bool:
    """Belongs to the organisation."""
    return actor.acts_for(organisation.id)


def existing_samples(owner_id: UUID, keys: Sequence[str]) -> Existing:
    """Samples by number."""
    statement = text("SELECT * FROM samples WHERE owner_id = :owner AND number = ANY(:keys)")
    found = session.execute(statement, {"owner": owner_id, "keys": list(keys)})
    return {row.number: dict(row._mapping) for row in found}


def write(owner: Organisation, rows: Sequence[PlannedRow], existing: Existing) -> None:
    """Insert or update, one by one."""
    for planned in rows:
        if planned.outcome not in {Outcome.CREATED, Outcome.CHANGED}:
            continue
        base = existing.get(planned.row.key) or {**dict.fromkeys(COLUMNS), "id": uuid7(), "owner_id": owner.id}
        statement = f"""
            INSERT INTO samples (id, owner_id, {", ".join(COLUMNS)})
            VALUES (:id, :owner_id, {", ".join(f":{name}" for name in COLUMNS)})
            ON CONFLICT (owner_id, number) DO UPDATE SET {", ".join(f"{name} = excluded.{name}" for name in COLUMNS)}
        """
        session.execute(text(statement), {**base, **planned.row.values})


def after(owner: Organisation, counts: Counts) -> None:
    """Leave a trace that a test can find."""
    record(Actor(user=None), "sample.heard", owner, {"created": counts.created})


def as_text(field: str, value: Any) -> str | None:
    """Weights have a unit."""
    return f"{value} g" if field == "grams" else None


SAMPLES = ImportKind(
    code="samples",
    command="samples import",
    formats=(Format("plain", "Plain list", READER),),
    owners=frozenset({OrganisationKind.INSTITUTION, OrganisationKind.ENTERPRISE}),
    view=belongs,
    import_=keeps,
    existing=existing_samples,
    write=write,
    after=after,
    audit="sample.import",
    field_names={"title": "Title", "grams": "Weight", "is_hazardous": "Hazardous", "collected_on": "Collected"},
    texts=ImportTexts(
        title="Samples in and out",
        upload="Import a list of samples",
        file="List of samples",
        hint="Up to %(rows)s rows and %(size)s MB.",
        subject="Sample and reason",
        key="Sample no.",
        sample="samples.csv",
    ),
    as_text=as_text,
    columns=(PreviewColumn("Weight", lambda planned: Cell(f"{planned.row.values.get('grams', '?')} g")),),
    limits=Limits(size=1024 * 1024, rows=50),
)

group = AppGroup("samples")


@group.command("import")
@click.argument("file", type=click.Path(exists=True, path_type=Path))
@click.option("--owner", required=True)
@click.option("--dry-run", is_flag=True)
def import_command(file: Path, owner: str, dry_run: bool) -> None:
    """Import samples."""
    import_file(SAMPLES, file, owner=owner, code=None, encoding=None, dry_run=dry_run)


def pages() -> Blueprint:
    """The pages of samples, at addresses of their own."""
    bp = Blueprint("samples", __name__, url_prefix="/samples")
    add_import_pages(bp, SAMPLES)
    return bp
