"""Auditors and destinations change no more silently than what operators decide does."""

from importlib import import_module

from django.db import migrations

need_entry = import_module("profiles.migrations.0018_no_change_without_entry").need_entry

# How far a destination has come, and how its last try went, is nobody's act.
PROGRESS = (
    *("position", "tries", "due_at", "asked_at", "sent_at", "answered_at"),
    *("status", "answer", "failing_since"),
)


class Migration(migrations.Migration):
    dependencies = [("audits", "0017_saved_search"), ("profiles", "0018_no_change_without_entry")]
    operations = [need_entry("audits_auditor", ()), need_entry("audits_destination", PROGRESS)]
