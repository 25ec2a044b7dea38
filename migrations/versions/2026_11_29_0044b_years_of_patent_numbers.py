"""A patent number names a year in which numbers of its form were given.

Revision: 0044b, after 0042
"""

from alembic import op

revision = "0044b"
down_revision = "0042"
branch_labels = None
depends_on = None

BEFORE = "'^([0-9]{4}[12389][0-9]{7}|[0-9]{2}[12389][0-9]{5})\\.[0-9X]$'"
# Eight digits from 1985 to 2003, twelve from October 2003 on
SINCE = (
    "('^((200[3-9]|20[1-9][0-9]|2100)[12389][0-9]{7}'"
    " || '|(8[5-9]|9[0-9]|0[0-3])[12389][0-9]{5})\\.[0-9X]$')"
)  # fmt: skip

NUMBER = """
CREATE OR REPLACE FUNCTION is_patent_number(number text) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT number ~ {form}
        AND right(number, 1) = substr('0123456789X', 1 + (
            SELECT sum(substr(number, place, 1)::int * (2 + (place - 1) % 8))::int % 11
            FROM generate_series(1, position('.' IN number) - 1) AS place
        ), 1)
$$
"""


def upgrade() -> None:
    op.execute(NUMBER.replace("{form}", SINCE))


def downgrade() -> None:
    op.execute(NUMBER.replace("{form}", BEFORE))
