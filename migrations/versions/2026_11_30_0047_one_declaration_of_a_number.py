"""Co-owners keep copies of one patent: what bars an open licence, or is one, belongs to the number and not to a copy.

Revision: 0047, after 0045
"""

import sqlalchemy as sa
from alembic import op

revision = "0047"
down_revision = "0045"
branch_labels = None
depends_on = None

EVERYBODY = "SELECT set_config('jishi.tenant', '*', true)"
NOBODY = "SELECT set_config('jishi.tenant', '', true)"
WITH_CNIPA = "state IN ('filed', 'correction', 'announced', 'withdrawing')"
ALONE = """
    EXISTS (
        SELECT FROM patents p JOIN patent_encumbrances e ON e.patent_id = p.id
        WHERE p.number = OF_NUMBER AND e.kind IN ('exclusive_licence', 'sole_licence')
            AND (e.ends_on IS NULL OR e.ends_on > (now() AT TIME ZONE 'Asia/Shanghai')::date)
    ) OR EXISTS (
        SELECT FROM patents p JOIN licences l ON l.patent_id = p.id
        WHERE p.number = OF_NUMBER AND l.state IN ('effective', 'filed')
            AND (l.kind IN ('exclusive', 'sole') OR (
                l.kind = 'transfer' AND l.licensee_id <> o.owner_id AND o.created_at <= l.created_at
            ))
    )
"""

# What the rules below would refuse, as it stands: CNIPA can have announced one of them only, which a person has to say.
DOUBLED = """
SELECT p.number || ': ' || string_agg(o.number || ' (' || o.state || ')', ', ' ORDER BY o.number)
FROM open_licences o JOIN patents p ON p.id = o.patent_id
WHERE o.WITH_CNIPA GROUP BY p.number HAVING count(*) > 1 ORDER BY 1
"""
BESIDE = """
SELECT q.number || ': ' || o.number || ' (' || o.state || ')'
FROM open_licences o JOIN patents q ON q.id = o.patent_id
WHERE o.WITH_CNIPA AND (ALONE) ORDER BY 1
"""

NUMBER = """
CREATE FUNCTION open_licences_take_number() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    mine text := coalesce(current_setting('jishi.tenant', true), '');
BEGIN
    PERFORM set_config('jishi.tenant', '*', true);
    NEW.patent_number := coalesce((SELECT p.number FROM patents p WHERE p.id = NEW.patent_id), '');
    PERFORM set_config('jishi.tenant', mine, true);
    RETURN NEW;
END
$$
"""

# As in 0044, over all copies of the number. The row of the own copy is locked first, then the number, here and in
# `app/market/patents/copies.py`: of two who write at two copies one waits, and nobody waits for ever.
NO_EXCLUSIVE = """
CREATE OR REPLACE FUNCTION patents_refuse_exclusive() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    mine text := coalesce(current_setting('jishi.tenant', true), '');
    copied uuid;
    of_number text;
    barred boolean;
BEGIN
    IF TG_TABLE_NAME = 'patents' THEN
        copied := NEW.id;
    ELSE
        copied := NEW.patent_id;
    END IF;
    PERFORM set_config('jishi.tenant', '*', true);
    SELECT p.number INTO of_number FROM patents p WHERE p.id = copied FOR UPDATE;
    PERFORM pg_advisory_xact_lock(hashtextextended('patent:' || of_number, 0));
    barred := EXISTS (
        SELECT FROM open_licences o
        WHERE o.patent_number = of_number AND o.WITH_CNIPA AND (ALONE)
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

FIT_TO_FILE = """
CREATE OR REPLACE FUNCTION open_licences_refuse_unfit() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    mine text := coalesce(current_setting('jishi.tenant', true), '');
    patent patents%ROWTYPE;
    unfit boolean;
