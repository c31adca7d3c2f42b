"""Who may do what in the database: an owner that nobody can sign in as, and the role that the program runs as.

The program's role can write entries, and read them. It can neither change nor remove what only grows, nor touch the
triggers that refuse it, nor empty a table. What is granted is read from those triggers, so that a new table that only
grows needs no line here.
"""

from __future__ import annotations

from typing import Final

from django.db import connection, transaction

OWNER: Final = "brightline_owner"
PROGRAM: Final = "brightline_app"

# Two installations on one server may do this at once, and roles are the server's: the second finds them made.
_ROLES: Final = """
DO $$ BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{owner}') THEN CREATE ROLE {owner} NOLOGIN; END IF;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{program}') THEN CREATE ROLE {program} LOGIN; END IF;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
END $$
"""
# Tables and functions of the program belong to the owner. The queues are the program's own: it makes and drops them.
_OWNED: Final = """
DO $$
DECLARE it record;
BEGIN
    FOR it IN
        SELECT c.oid::regclass AS name, n.nspname AS place FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname IN ('public', 'pgmq') AND c.relkind IN ('r', 'p', 'S') AND NOT EXISTS (
            SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype IN ('a', 'i') AND c.relkind = 'S'
        )
    LOOP
        EXECUTE format('ALTER TABLE %s OWNER TO %I', it.name,
            CASE it.place WHEN 'public' THEN '{owner}' ELSE '{program}' END);
    END LOOP;
    FOR it IN
        SELECT p.oid::regprocedure AS name, n.nspname AS place
        FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
        WHERE n.nspname IN ('public', 'pgmq')
    LOOP
        EXECUTE format('ALTER ROUTINE %s OWNER TO %I', it.name,
            CASE it.place WHEN 'public' THEN '{owner}' ELSE '{program}' END);
    END LOOP;
    IF to_regnamespace('pgmq') IS NOT NULL THEN
        ALTER SCHEMA pgmq OWNER TO {program};
    END IF;
END $$
"""
_GRANTS: Final = """
REVOKE ALL ON SCHEMA public FROM PUBLIC;
REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {program};
GRANT USAGE ON SCHEMA public TO {program}, {owner};
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {program};
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {program};
REVOKE INSERT, UPDATE, DELETE ON django_migrations FROM {program};
DO $$
DECLARE it record;
BEGIN
    FOR it IN SELECT tgrelid::regclass AS name, tgname FROM pg_trigger WHERE tgname IN ('append_only_rows', 'kept_rows')
    LOOP
        EXECUTE format('REVOKE DELETE ON %s FROM {program}', it.name);
        IF it.tgname = 'append_only_rows' THEN
            EXECUTE format('REVOKE UPDATE ON %s FROM {program}', it.name);
        END IF;
    END LOOP;
END $$;
REVOKE UPDATE ON audits_tile, audits_log, audits_disclosure FROM {program};
GRANT UPDATE (hashes) ON audits_tile TO {program};
GRANT UPDATE (size) ON audits_log TO {program};
GRANT UPDATE (text, erased_by) ON audits_disclosure TO {program};
-- Entries go by one function, which is the owner's: migration 0020 says what it asks for.
REVOKE INSERT ON audits_pruning FROM {program};
GRANT EXECUTE ON FUNCTION prune_log(bigint, bigint, bigint) TO {program};
-- A row is locked only by whoever might change it; that the change itself is refused stays the trigger's word.
GRANT UPDATE (id) ON profiles_rulebookrevision TO {program};
"""


def settle() -> None:
    """Make the roles, and give each what it may do; again after every migration, by whoever may give it away.

    Raises:
        ProgrammingError: whoever runs this may neither make roles nor change owners.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('brightline.roles'))")
        # No table changes its owner while rows of it wait to be checked; a caller's later rows wait as they did before.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")
        for statements in (_ROLES, _OWNED, _GRANTS):
            cursor.execute(statements.replace("{owner}", OWNER).replace("{program}", PROGRAM))
        cursor.execute("SELECT current_database()")
        (name,) = cursor.fetchone()
        cursor.execute(f"GRANT CONNECT, TEMPORARY ON DATABASE {connection.ops.quote_name(name)} TO {PROGRAM}")
