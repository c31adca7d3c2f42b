"""What programs manage by API: who made a key, and the answers that repeated requests get again."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('profiles', '0015_receipts_by_key'),
    ]

    operations = [
        migrations.AddField(
            model_name='apikey',
            name='created_by_id',
            field=models.CharField(blank=True, default='', max_length=60),
        ),
        migrations.CreateModel(
            name='StoredAnswer',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=255)),
                ('fingerprint', models.BinaryField(max_length=32)),
                ('status', models.PositiveSmallIntegerField()),
                ('headers', models.JSONField(default=dict)),
                ('body', models.BinaryField()),
                ('at', models.DateTimeField()),
                ('api_key', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='profiles.apikey')),
            ],
            options={
                'indexes': [models.Index(fields=['at'], name='stored_answer_at')],
                'constraints': [models.UniqueConstraint(fields=('api_key', 'name'), name='stored_answer_once')],
            },
        ),
    ]
