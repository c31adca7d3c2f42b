"""The organizations of an installation, for stewards."""

from __future__ import annotations

from msgspec import Struct

from profiles.web.presenters.members import NewLink
from profiles.web.presenters.parts import Pill, Problem, When


class OrganizationLine(Struct, frozen=True):
    slug: str
    name: str
    members: str
    since: When
    since_day: str
    pill: Pill | None = None


class OrganizationForm(Struct, frozen=True):
    """``name`` and ``email`` are of its first administrator."""

    organization: str
    slug: str
    name: str
    email: str
    organization_error: str = ""
    slug_error: str = ""
    name_error: str = ""
    email_error: str = ""


class OrganizationsPage(Struct, frozen=True):
    lead: str
    lines: tuple[OrganizationLine, ...]
    form: OrganizationForm
    new: NewLink | None = None
    problems: tuple[Problem, ...] = ()
