"""What a key got last is found by an index; an index on times alone served nobody."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("profiles", "0014_writers")]
    operations = [
        migrations.AlterField("receipt", "last_at", models.DateTimeField()),
        migrations.AddIndex("receipt", models.Index(fields=["key", "-last_at"], name="receipt_latest")),
    ]
