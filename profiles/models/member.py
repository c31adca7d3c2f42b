from __future__ import annotations

from datetime import UTC, tzinfo
from typing import Any, ClassVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.utils import timezone

from profiles.access import Role, Scoped
from profiles.models.organization import Organization


class UserManager(BaseUserManager["User"]):
    def get_by_natural_key(self, username: str | None) -> User:
        """E-mail addresses are compared without regard to case."""
        return self.get(email__iexact=username)

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user


class User(AbstractBaseUser):
    """A person who signs in. What they may do comes from their memberships; a steward acts for the installation."""

    email = models.EmailField(unique=True)
    name = models.CharField(max_length=120)
    is_active = models.BooleanField(default=True)
    is_steward = models.BooleanField(default=False)
    is_demo = models.BooleanField(default=False)  # refused outside the embedded mode
    # Invited from a page, and nobody has shown yet that they read mail at this address: see ``actions.members``.
    is_unproven = models.BooleanField(default=False)
    language = models.CharField(max_length=10, blank=True, default="")  # empty: as the browser asks
    time_zone = models.CharField(max_length=60, default="UTC")
    digest_hour = models.PositiveSmallIntegerField(default=7, db_default=7)  # of their own clock
    single_keys = models.BooleanField(default=True)  # shortcuts of one key, which get in the way of speech input
    created_at = models.DateTimeField(default=timezone.now)

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    objects = UserManager()

    def __str__(self) -> str:
        return self.email

    @property
    def zone(self) -> tzinfo:
        """The zone that this person reads and types times in; UTC where the stored one is known no more."""
        try:
            return ZoneInfo(self.time_zone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            return UTC

    @property
    def mail_language(self) -> str:
        """Mail has no browser to ask: who chose no language gets the installation's."""
        return self.language if self.language in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE

    @property
    def reads(self) -> str:
        """The language of what is sent to this person, where no browser says one."""
        return self.language or settings.LANGUAGE_CODE


class Member(models.Model):
    """One person's role in one organization; an auditor's ends by itself."""

    ORGANIZATION = "organization"

    organization = models.ForeignKey(Organization, models.PROTECT, related_name="members")
    user = models.ForeignKey(User, models.PROTECT, related_name="memberships")
    role = models.CharField(max_length=20, choices=[(role.value, role.value) for role in Role])
    expires_at = models.DateTimeField(null=True, blank=True)
    hides_first_steps = models.BooleanField(default=False)  # on this person's first page
    created_at = models.DateTimeField()

    objects = Scoped.as_manager()

    class Meta:
        ordering = ("user__name",)
        constraints = (
            models.UniqueConstraint(fields=("organization", "user"), name="member_once"),
            models.CheckConstraint(
                condition=~models.Q(role=Role.AUDITOR.value) | models.Q(expires_at__isnull=False),
                name="member_auditor_expires",
            ),
        )

    def __str__(self) -> str:
        return f"{self.user_id}@{self.organization_id}"
