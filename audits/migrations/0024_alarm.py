"""Alarms: raised once, answered once, and kept."""

from importlib import import_module

import django.db.models.deletion
from django.db import migrations, models

kept = import_module("audits.migrations.0006_logs_only_grow").kept
need_entry = import_module("profiles.migrations.0018_no_change_without_entry").need_entry

ONCE = """
CREATE FUNCTION alarm_stands() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF OLD.state <> 'open' OR NEW.state = 'open'
        OR (NEW.id, NEW.version_id, NEW.run_id, NEW.platform, NEW.behaviors, NEW.raised_at)
        IS DISTINCT FROM (OLD.id, OLD.version_id, OLD.run_id, OLD.platform, OLD.behaviors, OLD.raised_at)
    THEN
        RAISE EXCEPTION 'an alarm is answered once, and never changes' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER alarm_stands BEFORE UPDATE ON audits_alarm FOR EACH ROW EXECUTE FUNCTION alarm_stands();
ALTER TABLE audits_alarm ENABLE ALWAYS TRIGGER alarm_stands;
"""
BACK = "DROP TRIGGER alarm_stands ON audits_alarm; DROP FUNCTION alarm_stands();"


class Migration(migrations.Migration):
    dependencies = [
        ("audits", "0023_trials_end_once"),
        ("profiles", "0019_environment_run_days"),
    ]

    operations = [
        migrations.CreateModel(
            name="Alarm",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("platform", models.CharField(max_length=60)),
                ("behaviors", models.JSONField()),
                ("raised_at", models.DateTimeField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("open", "Open"),
                            ("acknowledged", "Acknowledged"),
                            ("passed", "Passed"),
                            ("replaced", "Replaced"),
                        ],
                        default="open",
                        max_length=20,
                    ),
                ),
                ("answered_at", models.DateTimeField(null=True)),
                ("answered_by", models.CharField(blank=True, max_length=120)),
                ("reason", models.CharField(blank=True, max_length=1000)),
                (
                    "answer",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="audits.run"
                    ),
                ),
                (
                    "run",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="alarms", to="audits.run"
                    ),
                ),
                (
                    "version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="alarms", to="profiles.version"
                    ),
                ),
            ],
            options={
                "ordering": ("-id",),
                "indexes": [models.Index(condition=models.Q(("state", "open")), fields=["version"], name="alarm_open")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("answered_at", None), ("state", "open")),
                            models.Q(models.Q(("state", "open"), _negated=True), ("answered_at__isnull", False)),
                            _connector="OR",
                        ),
                        name="alarm_answered_once",
                    )
                ],
            },
        ),
        kept("audits_alarm"),
        migrations.RunSQL(ONCE, BACK),
        need_entry("audits_alarm", ()),
    ]
