"""Codes by mail for signing contracts.

Revision: 0042d, after 0042c
"""

import sqlalchemy as sa
from alembic import op

revision = "0042d"
down_revision = "0042c"
branch_labels = None
depends_on = None

MINE = "current_setting('jishi.tenant', true)"


def upgrade() -> None:
    op.create_table(
        "signing_codes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("contract_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("code_hash", sa.Text(), server_default="", nullable=False),
        sa.Column("code_attempts", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("code_sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["contract_id"], ["contracts.id"], name=op.f("signing_codes_contract_id_fkey")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("signing_codes_user_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("signing_codes_pkey")),
        sa.UniqueConstraint("contract_id", "user_id", name=op.f("signing_codes_contract_id_user_id_key")),
    )
    op.create_index(op.f("signing_codes_user_id_idx"), "signing_codes", ["user_id"])
    op.execute("ALTER TABLE signing_codes ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE signing_codes FORCE ROW LEVEL SECURITY")
    # Whoever sees the contract may have a code for it; the contract is hidden from everybody else.
    seen = f"{MINE} = '*' OR EXISTS (SELECT FROM contracts c WHERE c.id = contract_id)"
    op.execute(f"CREATE POLICY tenant ON signing_codes USING ({seen}) WITH CHECK ({seen})")


def downgrade() -> None:
    op.drop_table("signing_codes")
