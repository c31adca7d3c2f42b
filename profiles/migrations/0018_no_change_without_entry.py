"""No row of what operators decide changes without an entry in the same transaction, whoever writes, by whatever way."""

from django.db import migrations

# By table, the columns that are nobody's act: a try, a moment at which somebody came.
AUDITED = {
    "activation": (),
    "apikey": ("refusal_noted_at",),
    "attestation": (),
    "comment": (),
    "draft": (),
    "draftedit": (),
    "environment": (),
    "hold": (),
    "member": (),
    "noticechoice": (),
    "organization": (),
    "product": (),
    "publishedprofile": (),
    "review": (),
    "rulebookdraft": (),
    "rulebookrevision": (),
    "schedule": (),
    "sourcedocument": (),
    "user": ("last_login",),
    "version": (),
    "webhook": ("failing_since",),
}


def need_entry(table: str, free: tuple[str, ...]) -> migrations.RunSQL:
    """
    Args:
        free: columns that may change without an entry.
    """
    columns = ", ".join(f"'{column}'" for column in free)
    return migrations.RunSQL(
        f"""
        CREATE CONSTRAINT TRIGGER need_entry AFTER INSERT OR UPDATE OR DELETE ON {table}
            DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION need_entry({columns});
        ALTER TABLE {table} ENABLE ALWAYS TRIGGER need_entry;
        """,
        f"DROP TRIGGER need_entry ON {table};",
    )


class Migration(migrations.Migration):
    dependencies = [("profiles", "0017_published_together"), ("audits", "0009_marks_its_transaction")]
    operations = [need_entry(f"profiles_{name}", free) for name, free in AUDITED.items()]
