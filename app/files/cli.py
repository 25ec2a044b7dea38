"""``flask files …``: keep the file store and its rows in step."""

import time

import click
from flask.cli import AppGroup
from sqlalchemy import select

from app.core.db import session, unit_of_work
from app.files.models import StoredFile
from app.files.store import file_store

group = AppGroup("files", help="Stored files.")

GRACE_SECONDS = 24 * 3600


@group.command("sweep")
def sweep_command() -> None:
    """Remove bytes without a row (left by uploads that were rolled back) and count rows without bytes."""
    store = file_store()
    with unit_of_work(read_only=True):
        known = set(session.scalars(select(StoredFile.storage_key)))
    found = dict(store.keys())
    strays = [key for key, written in found.items() if key not in known and written < time.time() - GRACE_SECONDS]
    for key in strays:
        store.remove(key)
    click.echo(f"removed {len(strays)}, lost {len(known - set(found))}")
