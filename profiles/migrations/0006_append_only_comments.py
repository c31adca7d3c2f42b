from importlib import import_module

from django.db import migrations

append_only = import_module("profiles.migrations.0002_append_only").append_only


class Migration(migrations.Migration):
    dependencies = [("profiles", "0005_workspace")]
    operations = [append_only("profiles_comment")]
