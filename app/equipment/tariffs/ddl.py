"""The trigger that keeps published tariffs as they are. Copied into the migration."""

UNCHANGED = """
CREATE FUNCTION tariffs_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF (NEW.id, NEW.instrument_id, NEW.state, NEW.approval_no, NEW.terms, NEW.created_at, NEW.created_by_id,
            NEW.published_at, NEW.published_by_id, lower(NEW.valid))
           IS NOT DISTINCT FROM
           (OLD.id, OLD.instrument_id, OLD.state, OLD.approval_no, OLD.terms, OLD.created_at, OLD.created_by_id,
            OLD.published_at, OLD.published_by_id, lower(OLD.valid))
           AND NEW.valid <@ OLD.valid THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'a published tariff never changes: publish a new one'
        USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'tariffs_unchanged', TABLE = 'tariffs';
END $$
"""

UPGRADE: list[str] = [
    UNCHANGED,
    """CREATE TRIGGER tariffs_unchanged BEFORE UPDATE OR DELETE ON tariffs FOR EACH ROW
       WHEN (OLD.state = 'published') EXECUTE FUNCTION tariffs_refuse_change()""",
]

DOWNGRADE: list[str] = [
    "DROP TRIGGER IF EXISTS tariffs_unchanged ON tariffs",
    "DROP FUNCTION IF EXISTS tariffs_refuse_change()",
]
