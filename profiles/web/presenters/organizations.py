"""The organizations of an installation, for stewards."""

from __future__ import annotations

from dataclasses import dataclass

from profiles.web.presenters.members import NewLink
from profiles.web.presenters.parts import Pill, Problem, When


@dataclass(frozen=True, slots=True)
class OrganizationLine:
    slug: str
    name: str
    members: str
    since: When
    since_day: str
    pill: Pill | None = None


@dataclass(frozen=True, slots=True)
class OrganizationForm:
    """``name`` and ``email`` are of its first administrator."""

    organization: str
    slug: str
    name: str
    email: str
    organization_error: str = ""
    slug_error: str = ""
    name_error: str = ""
    email_error: str = ""


@dataclass(frozen=True, slots=True)
class OrganizationsPage:
    lead: str
    lines: tuple[OrganizationLine, ...]
    form: OrganizationForm
    new: NewLink | None = None
    problems: tuple[Problem, ...] = ()
