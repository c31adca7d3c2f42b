"""Suites that organizations make: drafts, whose probes change one by one."""

from importlib import import_module

import django.db.models.deletion
from django.db import migrations, models

need_entry = import_module("profiles.migrations.0018_no_change_without_entry").need_entry


class Migration(migrations.Migration):

    dependencies = [
        ('audits', '0027_departures'),
        ('profiles', '0018_no_change_without_entry'),
    ]

    operations = [
        migrations.CreateModel(
            name='SuiteDraft',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('slug', models.SlugField(max_length=60)),
                ('title', models.CharField(max_length=200)),
                ('note', models.TextField(blank=True)),
                ('questions', models.JSONField(default=dict)),
                ('untestable', models.JSONField(default=list)),
                ('report', models.JSONField(default=list)),
                ('report_of', models.CharField(blank=True, max_length=200)),
                ('revision', models.PositiveIntegerField(default=0)),
                ('head_revision', models.PositiveIntegerField(default=0)),
                ('head_by', models.CharField(max_length=120)),
                ('head_by_id', models.CharField(max_length=60)),
                ('started_at', models.DateTimeField()),
                ('started_by', models.CharField(max_length=120)),
                ('updated_at', models.DateTimeField()),
                ('organization', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='suite_drafts', to='profiles.organization')),
                ('published', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='audits.suite')),
            ],
            options={
                'ordering': ('slug',),
            },
        ),
        migrations.CreateModel(
            name='DraftProbe',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('position', models.PositiveIntegerField()),
                ('name', models.CharField(max_length=80)),
                ('body', models.JSONField()),
                ('size', models.PositiveIntegerField()),
                ('faults', models.PositiveIntegerField()),
                ('revision', models.PositiveIntegerField()),
                ('changed_by', models.CharField(max_length=120)),
                ('changed_by_id', models.CharField(max_length=60)),
                ('changed_at', models.DateTimeField()),
                ('draft', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='probes', to='audits.suitedraft')),
            ],
            options={
                'ordering': ('position', 'pk'),
            },
        ),
        migrations.AddConstraint(
            model_name='suitedraft',
            constraint=models.UniqueConstraint(fields=('organization', 'slug'), name='suite_draft_once'),
        ),
        migrations.AddConstraint(
            model_name='draftprobe',
            constraint=models.UniqueConstraint(fields=('draft', 'name'), name='draft_probe_once'),
        ),
        *(need_entry(f"audits_{table}", ()) for table in ("suitedraft", "draftprobe")),
    ]
