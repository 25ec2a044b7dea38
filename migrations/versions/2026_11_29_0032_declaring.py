"""Figures of industries, and what declaring keeps besides: chosen prices, answers to marked words, checks.

Revision: 0032, after 0033
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0032"
down_revision = "0033"
branch_labels = None
depends_on = None

KEPT = ("price_set_at", "promotion_answer", "checked_at", "checked_by_id", "return_reasons", "return_note")


def upgrade() -> None:
    json = postgresql.JSONB(astext_type=sa.Text())
    op.add_column("open_licences", sa.Column("price_set_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("open_licences", sa.Column("promotion_answer", sa.Text(), server_default="", nullable=False))
    op.add_column("open_licences", sa.Column("checked_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("open_licences", sa.Column("checked_by_id", sa.Uuid(), nullable=True))
    op.add_column("open_licences", sa.Column("return_reasons", json, server_default=sa.text("'[]'"), nullable=False))
    op.add_column("open_licences", sa.Column("return_note", sa.Text(), server_default="", nullable=False))
    op.create_foreign_key(op.f("open_licences_checked_by_id_fkey"), "open_licences", "users", ["checked_by_id"], ["id"])
    op.create_index(op.f("open_licences_checked_by_id_idx"), "open_licences", ["checked_by_id"])
    kinds = ("lump_sum", "sales_rate", "profit_rate")
    op.create_table(
        "industry_figures",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("industry", sa.Text(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(*kinds, name="figurekind", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("year", sa.BigInteger(), nullable=False),
        sa.Column("low", sa.BigInteger(), nullable=False),
        sa.Column("median", sa.BigInteger(), nullable=False),
        sa.Column("high", sa.BigInteger(), nullable=False),
        sa.Column("cases", sa.BigInteger(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("is_illustrative", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.CheckConstraint(
            "low >= 0 AND low <= median AND median <= high AND cases > 0", name=op.f("industry_figures_order_check")
        ),
        sa.CheckConstraint("source <> '' AND industry <> ''", name=op.f("industry_figures_source_check")),
        sa.PrimaryKeyConstraint("id", name=op.f("industry_figures_pkey")),
        sa.UniqueConstraint("industry", "kind", "year", name=op.f("industry_figures_industry_kind_year_key")),
    )


def downgrade() -> None:
    op.drop_table("industry_figures")
    op.drop_index(op.f("open_licences_checked_by_id_idx"), table_name="open_licences")
    for column in reversed(KEPT):
        op.drop_column("open_licences", column)
