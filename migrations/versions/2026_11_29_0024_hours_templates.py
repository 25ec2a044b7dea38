"""Templates of hours that institutions keep.

Revision: 0024, after 0015
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0024"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "hours_templates",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("hours", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("rules", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column(
            "created_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.Column(
            "changed_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.CheckConstraint("name <> ''", name=op.f("hours_templates_name_check")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("hours_templates_organisation_id_fkey")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("hours_templates_pkey")),
        sa.UniqueConstraint("organisation_id", "name", name=op.f("hours_templates_organisation_id_name_key")),
    )
    op.execute("ALTER TABLE hours_templates ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE hours_templates FORCE ROW LEVEL SECURITY")
    op.execute(
        """
CREATE POLICY tenant ON hours_templates
    USING  (current_setting('jishi.tenant', true) = '*'
    OR organisation_id::text = current_setting('jishi.tenant', true))
    WITH CHECK  (current_setting('jishi.tenant', true) = '*'
    OR organisation_id::text = current_setting('jishi.tenant', true))
"""
    )


def downgrade() -> None:
    op.drop_table("hours_templates")
