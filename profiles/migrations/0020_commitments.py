"""What a product promises can be read by anybody, once somebody published it."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("profiles", "0019_environment_run_days"),
    ]

    operations = [
        migrations.AddField(
            model_name="product",
            name="public_environment",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="profiles.environment"
            ),
        ),
        migrations.AddField(
            model_name="product",
            name="public_since",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddConstraint(
            model_name="product",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("public_environment__isnull", True), ("public_since__isnull", True)),
                    models.Q(("public_environment__isnull", False), ("public_since__isnull", False)),
                    _connector="OR",
                ),
                name="product_public_since",
            ),
        ),
    ]
