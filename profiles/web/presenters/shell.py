"""The frame around every signed-in page: rail, switchers, counts. A context processor fills it as ``shell``."""

from __future__ import annotations

from msgspec import Struct

from profiles.web.presenters.help import Shortcut
from profiles.web.presenters.parts import Person


class ProductLink(Struct, frozen=True):
    slug: str
    name: str
    current: bool = False

    @property
    def mark(self) -> str:
        return self.name[:1].upper()


class OrganizationLink(Struct, frozen=True):
    slug: str
    name: str
    current: bool = False


class Shell(Struct, frozen=True):
    """``current`` names the page in the rail: home, product, profile, place, versions, history, simulate,
    product_settings, reviews, trail, rulebooks, attestations, baseline, holds, members, environments, api_keys,
    webhooks, settings, inbox, notifications, or nothing."""

    person: Person
    organization: str
    organizations: tuple[OrganizationLink, ...] = ()
    products: tuple[ProductLink, ...] = ()
    product: ProductLink | None = None  # the one whose pages the rail offers
    current: str = ""
    has_draft: bool = False  # of ``product``
    waiting: int = 0  # reviews that wait for this person
    settings: bool = True  # may see Members and API keys
    help: str = ""  # the address of the help on this page
    shortcuts: tuple[Shortcut, ...] = ()
    single_keys: bool = True  # whether shortcuts of one key do anything
    webhooks: bool = False  # may manage webhooks
    unread: int = 0  # notices in the inbox
