"""Pictures of instruments.

Revision: 0014, after 0011
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "instrument_pictures",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("instrument_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("text", sa.Text(), server_default="", nullable=False),
        sa.Column("small_id", sa.Uuid(), nullable=False),
        sa.Column("small_width", sa.BigInteger(), nullable=False),
        sa.Column("small_height", sa.BigInteger(), nullable=False),
        sa.Column("large_id", sa.Uuid(), nullable=False),
        sa.Column("large_width", sa.BigInteger(), nullable=False),
        sa.Column("large_height", sa.BigInteger(), nullable=False),
        sa.Column(
            "created_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.ForeignKeyConstraint(
            ["instrument_id"], ["instruments.id"], name=op.f("instrument_pictures_instrument_id_fkey")
        ),
        sa.ForeignKeyConstraint(["large_id"], ["stored_files.id"], name=op.f("instrument_pictures_large_id_fkey")),
        sa.ForeignKeyConstraint(["small_id"], ["stored_files.id"], name=op.f("instrument_pictures_small_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("instrument_pictures_pkey")),
    )
    op.create_index(op.f("instrument_pictures_large_id_idx"), "instrument_pictures", ["large_id"], unique=False)
    op.create_index("instrument_pictures_order", "instrument_pictures", ["instrument_id", "position"], unique=False)
    op.create_index(op.f("instrument_pictures_small_id_idx"), "instrument_pictures", ["small_id"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("instrument_pictures_small_id_idx"), table_name="instrument_pictures")
    op.drop_index("instrument_pictures_order", table_name="instrument_pictures")
    op.drop_index(op.f("instrument_pictures_large_id_idx"), table_name="instrument_pictures")
    op.drop_table("instrument_pictures")
