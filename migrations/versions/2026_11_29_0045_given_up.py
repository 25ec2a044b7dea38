"""A declaration can be given up before it is filed.

Revision: 0045, after 0042d
"""

import sqlalchemy as sa
from alembic import op

revision = "0045"
down_revision = "0042d"
branch_labels = None
depends_on = None

BEFORE = (
    "draft", "consenting", "ready", "filed", "correction", "refused", "announced", "withdrawing", "withdrawn",
    "expired", "lapsed",
)  # fmt: skip
AFTER = (*BEFORE[:5], "given_up", *BEFORE[5:])
TABLES = ("open_licences", "open_licence_changes")
ENDED = "'refused', 'withdrawn', 'expired', 'lapsed'"


def upgrade() -> None:
    for table in TABLES:
        _states(table, AFTER)
    _locked("state IN ('draft', 'given_up') OR terms_hash <> ''")
    _one_live(f"'given_up', {ENDED}")


def downgrade() -> None:
    op.execute("SELECT set_config('jishi.tenant', '*', true)")
    op.execute(
        "UPDATE open_licences SET state = 'refused', terms_hash = coalesce(nullif(terms_hash, ''), 'given up')"
        " WHERE state = 'given_up'"
    )
    # Steps that were taken stay as they are written down; only new ones are checked.
    _states("open_licences", BEFORE)
    _states("open_licence_changes", BEFORE, not_valid=True)
    _locked("state = 'draft' OR terms_hash <> ''")
    _one_live(ENDED)


def _states(table: str, states: tuple[str, ...], *, not_valid: bool = False) -> None:
    name = op.f(f"{table}_declarationstate_check")
    op.drop_constraint(name, table, type_="check")
    words = ", ".join(f"'{state}'" for state in states)
    op.create_check_constraint(name, table, f"state IN ({words})", postgresql_not_valid=not_valid)


def _locked(rule: str) -> None:
    op.drop_constraint(op.f("open_licences_locked_check"), "open_licences", type_="check")
    op.create_check_constraint(op.f("open_licences_locked_check"), "open_licences", rule)


def _one_live(ended: str) -> None:
    op.drop_index("open_licences_one_live", table_name="open_licences")
    op.create_index(
        "open_licences_one_live", "open_licences", ["patent_id"], unique=True,
        postgresql_where=sa.text(f"state NOT IN ({ended})"),
    )  # fmt: skip
