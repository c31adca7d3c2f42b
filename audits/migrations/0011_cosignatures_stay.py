"""What somebody cosigned, and what verifying a log found, never change."""

from importlib import import_module

from django.db import migrations

append_only = import_module("profiles.migrations.0002_append_only").append_only


class Migration(migrations.Migration):
    dependencies = [("audits", "0010_witnesses"), ("profiles", "0002_append_only")]
    operations = [append_only("audits_cosignature"), append_only("audits_verification")]
