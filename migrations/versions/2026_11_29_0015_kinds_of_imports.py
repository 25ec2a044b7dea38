"""Uploads list more than instruments: they name their kind, and any kind's formats.

Revision: 0015, after 0012
"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("import_drafts", sa.Column("kind", sa.Text(), server_default="instruments", nullable=False))
    op.drop_constraint(op.f("import_drafts_formatcode_check"), "import_drafts", type_="check")


def downgrade() -> None:
    op.execute("DELETE FROM import_drafts WHERE kind <> 'instruments'")
    op.create_check_constraint(op.f("import_drafts_formatcode_check"), "import_drafts", "format IN ('uniquip', 'nrii')")
    op.drop_column("import_drafts", "kind")
