"""Fee notes that were lowered before their bill.

Revision: 0042, after 0044
"""

import sqlalchemy as sa
from alembic import op

revision = "0042"
down_revision = "0044"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name in ("lowered_minor", "released_minor"):
        op.add_column("fee_notes", sa.Column(name, sa.BigInteger(), server_default="0", nullable=False))
    op.create_check_constraint(
        op.f("fee_notes_lowered_check"), "fee_notes", "lowered_minor >= 0 AND released_minor >= 0"
    )


def downgrade() -> None:
    op.drop_constraint(op.f("fee_notes_lowered_check"), "fee_notes", type_="check")
    for name in ("released_minor", "lowered_minor"):
        op.drop_column("fee_notes", name)
