"""What the holder of a slot was told of its price.

Revision: 0046, after 0047
"""

import sqlalchemy as sa
from alembic import op

revision = "0046"
down_revision = "0047"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "hold_quotes",
        sa.Column("hold_id", sa.Uuid(), nullable=False),
        sa.Column("tariff_id", sa.Uuid(), nullable=False),
        sa.Column("total_minor", sa.BigInteger(), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("total_minor >= 0", name=op.f("hold_quotes_amounts_check")),
        sa.ForeignKeyConstraint(["hold_id"], ["occupations.id"], name=op.f("hold_quotes_hold_id_fkey")),
        sa.ForeignKeyConstraint(["tariff_id"], ["tariffs.id"], name=op.f("hold_quotes_tariff_id_fkey")),
        sa.PrimaryKeyConstraint("hold_id", name=op.f("hold_quotes_pkey")),
    )
    op.create_index(op.f("hold_quotes_tariff_id_idx"), "hold_quotes", ["tariff_id"])


def downgrade() -> None:
    op.drop_table("hold_quotes")
