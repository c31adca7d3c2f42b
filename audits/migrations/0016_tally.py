"""Counts by the hour, beginning with the entries that have their places by now."""

from django.db import migrations, models

COUNT = """
INSERT INTO audits_tally (organization, facet, value, hour, count, refused)
SELECT e.organization, f.facet, f.value, date_trunc('hour', e.at, 'UTC'), count(*),
    count(*) FILTER (WHERE e.outcome = 'refused')
FROM audits_entry e JOIN audits_leaf l ON l.entry_id = e.id,
    LATERAL (VALUES ('', ''), ('k', e.kind), ('a', e.actor_id), ('p', e.product), ('r', e.outcome)) f(facet, value)
GROUP BY 1, 2, 3, 4;
"""


class Migration(migrations.Migration):
    dependencies = [("audits", "0015_words")]
    operations = [
        migrations.CreateModel(
            name="Tally",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("organization", models.TextField()),
                ("facet", models.CharField(max_length=1)),
                ("value", models.TextField()),
                ("hour", models.DateTimeField()),
                ("count", models.PositiveIntegerField()),
                ("refused", models.PositiveIntegerField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("organization", "facet", "value", "hour"), name="one_tally")
                ],
            },
        ),
        migrations.RunSQL(COUNT, migrations.RunSQL.noop),
    ]
