"""Late interest with every line; credit notes that follow by arithmetic.

Revision: 0042b, after 0044b
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0042b"
down_revision = "0044b"
branch_labels = None
depends_on = None

MINE = "current_setting('jishi.tenant', true)"
PERSONS = (
    "(issued_by_id IS NULL AND decided_by_id IS NULL AND state = 'approved')"
    " OR (issued_by_id IS NOT NULL AND (decided_at IS NULL) = (decided_by_id IS NULL))"
)


def upgrade() -> None:
    op.add_column("fee_notes", sa.Column("bears_interest", sa.Boolean(), server_default="false", nullable=False))
    op.create_table(
        "late_interests",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("fee_note_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("provider_id", sa.Uuid(), nullable=False),
        sa.Column("payer_id", sa.Uuid(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("value_on", sa.Date(), nullable=False),
        sa.Column("lines", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("interest_note_id", sa.Uuid(), nullable=True),
        sa.Column(
            "created_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.CheckConstraint("amount_minor <> 0 AND position >= 1", name=op.f("late_interests_amount_check")),
        sa.CheckConstraint(
            "(amount_minor > 0) = (interest_note_id IS NOT NULL)", name=op.f("late_interests_note_check")
        ),
        sa.CheckConstraint("payer_id <> provider_id", name=op.f("late_interests_parties_check")),
        sa.ForeignKeyConstraint(["fee_note_id"], ["fee_notes.id"], name=op.f("late_interests_fee_note_id_fkey")),
        sa.ForeignKeyConstraint(
            ["interest_note_id"], ["fee_notes.id"], name=op.f("late_interests_interest_note_id_fkey")
        ),
        sa.ForeignKeyConstraint(["payer_id"], ["organisations.id"], name=op.f("late_interests_payer_id_fkey")),
        sa.ForeignKeyConstraint(["provider_id"], ["organisations.id"], name=op.f("late_interests_provider_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("late_interests_pkey")),
        sa.UniqueConstraint("fee_note_id", "position", name=op.f("late_interests_fee_note_id_position_key")),
        sa.UniqueConstraint("interest_note_id", name=op.f("late_interests_interest_note_id_key")),
    )
    op.create_index(op.f("late_interests_payer_id_idx"), "late_interests", ["payer_id"])
    op.create_index(op.f("late_interests_provider_id_idx"), "late_interests", ["provider_id"])
    op.execute("ALTER TABLE late_interests ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE late_interests FORCE ROW LEVEL SECURITY")
    mine = f"{MINE} = '*' OR provider_id::text = {MINE} OR payer_id::text = {MINE}"
    op.execute(f"CREATE POLICY tenant ON late_interests USING ({mine}) WITH CHECK ({mine})")
    op.execute(
        "CREATE TRIGGER late_interests_append_only BEFORE UPDATE OR DELETE ON late_interests"
        " FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change()"
    )
    op.alter_column("credit_notes", "issued_by_id", nullable=True)
    op.drop_constraint(op.f("credit_notes_decided_check"), "credit_notes", type_="check")
    op.create_check_constraint(
        op.f("credit_notes_decided_check"), "credit_notes", "(state = 'waiting') = (decided_at IS NULL)"
    )
    op.create_check_constraint(op.f("credit_notes_persons_check"), "credit_notes", PERSONS)


def downgrade() -> None:
    op.drop_constraint(op.f("credit_notes_persons_check"), "credit_notes", type_="check")
    op.drop_constraint(op.f("credit_notes_decided_check"), "credit_notes", type_="check")
    # Credit notes without persons stay, since nothing of the books is lost; only new ones are checked.
    op.create_check_constraint(
        op.f("credit_notes_decided_check"),
        "credit_notes",
        "(state = 'waiting') = (decided_by_id IS NULL)",
        postgresql_not_valid=True,
    )
    op.alter_column("credit_notes", "issued_by_id", nullable=False)
    op.drop_table("late_interests")
    op.drop_column("fee_notes", "bears_interest")
