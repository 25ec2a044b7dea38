"""Patents, open licences and licences; fee notes; transfer officers and private persons.

Revision: 0020, after 0009
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0020"
down_revision = "0009"
branch_labels = None
depends_on = None

TABLES = (
    "licences", "open_licence_objections", "open_licence_consents", "open_licence_changes", "fee_notes",
    "patent_inventors", "patent_holders", "patent_encumbrances", "open_licences", "patents",
)  # fmt: skip

# What enumerations of older tables allow: (table, constraint, column, before, since)
WIDENED = (
    ("organisations", "organisationkind", "kind", ("institution", "enterprise", "operator"), ("person",)),
    (
        "charges", "chargekind", "kind", ("use", "cancellation_fee", "no_show_fee", "credit"),
        ("licence_fee", "royalty", "interest"),
    ),
    (
        "statement_lines", "chargekind", "kind", ("use", "cancellation_fee", "no_show_fee", "credit"),
        ("licence_fee", "royalty", "interest"),
    ),
    ("payments", "paymentsource", "source", ("memo", "hand", "credit", "offset"), ("held",)),
)  # fmt: skip

MINE = "current_setting('jishi.tenant', true)"

# Whose rows a tenant sees and writes; what is published is seen by all.
POLICIES = {
    "patents": (("owner_id",), "published_at IS NOT NULL"),
    "open_licences": (("owner_id",), "pilot_at IS NOT NULL OR announced_on IS NOT NULL"),
    "licences": (("licensor_id", "licensee_id"), ""),
    "fee_notes": (("provider_id", "payer_id"), ""),
}

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

# Nobody may hold an exclusive or sole licence of a patent that is open (专利法 art. 51, rule 86 (1)); both sides lock
# the patent first, so that two at once cannot pass each other.
NO_EXCLUSIVE = """
CREATE FUNCTION patents_refuse_exclusive() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM patents WHERE id = NEW.patent_id FOR UPDATE;
    IF EXISTS (
        SELECT FROM open_licences o
        WHERE o.patent_id = NEW.patent_id AND o.state IN ('filed', 'correction', 'announced', 'withdrawing')
    ) AND (
        EXISTS (
            SELECT FROM patent_encumbrances e
            WHERE e.patent_id = NEW.patent_id AND e.kind IN ('exclusive_licence', 'sole_licence')
                AND (e.ends_on IS NULL OR e.ends_on > (now() AT TIME ZONE 'Asia/Shanghai')::date)
        ) OR EXISTS (
            SELECT FROM licences l
            WHERE l.patent_id = NEW.patent_id AND l.kind IN ('exclusive', 'sole', 'transfer')
                AND l.state IN ('effective', 'filed')
        )
    ) THEN
        RAISE EXCEPTION 'an exclusive or sole licence stands beside an open licence'
            USING ERRCODE = '23514', CONSTRAINT = 'open_licences_no_exclusive', TABLE = TG_TABLE_NAME;
    END IF;
    RETURN NULL;
END
$$
"""

# What is filed must be fit to be opened, whoever wrote it: granted, in force, within its term, favourably evaluated
# where that is asked for, with every consent (专利法 art. 50; rules 85, 86; CNIPA FAQ 3).
FIT_TO_FILE = """
CREATE FUNCTION open_licences_refuse_unfit() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    patent patents%ROWTYPE;
BEGIN
    SELECT * INTO patent FROM patents WHERE id = NEW.patent_id FOR UPDATE;
    IF patent.legal_status <> 'in_force' OR patent.expires_on <= NEW.filed_on OR NEW.filed_on < patent.granted_on
        OR (patent.kind IN ('utility_model', 'design', 'pct_utility_model') AND patent.conclusion <> 'favourable')
        OR patent.conclusion = 'adverse'
        OR EXISTS (
            SELECT FROM open_licence_consents c
            WHERE c.open_licence_id = NEW.id AND c.purpose = 'declaration' AND c.state IN ('asked', 'refused')
        )
        OR EXISTS (SELECT FROM open_licence_objections b WHERE b.open_licence_id = NEW.id AND b.closed_at IS NULL)
    THEN
        RAISE EXCEPTION 'this declaration cannot be filed'
            USING ERRCODE = '23514', CONSTRAINT = 'open_licences_fit', TABLE = TG_TABLE_NAME;
    END IF;
    RETURN NULL;
