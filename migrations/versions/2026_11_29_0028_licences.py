"""Licences, and what no two rows of the market may say at once.

Revision: 0028, after 0027
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

MINE = "current_setting('jishi.tenant', true)"

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
    _secure("licences", ("licensor_id", "licensee_id"), "")
    op.execute(NO_EXCLUSIVE)
    op.execute(FIT_TO_FILE)
    for name, table, moment, function in TRIGGERS:
        op.execute(f"CREATE TRIGGER {name} AFTER {moment} ON {table} FOR EACH ROW EXECUTE FUNCTION {function}()")
    op.execute(
        "CREATE TRIGGER open_licences_fit AFTER UPDATE OF state ON open_licences FOR EACH ROW"
        " WHEN (NEW.state = 'filed' AND OLD.state <> 'filed') EXECUTE FUNCTION open_licences_refuse_unfit()"
    )


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
    op.execute("DROP FUNCTION open_licences_refuse_unfit()")
    op.execute("DROP FUNCTION patents_refuse_exclusive()")
    op.drop_table("licences")
