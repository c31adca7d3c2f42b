"""What an entry says about people is kept, or erased by an entry that says so, and never anything else."""

from importlib import import_module

from django.db import migrations

kept = import_module("audits.migrations.0006_logs_only_grow").kept

ERASE = """
CREATE FUNCTION only_erased() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.id, NEW.entry_id, NEW.path, NEW.digest) IS DISTINCT FROM (OLD.id, OLD.entry_id, OLD.path, OLD.digest)
        OR OLD.text IS NULL OR NEW.text IS NOT NULL
        OR NOT EXISTS (SELECT FROM audits_entry WHERE id = NEW.erased_by AND kind = 'personal_data.erased')
    THEN
        RAISE EXCEPTION 'a disclosure is only ever erased, by the entry that tells of it'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER only_erased BEFORE UPDATE ON audits_disclosure FOR EACH ROW EXECUTE FUNCTION only_erased();
ALTER TABLE audits_disclosure ENABLE ALWAYS TRIGGER only_erased;
"""

BACK = """
DROP TRIGGER only_erased ON audits_disclosure;
DROP FUNCTION only_erased();
"""


class Migration(migrations.Migration):
    dependencies = [("audits", "0007_personal")]
    operations = [migrations.RunSQL(ERASE, BACK), kept("audits_disclosure")]
