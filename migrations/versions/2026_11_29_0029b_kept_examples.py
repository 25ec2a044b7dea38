"""Worked examples that are kept as checks of later tariffs.

Revision: 0029b, after 0029
"""

import sqlalchemy as sa
from alembic import op

revision = "0029b"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "kept_examples",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("instrument_id", sa.Uuid(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("payer_class", sa.Text(), nullable=False),
        sa.Column("minutes", sa.BigInteger(), nullable=False),
        sa.Column("with_operator", sa.Boolean(), nullable=False),
        sa.Column("expected_minor", sa.BigInteger(), nullable=False),
        sa.Column("kept_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kept_by_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint("minutes >= 0 AND expected_minor >= 0", name=op.f("kept_examples_amounts_check")),
        sa.ForeignKeyConstraint(["instrument_id"], ["instruments.id"], name=op.f("kept_examples_instrument_id_fkey")),
        sa.ForeignKeyConstraint(["owner_id"], ["organisations.id"], name=op.f("kept_examples_owner_id_fkey")),
        sa.ForeignKeyConstraint(["kept_by_id"], ["users.id"], name=op.f("kept_examples_kept_by_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("kept_examples_pkey")),
        sa.UniqueConstraint(
            "instrument_id", "payer_class", "minutes", "with_operator",
            name=op.f("kept_examples_instrument_id_payer_class_minutes_with_operator_key"),
        ),
    )  # fmt: skip
    op.create_index(op.f("kept_examples_owner_id_idx"), "kept_examples", ["owner_id"], unique=False)
    op.create_index(op.f("kept_examples_kept_by_id_idx"), "kept_examples", ["kept_by_id"], unique=False)
    op.execute("ALTER TABLE kept_examples ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE kept_examples FORCE ROW LEVEL SECURITY")
    op.execute(
        """
CREATE POLICY tenant ON kept_examples
    USING  (current_setting('jishi.tenant', true) = '*'
    OR owner_id::text = current_setting('jishi.tenant', true))
    WITH CHECK  (current_setting('jishi.tenant', true) = '*'
    OR owner_id::text = current_setting('jishi.tenant', true))
"""
    )


def downgrade() -> None:
    op.drop_table("kept_examples")
