"""Rows that hang on a patent or a declaration are hidden with it; rules over rows of several owners see them all.

Revision: 0044, after 0040
"""

from alembic import op

revision = "0044"
down_revision = "0040"
branch_labels = None
depends_on = None

MINE = "current_setting('jishi.tenant', true)"
EVERYBODY = f"{MINE} = '*'"

# By table: the one it hangs on, by which column, and whether it is read by whoever may read that one, or by its
# owner alone (consents and objections name people with mailbox and telephone).
HANGING = {
    "patent_holders": ("patents", "patent_id", True),
    "patent_inventors": ("patents", "patent_id", True),
    "patent_encumbrances": ("patents", "patent_id", True),
    "open_licence_changes": ("open_licences", "open_licence_id", True),
    "open_licence_consents": ("open_licences", "open_licence_id", False),
    "open_licence_objections": ("open_licences", "open_licence_id", False),
}

# What is public is read by everybody; without a word about removing, everybody could have removed it.
PUBLIC = ("patents", "open_licences")

# The rules of 0028 and 0036 asked only rows that the writer may see; but a declaration that is filed and not announced
# is its owner's secret, and yet it bars everybody. They look at all rows, and put `jishi.tenant` back before they end.
NO_EXCLUSIVE = """
CREATE OR REPLACE FUNCTION patents_refuse_exclusive() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    mine text := coalesce(current_setting('jishi.tenant', true), '');
    barred boolean;
BEGIN
    PERFORM set_config('jishi.tenant', '*', true);
    PERFORM 1 FROM patents WHERE id = NEW.patent_id FOR UPDATE;
    barred := EXISTS (
        SELECT FROM open_licences o
        WHERE o.patent_id = NEW.patent_id AND o.state IN ('filed', 'correction', 'announced', 'withdrawing')
        AND (
            EXISTS (
                SELECT FROM patent_encumbrances e
                WHERE e.patent_id = NEW.patent_id AND e.kind IN ('exclusive_licence', 'sole_licence')
                    AND (e.ends_on IS NULL OR e.ends_on > (now() AT TIME ZONE 'Asia/Shanghai')::date)
            ) OR EXISTS (
                SELECT FROM licences l
                WHERE l.patent_id = NEW.patent_id AND l.state IN ('effective', 'filed')
                    AND (l.kind IN ('exclusive', 'sole') OR (
                        l.kind = 'transfer' AND l.licensor_id = o.owner_id AND o.created_at <= l.created_at
                    ))
            )
        )
    );
    PERFORM set_config('jishi.tenant', mine, true);
    IF barred THEN
        RAISE EXCEPTION 'an exclusive or sole licence stands beside an open licence'
            USING ERRCODE = '23514', CONSTRAINT = 'open_licences_no_exclusive', TABLE = TG_TABLE_NAME;
    END IF;
    RETURN NULL;
END
$$
"""

