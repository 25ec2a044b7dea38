"""Importing a list of instruments: what it would do, and doing it."""

from functools import partial

from app.equipment.exchange.kind import INSTRUMENTS
from app.imports import operations, queries

apply_import = partial(operations.apply_import, INSTRUMENTS)
"""(actor, owner, rows) → Counts: new instruments are drafts. See `app.imports.operations.apply_import`."""

plan_import = partial(queries.plan_import, INSTRUMENTS)
"""(owner, rows) → what importing would do to each row. See `app.imports.queries.plan_import`."""
