"""Organizations as stewards see them, and the form for a new one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Self

from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from profiles.models import Organization
from profiles.web.moments import day_words
from profiles.web.pages.typed import TypedForm, texts
from profiles.web.presenters.members import NewLink
from profiles.web.presenters.organizations import OrganizationForm, OrganizationLine, OrganizationsPage
from profiles.web.presenters.parts import Pill, When


@dataclass(frozen=True, slots=True)
class TypedOrganization(TypedForm):
    """What the form held, kept after a refusal."""

    organization: str = ""
    slug: str = ""
    name: str = ""
    email: str = ""

    @classmethod
    def of(cls, form: QueryDict) -> Self:
        return cls(**texts(form, "organization", "slug", "name", "email"))


def build_organizations(
    rows: Sequence[Organization], typed: TypedOrganization, now: datetime, new: NewLink | None = None
) -> OrganizationsPage:
    return OrganizationsPage(
        lead=_(
            "Each is a tenant of its own: nothing of one is visible to another, and none of their work to stewards."
        ),
        lines=tuple(_line(row, now) for row in rows),
        form=OrganizationForm(
            organization=typed.organization,
            slug=typed.slug,
            name=typed.name,
            email=typed.email,
            slug_error=typed.errors.get("slug", ""),
            email_error=typed.errors.get("email", ""),
            name_error=typed.errors.get("name", ""),
            organization_error=typed.errors.get("organization", ""),
        ),
        new=new,
        problems=typed.problems(
            "organizations",
            labels={
                "organization": _("Name of the organization"),
                "slug": _("Name in addresses"),
                "name": _("Name of the administrator"),
                "email": _("E-mail"),
            },
        ),
    )


def _line(row: Organization, now: datetime) -> OrganizationLine:
    members = len(row.members.all())
    ready = any(member.user.has_usable_password() for member in row.members.all())
    return OrganizationLine(
        slug=row.slug,
        name=row.name,
        members=ngettext("%(n)d member", "%(n)d members", members) % {"n": members},
        since=When.of(row.created_at, now),
        since_day=day_words(row.created_at.astimezone(UTC).date()),
        pill=None if ready else Pill("warn", _("Nobody has signed in yet") if members else _("Nobody looks after it")),
    )
