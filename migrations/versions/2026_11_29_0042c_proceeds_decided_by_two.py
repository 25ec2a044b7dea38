"""Held proceeds: the pledgee and its link, what one person proposes and another confirms, payouts to elsewhere.

Revision: 0042c, after 0041b
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0042c"
down_revision = "0041b"
branch_labels = None
depends_on = None

CHOICES = ("prepay", "deposit", "consent")


def upgrade() -> None:
    table = "proceeds_holds"
    op.add_column(table, sa.Column("pledgee", sa.Text(), server_default="", nullable=False))
    op.add_column(table, sa.Column("link_hash", sa.Text(), nullable=True))
    op.add_column(table, sa.Column("proposed_choice", sa.Text(), nullable=True))
    op.add_column(table, sa.Column("proposed_by_id", sa.Uuid(), nullable=True))
    op.add_column(table, sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column(
        table,
        sa.Column("payee", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False),
    )
    op.add_column(table, sa.Column("file_id", sa.Uuid(), nullable=True))
    op.create_unique_constraint(op.f("proceeds_holds_link_hash_key"), table, ["link_hash"])
    op.create_foreign_key(op.f("proceeds_holds_proposed_by_id_fkey"), table, "users", ["proposed_by_id"], ["id"])
    op.create_foreign_key(op.f("proceeds_holds_file_id_fkey"), table, "stored_files", ["file_id"], ["id"])
    op.create_index(op.f("proceeds_holds_proposed_by_id_idx"), table, ["proposed_by_id"])
    op.create_index(op.f("proceeds_holds_file_id_idx"), table, ["file_id"])
    op.create_check_constraint(
        op.f("proceeds_holds_two_persons_check"), table, "decided_by_id IS NULL OR decided_by_id <> proposed_by_id"
    )
    op.create_check_constraint(
        op.f("proceeds_holds_proposed_check"), table, "(proposed_choice IS NULL) = (proposed_at IS NULL)"
    )
    allowed = ", ".join(f"'{value}'" for value in CHOICES)
    op.drop_constraint(op.f("proceeds_holds_proceedschoice_check"), table, type_="check")
    for name, column in (("proceedschoice", "choice"), ("proposed_choice", "proposed_choice")):
        op.create_check_constraint(op.f(f"proceeds_holds_{name}_check"), table, f"{column} IN ({allowed})")
    op.add_column("payouts", sa.Column("proceeds_hold_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(
        op.f("payouts_proceeds_hold_id_fkey"), "payouts", "proceeds_holds", ["proceeds_hold_id"], ["id"]
    )
    op.create_index(op.f("payouts_proceeds_hold_id_idx"), "payouts", ["proceeds_hold_id"])
    op.drop_index("payouts_one_draft", "payouts")
    _index("payouts_one_draft", "provider_id", "state = 'draft' AND proceeds_hold_id IS NULL")
    _index("payouts_one_draft_elsewhere", "proceeds_hold_id", "state = 'draft'")


def _index(name: str, column: str, where: str) -> None:
    op.create_index(name, "payouts", [column], unique=True, postgresql_where=sa.text(where))


def downgrade() -> None:
    op.drop_index("payouts_one_draft_elsewhere", "payouts")
    op.drop_index("payouts_one_draft", "payouts")
    op.drop_column("payouts", "proceeds_hold_id")
    _index("payouts_one_draft", "provider_id", "state = 'draft'")
    table = "proceeds_holds"
    op.drop_constraint(op.f("proceeds_holds_proceedschoice_check"), table, type_="check")
    op.create_check_constraint(
        op.f("proceeds_holds_proceedschoice_check"), table, "choice IN ('prepay', 'deposit')", postgresql_not_valid=True
    )
    for name in ("file_id", "payee", "proposed_at", "proposed_by_id", "proposed_choice", "link_hash", "pledgee"):
        op.drop_column(table, name)
