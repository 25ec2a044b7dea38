"""When the present request of a booking was made: moving one may ask the institution anew.

Revision: 0010, after 0014
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("reservations", sa.Column("requested_at", sa.DateTime(timezone=True), nullable=True))
    op.execute("SELECT set_config('jishi.tenant', '*', true)")
    op.execute("UPDATE reservations SET requested_at = created_at WHERE answer_due_at IS NOT NULL")


def downgrade() -> None:
    op.drop_column("reservations", "requested_at")
