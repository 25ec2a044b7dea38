"""Declarations of open licences.

Revision: 0027, after 0026
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

MINE = "current_setting('jishi.tenant', true)"


def upgrade() -> None:
    op.create_table(
        "open_licences",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("patent_id", sa.Uuid(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "draft",
                "consenting",
                "ready",
                "filed",
                "correction",
                "refused",
                "announced",
                "withdrawing",
                "withdrawn",
                "expired",
                "lapsed",
                name="declarationstate",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("pilot_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "price_form",
            sa.Enum(
                "free",
                "lump_sum",
                "instalments",
                "royalty",
                "upfront_royalty",
                name="priceform",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("lump_minor", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("upfront_minor", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column(
            "instalments", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'"), nullable=False
        ),
        sa.Column("rate", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column(
            "royalty_base",
            sa.Enum(
                "net_sales",
                "profit",
                "output_value",
                name="royaltybase",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column(
            "rate_steps", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'"), nullable=False
        ),
        sa.Column("floor_minor", sa.BigInteger(), nullable=True),
        sa.Column("cap_minor", sa.BigInteger(), nullable=True),
        sa.Column("period_months", sa.BigInteger(), server_default="12", nullable=False),
        sa.Column("currency", sa.Text(), server_default="CNY", nullable=False),
        sa.Column("basis_note", sa.Text(), server_default="", nullable=False),
        sa.Column("limit_reason", sa.Text(), server_default="", nullable=False),
        sa.Column(
            "calculation", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False
        ),
        sa.Column("term_months", sa.BigInteger(), nullable=True),
        sa.Column("territory", sa.Text(), server_default="CN", nullable=False),
        sa.Column("use_text", sa.Text(), server_default="", nullable=False),
        sa.Column("not_included", sa.Text(), server_default="", nullable=False),
        sa.Column("other_terms", sa.Text(), server_default="", nullable=False),
        sa.Column("notice_name", sa.Text(), server_default="", nullable=False),
        sa.Column("notice_email", sa.Text(), server_default="", nullable=False),
        sa.Column("notice_phone", sa.Text(), server_default="", nullable=False),
        sa.Column("notice_address", sa.Text(), server_default="", nullable=False),
        sa.Column("inventors_share", sa.BigInteger(), server_default="5000", nullable=False),
        sa.Column("department_share", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("terms_hash", sa.Text(), server_default="", nullable=False),
        sa.Column("terms_text", sa.Text(), server_default="", nullable=False),
        sa.Column("locked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("publicity_from", sa.Date(), nullable=True),
        sa.Column("publicity_until", sa.Date(), nullable=True),
        sa.Column("publicity_closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("publicity_closed_by_id", sa.Uuid(), nullable=True),
        sa.Column("accept_no", sa.Text(), server_default="", nullable=False),
        sa.Column("filed_on", sa.Date(), nullable=True),
        sa.Column("correction_note", sa.Text(), server_default="", nullable=False),
        sa.Column("correction_due_on", sa.Date(), nullable=True),
        sa.Column("announcement_no", sa.Text(), server_default="", nullable=False),
        sa.Column("announced_on", sa.Date(), nullable=True),
        sa.Column("announcement_source", sa.Text(), server_default="", nullable=False),
        sa.Column("withdrawal_reason", sa.Text(), server_default="", nullable=False),
        sa.Column("withdrawal_accept_no", sa.Text(), server_default="", nullable=False),
        sa.Column("withdrawal_filed_on", sa.Date(), nullable=True),
        sa.Column("withdrawal_announcement_no", sa.Text(), server_default="", nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("revision", sa.BigInteger(), server_default="1", nullable=False),
        sa.Column("created_by_id", sa.Uuid(), nullable=True),
        sa.Column(
            "created_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.Column(
            "changed_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.CheckConstraint(
            "price_form <> 'free' OR (lump_minor = 0 AND upfront_minor = 0 AND rate = 0)",
            name=op.f("open_licences_free_check"),
        ),
        sa.CheckConstraint(
            "price_form <> 'lump_sum' OR (lump_minor > 0 AND rate = 0)", name=op.f("open_licences_lump_sum_check")
        ),
        sa.CheckConstraint(
            "price_form NOT IN ('royalty', 'upfront_royalty') OR royalty_base IS NOT NULL",
            name=op.f("open_licences_royalty_check"),
        ),
        sa.CheckConstraint("state <> 'withdrawn' OR ended_on IS NOT NULL", name=op.f("open_licences_ended_check")),
        sa.CheckConstraint("state = 'draft' OR terms_hash <> ''", name=op.f("open_licences_locked_check")),
        sa.CheckConstraint(
            "state NOT IN ('announced', 'withdrawing', 'withdrawn', 'expired', 'lapsed') OR (announced_on IS NOT NULL AND announcement_no <> '' AND announcement_source <> '')",
            name=op.f("open_licences_announced_check"),
        ),
        sa.CheckConstraint("length(basis_note) <= 2000", name=op.f("open_licences_basis_note_check")),
        sa.CheckConstraint(
            "lump_minor >= 0 AND upfront_minor >= 0 AND rate BETWEEN 0 AND 10000 AND (floor_minor IS NULL OR floor_minor >= 0) AND (cap_minor IS NULL OR cap_minor > 0) AND (floor_minor IS NULL OR cap_minor IS NULL OR floor_minor <= cap_minor)",
            name=op.f("open_licences_amounts_check"),
        ),
        sa.ForeignKeyConstraint(["created_by_id"], ["users.id"], name=op.f("open_licences_created_by_id_fkey")),
        sa.ForeignKeyConstraint(["owner_id"], ["organisations.id"], name=op.f("open_licences_owner_id_fkey")),
        sa.ForeignKeyConstraint(["patent_id"], ["patents.id"], name=op.f("open_licences_patent_id_fkey")),
        sa.ForeignKeyConstraint(
            ["publicity_closed_by_id"], ["users.id"], name=op.f("open_licences_publicity_closed_by_id_fkey")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("open_licences_pkey")),
        sa.UniqueConstraint("number", name=op.f("open_licences_number_key")),
    )
    op.create_index(
        "open_licences_announced",
        "open_licences",
        ["announced_on"],
        unique=False,
        postgresql_where=sa.text("state IN ('announced', 'withdrawing')"),
    )
    op.create_index(op.f("open_licences_created_by_id_idx"), "open_licences", ["created_by_id"], unique=False)
    op.create_index(
        "open_licences_one_live",
        "open_licences",
        ["patent_id"],
        unique=True,
        postgresql_where=sa.text("state NOT IN ('refused', 'withdrawn', 'expired', 'lapsed')"),
    )
    op.create_index(op.f("open_licences_owner_id_idx"), "open_licences", ["owner_id"], unique=False)
    op.create_index(op.f("open_licences_patent_id_idx"), "open_licences", ["patent_id"], unique=False)
    op.create_index(
        "open_licences_pilot",
        "open_licences",
        ["pilot_at"],
        unique=False,
        postgresql_where=sa.text("pilot_at IS NOT NULL"),
    )
    op.create_index(
        op.f("open_licences_publicity_closed_by_id_idx"), "open_licences", ["publicity_closed_by_id"], unique=False
    )
    op.create_table(
        "open_licence_changes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("open_licence_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "draft",
                "consenting",
                "ready",
                "filed",
                "correction",
                "refused",
                "announced",
                "withdrawing",
                "withdrawn",
                "expired",
                "lapsed",
                name="declarationstate",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column("changed_by_id", sa.Uuid(), nullable=True),
        sa.Column(
            "created_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.ForeignKeyConstraint(["changed_by_id"], ["users.id"], name=op.f("open_licence_changes_changed_by_id_fkey")),
        sa.ForeignKeyConstraint(
            ["open_licence_id"], ["open_licences.id"], name=op.f("open_licence_changes_open_licence_id_fkey")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("open_licence_changes_pkey")),
        sa.UniqueConstraint(
            "open_licence_id", "position", name=op.f("open_licence_changes_open_licence_id_position_key")
        ),
    )
    op.create_index(
        op.f("open_licence_changes_changed_by_id_idx"), "open_licence_changes", ["changed_by_id"], unique=False
    )
    op.create_index(
        op.f("open_licence_changes_open_licence_id_idx"), "open_licence_changes", ["open_licence_id"], unique=False
    )
    op.create_table(
        "open_licence_consents",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("open_licence_id", sa.Uuid(), nullable=False),
        sa.Column(
            "purpose",
            sa.Enum(
                "declaration", "withdrawal", name="consentpurpose", native_enum=False, create_constraint=True, length=32
            ),
            nullable=False,
        ),
        sa.Column(
            "role",
            sa.Enum("co_owner", "pledgee", name="consentrole", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("party_name", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("terms_hash", sa.Text(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "asked",
                "agreed",
                "refused",
                "void",
                name="consentstate",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("code_hash", sa.Text(), server_default="", nullable=False),
        sa.Column("code_attempts", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("code_sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("signer_name", sa.Text(), server_default="", nullable=False),
        sa.Column("signer_phone", sa.Text(), server_default="", nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "created_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.CheckConstraint(
            "state <> 'agreed' OR (answered_at IS NOT NULL AND signer_name <> '')",
            name=op.f("open_licence_consents_agreed_check"),
        ),
        sa.CheckConstraint("state <> 'refused' OR reason <> ''", name=op.f("open_licence_consents_refused_check")),
        sa.ForeignKeyConstraint(
            ["open_licence_id"], ["open_licences.id"], name=op.f("open_licence_consents_open_licence_id_fkey")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("open_licence_consents_pkey")),
        sa.UniqueConstraint("token_hash", name=op.f("open_licence_consents_token_hash_key")),
    )
    op.create_index(
        "open_licence_consents_one",
        "open_licence_consents",
        ["open_licence_id", "purpose", "role", "party_name"],
        unique=True,
        postgresql_where=sa.text("state <> 'void'"),
    )
    op.create_index(
        op.f("open_licence_consents_open_licence_id_idx"), "open_licence_consents", ["open_licence_id"], unique=False
    )
    op.create_table(
        "open_licence_objections",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("open_licence_id", sa.Uuid(), nullable=False),
        sa.Column("raised_by_id", sa.Uuid(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("contact", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("answer", sa.Text(), server_default="", nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_by_id", sa.Uuid(), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_by_id", sa.Uuid(), nullable=True),
        sa.Column(
            "created_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.CheckConstraint("(answered_at IS NULL) = (answer = '')", name=op.f("open_licence_objections_answer_check")),
        sa.CheckConstraint("reason <> ''", name=op.f("open_licence_objections_reason_check")),
        sa.CheckConstraint(
            "closed_by_id IS NULL OR closed_by_id <> answered_by_id",
            name=op.f("open_licence_objections_two_persons_check"),
        ),
        sa.ForeignKeyConstraint(
            ["answered_by_id"], ["users.id"], name=op.f("open_licence_objections_answered_by_id_fkey")
        ),
        sa.ForeignKeyConstraint(["closed_by_id"], ["users.id"], name=op.f("open_licence_objections_closed_by_id_fkey")),
        sa.ForeignKeyConstraint(
            ["open_licence_id"], ["open_licences.id"], name=op.f("open_licence_objections_open_licence_id_fkey")
        ),
        sa.ForeignKeyConstraint(["raised_by_id"], ["users.id"], name=op.f("open_licence_objections_raised_by_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("open_licence_objections_pkey")),
    )
    op.create_index(
        op.f("open_licence_objections_answered_by_id_idx"), "open_licence_objections", ["answered_by_id"], unique=False
    )
    op.create_index(
        op.f("open_licence_objections_closed_by_id_idx"), "open_licence_objections", ["closed_by_id"], unique=False
    )
    op.create_index(
        op.f("open_licence_objections_open_licence_id_idx"),
        "open_licence_objections",
        ["open_licence_id"],
        unique=False,
    )
    op.create_index(
        op.f("open_licence_objections_raised_by_id_idx"), "open_licence_objections", ["raised_by_id"], unique=False
    )
    _secure("open_licences", ("owner_id",), "pilot_at IS NOT NULL OR announced_on IS NOT NULL")
    op.execute(
        "CREATE TRIGGER open_licence_changes_append_only BEFORE UPDATE OR DELETE ON open_licence_changes"
        " FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change()"
    )


def _secure(table: str, owners: tuple[str, ...], public: str) -> None:
    mine = " OR ".join([f"{MINE} = '*'", *(f"{owner}::text = {MINE}" for owner in owners)])
    seen = f"{mine} OR {public}" if public else mine
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY tenant ON {table} USING ({seen}) WITH CHECK ({mine})")


def downgrade() -> None:
    op.execute("DROP TRIGGER open_licence_changes_append_only ON open_licence_changes")
    op.drop_table("open_licence_objections")
    op.drop_table("open_licence_consents")
    op.drop_table("open_licence_changes")
    op.drop_table("open_licences")
