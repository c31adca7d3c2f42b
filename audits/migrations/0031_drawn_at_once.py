"""All that belongs to an entry, in as few steps as PostgreSQL can take: most of what an entry costs its transaction
was not the work but the ways to it.

Columns of an entry are drawn from its bytes by one trigger, which reads them once. As generated columns each of them
read the bytes anew, and PostgreSQL took their expressions apart for every statement. They still cannot say anything
else: the trigger overwrites whatever an INSERT says of them, and another refuses every later change.
"""

from importlib import import_module

import django.contrib.postgres.search
from django.db import migrations, models

WORDS = import_module("audits.migrations.0015_words").FUNCTIONS
MARK = import_module("audits.migrations.0009_marks_its_transaction").WAIT
TEXTS = {
    "event_id": "id",
    "kind": "kind",
    "outcome": "outcome",
    "organization": "organization",
    "product": "product",
    "target": "target",
    "actor_type": "actor,type",
    "actor_id": "actor,id",
    "request_id": "request_id",
}
DRAWN = ("at", *TEXTS, "words")


def text_at(path: str) -> str:
    names = ", ".join(f"'{name}'" for name in path.split(","))
    return f"trail_text(leaf, VARIADIC ARRAY[{names}])"


MARKS = """ARRAY[
        owner || 'o=', owner || 'k=' || left(coalesce(entry ->> 'kind', ''), 200),
        owner || 'r=' || left(coalesce(entry ->> 'outcome', ''), 200),
        owner || 'p=' || left(coalesce(entry ->> 'product', ''), 200),
        owner || 'a=' || left(coalesce(entry #>> '{actor,id}', ''), 200),
        owner || 'i=' || left(coalesce(entry ->> 'id', ''), 200),
        owner || 'q=' || left(coalesce(entry ->> 'request_id', ''), 200),
        owner || 'm=' || left(coalesce(entry ->> 'at', ''), 7), owner || 'd=' || left(coalesce(entry ->> 'at', ''), 10)
    ]"""

# Names of tables have their schema, so that no temporary table is taken for one of these.
FUNCTIONS = """
-- With what every word begins: the organization's four characters in an entry, nothing in what somebody looks for.
DROP FUNCTION trail_split(text);
CREATE FUNCTION trail_split(said text, start text DEFAULT '') RETURNS text[]
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    found text[] := '{}';
    before text := '';
    word text;
BEGIN
    -- A line is one text: what stands at the end of one is no neighbor of what begins the next. Only the first word and
    -- the last can be empty.
    FOREACH word IN ARRAY string_to_array(
        regexp_replace(replace(lower(said), E'\\n', ' = '), '[^[:alnum:]=]+', ' ', 'g'), ' '
    ) LOOP
        IF word = '' OR position('=' IN word) > 0 THEN
            before := '';
            CONTINUE;
        END IF;
        word := left(word, 200);
        found := found || (start || word);
        IF before <> '' THEN found := found || (start || before || ' ' || word); END IF;
        before := word;
    END LOOP;
    RETURN found;
END $$;

-- Of the bytes, and of what they are as JSON. No text comes in: it might bring a collation that knows no letter but a to z.
CREATE FUNCTION trail_words(leaf bytea, entry jsonb) RETURNS tsvector
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    body CONSTANT text := convert_from(leaf, 'UTF8');
    -- Without a group in it, the expression costs half.
    keys CONSTANT text[] := ARRAY(
        SELECT btrim(hit[1], '"') FROM regexp_matches(body, '"[a-z_]+\\.[a-z_.]+"', 'g') AS hit
    );
    owner CONSTANT text := left(md5(coalesce(entry ->> 'organization', '')), 4);
    found text[] := trail_split(
        concat_ws(E'\\n', entry ->> 'product', replace(entry ->> 'target', E'\\n', ' '), array_to_string(keys, E'\\n')),
        owner
    ) || @marks@;
    key text;
BEGIN
    FOREACH key IN ARRAY keys LOOP found := found || (owner || 'b=' || left(key, 200)); END LOOP;
    RETURN array_to_tsvector(found);
END $$;

CREATE FUNCTION draw_columns() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    entry CONSTANT jsonb := convert_from(NEW.leaf, 'UTF8')::jsonb;
BEGIN
    NEW.at := (entry ->> 'at')::timestamptz;
    @texts@
    NEW.words := trail_words(NEW.leaf, entry);
    RETURN NEW;
END $$;

-- Whether the columns of an entry still say what its bytes say: whoever owns the tables can make triggers go. Of its words
-- only the marks are compared, since which letters make a word may change with an upgrade of the operating system.
CREATE FUNCTION is_drawn(one public.audits_entry) RETURNS boolean LANGUAGE plpgsql STABLE AS $$
DECLARE
    entry CONSTANT jsonb := convert_from(one.leaf, 'UTF8')::jsonb;
    owner CONSTANT text := left(md5(coalesce(entry ->> 'organization', '')), 4);
BEGIN
    RETURN (one.at, @columns@)
        IS NOT DISTINCT FROM ((entry ->> 'at')::timestamptz, @drawn@)
        AND coalesce(tsvector_to_array(one.words) @> @marks@, false);
END $$;

CREATE OR REPLACE FUNCTION wait_for_a_place() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO public.audits_unplaced (entry_id) VALUES (NEW.id);
    PERFORM set_config('brightline.recorded', pg_current_xact_id()::text, true);
    RETURN NULL;
END $$;

-- As one statement with five parts it took longer to begin than to do. Names come in their order, so that two who bring
-- the same ones wait for each other and never meet.
CREATE FUNCTION write_entries(entries jsonb, names jsonb, is_told boolean) RETURNS SETOF bigint LANGUAGE plpgsql AS $$
DECLARE
    it jsonb;
    pk bigint;
BEGIN
    FOR n IN 0 .. jsonb_array_length(entries) - 1 LOOP
        it := entries -> n;
        INSERT INTO public.audits_entry (leaf) VALUES (convert_to(it ->> 0, 'UTF8')) RETURNING id INTO pk;
        INSERT INTO public.audits_disclosure (entry_id, path, digest, text)
            SELECT pk, left(hidden ->> 0, 200), hidden ->> 1, hidden ->> 2 FROM jsonb_array_elements(it -> 1) AS hidden;
        IF is_told THEN
            INSERT INTO public.audits_untold (entry_id, attempts, gave_up) VALUES (pk, 0, false);
        END IF;
        RETURN NEXT pk;
    END LOOP;
    INSERT INTO public.audits_actorname (organization, actor_id, name)
        SELECT one ->> 0, one ->> 1, one ->> 2 FROM jsonb_array_elements(names) AS one ON CONFLICT DO NOTHING;
END $$;
"""
for name, text in {
    "@marks@": MARKS,
    "@texts@": "\n    ".join(f"NEW.{name} := entry #>> '{{{path}}}';" for name, path in TEXTS.items()),
    "@columns@": ", ".join(f"one.{name}" for name in TEXTS),
    "@drawn@": ", ".join(f"entry #>> '{{{path}}}'" for path in TEXTS.values()),
}.items():
    FUNCTIONS = FUNCTIONS.replace(name, text)

