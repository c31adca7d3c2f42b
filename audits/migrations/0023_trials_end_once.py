"""Suites, protocols, judgements and findings stay as they are written, a trial ends once, and runs and endpoints change
only with an entry."""

from importlib import import_module

from django.db import migrations

append_only = import_module("profiles.migrations.0002_append_only").append_only
kept = import_module("audits.migrations.0006_logs_only_grow").kept
need_entry = import_module("profiles.migrations.0018_no_change_without_entry").need_entry

ONCE = """
CREATE FUNCTION ends_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.outcome <> '' OR NEW.outcome = ''
        OR (NEW.id, NEW.run_id, NEW.position, NEW.behavior, NEW.probe, NEW.variant, NEW.epoch)
            IS DISTINCT FROM (OLD.id, OLD.run_id, OLD.position, OLD.behavior, OLD.probe, OLD.variant, OLD.epoch)
    THEN
        RAISE EXCEPTION 'a trial ends once' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER ends_once BEFORE UPDATE ON audits_trial FOR EACH ROW EXECUTE FUNCTION ends_once();
ALTER TABLE audits_trial ENABLE ALWAYS TRIGGER ends_once;
"""
BACK = "DROP TRIGGER ends_once ON audits_trial; DROP FUNCTION ends_once();"

# Which worker is at it, and that it still is, is nobody's act.
PROGRESS = ("attempts", "sent_at", "started_at", "heartbeat_at", "agreement")


class Migration(migrations.Migration):
    dependencies = [("audits", "0022_conformance")]
    operations = [
        *(append_only(f"audits_{table}") for table in ("suite", "protocol", "judgement", "finding")),
        *(kept(f"audits_{table}") for table in ("endpoint", "run", "trial")),
        migrations.RunSQL(ONCE, BACK),
        *(need_entry(f"audits_{table}", ()) for table in ("endpoint", "suite", "protocol", "judgement", "finding")),
        need_entry("audits_run", PROGRESS),
    ]
