"""What the page shows on which commitments are made public."""

from __future__ import annotations

from msgspec import Struct

from profiles.web.presenters.parts import Crumb, Problem, When
from profiles.web.presenters.settings import Choice


class Published(Struct, frozen=True):
    """What anybody can read now."""

    page: str  # paths
    data: str
    badge: str
    page_address: str  # the same as others write them
    data_address: str
    embed: str  # HTML that shows the badge
    environment: str
    since: When


class CommitmentsPage(Struct, frozen=True):
    slug: str
    name: str
    crumbs: tuple[Crumb, ...]
    lead: str
    published: Published | None
    environments: tuple[Choice, ...] = ()  # in which something is active
    can_change: bool = False
    no_form: str = ""
    reason: str = ""
    reason_error: str = ""
    environment_error: str = ""
    problems: tuple[Problem, ...] = ()