DRAW = f"""
DROP TRIGGER wait_for_a_place ON audits_entry;
ALTER TABLE audits_entry {", ".join(f"ALTER COLUMN {name} DROP EXPRESSION" for name in DRAWN)};
{FUNCTIONS}
DROP FUNCTION trail_words(bytea);
CREATE TRIGGER draw_columns BEFORE INSERT OR UPDATE ON audits_entry FOR EACH ROW EXECUTE FUNCTION draw_columns();
CREATE TRIGGER wait_for_a_place AFTER INSERT ON audits_entry FOR EACH ROW EXECUTE FUNCTION wait_for_a_place();
ALTER TABLE audits_entry ENABLE ALWAYS TRIGGER draw_columns;
ALTER TABLE audits_entry ENABLE ALWAYS TRIGGER wait_for_a_place;
"""


# Columns cannot become generated ones; they are made anew, and their indexes with them.
BACK = f"""
DROP TRIGGER draw_columns ON audits_entry;
DROP TRIGGER wait_for_a_place ON audits_entry;
DROP FUNCTION draw_columns();
DROP FUNCTION is_drawn(audits_entry);
DROP FUNCTION write_entries(jsonb, jsonb, boolean);
DROP FUNCTION trail_words(bytea, jsonb);
DROP FUNCTION trail_split(text, text);
{WORDS}
ALTER TABLE audits_entry {", ".join(f"DROP COLUMN {name}" for name in DRAWN)};
ALTER TABLE audits_entry
    ADD COLUMN at timestamptz GENERATED ALWAYS AS (trail_time(leaf)) STORED,
    {"".join(f"ADD COLUMN {name} text GENERATED ALWAYS AS ({text_at(path)}) STORED, " for name, path in TEXTS.items())}
    ADD COLUMN words tsvector GENERATED ALWAYS AS (trail_words(leaf)) STORED;
CREATE INDEX entry_organization ON audits_entry (organization, id DESC);
CREATE INDEX entry_product ON audits_entry (organization, product, id DESC);
CREATE INDEX entry_kind ON audits_entry (organization, kind, id DESC);
CREATE INDEX entry_actor ON audits_entry (organization, actor_id, id DESC);
CREATE INDEX entry_at ON audits_entry (organization, at, id);
CREATE INDEX entry_event ON audits_entry (event_id);
CREATE INDEX entry_words ON audits_entry USING gin (words);
{MARK}
CREATE TRIGGER wait_for_a_place AFTER INSERT ON audits_entry REFERENCING NEW TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION wait_for_a_place();
ALTER TABLE audits_entry ENABLE ALWAYS TRIGGER wait_for_a_place;
"""


class Migration(migrations.Migration):
    dependencies = [("audits", "0030_costs")]
    operations = [
        migrations.SeparateDatabaseAndState(
            [migrations.RunSQL(DRAW, BACK)],
            [
                migrations.AlterField("entry", "at", models.DateTimeField(editable=False)),
                *(migrations.AlterField("entry", name, models.TextField(editable=False)) for name in TEXTS),
                migrations.AlterField(
                    "entry", "words", django.contrib.postgres.search.SearchVectorField(editable=False)
                ),
            ],
        )
    ]
