"""Instruments, timetables, occupations, tariffs, imports, offers.

Revision: 0008, after 0007
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "import_drafts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("created_by_id", sa.Uuid(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column(
            "format",
            sa.Enum("uniquip", "nrii", name="formatcode", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("encoding", sa.Text(), server_default="", nullable=False),
        sa.Column("delimiter", sa.Text(), server_default="", nullable=False),
        sa.Column("headings", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("columns", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column(
            "corrections", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False
        ),
        sa.Column(
            "created_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.Column("applied_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("counts", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.ForeignKeyConstraint(["created_by_id"], ["users.id"], name=op.f("import_drafts_created_by_id_fkey")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("import_drafts_organisation_id_fkey")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("import_drafts_pkey")),
    )
    op.create_index(op.f("import_drafts_created_by_id_idx"), "import_drafts", ["created_by_id"], unique=False)
    op.create_index(op.f("import_drafts_organisation_id_idx"), "import_drafts", ["organisation_id"], unique=False)
    op.create_index("import_drafts_recent", "import_drafts", ["organisation_id", "created_at"], unique=False)
    op.create_table(
        "instruments",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("asset_no", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_zh", sa.Text(), server_default="", nullable=False),
        sa.Column("model", sa.Text(), server_default="", nullable=False),
        sa.Column("manufacturer", sa.Text(), server_default="", nullable=False),
        sa.Column("country", sa.Text(), server_default="", nullable=False),
        sa.Column("class_code", sa.Text(), server_default="", nullable=False),
        sa.Column("technique", sa.Text(), server_default="", nullable=False),
        sa.Column("description", sa.Text(), server_default="", nullable=False),
        sa.Column("functions", sa.Text(), server_default="", nullable=False),
        sa.Column("specifications", sa.Text(), server_default="", nullable=False),
        sa.Column("services", sa.Text(), server_default="", nullable=False),
        sa.Column("subjects", sa.Text(), server_default="", nullable=False),
        sa.Column("sharing_rule", sa.Text(), server_default="", nullable=False),
        sa.Column("fee_note", sa.Text(), server_default="", nullable=False),
        sa.Column("value_minor", sa.BigInteger(), nullable=True),
        sa.Column("in_service_on", sa.Date(), nullable=True),
        sa.Column("region", sa.Text(), server_default="", nullable=False),
        sa.Column("site", sa.Text(), server_default="", nullable=False),
        sa.Column("building", sa.Text(), server_default="", nullable=False),
        sa.Column("room", sa.Text(), server_default="", nullable=False),
        sa.Column("zone", sa.Text(), server_default="Asia/Shanghai", nullable=False),
        sa.Column("contact_name", sa.Text(), server_default="", nullable=False),
        sa.Column("contact_phone", sa.Text(), server_default="", nullable=False),
        sa.Column("contact_email", sa.Text(), server_default="", nullable=False),
        sa.Column(
            "share_mode",
            sa.Enum(
                "none", "internal", "external", name="sharemode", native_enum=False, create_constraint=True, length=32
            ),
            nullable=False,
        ),
        sa.Column(
            "operation_mode",
            sa.Enum(
                "self", "assisted", "both", name="operationmode", native_enum=False, create_constraint=True, length=32
            ),
            nullable=False,
        ),
        sa.Column("is_customs_supervised", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("extra", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "draft",
                "published",
                "withdrawn",
                name="instrumentstate",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
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
        sa.CheckConstraint("asset_no <> ''", name=op.f("instruments_asset_no_check")),
        sa.CheckConstraint("value_minor IS NULL OR value_minor >= 0", name=op.f("instruments_value_check")),
        sa.ForeignKeyConstraint(["owner_id"], ["organisations.id"], name=op.f("instruments_owner_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("instruments_pkey")),
        sa.UniqueConstraint("owner_id", "asset_no", name=op.f("instruments_owner_id_asset_no_key")),
    )
    op.create_index(
        "instruments_catalogue",
        "instruments",
        ["published_at"],
        unique=False,
        postgresql_where=sa.text("state = 'published'"),
    )
    op.create_index("instruments_class", "instruments", ["class_code"], unique=False)
    op.create_index(op.f("instruments_owner_id_idx"), "instruments", ["owner_id"], unique=False)
    op.create_index("instruments_words", "instruments", ["search_vector"], unique=False, postgresql_using="gin")
    op.create_table(
        "booking_rules",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("instrument_id", sa.Uuid(), nullable=False),
        sa.Column("granularity", sa.BigInteger(), server_default="30", nullable=False),
        sa.Column("shortest", sa.BigInteger(), server_default="30", nullable=False),
        sa.Column("longest", sa.BigInteger(), server_default="480", nullable=False),
        sa.Column("notice", sa.BigInteger(), server_default="120", nullable=False),
        sa.Column("horizon_days", sa.BigInteger(), server_default="60", nullable=False),
        sa.Column("needs_approval", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("free_until", sa.BigInteger(), server_default="1440", nullable=False),
        sa.Column("late_percent", sa.BigInteger(), server_default="50", nullable=False),
        sa.Column("no_show_percent", sa.BigInteger(), server_default="100", nullable=False),
        sa.CheckConstraint("free_until >= 0", name=op.f("booking_rules_free_until_check")),
        sa.CheckConstraint(
            "granularity BETWEEN 5 AND 1440 AND 1440 % granularity = 0", name=op.f("booking_rules_granularity_check")
        ),
        sa.CheckConstraint(
            "late_percent BETWEEN 0 AND 100 AND no_show_percent BETWEEN 0 AND 100",
            name=op.f("booking_rules_percents_check"),
        ),
        sa.CheckConstraint("notice >= 0 AND horizon_days BETWEEN 1 AND 730", name=op.f("booking_rules_window_check")),
        sa.CheckConstraint("shortest >= granularity AND longest >= shortest", name=op.f("booking_rules_lengths_check")),
        sa.ForeignKeyConstraint(["instrument_id"], ["instruments.id"], name=op.f("booking_rules_instrument_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("booking_rules_pkey")),
        sa.UniqueConstraint("instrument_id", name=op.f("booking_rules_instrument_id_key")),
    )
    op.create_table(
        "instrument_offers",
        sa.Column("instrument_id", sa.Uuid(), nullable=False),
        sa.Column("next_free_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("blocked_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("today_on", sa.Date(), nullable=True),
        sa.Column("today", sa.Text(), server_default="", nullable=False),
        sa.Column("needs_approval", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("internal_minor", sa.BigInteger(), nullable=True),
        sa.Column("institution_minor", sa.BigInteger(), nullable=True),
        sa.Column("enterprise_minor", sa.BigInteger(), nullable=True),
        sa.Column(
            "worked_out_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.ForeignKeyConstraint(
            ["instrument_id"], ["instruments.id"], name=op.f("instrument_offers_instrument_id_fkey"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("instrument_id", name=op.f("instrument_offers_pkey")),
    )
    op.create_index("instrument_offers_soonest", "instrument_offers", ["next_free_at"], unique=False)
    op.create_index("instrument_offers_worked_out", "instrument_offers", ["worked_out_at"], unique=False)
    op.create_table(
        "occupations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("instrument_id", sa.Uuid(), nullable=False),
        sa.Column("period", postgresql.TSTZRANGE(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "reservation",
                "hold",
                "maintenance",
                name="occupationkind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("holder", sa.Text(), server_default="", nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "created_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        postgresql.ExcludeConstraint(
            (sa.column("instrument_id"), "="),
            (sa.column("period"), "&&"),
            where=sa.text("active"),
            using="gist",
            name="occupations_no_overlap",
        ),
        sa.CheckConstraint("(kind = 'hold') = (expires_at IS NOT NULL)", name=op.f("occupations_hold_expires_check")),
        sa.CheckConstraint(
            "NOT isempty(period) AND lower_inc(period) AND NOT upper_inc(period)",
            name=op.f("occupations_half_open_check"),
        ),
        sa.CheckConstraint("NOT lower_inf(period) AND NOT upper_inf(period)", name=op.f("occupations_bounded_check")),
        sa.ForeignKeyConstraint(["instrument_id"], ["instruments.id"], name=op.f("occupations_instrument_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("occupations_pkey")),
        sa.UniqueConstraint("id", "instrument_id", "period", "active", name="occupations_identity"),
    )
    op.create_index(
        "occupations_calendar",
        "occupations",
        ["instrument_id", sa.literal_column("lower(period)")],
        unique=False,
        postgresql_where=sa.text("active"),
    )
    op.create_index(
        "occupations_holds",
        "occupations",
        ["expires_at"],
        unique=False,
        postgresql_where=sa.text("active AND kind = 'hold'"),
    )
    op.create_index(op.f("occupations_instrument_id_idx"), "occupations", ["instrument_id"], unique=False)
    op.create_table(
        "opening_exceptions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("instrument_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("stretches", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(
            ["instrument_id"], ["instruments.id"], name=op.f("opening_exceptions_instrument_id_fkey")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("opening_exceptions_pkey")),
        sa.UniqueConstraint("instrument_id", "day", name=op.f("opening_exceptions_instrument_id_day_key")),
    )
    op.create_index(op.f("opening_exceptions_instrument_id_idx"), "opening_exceptions", ["instrument_id"], unique=False)
    op.create_table(
        "opening_stretches",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("instrument_id", sa.Uuid(), nullable=False),
        sa.Column("weekday", sa.SmallInteger(), nullable=False),
        sa.Column("starts_minute", sa.SmallInteger(), nullable=False),
        sa.Column("ends_minute", sa.SmallInteger(), nullable=False),
        postgresql.ExcludeConstraint(
            (sa.column("instrument_id"), "="),
            (sa.column("weekday"), "="),
            (sa.text("int4range(starts_minute, ends_minute)"), "&&"),
            using="gist",
            name="opening_stretches_no_overlap",
        ),
        sa.CheckConstraint(
            "starts_minute >= 0 AND starts_minute < ends_minute AND ends_minute <= 1440",
            name=op.f("opening_stretches_minutes_check"),
        ),
        sa.CheckConstraint("weekday BETWEEN 0 AND 6", name=op.f("opening_stretches_weekday_check")),
        sa.ForeignKeyConstraint(
            ["instrument_id"], ["instruments.id"], name=op.f("opening_stretches_instrument_id_fkey")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("opening_stretches_pkey")),
    )
    op.create_index(op.f("opening_stretches_instrument_id_idx"), "opening_stretches", ["instrument_id"], unique=False)
    op.create_table(
        "tariffs",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("instrument_id", sa.Uuid(), nullable=False),
        sa.Column(
            "state",
            sa.Enum("draft", "published", name="tariffstate", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("valid", postgresql.DATERANGE(), nullable=False),
        sa.Column("approval_no", sa.Text(), server_default="", nullable=False),
        sa.Column("terms", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column(
            "created_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.Column("created_by_id", sa.Uuid(), nullable=True),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("published_by_id", sa.Uuid(), nullable=True),
        postgresql.ExcludeConstraint(
            (sa.column("instrument_id"), "="),
            (sa.column("valid"), "&&"),
            where=sa.text("state = 'published'"),
            using="gist",
            name="tariffs_no_overlap",
        ),
        sa.CheckConstraint("NOT isempty(valid)", name=op.f("tariffs_valid_check")),
        sa.ForeignKeyConstraint(["created_by_id"], ["users.id"], name=op.f("tariffs_created_by_id_fkey")),
        sa.ForeignKeyConstraint(["instrument_id"], ["instruments.id"], name=op.f("tariffs_instrument_id_fkey")),
        sa.ForeignKeyConstraint(["published_by_id"], ["users.id"], name=op.f("tariffs_published_by_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("tariffs_pkey")),
    )
    op.create_index(op.f("tariffs_created_by_id_idx"), "tariffs", ["created_by_id"], unique=False)
    op.create_index(op.f("tariffs_instrument_id_idx"), "tariffs", ["instrument_id"], unique=False)
    op.create_index(op.f("tariffs_published_by_id_idx"), "tariffs", ["published_by_id"], unique=False)
    op.execute(
        """
