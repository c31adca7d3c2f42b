"""Whoever writes an entry leaves a mark in the transaction, so that changes without an entry can be told apart."""

from django.db import migrations

WAIT = """
CREATE OR REPLACE FUNCTION wait_for_a_place() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO audits_unplaced (entry_id) SELECT id FROM written;
    PERFORM set_config('brightline.recorded', pg_current_xact_id()::text, true);
    RETURN NULL;
END $$;
"""
MARK = f"""{WAIT}
-- Asked when the transaction commits, so it is all the same which of the two is written first.
CREATE FUNCTION need_entry() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF current_setting('brightline.recorded', true) = pg_current_xact_id()::text
        OR (TG_OP = 'UPDATE' AND to_jsonb(OLD) - TG_ARGV = to_jsonb(NEW) - TG_ARGV)
    THEN
        RETURN NULL;
    END IF;
    RAISE EXCEPTION 'a change of % without an entry that tells of it', TG_TABLE_NAME
        USING ERRCODE = 'integrity_constraint_violation', HINT = 'Change it by the action that records it.';
END $$;
"""

BACK = """
CREATE OR REPLACE FUNCTION wait_for_a_place() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO audits_unplaced (entry_id) SELECT id FROM written;
    RETURN NULL;
END $$;
DROP FUNCTION need_entry();
"""


class Migration(migrations.Migration):
    dependencies = [("audits", "0008_only_erased")]
    operations = [migrations.RunSQL(MARK, BACK)]
