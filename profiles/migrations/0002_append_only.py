"""What must never change is refused by the database itself, for every role and every way of writing."""

from django.db import migrations

IMMUTABLE = (
    "profiles_version",
    "profiles_review",
    "profiles_activation",
    "profiles_publishedprofile",
    "profiles_rulebookrevision",
)

FUNCTIONS = """
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only: % is refused', TG_TABLE_NAME, TG_OP
        USING ERRCODE = 'restrict_violation', HINT = 'Write a new row that says what changed.';
END $$;

CREATE FUNCTION refuse_own_review() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM profiles_version WHERE id = NEW.version_id
        AND (author_id = NEW.reviewer_id OR digest <> NEW.digest)
    ) THEN
        RAISE EXCEPTION 'a review is by somebody other than the author, and of exactly this version'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER four_eyes BEFORE INSERT ON profiles_review FOR EACH ROW EXECUTE FUNCTION refuse_own_review();
ALTER TABLE profiles_review ENABLE ALWAYS TRIGGER four_eyes;
"""


def append_only(table: str) -> migrations.RunSQL:
    # ENABLE ALWAYS: ordinary triggers do not fire for a session that claims to be a replica.
    return migrations.RunSQL(
        f"""
        CREATE TRIGGER append_only_rows BEFORE UPDATE OR DELETE ON {table}
            FOR EACH ROW EXECUTE FUNCTION refuse_change();
        CREATE TRIGGER append_only_table BEFORE TRUNCATE ON {table}
            FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
        ALTER TABLE {table} ENABLE ALWAYS TRIGGER append_only_rows;
        ALTER TABLE {table} ENABLE ALWAYS TRIGGER append_only_table;
        """,
        f"DROP TRIGGER append_only_rows ON {table}; DROP TRIGGER append_only_table ON {table};",
    )


class Migration(migrations.Migration):
    dependencies = [("profiles", "0001_initial")]
    operations = [
        migrations.RunSQL(
            FUNCTIONS,
            """
            DROP TRIGGER four_eyes ON profiles_review;
            DROP FUNCTION refuse_own_review();
            DROP FUNCTION refuse_change();
            """,
        ),
        *(append_only(table) for table in IMMUTABLE),
    ]
