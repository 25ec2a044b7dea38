"""Proceeds of pledged patents that are held.

Revision: 0037, after 0035
"""

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0035"
branch_labels = None
depends_on = None

MINE = "current_setting('jishi.tenant', true)"


def upgrade() -> None:
    op.create_table(
        "proceeds_holds",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("charge_id", sa.Uuid(), nullable=False),
        sa.Column("provider_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("held_by_id", sa.Uuid(), nullable=True),
        sa.Column("held_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.Column(
            "choice",
            sa.Enum("prepay", "deposit", name="proceedschoice", native_enum=False, create_constraint=True, length=32),
            nullable=True,
        ),
        sa.Column("decided_by_id", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(choice IS NULL) = (decided_at IS NULL)", name=op.f("proceeds_holds_decided_check")),
        sa.CheckConstraint("reason <> ''", name=op.f("proceeds_holds_reason_check")),
        sa.ForeignKeyConstraint(["charge_id"], ["charges.id"], name=op.f("proceeds_holds_charge_id_fkey")),
        sa.ForeignKeyConstraint(["decided_by_id"], ["users.id"], name=op.f("proceeds_holds_decided_by_id_fkey")),
        sa.ForeignKeyConstraint(["held_by_id"], ["users.id"], name=op.f("proceeds_holds_held_by_id_fkey")),
        sa.ForeignKeyConstraint(["provider_id"], ["organisations.id"], name=op.f("proceeds_holds_provider_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("proceeds_holds_pkey")),
        sa.UniqueConstraint("charge_id", name=op.f("proceeds_holds_charge_id_key")),
    )
    op.create_index(op.f("proceeds_holds_decided_by_id_idx"), "proceeds_holds", ["decided_by_id"], unique=False)
    op.create_index(op.f("proceeds_holds_held_by_id_idx"), "proceeds_holds", ["held_by_id"], unique=False)
    op.create_index(op.f("proceeds_holds_provider_id_idx"), "proceeds_holds", ["provider_id"], unique=False)
    op.create_index(
        "proceeds_holds_open",
        "proceeds_holds",
        ["provider_id"],
        unique=False,
        postgresql_where=sa.text("decided_at IS NULL"),
    )
    op.execute("ALTER TABLE proceeds_holds ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE proceeds_holds FORCE ROW LEVEL SECURITY")
    mine = f"{MINE} = '*' OR provider_id::text = {MINE}"
    op.execute(f"CREATE POLICY tenant ON proceeds_holds USING ({mine}) WITH CHECK ({mine})")


def downgrade() -> None:
    op.drop_table("proceeds_holds")
