"""Entries may go, in one narrow way: ``prune_log`` takes whole bundles from the beginning of a log. Whatever decides
whether they may stands in the trigger of ``audits_pruning``, which holds for every role; the program's role can write
no row there but through that function, and delete no entry at all.

A transaction that prunes and one that places a legal hold take the same lock, so one is there before the other looks.
"""

from importlib import import_module

from django.db import migrations

append_only = import_module("profiles.migrations.0002_append_only").append_only
kept = import_module("audits.migrations.0006_logs_only_grow").kept
need_entry = import_module("profiles.migrations.0018_no_change_without_entry").need_entry

# No temporary table of the same name is taken for one of these: hence the paths.
PRUNE = """
CREATE FUNCTION retention_lock(slug text) RETURNS void LANGUAGE sql SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT pg_advisory_xact_lock(hashtext('brightline.retention'), hashtext(slug))
$$;

CREATE FUNCTION under_legal_hold(slug text) RETURNS boolean LANGUAGE sql
    SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT EXISTS (
        SELECT FROM audits_legalhold h LEFT JOIN profiles_organization o ON o.id = h.organization_id
        WHERE h.released_at IS NULL AND coalesce(o.slug, '') = slug
    )
$$;

CREATE FUNCTION may_prune() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    found audits_log;
    rule audits_retention;
    signed bigint;
    old_enough bigint;
    refusal text;
BEGIN
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        RAISE EXCEPTION 'pruning reads what is committed by now' USING ERRCODE = 'restrict_violation';
    END IF;
    SELECT * INTO STRICT found FROM audits_log WHERE id = NEW.log_id;
    PERFORM retention_lock(found.organization);
    SELECT * INTO found FROM audits_log WHERE id = NEW.log_id;
    SELECT r.* INTO rule FROM audits_retention r LEFT JOIN profiles_organization o ON o.id = r.organization_id
        WHERE coalesce(o.slug, '') = found.organization;
    SELECT max(size) INTO signed FROM audits_checkpoint WHERE log_id = found.id;
    SELECT count(*) INTO old_enough FROM audits_leaf l JOIN audits_entry e ON e.id = l.entry_id
        WHERE l.log_id = found.id AND l.index >= NEW.start AND l.index < NEW."end"
        AND e.organization = found.organization
        AND e.at < clock_timestamp() - make_interval(months => greatest(rule.months, 6));
    refusal := CASE
        WHEN rule.months IS NULL THEN 'its entries are kept for ever'
        WHEN rule.set_at > clock_timestamp() - interval '7 days' THEN 'its retention was set less than 7 days ago'
        WHEN under_legal_hold(found.organization) THEN 'it is under a legal hold'
        WHEN NEW.start <> found.minimum THEN 'pruning goes on where it ended'
        WHEN NEW."end" % 256 <> 0 OR NEW."end" - NEW.start > 16384 THEN 'whole bundles go, and 64 of them at once'
        WHEN NEW."end" > coalesce(signed, 0) THEN 'no checkpoint covers this'
        WHEN old_enough <> NEW."end" - NEW.start THEN 'not all of this is old enough, or there'
        WHEN NOT EXISTS (
            SELECT FROM audits_entry WHERE id = NEW.entry_id AND kind = 'log.pruned' AND outcome = 'done'
            AND organization = found.organization AND trail_text(leaf, 'data', 'start') = NEW.start::text
            AND trail_text(leaf, 'data', 'end') = NEW."end"::text
        ) THEN 'no entry tells of it'
    END;
    IF refusal IS NOT NULL THEN
        RAISE EXCEPTION 'the log % is not pruned: %', found.origin, refusal USING ERRCODE = 'restrict_violation';
    END IF;
    NEW.months := rule.months;
    NEW.at := clock_timestamp();
    RETURN NEW;
END $$;
CREATE TRIGGER may_prune BEFORE INSERT ON audits_pruning FOR EACH ROW EXECUTE FUNCTION may_prune();
ALTER TABLE audits_pruning ENABLE ALWAYS TRIGGER may_prune;

-- For each row that goes; a statement of PL/pgSQL is planned once, a function of SQL each time.
CREATE FUNCTION only_pruned() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    entry bigint;
BEGIN
    IF TG_OP = 'DELETE' AND TG_TABLE_NAME = 'audits_entry' THEN
        entry := OLD.id;
    ELSIF TG_OP = 'DELETE' AND TG_TABLE_NAME = 'audits_disclosure' THEN
        entry := OLD.entry_id;
    END IF;
    PERFORM FROM audits_leaf l JOIN audits_pruning p ON p.log_id = l.log_id
        WHERE l.entry_id = entry AND p.start <= l.index AND l.index < p."end";
    IF FOUND THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION '% is append-only: % is refused', TG_TABLE_NAME, TG_OP
        USING ERRCODE = 'restrict_violation', HINT = 'Write a new row that says what changed.';
END $$;
DROP TRIGGER append_only_rows ON audits_entry;
CREATE TRIGGER append_only_rows BEFORE UPDATE OR DELETE ON audits_entry
    FOR EACH ROW EXECUTE FUNCTION only_pruned();
ALTER TABLE audits_entry ENABLE ALWAYS TRIGGER append_only_rows;
DROP TRIGGER kept_rows ON audits_disclosure;
CREATE TRIGGER kept_rows BEFORE DELETE ON audits_disclosure FOR EACH ROW EXECUTE FUNCTION only_pruned();
ALTER TABLE audits_disclosure ENABLE ALWAYS TRIGGER kept_rows;

CREATE OR REPLACE FUNCTION only_grow_log() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF (NEW.organization, NEW.origin) IS DISTINCT FROM (OLD.organization, OLD.origin) OR NEW.size < OLD.size
        OR NEW.minimum <> OLD.minimum
        AND NOT EXISTS (SELECT FROM audits_pruning WHERE log_id = NEW.id AND (start, "end") = (OLD.minimum, NEW.minimum))
    THEN
        RAISE EXCEPTION 'a log only grows' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION prune_log(which bigint, until bigint, telling bigint) RETURNS bigint LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    beginning bigint;
    gone bigint[];
BEGIN
    SELECT minimum INTO STRICT beginning FROM audits_log WHERE id = which;
    INSERT INTO audits_pruning (log_id, start, "end", months, at, entry_id)
        VALUES (which, beginning, until, 0, now(), telling);
    gone := ARRAY(SELECT entry_id FROM audits_leaf WHERE log_id = which AND index >= beginning AND index < until);
    DELETE FROM audits_disclosure WHERE entry_id = ANY(gone);
    DELETE FROM audits_entry WHERE id = ANY(gone);
    -- Last, since the sequencer waits for this row.
    UPDATE audits_log SET minimum = until WHERE id = which;
    RETURN cardinality(gone);
END $$;
REVOKE ALL ON FUNCTION prune_log(bigint, bigint, bigint) FROM PUBLIC;
"""

