"""Whoever changes what web processes hold in memory tells them, without having to know: the database does it."""

from django.db import migrations

# (table, events and columns, when, which column of the row names what changed, product or key)
ROWS = (
    ("profiles_publishedprofile", "INSERT", "", "product_id", "product"),
    ("profiles_activation", "INSERT", "", "product_id", "product"),
    ("profiles_product", "UPDATE", "WHEN (OLD.removed_at IS DISTINCT FROM NEW.removed_at)", "id", "product"),
    ("profiles_product", "DELETE", "", "id", "product"),
    ("profiles_apikey", "INSERT", "", "id", "key"),
    (
        "profiles_apikey",
        "UPDATE",
        "WHEN ((OLD.digest, OLD.product_id, OLD.environment_id, OLD.revoked_at, OLD.expires_at)"
        " IS DISTINCT FROM (NEW.digest, NEW.product_id, NEW.environment_id, NEW.revoked_at, NEW.expires_at))",
        "id",
        "key",
    ),
    ("profiles_apikey", "DELETE", "", "id", "key"),
)
TABLES = ("profiles_publishedprofile", "profiles_activation", "profiles_product", "profiles_apikey")

# The transaction's id is stored, since ids of rows are given in another order than transactions become visible in.
FUNCTIONS = """
CREATE FUNCTION note_serving_change() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    changed bigint := NULL;
    kind text := 'everything';
BEGIN
    IF TG_LEVEL = 'ROW' THEN
        kind := TG_ARGV[1];
        IF TG_OP = 'DELETE' THEN
            changed := (to_jsonb(OLD.*) ->> TG_ARGV[0])::bigint;
        ELSIF TG_ARGV[0] = 'id' THEN
            changed := NEW.id;
        ELSE
            changed := NEW.product_id;
        END IF;
    END IF;
    INSERT INTO profiles_servingchange (xid, product, key)
        VALUES (
            pg_current_xact_id()::text::bigint,
            CASE kind WHEN 'product' THEN changed END,
            CASE kind WHEN 'key' THEN changed END
        );
    PERFORM pg_notify('brightline_serving', '');
    RETURN NULL;
END $$;
"""


def for_rows(table: str, event: str, when: str, column: str, kind: str) -> migrations.RunSQL:
    # ENABLE ALWAYS: ordinary triggers do not fire for a session that claims to be a replica.
    name = f"serving_{event.lower()}"
    return migrations.RunSQL(
        f"""
        CREATE TRIGGER {name} AFTER {event} ON {table}
            FOR EACH ROW {when} EXECUTE FUNCTION note_serving_change('{column}', '{kind}');
        ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name};
        """,
        f"DROP TRIGGER {name} ON {table};",
    )


def for_truncation(table: str) -> migrations.RunSQL:
    return migrations.RunSQL(
        f"""
        CREATE TRIGGER serving_truncate AFTER TRUNCATE ON {table}
            FOR EACH STATEMENT EXECUTE FUNCTION note_serving_change();
        ALTER TABLE {table} ENABLE ALWAYS TRIGGER serving_truncate;
        """,
        f"DROP TRIGGER serving_truncate ON {table};",
    )


class Migration(migrations.Migration):
    dependencies = [("profiles", "0012_serving")]
    operations = [
        migrations.RunSQL(FUNCTIONS, "DROP FUNCTION note_serving_change();"),
        *(for_rows(*row) for row in ROWS),
        *(for_truncation(table) for table in TABLES),
    ]
