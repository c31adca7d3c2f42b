"""A recheck while it runs and when it is done: what a rulebook revision would change, product by product."""

from __future__ import annotations

from msgspec import Struct

from profiles.web.presenters.parts import Action, Crumb, Message, Pill, When


class ChangeLine(Struct, frozen=True):
    """One behavior on one platform. ``why`` is the reason in a few words, ``because`` the rulebook's own sentence."""

    name: str
    key: str
    platform: str
    before: str
    after: str
    direction: str  # for the class
    direction_text: str
    why: str
    because: str


class Hit(Struct, frozen=True):
    """One product that would change. ``organization`` is empty for its own people."""

    product: str
    href: str
    organization: str
    version: str  # "Version 7, which is live"
    pill: Pill
    lines: tuple[ChangeLine, ...]
    refused: str = ""  # settings that no platform would honor any more


class Count(Struct, frozen=True):
    """How many products go into one direction; a link that shows those alone."""

    text: str
    count: int
    href: str
    current: bool = False


class Bar(Struct, frozen=True):
    """``done`` of ``total``, said in ``text`` too."""

    done: int
    total: int
    text: str


class RecheckPage(Struct, frozen=True):
    pk: int
    title: str
    crumbs: tuple[Crumb, ...]
    lead: str
    pill: Pill
    bar: Bar
    requested: When
    requested_by: str
    finished: When | None
    counts: tuple[Count, ...]
    hits: tuple[Hit, ...]
    empty: str  # the sentence where no product is listed
    here: str  # its own address
    poll_href: str = ""  # where a running one is asked again
    more_href: str = ""
    first_href: str = ""
    messages: tuple[Message, ...] = ()
    again_href: str = ""  # posts: a preview of the draft as it is now
    back: Action | None = None
    quarter: int = 0  # how far it is in steps of 25 %, each of which is announced once
