from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("profiles", "0006_append_only_comments")]
    operations = [
        migrations.AddField(model_name="draftedit", name="before", field=models.JSONField(null=True)),
    ]
