"""What was really sent stands with each trial, and where a run departed from its protocol with the run."""

from importlib import import_module

from django.db import migrations, models

need_entry = import_module("profiles.migrations.0018_no_change_without_entry").need_entry
PROGRESS = import_module("audits.migrations.0023_trials_end_once").PROGRESS
BACK = need_entry("audits_run", (*PROGRESS, "served_at")).sql


class Migration(migrations.Migration):
    dependencies = [("audits", "0026_schedules_need_entries")]
    operations = [
        migrations.AddField("run", "departures", models.JSONField(null=True)),
        migrations.AddField("run", "reported", models.JSONField(null=True)),
        migrations.AddField("run", "restarts", models.PositiveSmallIntegerField(db_default=0, default=0)),
        migrations.AddField("trial", "observed", models.JSONField(null=True)),
        # A worker that was lost is nobody's act, as little as its heartbeat.
        migrations.RunSQL("DROP TRIGGER need_entry ON audits_run;", BACK),
        need_entry("audits_run", (*PROGRESS, "served_at", "restarts")),
    ]