# As in 0028, and besides: no encumbrance of rule 86 that holds on the day of filing and still holds, but a pledge to
# which the pledgee has agreed. Adding one locks the patent as well, so that neither passes the other.
FIT_TO_FILE = """
CREATE OR REPLACE FUNCTION open_licences_refuse_unfit() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    mine text := coalesce(current_setting('jishi.tenant', true), '');
    patent patents%ROWTYPE;
    unfit boolean;
BEGIN
    PERFORM set_config('jishi.tenant', '*', true);
    SELECT * INTO patent FROM patents WHERE id = NEW.patent_id FOR UPDATE;
    unfit := patent.legal_status <> 'in_force' OR patent.expires_on <= NEW.filed_on OR NEW.filed_on < patent.granted_on
        OR (patent.kind IN ('utility_model', 'design', 'pct_utility_model') AND patent.conclusion <> 'favourable')
        OR patent.conclusion = 'adverse'
        OR EXISTS (
            SELECT FROM open_licence_consents c
            WHERE c.open_licence_id = NEW.id AND c.purpose = 'declaration' AND c.state IN ('asked', 'refused')
        )
        OR EXISTS (SELECT FROM open_licence_objections b WHERE b.open_licence_id = NEW.id AND b.closed_at IS NULL)
        OR EXISTS (
            SELECT FROM patent_encumbrances e
            WHERE e.patent_id = NEW.patent_id AND e.starts_on <= NEW.filed_on
                AND (e.ends_on IS NULL OR e.ends_on > greatest(
                    NEW.filed_on, (now() AT TIME ZONE 'Asia/Shanghai')::date
                ))
                AND (e.kind <> 'pledge' OR NOT EXISTS (
                    SELECT FROM open_licence_consents c
                    WHERE c.open_licence_id = NEW.id AND c.purpose = 'declaration' AND c.role = 'pledgee'
                        AND c.party_name = e.holder AND c.state = 'agreed'
                ))
        );
    PERFORM set_config('jishi.tenant', mine, true);
    IF unfit THEN
        RAISE EXCEPTION 'this declaration cannot be filed'
            USING ERRCODE = '23514', CONSTRAINT = 'open_licences_fit', TABLE = TG_TABLE_NAME;
    END IF;
    RETURN NULL;
END
$$
"""


EXCLUSIVE_BEFORE = """
CREATE OR REPLACE FUNCTION patents_refuse_exclusive() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM patents WHERE id = NEW.patent_id FOR UPDATE;
    IF EXISTS (
        SELECT FROM open_licences o
        WHERE o.patent_id = NEW.patent_id AND o.state IN ('filed', 'correction', 'announced', 'withdrawing')
        AND (
            EXISTS (
                SELECT FROM patent_encumbrances e
                WHERE e.patent_id = NEW.patent_id AND e.kind IN ('exclusive_licence', 'sole_licence')
                    AND (e.ends_on IS NULL OR e.ends_on > (now() AT TIME ZONE 'Asia/Shanghai')::date)
            ) OR EXISTS (
                SELECT FROM licences l
                WHERE l.patent_id = NEW.patent_id AND l.state IN ('effective', 'filed') AND (l.kind IN ('exclusive', 'sole') OR (l.kind = 'transfer' AND l.licensor_id = o.owner_id AND o.created_at <= l.created_at))
            )
        )
    ) THEN
        RAISE EXCEPTION 'an exclusive or sole licence stands beside an open licence'
            USING ERRCODE = '23514', CONSTRAINT = 'open_licences_no_exclusive', TABLE = TG_TABLE_NAME;
    END IF;
    RETURN NULL;
END
$$
"""

FIT_BEFORE = """
CREATE OR REPLACE FUNCTION open_licences_refuse_unfit() RETURNS trigger LANGUAGE plpgsql AS $$
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


def upgrade() -> None:
    for table, (parent, column, follows) in HANGING.items():
        own = f"{EVERYBODY} OR EXISTS (SELECT FROM {parent} p WHERE p.id = {column} AND p.owner_id::text = {MINE})"
        seen = f"{EVERYBODY} OR EXISTS (SELECT FROM {parent} p WHERE p.id = {column})" if follows else own
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY tenant ON {table} USING ({seen}) WITH CHECK ({own})")
        if follows:
            op.execute(f"CREATE POLICY removing ON {table} AS RESTRICTIVE FOR DELETE USING ({own})")
    for table in PUBLIC:
        own = f"{EVERYBODY} OR owner_id::text = {MINE}"
        op.execute(f"CREATE POLICY removing ON {table} AS RESTRICTIVE FOR DELETE USING ({own})")
    op.execute(NO_EXCLUSIVE)
    op.execute(FIT_TO_FILE)


def downgrade() -> None:
    op.execute(EXCLUSIVE_BEFORE)
    op.execute(FIT_BEFORE)
    for table in PUBLIC:
        op.execute(f"DROP POLICY removing ON {table}")
    for table in HANGING:
        op.execute(f"DROP POLICY IF EXISTS removing ON {table}")
        op.execute(f"DROP POLICY tenant ON {table}")
        op.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")
