"""The functions of generated columns in a language that PostgreSQL prepares once in a session. Those in SQL are taken
apart and put into the statement anew each time that an entry is written, which cost more than all they do."""

from django.db import migrations

TEXT = "CREATE OR REPLACE FUNCTION trail_text(leaf bytea, VARIADIC path text[]) RETURNS text"
TIME = "CREATE OR REPLACE FUNCTION trail_time(leaf bytea) RETURNS timestamptz"

READY = f"""
{TEXT} LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN RETURN convert_from(leaf, 'UTF8')::jsonb #>> path; END $$;
{TIME} LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN RETURN (convert_from(leaf, 'UTF8')::jsonb ->> 'at')::timestamptz; END $$;
"""
BACK = f"""
{TEXT} LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN convert_from(leaf, 'UTF8')::jsonb #>> path;
{TIME} LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN (convert_from(leaf, 'UTF8')::jsonb ->> 'at')::timestamptz;
"""


class Migration(migrations.Migration):
    dependencies = [("audits", "0020_only_pruned")]
    operations = [migrations.RunSQL(READY, BACK)]
