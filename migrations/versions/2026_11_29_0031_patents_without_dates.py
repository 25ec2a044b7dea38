"""Patents of which only number and title are known yet: private, pending, to be completed.

Revision: 0031, after 0028
"""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0028"
branch_labels = None
depends_on = None

STATUS = "legal_status = 'pending' OR (granted_on IS NOT NULL AND filed_on IS NOT NULL AND expires_on IS NOT NULL)"


def upgrade() -> None:
    for column in ("filed_on", "expires_on"):
        op.alter_column("patents", column, existing_type=sa.Date(), nullable=True)
    op.drop_constraint(op.f("patents_status_check"), "patents", type_="check")
    op.create_check_constraint(op.f("patents_status_check"), "patents", STATUS)
    op.create_check_constraint(op.f("patents_dates_check"), "patents", "(filed_on IS NULL) = (expires_on IS NULL)")
    op.create_check_constraint(
        op.f("patents_published_check"), "patents", "published_at IS NULL OR filed_on IS NOT NULL"
    )


def downgrade() -> None:
    op.execute("DELETE FROM patents WHERE filed_on IS NULL")
    for name in ("published", "dates", "status"):
        op.drop_constraint(op.f(f"patents_{name}_check"), "patents", type_="check")
    op.create_check_constraint(
        op.f("patents_status_check"), "patents", "legal_status = 'pending' OR granted_on IS NOT NULL"
    )
    for column in ("filed_on", "expires_on"):
        op.alter_column("patents", column, existing_type=sa.Date(), nullable=False)
