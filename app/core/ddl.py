"""The application's role and what it may do; the audit log it may only add to. Copied into the migration.

A cluster whose owner may not create roles does without: then the triggers alone keep what must not change.
"""

ROLE = """
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'jishi_app') THEN
        CREATE ROLE jishi_app NOLOGIN;
    END IF;
    EXECUTE format('GRANT jishi_app TO %I', current_user);
EXCEPTION WHEN insufficient_privilege OR duplicate_object OR unique_violation THEN
    RAISE NOTICE 'no role jishi_app: the application works with the rights of the owner';
END $$;
DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'jishi_app') THEN
        GRANT USAGE ON SCHEMA public TO jishi_app;
        GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO jishi_app;
        ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO jishi_app;
        REVOKE INSERT, UPDATE, DELETE ON alembic_version FROM jishi_app;
        REVOKE UPDATE, DELETE ON audit_entries, audit_seals FROM jishi_app;
    END IF;
END $$
"""

APPEND_ONLY = """
CREATE FUNCTION audit_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append only', TG_TABLE_NAME
        USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = TG_TABLE_NAME || '_append_only',
              TABLE = TG_TABLE_NAME;
END $$
"""

TABLES = ("audit_entries", "audit_seals")

UPGRADE: list[str] = [
    ROLE,
    APPEND_ONLY,
    *(
        f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}"
        " FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_change()"
        for table in TABLES
    ),
]

DOWNGRADE: list[str] = [
    *(f"DROP TRIGGER {table}_append_only ON {table}" for table in TABLES),
    "DROP FUNCTION audit_refuse_change()",
]
