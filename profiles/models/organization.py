from __future__ import annotations

from typing import Any

from django.db import models

from profiles.access import Scoped


class Organization(models.Model):
    """An operator: the tenant. Nothing of one organization is visible to another."""

    ORGANIZATION = "id"

    slug = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=120)
    # The baseline: what the organization sets and leaves to all of its products.
    settings = models.JSONField(default=dict)
    windows = models.JSONField(default=dict)
    created_at = models.DateTimeField()

    objects = Scoped.as_manager()

    class Meta:
        ordering = ("slug",)

    def __str__(self) -> str:
        return self.slug


class Environment(models.Model):
    """Where versions become active: staging, production, …"""

    ORGANIZATION = "organization"

    organization = models.ForeignKey(Organization, models.PROTECT, related_name="environments")
    slug = models.SlugField(max_length=40)
    name = models.CharField(max_length=60)
    approvals_needed = models.PositiveSmallIntegerField(default=1)
    tightening_at_once = models.BooleanField(default=True)  # what only becomes stricter is reviewed afterwards
    run_days = models.PositiveSmallIntegerField(null=True)  # how old a passing run may be; None: none is asked for
    position = models.PositiveSmallIntegerField(default=0)

    objects = Scoped.as_manager()

    class Meta:
        ordering = ("position", "slug")
        constraints = (
            models.UniqueConstraint(fields=("organization", "slug"), name="environment_slug_once"),
            # Four eyes: no environment takes a version that nobody but its author has seen.
            models.CheckConstraint(condition=models.Q(approvals_needed__gte=1), name="environment_four_eyes"),
            models.CheckConstraint(
                condition=models.Q(run_days=None) | models.Q(run_days__gte=1), name="environment_days_of_a_run"
            ),
        )

    def __str__(self) -> str:
        return self.slug

    @property
    def rules(self) -> dict[str, Any]:
        """What it is called and asks for."""
        return {
            "name": self.name,
            "approvals_needed": self.approvals_needed,
            "tightening_at_once": self.tightening_at_once,
            "run_days": self.run_days,
        }

    @property
    def rules_tag(self) -> str:
        """Stands for ``rules`` in a form, so that a stale one is noticed."""
        return f"{self.approvals_needed}:{int(self.tightening_at_once)}:{self.run_days or 0}:{self.name}"
