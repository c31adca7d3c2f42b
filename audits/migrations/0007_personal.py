"""Names and what people wrote leave the entries; in whose name the program checks."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('audits', '0006_logs_only_grow'),
    ]

    operations = [
        migrations.AddField(
            model_name='check',
            name='requested_by_id',
            field=models.CharField(blank=True, default='', max_length=60),
        ),
        migrations.AddField(
            model_name='recheck',
            name='requested_by_id',
            field=models.CharField(blank=True, default='', max_length=60),
        ),
        migrations.CreateModel(
            name='ActorName',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('organization', models.CharField(blank=True, max_length=100)),
                ('actor_id', models.TextField()),
                ('name', models.TextField()),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('organization', 'actor_id', 'name'), name='one_row_for_each_name')],
            },
        ),
        migrations.RunSQL(
            """
            INSERT INTO audits_actorname (organization, actor_id, name)
            SELECT DISTINCT organization, actor_id, actor_name FROM audits_entry
            """,
            migrations.RunSQL.noop,
        ),
        migrations.RemoveField(
            model_name='entry',
            name='actor_name',
        ),
        migrations.CreateModel(
            name='Disclosure',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('path', models.CharField(max_length=200)),
                ('digest', models.CharField(max_length=43)),
                ('text', models.TextField(null=True)),
                ('erased_by', models.BigIntegerField(null=True)),
                ('entry', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name='disclosures', to='audits.entry')),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('erased_by__isnull', False), ('text__isnull', True)), models.Q(('erased_by__isnull', True), ('text__isnull', False)), _connector='OR'), name='erased_by_an_entry')],
            },
        ),
    ]
