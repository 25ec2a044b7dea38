"""TRANSITIONAL: create everything from the models while the first issue is being built; replaced before landing."""

import importlib
from pathlib import Path

from alembic import op

import app
from app.core.db import Base

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

DDL = ("app.core.ddl", "app.ledger.ddl", "app.settlement.ddl", "app.equipment.ddl")


def import_models() -> None:
    root = Path(app.__path__[0])
    for source in sorted(root.rglob("models.py")):
        importlib.import_module(".".join(("app", *source.relative_to(root).with_suffix("").parts)))


def upgrade() -> None:
    import_models()
    for extension in ("btree_gist", "citext", "pg_trgm"):
        op.execute(f"CREATE EXTENSION IF NOT EXISTS {extension}")
    Base.metadata.create_all(op.get_bind())
    for name in DDL:
        try:
            module = importlib.import_module(name)
        except ModuleNotFoundError:
            continue
        for statement in module.UPGRADE:
            op.execute(statement)


def downgrade() -> None:
    import_models()
    for name in DDL:
        try:
            module = importlib.import_module(name)
        except ModuleNotFoundError:
            continue
        for statement in module.DOWNGRADE:
            op.execute(statement)
    Base.metadata.drop_all(op.get_bind())
