from importlib import import_module

import django.db.models.deletion
from django.db import migrations, models

append_only = import_module("profiles.migrations.0002_append_only").append_only


class Migration(migrations.Migration):
    dependencies = [("audits", "0012_checkpoint_letters"), ("profiles", "0002_append_only")]
    operations = [
        migrations.CreateModel(
            name="Timestamp",
            fields=[
                (
                    "checkpoint",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="timestamp",
                        serialize=False,
                        to="audits.checkpoint",
                    ),
                ),
                ("answer", models.BinaryField()),
                ("stamped_at", models.DateTimeField()),
                ("received_at", models.DateTimeField()),
            ],
        ),
        append_only("audits_timestamp"),
    ]
