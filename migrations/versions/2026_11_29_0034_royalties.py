"""Royalties: periods, reports, questions, and how the income is shared out.

Revision: 0034, after 0032
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0034"
down_revision = "0032"
branch_labels = None
depends_on = None

MINE = "current_setting('jishi.tenant', true)"
BOTH = ("licensor_id", "licensee_id")


def upgrade() -> None:
    op.create_table(
        "income_shares",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("licence_id", sa.Uuid(), nullable=False),
        sa.Column("licensor_id", sa.Uuid(), nullable=False),
        sa.Column("charge_id", sa.Uuid(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("gross_minor", sa.BigInteger(), nullable=False),
        sa.Column("commission_minor", sa.BigInteger(), nullable=False),
        sa.Column("costs_minor", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("net_minor", sa.BigInteger(), nullable=False),
        sa.Column("inventors_share", sa.BigInteger(), nullable=False),
        sa.Column("parts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("is_pledged", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column(
            "created_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.CheckConstraint("date_trunc('month', month) = month", name=op.f("income_shares_month_check")),
        sa.CheckConstraint("inventors_share BETWEEN 0 AND 10000", name=op.f("income_shares_inventors_share_check")),
        sa.CheckConstraint(
            "net_minor = gross_minor - commission_minor - costs_minor", name=op.f("income_shares_net_check")
        ),
        sa.ForeignKeyConstraint(["charge_id"], ["charges.id"], name=op.f("income_shares_charge_id_fkey")),
        sa.ForeignKeyConstraint(["licence_id"], ["licences.id"], name=op.f("income_shares_licence_id_fkey")),
        sa.ForeignKeyConstraint(["licensor_id"], ["organisations.id"], name=op.f("income_shares_licensor_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("income_shares_pkey")),
        sa.UniqueConstraint("charge_id", name=op.f("income_shares_charge_id_key")),
    )
    op.create_index(op.f("income_shares_licence_id_idx"), "income_shares", ["licence_id"], unique=False)
    op.create_index("income_shares_month", "income_shares", ["licensor_id", "month"], unique=False)
    op.create_table(
        "royalty_periods",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("licence_id", sa.Uuid(), nullable=False),
        sa.Column("licensor_id", sa.Uuid(), nullable=False),
        sa.Column("licensee_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("floor_minor", sa.BigInteger(), nullable=True),
        sa.Column("cap_minor", sa.BigInteger(), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "open",
                "due",
                "reported",
                "questioned",
                "billed",
                "paid",
                name="periodstate",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("is_late", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("reminders", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("question_until", sa.Date(), nullable=True),
        sa.Column("revision", sa.BigInteger(), server_default="1", nullable=False),
        sa.Column(
            "created_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.Column(
            "changed_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.CheckConstraint(
            "state NOT IN ('reported', 'questioned') OR question_until IS NOT NULL",
            name=op.f("royalty_periods_question_check"),
        ),
        sa.CheckConstraint(
            "(floor_minor IS NULL OR floor_minor >= 0) AND (cap_minor IS NULL OR cap_minor >= 0) AND (floor_minor IS NULL OR cap_minor IS NULL OR floor_minor <= cap_minor)",
            name=op.f("royalty_periods_limits_check"),
        ),
        sa.CheckConstraint("ends_on > starts_on AND due_on >= ends_on", name=op.f("royalty_periods_days_check")),
        sa.CheckConstraint("licensee_id <> licensor_id", name=op.f("royalty_periods_parties_check")),
        sa.CheckConstraint("position >= 1", name=op.f("royalty_periods_position_check")),
        sa.ForeignKeyConstraint(["licence_id"], ["licences.id"], name=op.f("royalty_periods_licence_id_fkey")),
        sa.ForeignKeyConstraint(["licensee_id"], ["organisations.id"], name=op.f("royalty_periods_licensee_id_fkey")),
        sa.ForeignKeyConstraint(["licensor_id"], ["organisations.id"], name=op.f("royalty_periods_licensor_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("royalty_periods_pkey")),
        sa.UniqueConstraint("licence_id", "starts_on", name=op.f("royalty_periods_licence_id_starts_on_key")),
    )
    op.create_index(
        "royalty_periods_due", "royalty_periods", ["due_on"], unique=False, postgresql_where=sa.text("state = 'due'")
    )
    op.create_index("royalty_periods_licensee", "royalty_periods", ["licensee_id", "due_on"], unique=False)
    op.create_index("royalty_periods_licensor", "royalty_periods", ["licensor_id", "due_on"], unique=False)
    op.create_index(
        "royalty_periods_open", "royalty_periods", ["ends_on"], unique=False, postgresql_where=sa.text("state = 'open'")
    )
    op.create_index(
        "royalty_periods_reported",
        "royalty_periods",
        ["question_until"],
        unique=False,
        postgresql_where=sa.text("state = 'reported'"),
    )
    op.create_table(
        "royalty_reports",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("period_id", sa.Uuid(), nullable=False),
        sa.Column("licensor_id", sa.Uuid(), nullable=False),
        sa.Column("licensee_id", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("corrects_id", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("is_floor_only", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("products", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'"), nullable=False),
        sa.Column("net_minor", sa.BigInteger(), nullable=False),
        sa.Column("slices", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'"), nullable=False),
        sa.Column("computed_minor", sa.BigInteger(), nullable=False),
        sa.Column("by_floor", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("by_cap", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("due_minor", sa.BigInteger(), nullable=False),
        sa.Column("difference_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), server_default="CNY", nullable=False),
        sa.Column("fee_note_id", sa.Uuid(), nullable=True),
        sa.Column("evidence_id", sa.Uuid(), nullable=True),
        sa.Column("reported_by_id", sa.Uuid(), nullable=True),
        sa.Column(
            "reported_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.CheckConstraint(
            "NOT is_floor_only OR (products = '[]' AND revision = 1)", name=op.f("royalty_reports_floor_only_check")
        ),
        sa.CheckConstraint(
            "(difference_minor > 0) = (fee_note_id IS NOT NULL)", name=op.f("royalty_reports_fee_note_check")
        ),
        sa.CheckConstraint(
            "due_minor >= 0 AND computed_minor >= 0 AND net_minor >= 0", name=op.f("royalty_reports_amounts_check")
        ),
        sa.CheckConstraint("is_floor_only = (reported_by_id IS NULL)", name=op.f("royalty_reports_reporter_check")),
        sa.CheckConstraint(
            "revision > 1 OR difference_minor = due_minor", name=op.f("royalty_reports_difference_check")
        ),
        sa.CheckConstraint(
            "revision >= 1 AND (revision = 1) = (corrects_id IS NULL)", name=op.f("royalty_reports_revision_check")
        ),
        sa.ForeignKeyConstraint(["corrects_id"], ["royalty_reports.id"], name=op.f("royalty_reports_corrects_id_fkey")),
        sa.ForeignKeyConstraint(["evidence_id"], ["stored_files.id"], name=op.f("royalty_reports_evidence_id_fkey")),
        sa.ForeignKeyConstraint(["fee_note_id"], ["fee_notes.id"], name=op.f("royalty_reports_fee_note_id_fkey")),
        sa.ForeignKeyConstraint(["licensee_id"], ["organisations.id"], name=op.f("royalty_reports_licensee_id_fkey")),
        sa.ForeignKeyConstraint(["licensor_id"], ["organisations.id"], name=op.f("royalty_reports_licensor_id_fkey")),
        sa.ForeignKeyConstraint(["period_id"], ["royalty_periods.id"], name=op.f("royalty_reports_period_id_fkey")),
        sa.ForeignKeyConstraint(["reported_by_id"], ["users.id"], name=op.f("royalty_reports_reported_by_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("royalty_reports_pkey")),
        sa.UniqueConstraint("corrects_id", name=op.f("royalty_reports_corrects_id_key")),
        sa.UniqueConstraint("fee_note_id", name=op.f("royalty_reports_fee_note_id_key")),
        sa.UniqueConstraint("period_id", "revision", name=op.f("royalty_reports_period_id_revision_key")),
    )
    op.create_index(op.f("royalty_reports_evidence_id_idx"), "royalty_reports", ["evidence_id"], unique=False)
    op.create_index(op.f("royalty_reports_licensee_id_idx"), "royalty_reports", ["licensee_id"], unique=False)
    op.create_index(op.f("royalty_reports_licensor_id_idx"), "royalty_reports", ["licensor_id"], unique=False)
    op.create_index(op.f("royalty_reports_reported_by_id_idx"), "royalty_reports", ["reported_by_id"], unique=False)
    op.create_table(
        "royalty_questions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("period_id", sa.Uuid(), nullable=False),
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("licensor_id", sa.Uuid(), nullable=False),
        sa.Column("licensee_id", sa.Uuid(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("asked_by_id", sa.Uuid(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.Column("asked_on", sa.Date(), nullable=False),
        sa.Column("bill_due_on", sa.Date(), nullable=True),
        sa.Column("waited_until", sa.Date(), nullable=True),
        sa.Column("answer_due_on", sa.Date(), nullable=False),
        sa.Column("answer", sa.Text(), server_default="", nullable=False),
        sa.Column("answered_by_id", sa.Uuid(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("file_ids", postgresql.ARRAY(sa.Uuid()), server_default="{}", nullable=False),
        sa.Column(
            "inspection",
            sa.Enum(
                "none",
                "requested",
                "agreed",
                "done",
                name="inspection",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            server_default="none",
            nullable=False,
        ),
        sa.Column("inspection_on", sa.Date(), nullable=True),
        sa.Column("inspection_outcome", sa.Text(), server_default="", nullable=False),
        sa.Column("closed_by_id", sa.Uuid(), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(answered_at IS NULL) = (answer = '')", name=op.f("royalty_questions_answer_check")),
        sa.CheckConstraint(
            "inspection <> 'done' OR inspection_outcome <> ''", name=op.f("royalty_questions_outcome_check")
        ),
        sa.CheckConstraint(
            "inspection NOT IN ('agreed', 'done') OR inspection_on IS NOT NULL",
            name=op.f("royalty_questions_inspection_day_check"),
        ),
        sa.CheckConstraint("text <> ''", name=op.f("royalty_questions_text_check")),
        sa.ForeignKeyConstraint(["answered_by_id"], ["users.id"], name=op.f("royalty_questions_answered_by_id_fkey")),
        sa.ForeignKeyConstraint(["asked_by_id"], ["users.id"], name=op.f("royalty_questions_asked_by_id_fkey")),
        sa.ForeignKeyConstraint(["closed_by_id"], ["users.id"], name=op.f("royalty_questions_closed_by_id_fkey")),
        sa.ForeignKeyConstraint(["licensee_id"], ["organisations.id"], name=op.f("royalty_questions_licensee_id_fkey")),
        sa.ForeignKeyConstraint(["licensor_id"], ["organisations.id"], name=op.f("royalty_questions_licensor_id_fkey")),
        sa.ForeignKeyConstraint(["period_id"], ["royalty_periods.id"], name=op.f("royalty_questions_period_id_fkey")),
        sa.ForeignKeyConstraint(["report_id"], ["royalty_reports.id"], name=op.f("royalty_questions_report_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("royalty_questions_pkey")),
    )
    op.create_index(op.f("royalty_questions_answered_by_id_idx"), "royalty_questions", ["answered_by_id"], unique=False)
    op.create_index(op.f("royalty_questions_asked_by_id_idx"), "royalty_questions", ["asked_by_id"], unique=False)
    op.create_index(op.f("royalty_questions_closed_by_id_idx"), "royalty_questions", ["closed_by_id"], unique=False)
    op.create_index(
        "royalty_questions_due",
        "royalty_questions",
        ["answer_due_on"],
        unique=False,
        postgresql_where=sa.text("answered_at IS NULL"),
    )
    op.create_index(op.f("royalty_questions_licensee_id_idx"), "royalty_questions", ["licensee_id"], unique=False)
    op.create_index(op.f("royalty_questions_licensor_id_idx"), "royalty_questions", ["licensor_id"], unique=False)
    op.create_index(
        "royalty_questions_one_open",
        "royalty_questions",
        ["period_id"],
        unique=True,
        postgresql_where=sa.text("closed_at IS NULL"),
    )
    op.create_index(op.f("royalty_questions_period_id_idx"), "royalty_questions", ["period_id"], unique=False)
    op.create_index(op.f("royalty_questions_report_id_idx"), "royalty_questions", ["report_id"], unique=False)
    for table in ("royalty_periods", "royalty_reports", "royalty_questions"):
        _secure(table, BOTH)
    _secure("income_shares", ("licensor_id",))
    op.execute(
        "CREATE TRIGGER royalty_reports_append_only BEFORE UPDATE OR DELETE ON royalty_reports"
        " FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change()"
    )


def _secure(table: str, owners: tuple[str, ...]) -> None:
    mine = " OR ".join([f"{MINE} = '*'", *(f"{owner}::text = {MINE}" for owner in owners)])
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY tenant ON {table} USING ({mine}) WITH CHECK ({mine})")


def downgrade() -> None:
    op.execute("DROP TRIGGER royalty_reports_append_only ON royalty_reports")
    op.drop_table("income_shares")
    op.drop_table("royalty_questions")
    op.drop_table("royalty_reports")
    op.drop_table("royalty_periods")
