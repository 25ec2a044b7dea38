"""Referrals to banks and IP institutions, and the partners who answer them.

Revision: 0041, after 0040b
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0041"
down_revision = "0040b"
branch_labels = None
depends_on = None

JSON = postgresql.JSONB(astext_type=sa.Text())
MINE = "current_setting('jishi.tenant', true)"
LIVE = "state IN ('asked', 'passed', 'talking')"
STATES = ("asked", "passed", "talking", "agreed", "declined", "withdrawn", "lapsed")

# Who may see a row: both sides; the steps follow their request.
SEEN = {
    "referrals": f"{MINE} = '*' OR applicant_id::text = {MINE} OR partner_id::text = {MINE}",
    "referral_steps": "EXISTS (SELECT FROM referrals r WHERE r.id = referral_id)",
}


def _enum(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=32)


def _moment(name: str) -> sa.Column[object]:
    default = sa.text("clock_timestamp()")
    return sa.Column(name, sa.DateTime(timezone=True), server_default=default, nullable=False)


def _partners() -> None:
    op.create_table(
        "referral_partners",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("kinds", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("regions", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("about", sa.Text(), server_default="", nullable=False),
        sa.Column("about_en", sa.Text(), server_default="", nullable=False),
        sa.Column("is_listed", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        _moment("created_at"),
        _moment("changed_at"),
        sa.CheckConstraint("cardinality(kinds) > 0", name=op.f("referral_partners_kinds_check")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("referral_partners_organisation_id_fkey")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("referral_partners_pkey")),
        sa.UniqueConstraint("organisation_id", name=op.f("referral_partners_organisation_id_key")),
    )


def _referrals() -> None:
    op.create_table(
        "referrals",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("kind", _enum("referralkind", "pledge", "search", "analysis", "watch", "evaluation"), nullable=False),
        sa.Column("state", _enum("referralstate", *STATES), nullable=False),
        sa.Column("applicant_id", sa.Uuid(), nullable=False),
        sa.Column("partner_id", sa.Uuid(), nullable=True),
        sa.Column("patent_id", sa.Uuid(), nullable=True),
        sa.Column("wish", sa.Text(), nullable=False),
        sa.Column("asked_minor", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.Text(), server_default="CNY", nullable=False),
        sa.Column("shared", JSON, nullable=False),
        sa.Column("consent", sa.Text(), nullable=False),
        sa.Column("asked_by_id", sa.Uuid(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("agreed_minor", sa.BigInteger(), nullable=True),
        sa.Column("agreed_months", sa.BigInteger(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("encumbrance_id", sa.Uuid(), nullable=True),
        _moment("created_at"),
        _moment("changed_at"),
        sa.CheckConstraint("partner_id IS NULL OR partner_id <> applicant_id", name=op.f("referrals_parties_check")),
        sa.CheckConstraint(
            "state IN ('declined', 'withdrawn') OR (state = 'asked') = (partner_id IS NULL)",
            name=op.f("referrals_partner_check"),
        ),
        sa.CheckConstraint("kind <> 'pledge' OR patent_id IS NOT NULL", name=op.f("referrals_patent_check")),
        sa.CheckConstraint("state <> 'declined' OR reason <> ''", name=op.f("referrals_reason_check")),
        sa.CheckConstraint(f"({LIVE}) = (due_at IS NOT NULL)", name=op.f("referrals_due_check")),
        sa.CheckConstraint(f"({LIVE}) = (ended_at IS NULL)", name=op.f("referrals_ended_check")),
        sa.CheckConstraint(
            "(state = 'agreed') = (agreed_minor IS NOT NULL) AND (agreed_months IS NULL OR agreed_months > 0)"
            " AND agreed_minor >= 0 AND asked_minor >= 0 AND (kind <> 'pledge' OR agreed_minor IS DISTINCT FROM 0)",
            name=op.f("referrals_amounts_check"),
        ),
        sa.CheckConstraint(
            "encumbrance_id IS NULL OR (kind = 'pledge' AND state = 'agreed')",
            name=op.f("referrals_encumbrance_check"),
        ),
        sa.ForeignKeyConstraint(["applicant_id"], ["organisations.id"], name=op.f("referrals_applicant_id_fkey")),
        sa.ForeignKeyConstraint(["asked_by_id"], ["users.id"], name=op.f("referrals_asked_by_id_fkey")),
        sa.ForeignKeyConstraint(
            ["encumbrance_id"], ["patent_encumbrances.id"], name=op.f("referrals_encumbrance_id_fkey")
        ),
        sa.ForeignKeyConstraint(["partner_id"], ["organisations.id"], name=op.f("referrals_partner_id_fkey")),
        sa.ForeignKeyConstraint(["patent_id"], ["patents.id"], name=op.f("referrals_patent_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("referrals_pkey")),
        sa.UniqueConstraint("encumbrance_id", name=op.f("referrals_encumbrance_id_key")),
        sa.UniqueConstraint("number", name=op.f("referrals_number_key")),
    )
    op.create_index("referrals_applicant", "referrals", ["applicant_id", "changed_at"])
    op.create_index("referrals_partner", "referrals", ["partner_id", "changed_at"])
    op.create_index(op.f("referrals_asked_by_id_idx"), "referrals", ["asked_by_id"])
    op.create_index(op.f("referrals_patent_id_idx"), "referrals", ["patent_id"])
    op.create_index("referrals_due", "referrals", ["due_at"], postgresql_where=sa.text(LIVE))
    op.create_index(
        "referrals_one_asked", "referrals", ["patent_id"], unique=True,
        postgresql_where=sa.text("kind = 'pledge' AND state = 'asked'"),
    )  # fmt: skip
    op.create_index(
        "referrals_one_each", "referrals", ["patent_id", "partner_id"], unique=True,
        postgresql_where=sa.text("kind = 'pledge' AND state IN ('passed', 'talking')"),
    )  # fmt: skip


def _steps() -> None:
    op.create_table(
        "referral_steps",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("referral_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("state", _enum("referralstate", *STATES), nullable=False),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column("made_by_id", sa.Uuid(), nullable=True),
        _moment("created_at"),
        sa.ForeignKeyConstraint(["made_by_id"], ["users.id"], name=op.f("referral_steps_made_by_id_fkey")),
        sa.ForeignKeyConstraint(["referral_id"], ["referrals.id"], name=op.f("referral_steps_referral_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("referral_steps_pkey")),
        sa.UniqueConstraint("referral_id", "position", name=op.f("referral_steps_referral_id_position_key")),
    )
    op.create_index(op.f("referral_steps_made_by_id_idx"), "referral_steps", ["made_by_id"])


def upgrade() -> None:
    _partners()
    _referrals()
    _steps()
    for table, seen in SEEN.items():
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY tenant ON {table} USING ({seen}) WITH CHECK ({seen})")
    op.execute(
        "CREATE TRIGGER referral_steps_append_only BEFORE UPDATE OR DELETE ON referral_steps"
        " FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change()"
    )


def downgrade() -> None:
    for table in ("referral_steps", "referrals", "referral_partners"):
        op.drop_table(table)
