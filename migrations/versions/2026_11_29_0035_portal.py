"""What is public of declarations, and interest in patents.

Revision: 0035, after 0029b
"""

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0029b"
branch_labels = None
depends_on = None

MINE = "current_setting('jishi.tenant', true)"
STATUSES = ("announced", "pilot", "ended")


def upgrade() -> None:
    op.create_table(
        "publications",
        sa.Column("open_licence_id", sa.Uuid(), nullable=False),
        sa.Column("patent_id", sa.Uuid(), nullable=False),
        sa.Column("status", _status(), nullable=False),
        sa.Column("was_announced", sa.Boolean(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("pilot_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("announced_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawing_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("taken", sa.BigInteger(), server_default="0", nullable=False),
        sa.CheckConstraint("taken >= 0", name=op.f("publications_taken_check")),
        sa.CheckConstraint("status <> 'ended' OR ended_since IS NOT NULL", name=op.f("publications_ended_check")),
        sa.ForeignKeyConstraint(
            ["open_licence_id"],
            ["open_licences.id"],
            name=op.f("publications_open_licence_id_fkey"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["patent_id"], ["patents.id"], name=op.f("publications_patent_id_fkey")),
        sa.PrimaryKeyConstraint("open_licence_id", name=op.f("publications_pkey")),
    )
    op.create_index("publications_changed", "publications", ["changed_at", "open_licence_id"])
    op.create_index(op.f("publications_patent_id_idx"), "publications", ["patent_id"])
    op.create_table(
        "patent_interests",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("patent_id", sa.Uuid(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column(
            "created_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.Column(
            "changed_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.CheckConstraint("purpose <> ''", name=op.f("patent_interests_purpose_check")),
        sa.CheckConstraint("owner_id <> organisation_id", name=op.f("patent_interests_parties_check")),
        sa.ForeignKeyConstraint(["patent_id"], ["patents.id"], name=op.f("patent_interests_patent_id_fkey")),
        sa.ForeignKeyConstraint(["owner_id"], ["organisations.id"], name=op.f("patent_interests_owner_id_fkey")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("patent_interests_organisation_id_fkey")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("patent_interests_user_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("patent_interests_pkey")),
        sa.UniqueConstraint(
            "patent_id", "organisation_id", name=op.f("patent_interests_patent_id_organisation_id_key")
        ),
    )
    op.create_index("patent_interests_owner", "patent_interests", ["owner_id", "created_at"])
    op.create_index(op.f("patent_interests_organisation_id_idx"), "patent_interests", ["organisation_id"])
    op.create_index(op.f("patent_interests_user_id_idx"), "patent_interests", ["user_id"])
    mine = " OR ".join([f"{MINE} = '*'", *(f"{name}::text = {MINE}" for name in ("owner_id", "organisation_id"))])
    op.execute("ALTER TABLE patent_interests ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE patent_interests FORCE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY tenant ON patent_interests USING ({mine}) WITH CHECK ({mine})")


def _status() -> sa.Enum:
    return sa.Enum(*STATUSES, name="publicstatus", native_enum=False, create_constraint=True, length=32)


def downgrade() -> None:
    op.drop_table("patent_interests")
    op.drop_table("publications")
