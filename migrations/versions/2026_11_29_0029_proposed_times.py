"""The one other time that an institution proposes when it declines or withdraws.

Revision: 0029, after 0036
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0029"
down_revision = "0036"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("reservations", sa.Column("proposed_period", postgresql.TSTZRANGE(), nullable=True))


def downgrade() -> None:
    op.drop_column("reservations", "proposed_period")
