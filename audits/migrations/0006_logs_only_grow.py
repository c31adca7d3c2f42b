"""Every entry waits for its place from the transaction that wrote it, and nothing of a log ever changes."""

from importlib import import_module

from django.db import migrations

append_only = import_module("profiles.migrations.0002_append_only").append_only

GROW = """
CREATE FUNCTION wait_for_a_place() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO audits_unplaced (entry_id) SELECT id FROM written;
    RETURN NULL;
END $$;
CREATE TRIGGER wait_for_a_place AFTER INSERT ON audits_entry REFERENCING NEW TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION wait_for_a_place();
ALTER TABLE audits_entry ENABLE ALWAYS TRIGGER wait_for_a_place;

CREATE FUNCTION only_grow_tile() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.log_id, NEW.level, NEW.number) IS DISTINCT FROM (OLD.log_id, OLD.level, OLD.number)
        OR substring(NEW.hashes FROM 1 FOR length(OLD.hashes)) <> OLD.hashes
    THEN
        RAISE EXCEPTION 'a tile only grows' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER only_grow BEFORE UPDATE ON audits_tile FOR EACH ROW EXECUTE FUNCTION only_grow_tile();
ALTER TABLE audits_tile ENABLE ALWAYS TRIGGER only_grow;

CREATE FUNCTION only_grow_log() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.organization, NEW.origin) IS DISTINCT FROM (OLD.organization, OLD.origin) OR NEW.size < OLD.size THEN
        RAISE EXCEPTION 'a log only grows' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER only_grow BEFORE UPDATE ON audits_log FOR EACH ROW EXECUTE FUNCTION only_grow_log();
ALTER TABLE audits_log ENABLE ALWAYS TRIGGER only_grow;

-- What the outbox holds is removed as fast as it comes; its statistics and dead rows must not wait for a fifth of it.
ALTER TABLE audits_unplaced SET (autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_scale_factor = 0);

INSERT INTO audits_unplaced (entry_id) SELECT id FROM audits_entry;
"""

BACK = """
DROP TRIGGER wait_for_a_place ON audits_entry;
DROP TRIGGER only_grow ON audits_tile;
DROP TRIGGER only_grow ON audits_log;
DROP FUNCTION wait_for_a_place();
DROP FUNCTION only_grow_tile();
DROP FUNCTION only_grow_log();
"""


def kept(table: str) -> migrations.RunSQL:
    """Rows may change, as far as another trigger lets them, and stay."""
    return migrations.RunSQL(
        f"""
        CREATE TRIGGER kept_rows BEFORE DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION refuse_change();
        CREATE TRIGGER kept_table BEFORE TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
        ALTER TABLE {table} ENABLE ALWAYS TRIGGER kept_rows;
        ALTER TABLE {table} ENABLE ALWAYS TRIGGER kept_table;
        """,
        f"DROP TRIGGER kept_rows ON {table}; DROP TRIGGER kept_table ON {table};",
    )


class Migration(migrations.Migration):
    dependencies = [("audits", "0005_logs"), ("profiles", "0002_append_only")]
    operations = [
        migrations.RunSQL(GROW, BACK),
        append_only("audits_leaf"),
        append_only("audits_checkpoint"),
        kept("audits_tile"),
        kept("audits_log"),
    ]
