"""The frame around every signed-in page: rail, switchers, counts. A context processor fills it as ``shell``."""

from __future__ import annotations

from dataclasses import dataclass

from profiles.web.presenters.parts import Person


@dataclass(frozen=True, slots=True)
class ProductLink:
    slug: str
    name: str
    current: bool = False

    @property
    def mark(self) -> str:
        return self.name[:1].upper()


@dataclass(frozen=True, slots=True)
class OrganizationLink:
    slug: str
    name: str
    current: bool = False


@dataclass(frozen=True, slots=True)
class Shell:
    """``current`` names the page in the rail: home, product, profile, place, versions, reviews, trail,
    rulebooks, attestations, baseline, holds, members, api_keys, webhooks, inbox, notifications, or nothing."""

    person: Person
    organization: str
    organizations: tuple[OrganizationLink, ...] = ()
    products: tuple[ProductLink, ...] = ()
    product: ProductLink | None = None  # the one whose pages the rail offers
    current: str = ""
    has_draft: bool = False  # of ``product``
    waiting: int = 0  # reviews that wait for this person
    settings: bool = True  # may see Members and API keys
    webhooks: bool = False  # may manage webhooks
    unread: int = 0  # notices in the inbox
