"""Reductions of fees that CNIPA has on file for a patent.

Revision: 0041b, after 0041
"""

import sqlalchemy as sa
from alembic import op

revision = "0041b"
down_revision = "0041"
branch_labels = None
depends_on = None

MINE = "current_setting('jishi.tenant', true)"


def upgrade() -> None:
    op.create_table(
        "patent_reductions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("patent_id", sa.Uuid(), nullable=False),
        sa.Column("percent", sa.BigInteger(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column(
            "created_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.CheckConstraint("percent > 0 AND percent <= 100", name=op.f("patent_reductions_percent_check")),
        sa.CheckConstraint("ends_on IS NULL OR ends_on > starts_on", name=op.f("patent_reductions_period_check")),
        sa.CheckConstraint("reference <> ''", name=op.f("patent_reductions_reference_check")),
        sa.ForeignKeyConstraint(
            ["patent_id"], ["patents.id"], name=op.f("patent_reductions_patent_id_fkey"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("patent_reductions_pkey")),
        sa.UniqueConstraint("patent_id", "starts_on", name=op.f("patent_reductions_patent_id_starts_on_key")),
    )
    mine = "EXISTS (SELECT FROM patents p WHERE p.id = patent_id AND p.owner_id::text = " + MINE + ")"
    seen = f"{MINE} = '*' OR {mine}"
    op.execute("ALTER TABLE patent_reductions ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE patent_reductions FORCE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY tenant ON patent_reductions USING ({seen}) WITH CHECK ({seen})")


def downgrade() -> None:
    op.drop_table("patent_reductions")
