from django.db import migrations, models


def forget_the_default(apps, schema_editor):
    """Nobody could choose a language until now: "en" was only what the column began with."""
    apps.get_model("profiles", "User").objects.filter(language="en").update(language="")


class Migration(migrations.Migration):
    dependencies = [("profiles", "0009_invitations")]

    operations = [
        migrations.AlterField("user", "language", models.CharField(blank=True, default="", max_length=10)),
        migrations.RunPython(forget_the_default, migrations.RunPython.noop),
    ]
