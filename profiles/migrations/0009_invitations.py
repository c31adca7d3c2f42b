from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('profiles', '0008_telling'),
    ]

    operations = [
        migrations.AddField(
            model_name='user',
            name='is_unproven',
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name='member',
            name='hides_first_steps',
            field=models.BooleanField(default=False),
        ),
    ]
