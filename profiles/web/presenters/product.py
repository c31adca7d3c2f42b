"""One product: what is active where, the open draft, what is known of it, and its history."""

from __future__ import annotations

from msgspec import Struct

from profiles.web.presenters.affected import Affected
from profiles.web.presenters.freshness import Freshness
from profiles.web.presenters.parts import Action, Check, Crumb, Message, Person, Pill, When


class EnvironmentCard(Struct, frozen=True):
    """``version`` is "Version 14", or empty where nothing is active."""

    name: str
    version: str
    href: str = ""
    by: Person | None = None
    when: When | None = None
    reason: str = ""
    valid_until: When | None = None  # when the served profile stops being valid
    digest: str = ""  # shortened
    actions: tuple[Action, ...] = ()  # promote what an earlier environment serves, go back to what was served before
    reached: str = ""  # "3 of 4 clients have fetched this version."
    scheduled: str = ""  # "Version 15 follows on 1 Dec 2026, 08:00 UTC"


class DraftCard(Struct, frozen=True):
    """The open draft, or the sentence that there is none."""

    title: str  # "3 changes"
    text: str  # "2 looser, 1 stricter. Last edited by Jana Sommer."
    when: When | None = None
    pills: tuple[Pill, ...] = ()
    action: Action | None = None


class Above(Struct, frozen=True):
    """One thing above the product that narrows it: a law pack, a hold, the organization baseline. ``text`` is why."""

    label: str  # "Law pack", "On hold", "Organization baseline"
    name: str
    href: str
    text: str
    icon: str
    note: str = ""  # who and when, or from when on


class Known(Struct, frozen=True):
    """One line of the conformance card: what is known ("Instructed", "Limits check", "Tested"), and no more."""

    label: str
    text: str
    tone: str = "neutral"
    icon: str = "info"
    when: When | None = None
    href: str = ""
    href_text: str = ""  # empty: it leads to an entry of the trail


class VersionLine(Struct, frozen=True):
    number: int
    href: str
    note: str
    author: Person
    when: When
    pills: tuple[Pill, ...] = ()  # active in production, waiting for review, restored from v12
    compare_href: str = ""  # to the one before


class ActivationLine(Struct, frozen=True):
    environment: str
    text: str  # "Version 14, from version 13"
    reason: str
    person: Person
    when: When
    href: str = ""


class ApiHint(Struct, frozen=True):
    """``command`` is a curl line that works when the key is put in; never a real key."""

    command: str
    text: str
    keys_href: str = ""
    docs_href: str = ""


class ProductPage(Struct, frozen=True):
    slug: str
    name: str
    crumbs: tuple[Crumb, ...]
    lead: str
    facts: tuple[tuple[str, str], ...]  # ("Audience", "Clinicians")
    environments: tuple[EnvironmentCard, ...]
    draft: DraftCard
    known: tuple[Known, ...]
    check: Check | None = None  # the newest one of what is active
    can_check: bool = False  # may ask for a limits check now
    versions: tuple[VersionLine, ...] = ()
    activations: tuple[ActivationLine, ...] = ()
    api: ApiHint | None = None
    edit_action: Action | None = None
    pills: tuple[Pill, ...] = ()
    banner: Message | None = None
    alerts: tuple[Message, ...] = ()  # what is live and not reviewed
    place_action: Action | None = None
    above: tuple[Above, ...] = ()
    sample: Message | None = None  # at which stage a sample is
    health: Pill | None = None  # the worst of its checks
    affected: tuple[Affected, ...] = ()  # new rulebook revisions that would change it
    fresh: tuple[Freshness, ...] = ()  # what runs say of what is live
