"""The patents of what is announced or listed are public; until now a pilot could be listed of a private one.

Revision: 0040, after 0037
"""

from alembic import op

revision = "0040"
down_revision = "0037"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SELECT set_config('jishi.tenant', '*', true)")
    op.execute(
        "UPDATE patents SET published_at = clock_timestamp(), changed_at = clock_timestamp()"
        " FROM open_licences WHERE open_licences.patent_id = patents.id AND published_at IS NULL"
        " AND patents.filed_on IS NOT NULL AND (open_licences.announced_on IS NOT NULL"
        " OR (open_licences.pilot_at IS NOT NULL AND open_licences.state <> 'refused'))"
    )


def downgrade() -> None:
    """What was made public stays public."""