END
$$
"""

TRIGGERS = (
    ("open_licences_no_exclusive", "open_licences", "INSERT OR UPDATE OF state", "patents_refuse_exclusive"),
    ("patent_encumbrances_no_exclusive", "patent_encumbrances", "INSERT OR UPDATE", "patents_refuse_exclusive"),
    ("licences_no_exclusive", "licences", "INSERT OR UPDATE OF state, kind", "patents_refuse_exclusive"),
)


def upgrade() -> None:
    for table, constraint, column, before, since in WIDENED:
        _allow(table, constraint, column, (*before, *since))
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
    op.create_table(
        "fee_notes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("memo_code", sa.Text(), nullable=False),
        sa.Column("subject_kind", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("subject_number", sa.Text(), nullable=False),
        sa.Column("provider_id", sa.Uuid(), nullable=False),
        sa.Column("payer_id", sa.Uuid(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("description_en", sa.Text(), server_default="", nullable=False),
        sa.Column("total_minor", sa.BigInteger(), nullable=False),
        sa.Column("tax_minor", sa.BigInteger(), nullable=False),
        sa.Column("tax_category", sa.Text(), nullable=False),
        sa.Column("tax_rate", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("paid_minor", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("value_on", sa.Date(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "open",
                "part_paid",
                "paid",
                "billed",
                "refunded",
                "void",
                name="feenotestate",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("charge_id", sa.Uuid(), nullable=True),
        sa.Column("party", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("bank", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reminders", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("end_reason", sa.Text(), server_default="", nullable=False),
        sa.Column("issued_by_id", sa.Uuid(), nullable=True),
        sa.Column("issued_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.CheckConstraint("state <> 'billed' OR charge_id IS NOT NULL", name=op.f("fee_notes_billed_check")),
        sa.CheckConstraint(
            "state NOT IN ('paid') OR (paid_minor = total_minor AND value_on IS NOT NULL)",
            name=op.f("fee_notes_paid_check"),
        ),
        sa.CheckConstraint("payer_id <> provider_id", name=op.f("fee_notes_parties_check")),
        sa.CheckConstraint(
            "total_minor > 0 AND paid_minor >= 0 AND paid_minor <= total_minor", name=op.f("fee_notes_amounts_check")
        ),
        sa.ForeignKeyConstraint(["charge_id"], ["charges.id"], name=op.f("fee_notes_charge_id_fkey")),
        sa.ForeignKeyConstraint(["issued_by_id"], ["users.id"], name=op.f("fee_notes_issued_by_id_fkey")),
        sa.ForeignKeyConstraint(["payer_id"], ["organisations.id"], name=op.f("fee_notes_payer_id_fkey")),
        sa.ForeignKeyConstraint(["provider_id"], ["organisations.id"], name=op.f("fee_notes_provider_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("fee_notes_pkey")),
        sa.UniqueConstraint("charge_id", name=op.f("fee_notes_charge_id_key")),
        sa.UniqueConstraint("memo_code", name=op.f("fee_notes_memo_code_key")),
        sa.UniqueConstraint("number", name=op.f("fee_notes_number_key")),
    )
    op.create_index(
        "fee_notes_due",
        "fee_notes",
        ["due_on"],
        unique=False,
        postgresql_where=sa.text("state IN ('open', 'part_paid')"),
    )
    op.create_index(op.f("fee_notes_issued_by_id_idx"), "fee_notes", ["issued_by_id"], unique=False)
    op.create_index(
        "fee_notes_one_live",
        "fee_notes",
        ["subject_kind", "subject_id"],
        unique=True,
        postgresql_where=sa.text("state <> 'void'"),
    )
    op.create_index("fee_notes_payer", "fee_notes", ["payer_id", "issued_at"], unique=False)
    op.create_index(op.f("fee_notes_payer_id_idx"), "fee_notes", ["payer_id"], unique=False)
    op.create_index("fee_notes_provider", "fee_notes", ["provider_id", "issued_at"], unique=False)
    op.create_index(op.f("fee_notes_provider_id_idx"), "fee_notes", ["provider_id"], unique=False)
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
    op.create_table(
        "licences",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("notice_no", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=True),
        sa.Column(
            "kind",
            sa.Enum(
                "open",
                "ordinary",
                "sole",
                "exclusive",
                "transfer",
                name="licencekind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("open_licence_id", sa.Uuid(), nullable=True),
        sa.Column("patent_id", sa.Uuid(), nullable=False),
        sa.Column("licensor_id", sa.Uuid(), nullable=False),
        sa.Column("licensee_id", sa.Uuid(), nullable=False),
        sa.Column("licensee_party", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "noticed",
                "effective",
                "filed",
                "ended",
                "void",
                name="licencestate",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("is_disputed", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("notice", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("notice_text", sa.Text(), nullable=False),
        sa.Column("notice_hash", sa.Text(), nullable=False),
        sa.Column("noticed_by_id", sa.Uuid(), nullable=True),
        sa.Column("noticed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("void_on", sa.Date(), nullable=True),
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
        sa.Column("due_now_minor", sa.BigInteger(), nullable=False),
        sa.Column("lump_minor", sa.BigInteger(), nullable=False),
        sa.Column("upfront_minor", sa.BigInteger(), nullable=False),
        sa.Column("instalments", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("rate", sa.BigInteger(), nullable=False),
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
        sa.Column("rate_steps", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("floor_minor", sa.BigInteger(), nullable=True),
        sa.Column("cap_minor", sa.BigInteger(), nullable=True),
        sa.Column("period_months", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("terms", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("fee_note_id", sa.Uuid(), nullable=True),
        sa.Column("paid_on", sa.Date(), nullable=True),
        sa.Column("effective_on", sa.Date(), nullable=True),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("filing_due_on", sa.Date(), nullable=True),
        sa.Column("filing_no", sa.Text(), server_default="", nullable=False),
        sa.Column("filed_on", sa.Date(), nullable=True),
        sa.Column("filing_file_id", sa.Uuid(), nullable=True),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("end_reason", sa.Text(), server_default="", nullable=False),
        sa.Column("revision", sa.BigInteger(), server_default="1", nullable=False),
        sa.Column(
            "created_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.Column(
            "changed_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.CheckConstraint("(kind = 'open') = (open_licence_id IS NOT NULL)", name=op.f("licences_kind_check")),
        sa.CheckConstraint(
            "(state IN ('noticed', 'void')) = (number IS NULL) AND (number IS NULL) = (effective_on IS NULL)",
            name=op.f("licences_number_check"),
        ),
        sa.CheckConstraint(
            "kind <> 'open' OR effective_on IS NULL OR effective_on = greatest(received_on, paid_on)",
            name=op.f("licences_effective_check"),
        ),
        sa.CheckConstraint("received_on IS NOT NULL AND notice_hash <> ''", name=op.f("licences_notice_check")),
        sa.CheckConstraint("state <> 'ended' OR ended_on IS NOT NULL", name=op.f("licences_ended_check")),
        sa.CheckConstraint(
            "state <> 'filed' OR (filing_no <> '' AND filed_on IS NOT NULL)", name=op.f("licences_filed_check")
        ),
        sa.CheckConstraint(
            "state IN ('noticed', 'void') OR due_now_minor = 0 OR paid_on IS NOT NULL", name=op.f("licences_paid_check")
        ),
        sa.CheckConstraint("effective_on IS NULL OR ends_on > effective_on", name=op.f("licences_ends_check")),
        sa.CheckConstraint("licensee_id <> licensor_id", name=op.f("licences_parties_check")),
        sa.ForeignKeyConstraint(["fee_note_id"], ["fee_notes.id"], name=op.f("licences_fee_note_id_fkey")),
        sa.ForeignKeyConstraint(["filing_file_id"], ["stored_files.id"], name=op.f("licences_filing_file_id_fkey")),
        sa.ForeignKeyConstraint(["licensee_id"], ["organisations.id"], name=op.f("licences_licensee_id_fkey")),
        sa.ForeignKeyConstraint(["licensor_id"], ["organisations.id"], name=op.f("licences_licensor_id_fkey")),
        sa.ForeignKeyConstraint(["noticed_by_id"], ["users.id"], name=op.f("licences_noticed_by_id_fkey")),
        sa.ForeignKeyConstraint(["open_licence_id"], ["open_licences.id"], name=op.f("licences_open_licence_id_fkey")),
        sa.ForeignKeyConstraint(["patent_id"], ["patents.id"], name=op.f("licences_patent_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("licences_pkey")),
        sa.UniqueConstraint("fee_note_id", name=op.f("licences_fee_note_id_key")),
        sa.UniqueConstraint("notice_no", name=op.f("licences_notice_no_key")),
        sa.UniqueConstraint("number", name=op.f("licences_number_key")),
    )
    op.create_index(op.f("licences_filing_file_id_idx"), "licences", ["filing_file_id"], unique=False)
    op.create_index(op.f("licences_licensee_id_idx"), "licences", ["licensee_id"], unique=False)
    op.create_index("licences_licensor", "licences", ["licensor_id", "state"], unique=False)
    op.create_index(op.f("licences_licensor_id_idx"), "licences", ["licensor_id"], unique=False)
    op.create_index(op.f("licences_noticed_by_id_idx"), "licences", ["noticed_by_id"], unique=False)
    op.create_index(
        "licences_one_per_licensee",
        "licences",
        ["open_licence_id", "licensee_id"],
        unique=True,
        postgresql_where=sa.text("state NOT IN ('void', 'ended') AND open_licence_id IS NOT NULL"),
    )
    op.create_index(op.f("licences_open_licence_id_idx"), "licences", ["open_licence_id"], unique=False)
    op.create_index(op.f("licences_patent_id_idx"), "licences", ["patent_id"], unique=False)
    op.create_index(
        "licences_to_file", "licences", ["filing_due_on"], unique=False, postgresql_where=sa.text("state = 'effective'")
    )
    op.create_index(
        "licences_unpaid", "licences", ["void_on"], unique=False, postgresql_where=sa.text("state = 'noticed'")
    )
    for table, (owners, public) in POLICIES.items():
        _secure(table, owners, public)
    op.execute(NO_EXCLUSIVE)
    op.execute(FIT_TO_FILE)
    for name, table, moment, function in TRIGGERS:
        op.execute(f"CREATE TRIGGER {name} AFTER {moment} ON {table} FOR EACH ROW EXECUTE FUNCTION {function}()")
    op.execute(
        "CREATE TRIGGER open_licences_fit AFTER UPDATE OF state ON open_licences FOR EACH ROW"
        " WHEN (NEW.state = 'filed' AND OLD.state <> 'filed') EXECUTE FUNCTION open_licences_refuse_unfit()"
    )
    op.execute(
        "CREATE TRIGGER open_licence_changes_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON open_licence_changes"
        " FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change()"
    )


def _allow(table: str, constraint: str, column: str, values: tuple[str, ...]) -> None:
    name = f"{table}_{constraint}_check"
    op.drop_constraint(op.f(name), table, type_="check")
    allowed = ", ".join(f"'{value}'" for value in values)
    op.create_check_constraint(op.f(name), table, f"{column} IN ({allowed})")


def _secure(table: str, owners: tuple[str, ...], public: str) -> None:
    mine = " OR ".join([f"{MINE} = '*'", *(f"{owner}::text = {MINE}" for owner in owners)])
    seen = f"{mine} OR {public}" if public else mine
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY tenant ON {table} USING ({seen}) WITH CHECK ({mine})")


def downgrade() -> None:
    for name, table, _moment, _function in TRIGGERS:
        op.execute(f"DROP TRIGGER {name} ON {table}")
    op.execute("DROP TRIGGER open_licences_fit ON open_licences")
    op.execute("DROP TRIGGER open_licence_changes_append_only ON open_licence_changes")
    op.execute("DROP FUNCTION open_licences_refuse_unfit()")
    op.execute("DROP FUNCTION patents_refuse_exclusive()")
    for table in TABLES:
        op.drop_table(table)
    op.execute("DROP FUNCTION is_patent_number(text)")
    for table, constraint, column, before, _since in WIDENED:
        _allow(table, constraint, column, before)