BEGIN
    PERFORM set_config('jishi.tenant', '*', true);
    SELECT * INTO patent FROM patents WHERE id = NEW.patent_id FOR UPDATE;
    PERFORM pg_advisory_xact_lock(hashtextextended('patent:' || patent.number, 0));
    unfit := patent.legal_status <> 'in_force' OR patent.expires_on <= NEW.filed_on OR NEW.filed_on < patent.granted_on
        OR (patent.kind IN ('utility_model', 'design', 'pct_utility_model') AND patent.conclusion <> 'favourable')
        OR patent.conclusion = 'adverse'
        OR EXISTS (
            SELECT FROM open_licence_consents c
            WHERE c.open_licence_id = NEW.id AND c.purpose = 'declaration' AND c.state IN ('asked', 'refused')
        )
        OR EXISTS (SELECT FROM open_licence_objections b WHERE b.open_licence_id = NEW.id AND b.closed_at IS NULL)
        OR EXISTS (
            SELECT FROM patents p JOIN patent_encumbrances e ON e.patent_id = p.id
            WHERE p.number = patent.number AND e.starts_on <= NEW.filed_on
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

FIT_BEFORE = FIT_TO_FILE.replace(
    "FROM patents p JOIN patent_encumbrances e ON e.patent_id = p.id\n            WHERE p.number = patent.number",
    "FROM patent_encumbrances e\n            WHERE e.patent_id = NEW.patent_id",
).replace("    PERFORM pg_advisory_xact_lock(hashtextextended('patent:' || patent.number, 0));\n", "")

DECLARED = "CREATE TRIGGER open_licences_no_exclusive AFTER INSERT OR UPDATE OF {columns} ON open_licences"
EACH = " FOR EACH ROW EXECUTE FUNCTION patents_refuse_exclusive()"


def upgrade() -> None:
    op.execute(EVERYBODY)
    _refuse_what_stands_twice()
    op.create_unique_constraint(op.f("patents_id_number_key"), "patents", ["id", "number"])
    op.add_column("open_licences", sa.Column("patent_number", sa.Text(), server_default="", nullable=False))
    op.execute("UPDATE open_licences o SET patent_number = p.number FROM patents p WHERE p.id = o.patent_id")
    op.create_foreign_key(
        op.f("open_licences_patent_id_patent_number_fkey"), "open_licences", "patents", ["patent_id", "patent_number"],
        ["id", "number"], onupdate="CASCADE",
    )  # fmt: skip
    op.create_index(
        "open_licences_one_filed", "open_licences", ["patent_number"], unique=True,
        postgresql_where=sa.text(WITH_CNIPA),
    )  # fmt: skip
    op.execute(NUMBER)
    op.execute(
        "CREATE TRIGGER open_licences_number BEFORE INSERT OR UPDATE OF patent_id, patent_number ON open_licences"
        " FOR EACH ROW EXECUTE FUNCTION open_licences_take_number()"
    )
    op.execute(_written_out(NO_EXCLUSIVE, "of_number"))
    op.execute(FIT_TO_FILE)
    op.execute("DROP TRIGGER open_licences_no_exclusive ON open_licences")
    op.execute(DECLARED.format(columns="state, patent_number") + EACH)
    op.execute("CREATE TRIGGER patents_no_exclusive AFTER UPDATE OF number ON patents" + EACH)
    op.execute(NOBODY)


def _written_out(query: str, number: str) -> str:
    return query.replace("ALONE", ALONE).replace("OF_NUMBER", number).replace("WITH_CNIPA", WITH_CNIPA)


def _refuse_what_stands_twice() -> None:
    connection = op.get_bind()
    queries = (_written_out(query, "q.number") for query in (DOUBLED, BESIDE))
    found = [line for query in queries for line in connection.execute(sa.text(query)).scalars()]
    if found:
        raise RuntimeError(
            "These patents are declared twice, or licensed to one alone beside a declaration, by co-owners who keep a"
            " copy each. Ask CNIPA which of them stands, record the refusal or withdrawal of the other declaration (or"
            " the end of the exclusive licence) in the release that runs now, then migrate again.\n" + "\n".join(found)
        )


def downgrade() -> None:
    op.execute("DROP TRIGGER patents_no_exclusive ON patents")
    op.execute("DROP TRIGGER open_licences_no_exclusive ON open_licences")
    op.execute(DECLARED.format(columns="state") + EACH)
    op.execute(EXCLUSIVE_BEFORE)
    op.execute(FIT_BEFORE)
    op.execute("DROP TRIGGER open_licences_number ON open_licences")
    op.execute("DROP FUNCTION open_licences_take_number()")
    op.drop_index("open_licences_one_filed", table_name="open_licences")
    op.drop_constraint(op.f("open_licences_patent_id_patent_number_fkey"), "open_licences", type_="foreignkey")
    op.drop_column("open_licences", "patent_number")
    op.drop_constraint(op.f("patents_id_number_key"), "patents", type_="unique")