CREATE FUNCTION tariffs_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF (NEW.id, NEW.instrument_id, NEW.state, NEW.approval_no, NEW.terms, NEW.created_at, NEW.created_by_id,
            NEW.published_at, NEW.published_by_id, lower(NEW.valid))
           IS NOT DISTINCT FROM
           (OLD.id, OLD.instrument_id, OLD.state, OLD.approval_no, OLD.terms, OLD.created_at, OLD.created_by_id,
            OLD.published_at, OLD.published_by_id, lower(OLD.valid))
           AND NEW.valid <@ OLD.valid THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'a published tariff never changes: publish a new one'
        USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'tariffs_unchanged', TABLE = 'tariffs';
END $$
"""
    )
    op.execute(
        """
CREATE TRIGGER tariffs_unchanged BEFORE UPDATE OR DELETE ON tariffs FOR EACH ROW
       WHEN (OLD.state = 'published') EXECUTE FUNCTION tariffs_refuse_change()
"""
    )


def downgrade() -> None:
    op.execute("DROP TRIGGER IF EXISTS tariffs_unchanged ON tariffs")
    op.execute("DROP FUNCTION IF EXISTS tariffs_refuse_change()")
    op.drop_table("tariffs")
    op.drop_table("opening_stretches")
    op.drop_table("opening_exceptions")
    op.drop_table("occupations")
    op.drop_table("instrument_offers")
    op.drop_table("booking_rules")
    op.drop_table("instruments")
    op.drop_table("import_drafts")
