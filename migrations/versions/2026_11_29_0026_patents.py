"""Patents.

Revision: 0026, after 0025
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

MINE = "current_setting('jishi.tenant', true)"

# Weights 2 to 9 from the left over the digits before the dot, modulo 11, ten is X (domain.md B.6).
IS_PATENT_NUMBER = r"""
CREATE FUNCTION is_patent_number(number text) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT number ~ '^([0-9]{4}[12389][0-9]{7}|[0-9]{2}[12389][0-9]{5})\.[0-9X]$'
        AND right(number, 1) = substr('0123456789X', 1 + (
            SELECT sum(substr(number, place, 1)::int * (2 + (place - 1) % 8))::int % 11
            FROM generate_series(1, position('.' IN number) - 1) AS place
        ), 1)
$$
"""


def upgrade() -> None:
    op.execute(IS_PATENT_NUMBER)
    op.create_table(
        "patents",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "invention",
                "utility_model",
                "design",
                "pct_invention",
                "pct_utility_model",
                name="patentkind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("title_en", sa.Text(), server_default="", nullable=False),
        sa.Column("abstract", sa.Text(), server_default="", nullable=False),
        sa.Column("use_text", sa.Text(), server_default="", nullable=False),
        sa.Column("products", sa.Text(), server_default="", nullable=False),
        sa.Column("industry", sa.Text(), server_default="", nullable=False),
        sa.Column("ipc", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("locarno", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("publication_no", sa.Text(), server_default="", nullable=False),
        sa.Column("family", sa.Text(), server_default="", nullable=False),
        sa.Column("filed_on", sa.Date(), nullable=False),
        sa.Column("granted_on", sa.Date(), nullable=True),
        sa.Column("expires_on", sa.Date(), nullable=False),
        sa.Column(
            "legal_status",
            sa.Enum(
                "pending",
                "in_force",
                "lapsed",
                "expired",
                "invalid",
                name="legalstatus",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("annuity_paid_through", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("report_no", sa.Text(), server_default="", nullable=False),
        sa.Column("report_on", sa.Date(), nullable=True),
        sa.Column(
            "conclusion",
            sa.Enum(
                "none", "favourable", "adverse", name="conclusion", native_enum=False, create_constraint=True, length=32
            ),
            server_default="none",
            nullable=False,
        ),
        sa.Column("registered_holders", sa.Text(), server_default="", nullable=False),
        sa.Column("register_checked_on", sa.Date(), nullable=True),
        sa.Column("region", sa.Text(), server_default="", nullable=False),
        sa.Column("contact_name", sa.Text(), server_default="", nullable=False),
        sa.Column("contact_phone", sa.Text(), server_default="", nullable=False),
        sa.Column("contact_email", sa.Text(), server_default="", nullable=False),
        sa.Column("search_words", sa.Text(), server_default="", nullable=False),
        sa.Column(
            "search_vector",
            postgresql.TSVECTOR(),
            sa.Computed(
                "setweight(to_tsvector('simple'::regconfig, \"left\"(search_words, 100)), 'A') || to_tsvector('simple'::regconfig, search_words)",
                persisted=True,
            ),
            nullable=True,
        ),
        sa.Column("revision", sa.BigInteger(), server_default="1", nullable=False),
        sa.Column(
            "created_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.Column(
            "changed_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(conclusion = 'none') = (report_no = '')", name=op.f("patents_report_check")),
        sa.CheckConstraint("legal_status = 'pending' OR granted_on IS NOT NULL", name=op.f("patents_status_check")),
        sa.CheckConstraint(
            "annuity_paid_through >= 0 AND annuity_paid_through <= 20", name=op.f("patents_annuity_check")
        ),
        sa.CheckConstraint("expires_on > filed_on", name=op.f("patents_expires_check")),
        sa.CheckConstraint("granted_on IS NULL OR granted_on > filed_on", name=op.f("patents_granted_check")),
        sa.CheckConstraint("is_patent_number(number)", name=op.f("patents_number_check")),
        sa.ForeignKeyConstraint(["owner_id"], ["organisations.id"], name=op.f("patents_owner_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("patents_pkey")),
        sa.UniqueConstraint("owner_id", "number", name=op.f("patents_owner_id_number_key")),
    )
    op.create_index("patents_ipc", "patents", ["ipc"], unique=False, postgresql_using="gin")
    op.create_index("patents_number", "patents", ["number"], unique=False)
    op.create_index(op.f("patents_owner_id_idx"), "patents", ["owner_id"], unique=False)
    op.create_index(
        "patents_published",
        "patents",
        ["published_at"],
        unique=False,
        postgresql_where=sa.text("published_at IS NOT NULL"),
    )
    op.create_index("patents_words", "patents", ["search_vector"], unique=False, postgresql_using="gin")
    op.create_table(
        "patent_encumbrances",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("patent_id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "exclusive_licence",
                "sole_licence",
                "pledge",
                "suspension",
                "preservation",
                "other",
                name="encumbrancekind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("holder_email", sa.Text(), server_default="", nullable=False),
        sa.Column("reference", sa.Text(), server_default="", nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column(
            "created_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.CheckConstraint("holder <> ''", name=op.f("patent_encumbrances_holder_check")),
        sa.CheckConstraint("ends_on IS NULL OR ends_on > starts_on", name=op.f("patent_encumbrances_period_check")),
        sa.ForeignKeyConstraint(
            ["patent_id"], ["patents.id"], name=op.f("patent_encumbrances_patent_id_fkey"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("patent_encumbrances_pkey")),
    )
    op.create_index(op.f("patent_encumbrances_patent_id_idx"), "patent_encumbrances", ["patent_id"], unique=False)
    op.create_index(
        "patent_encumbrances_pledges",
        "patent_encumbrances",
        ["ends_on"],
        unique=False,
        postgresql_where=sa.text("kind = 'pledge'"),
    )
    op.create_table(
        "patent_holders",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("patent_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), server_default="", nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=True),
        sa.Column("share", sa.BigInteger(), nullable=False),
        sa.Column("email", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint("name <> ''", name=op.f("patent_holders_name_check")),
        sa.CheckConstraint("share > 0 AND share <= 10000", name=op.f("patent_holders_share_check")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("patent_holders_organisation_id_fkey")
        ),
        sa.ForeignKeyConstraint(
            ["patent_id"], ["patents.id"], name=op.f("patent_holders_patent_id_fkey"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("patent_holders_pkey")),
        sa.UniqueConstraint("patent_id", "position", name=op.f("patent_holders_patent_id_position_key")),
    )
    op.create_index(op.f("patent_holders_organisation_id_idx"), "patent_holders", ["organisation_id"], unique=False)
    op.create_index(op.f("patent_holders_patent_id_idx"), "patent_holders", ["patent_id"], unique=False)
    op.create_table(
        "patent_inventors",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("patent_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("department", sa.Text(), server_default="", nullable=False),
        sa.Column("share", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint("name <> ''", name=op.f("patent_inventors_name_check")),
        sa.CheckConstraint("share >= 0 AND share <= 10000", name=op.f("patent_inventors_share_check")),
        sa.ForeignKeyConstraint(
            ["patent_id"], ["patents.id"], name=op.f("patent_inventors_patent_id_fkey"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("patent_inventors_user_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("patent_inventors_pkey")),
        sa.UniqueConstraint("patent_id", "position", name=op.f("patent_inventors_patent_id_position_key")),
    )
    op.create_index(op.f("patent_inventors_patent_id_idx"), "patent_inventors", ["patent_id"], unique=False)
    op.create_index(op.f("patent_inventors_user_id_idx"), "patent_inventors", ["user_id"], unique=False)
    _secure("patents", ("owner_id",), "published_at IS NOT NULL")


def _secure(table: str, owners: tuple[str, ...], public: str) -> None:
    mine = " OR ".join([f"{MINE} = '*'", *(f"{owner}::text = {MINE}" for owner in owners)])
    seen = f"{mine} OR {public}" if public else mine
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY tenant ON {table} USING ({seen}) WITH CHECK ({mine})")


def downgrade() -> None:
    op.drop_table("patent_inventors")
    op.drop_table("patent_holders")
    op.drop_table("patent_encumbrances")
    op.drop_table("patents")
    op.execute("DROP FUNCTION is_patent_number(text)")
