"""What a judge took is counted, and what runs cost where endpoints have prices."""

from importlib import import_module

from django.db import migrations, models

need_entry = import_module("profiles.migrations.0018_no_change_without_entry").need_entry
PROGRESS = import_module("audits.migrations.0023_trials_end_once").PROGRESS
FREE = (*PROGRESS, "served_at", "restarts")
COUNTED = ("judge_requests", "judge_tokens_in", "judge_tokens_out", "judge_unmetered", "judge_cost")
BACK = need_entry("audits_run", FREE).sql


def price() -> models.DecimalField:
    return models.DecimalField(decimal_places=6, max_digits=15, null=True)


def cost() -> models.DecimalField:
    return models.DecimalField(decimal_places=12, max_digits=30, null=True)


def count() -> models.PositiveIntegerField:
    return models.PositiveIntegerField(null=True)


class Migration(migrations.Migration):
    dependencies = [("audits", "0029_health")]
    operations = [
        migrations.AddField("endpoint", "price_in", price()),
        migrations.AddField("endpoint", "price_out", price()),
        migrations.AddField("endpoint", "currency", models.CharField(blank=True, db_default="", max_length=3)),
        migrations.AddConstraint(
            "endpoint",
            models.CheckConstraint(
                condition=models.Q(price_in=None, price_out=None, currency="")
                | models.Q(price_in__gte=0, price_out__gte=0, currency__regex=r"^[A-Z]{3}$"),
                name="endpoint_prices_are_whole",
            ),
        ),
        migrations.AddField("budget", "money", price()),
        migrations.AddField("budget", "currency", models.CharField(blank=True, db_default="", max_length=3)),
        migrations.AddField("protocol", "currency", models.CharField(blank=True, db_default="", max_length=3)),
        migrations.AddField("trial", "unmetered", count()),
        *(migrations.AddField("trial", name, count()) for name in COUNTED[:-1]),
        migrations.AddField("trial", "cost", cost()),
        *(migrations.AddField("run", name, count()) for name in COUNTED[:-1]),
        migrations.AddField("run", "judge_cost", cost()),
        # What trying the judge takes is counted with each answer, by a worker: nobody's act, as little as its heartbeat.
        migrations.RunSQL("DROP TRIGGER need_entry ON audits_run;", BACK),
        need_entry("audits_run", (*FREE, *COUNTED)),
    ]
