"""What a search looks for in an entry, drawn by PostgreSQL from its bytes, with the index that finds it.

An entry has words, pairs of words that stand next to each other, and marks for what can be asked for exactly: "k=" its
kind, "r=" its outcome, "p=" its product, "a=" the id of its actor, "b=" every behavior (or other
dotted name) that stands in it, "i=" and "q=" the ids of the event and the request, "m=" and "d=" its month and day in
UTC, "o=" any. No word holds "=", so the two never meet. Names of persons are in none of it.

All of them begin with four characters that stand for the organization, so that what one looks for costs nothing where
others have a lot of it. They are no wall: what was found is asked for its organization again.
"""

import django.contrib.postgres.indexes
import django.contrib.postgres.search
from django.db import migrations, models

FUNCTIONS = """
CREATE FUNCTION trail_split(said text) RETURNS text[] LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    found text[] := '{}';
    before text := '';
    word text;
BEGIN
    -- A line is one text: what stands at the end of one is no neighbor of what begins the next.
    FOREACH word IN ARRAY string_to_array(
        regexp_replace(replace(lower(said), E'\\n', ' = '), '[^[:alnum:]=]+', ' ', 'g'), ' '
    ) LOOP
        CONTINUE WHEN word = '';
        word := CASE WHEN word LIKE '%=%' THEN '' ELSE left(word, 200) END;
        IF word <> '' THEN
            found := found || word;
            IF before <> '' THEN found := found || (before || ' ' || word); END IF;
        END IF;
        before := word;
    END LOOP;
    RETURN found;
END $$;

CREATE FUNCTION trail_words(leaf bytea) RETURNS tsvector LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    body CONSTANT text := convert_from(leaf, 'UTF8');
    entry CONSTANT jsonb := body::jsonb;
    keys CONSTANT text[] := ARRAY(SELECT hit[1] FROM regexp_matches(body, '"([a-z_]+\\.[a-z_.]+)"', 'g') AS hit);
    owner CONSTANT text := left(md5(coalesce(entry ->> 'organization', '')), 4);
    said text;
    found text[];
BEGIN
    said := concat_ws(E'\\n', entry ->> 'product', replace(entry ->> 'target', E'\\n', ' '), array_to_string(keys, E'\\n'));
    found := trail_split(said) || ARRAY[
        'o=', 'k=' || left(coalesce(entry ->> 'kind', ''), 200),
        'r=' || left(coalesce(entry ->> 'outcome', ''), 200), 'p=' || left(coalesce(entry ->> 'product', ''), 200),
        'a=' || left(coalesce(entry #>> '{actor,id}', ''), 200), 'i=' || left(coalesce(entry ->> 'id', ''), 200),
        'q=' || left(coalesce(entry ->> 'request_id', ''), 200), 'm=' || left(coalesce(entry ->> 'at', ''), 7),
        'd=' || left(coalesce(entry ->> 'at', ''), 10)
    ];
    FOR n IN 1 .. cardinality(keys) LOOP found := found || ('b=' || left(keys[n], 200)); END LOOP;
    FOR n IN 1 .. cardinality(found) LOOP found[n] := owner || found[n]; END LOOP;
    RETURN array_to_tsvector(found);
END $$;
"""

BACK = "DROP FUNCTION trail_words(bytea); DROP FUNCTION trail_split(text);"


class Migration(migrations.Migration):
    dependencies = [("audits", "0014_destinations")]
    operations = [
        migrations.RunSQL(FUNCTIONS, BACK),
        migrations.AddField(
            "entry",
            "words",
            models.GeneratedField(
                db_persist=True,
                expression=models.Func(models.F("leaf"), function="trail_words"),
                output_field=django.contrib.postgres.search.SearchVectorField(),
            ),
        ),
        migrations.AddIndex(
            "entry", django.contrib.postgres.indexes.GinIndex(fields=("words",), name="entry_words")
        ),
    ]
