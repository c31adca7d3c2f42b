"""Schedules of runs, budgets and drifts change only with an entry; occasions and looks stay. When a run was last served
is nobody's act."""

from importlib import import_module

from django.db import migrations

append_only = import_module("profiles.migrations.0002_append_only").append_only
kept = import_module("audits.migrations.0006_logs_only_grow").kept
need_entry = import_module("profiles.migrations.0018_no_change_without_entry").need_entry
progress = import_module("audits.migrations.0023_trials_end_once").PROGRESS


class Migration(migrations.Migration):
    dependencies = [("audits", "0025_run_schedules")]
    operations = [
        append_only("audits_drift"),
        *(kept(f"audits_{table}") for table in ("runschedule", "budget", "occasion", "look")),
        need_entry("audits_runschedule", ("due_at",)),
        need_entry("audits_budget", ()),
        need_entry("audits_drift", ()),
        migrations.RunSQL("DROP TRIGGER need_entry ON audits_run", migrations.RunSQL.noop),
        need_entry("audits_run", (*progress, "served_at")),
    ]