HOLD = """
CREATE FUNCTION legal_hold_stands() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        PERFORM retention_lock(coalesce((SELECT slug FROM profiles_organization WHERE id = NEW.organization_id), ''));
        IF NEW.released_at IS NULL THEN RETURN NEW; END IF;
    ELSIF OLD.released_at IS NULL AND NEW.released_at IS NOT NULL
        AND (NEW.id, NEW.organization_id, NEW.reference, NEW.reason, NEW.placed_at, NEW.placed_by)
        IS NOT DISTINCT FROM (OLD.id, OLD.organization_id, OLD.reference, OLD.reason, OLD.placed_at, OLD.placed_by)
    THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'a legal hold stands until it is released, and never changes' USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER legal_hold_stands BEFORE INSERT OR UPDATE ON audits_legalhold
    FOR EACH ROW EXECUTE FUNCTION legal_hold_stands();
ALTER TABLE audits_legalhold ENABLE ALWAYS TRIGGER legal_hold_stands;

-- What is set now counts from now on: a date in the past would let entries go before anybody sees it.
CREATE FUNCTION retention_set_now() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NEW.set_at < clock_timestamp() - interval '1 hour' THEN
        RAISE EXCEPTION 'a retention is set now' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER retention_set_now BEFORE INSERT OR UPDATE ON audits_retention
    FOR EACH ROW EXECUTE FUNCTION retention_set_now();
ALTER TABLE audits_retention ENABLE ALWAYS TRIGGER retention_set_now;

CREATE OR REPLACE FUNCTION only_erased() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    slug text;
BEGIN
    IF (NEW.id, NEW.entry_id, NEW.path, NEW.digest) IS DISTINCT FROM (OLD.id, OLD.entry_id, OLD.path, OLD.digest)
        OR OLD.text IS NULL OR NEW.text IS NOT NULL
        OR NOT EXISTS (SELECT FROM audits_entry WHERE id = NEW.erased_by AND kind = 'personal_data.erased')
    THEN
        RAISE EXCEPTION 'a disclosure is only ever erased, by the entry that tells of it'
            USING ERRCODE = 'restrict_violation';
    END IF;
    SELECT organization INTO slug FROM audits_entry WHERE id = OLD.entry_id;
    PERFORM retention_lock(slug);
    IF under_legal_hold(slug) THEN
        RAISE EXCEPTION 'nothing is erased under a legal hold' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
"""

BACK = """
CREATE OR REPLACE FUNCTION only_erased() RETURNS trigger LANGUAGE plpgsql AS $$
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
CREATE OR REPLACE FUNCTION only_grow_log() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.organization, NEW.origin) IS DISTINCT FROM (OLD.organization, OLD.origin) OR NEW.size < OLD.size THEN
        RAISE EXCEPTION 'a log only grows' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
DROP TRIGGER retention_set_now ON audits_retention;
DROP FUNCTION retention_set_now();
DROP TRIGGER legal_hold_stands ON audits_legalhold;
DROP FUNCTION legal_hold_stands();
DROP FUNCTION prune_log(bigint, bigint, bigint);
DROP TRIGGER append_only_rows ON audits_entry;
CREATE TRIGGER append_only_rows BEFORE UPDATE OR DELETE ON audits_entry
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
ALTER TABLE audits_entry ENABLE ALWAYS TRIGGER append_only_rows;
DROP TRIGGER kept_rows ON audits_disclosure;
CREATE TRIGGER kept_rows BEFORE DELETE ON audits_disclosure FOR EACH ROW EXECUTE FUNCTION refuse_change();
ALTER TABLE audits_disclosure ENABLE ALWAYS TRIGGER kept_rows;
DROP FUNCTION only_pruned();
DROP TRIGGER may_prune ON audits_pruning;
DROP FUNCTION may_prune();
DROP FUNCTION under_legal_hold(text);
DROP FUNCTION retention_lock(text);
"""


class Migration(migrations.Migration):
    dependencies = [("audits", "0019_retention")]
    operations = [
        migrations.RunSQL(PRUNE, migrations.RunSQL.noop),
        migrations.RunSQL(HOLD, BACK),
        append_only("audits_pruning"),
        kept("audits_legalhold"),
        kept("audits_retention"),
        *(need_entry(f"audits_{name}", ()) for name in ("pruning", "legalhold", "retention")),
    ]
