"""Whose work a version holds: none of them reviews it, and the database says so as well."""

import django.contrib.postgres.fields
from django.db import migrations, models

FUNCTION = """
CREATE OR REPLACE FUNCTION refuse_own_review() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM profiles_version WHERE id = NEW.version_id AND ({own} OR digest <> NEW.digest)
    ) THEN
        RAISE EXCEPTION 'a review is by somebody other than the author, and of exactly this version'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
"""
AUTHOR = "author_id = NEW.reviewer_id"


class Migration(migrations.Migration):
    dependencies = [("profiles", "0013_serving_triggers")]
    operations = [
        migrations.AddField(
            model_name="version",
            name="writers",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=60), default=list, size=None
            ),
        ),
        migrations.AddField(
            model_name="product",
            name="place_by_id",
            field=models.CharField(blank=True, default="", max_length=60),
        ),
        migrations.RunSQL(
            FUNCTION.format(own=f"{AUTHOR} OR NEW.reviewer_id = ANY (writers)"), FUNCTION.format(own=AUTHOR)
        ),
    ]
