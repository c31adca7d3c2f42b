from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("profiles", "0018_no_change_without_entry")]

    operations = [
        migrations.AddField("environment", "run_days", models.PositiveSmallIntegerField(null=True)),
        migrations.AddConstraint(
            model_name="environment",
            constraint=models.CheckConstraint(
                condition=models.Q(run_days=None) | models.Q(run_days__gte=1), name="environment_days_of_a_run"
            ),
        ),
    ]
