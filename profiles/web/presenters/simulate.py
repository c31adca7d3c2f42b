"""What a client would get, layer by layer; and what would have to change for something else."""

from __future__ import annotations

from msgspec import Struct

from profiles.web.presenters.freshness import Freshness, Tested
from profiles.web.presenters.history import Choice
from profiles.web.presenters.parts import Action, Crumb, Message, When


class StepLine(Struct, frozen=True):
    """What one layer did to a behavior."""

    layer: str  # "Platform", "Law"
    value: str
    window: str
    text: str  # what it did: "Sets On", "Narrows to only Off", "Says nothing"
    because: str = ""
    source: str = ""  # the citation in words
    href: str = ""
    speaks: bool = True


class SimulatedRow(Struct, frozen=True):
    key: str
    name: str
    value: str
    decided: str
    steps: tuple[StepLine, ...]
    clamped: str = ""  # why a wish was not honored
    possible_href: str = ""
    tested: Tested | None = None


class SimulatedGroup(Struct, frozen=True):
    name: str
    rows: tuple[SimulatedRow, ...]


class ClampLine(Struct, frozen=True):
    name: str
    layer: str
    text: str  # "Wanted On, got Off"
    because: str
    href: str


class PreferenceField(Struct, frozen=True):
    """A behavior that users may change. Without ``choices`` its value is typed."""

    key: str
    name: str
    choices: tuple[Choice, ...]
    value: str = ""
    hint: str = ""


class SimulatePage(Struct, frozen=True):
    slug: str
    crumbs: tuple[Crumb, ...]
    subjects: tuple[Choice, ...]
    platforms: tuple[Choice, ...]
    when: str
    zone: str
    attestations: tuple[Choice, ...]
    preferences: tuple[PreferenceField, ...]
    preferences_set: int
    pasted: str
    query: str  # the filter
    errors: dict[str, str]
    title: str = ""
    at: When | None = None
    valid_until: When | None = None
    messages: tuple[Message, ...] = ()
    fresh: tuple[Freshness, ...] = ()  # what runs say of it
    groups: tuple[SimulatedGroup, ...] = ()
    count: str = ""
    clamps: tuple[ClampLine, ...] = ()
    instructions: str = ""
    vendor: str = ""  # the vendor's settings as JSON
    possible_href: str = ""


class WayStep(Struct, frozen=True):
    text: str
    who: str
    action: Action | None = None


class WayCard(Struct, frozen=True):
    """One set of changes, in the order in which they are made; and what a version of it needs then."""

    title: str
    steps: tuple[WayStep, ...]
    needs: tuple[str, ...]


class PossiblePage(Struct, frozen=True):
    slug: str
    crumbs: tuple[Crumb, ...]
    subjects: tuple[Choice, ...]
    platforms: tuple[Choice, ...]
    behaviors: tuple[tuple[str, tuple[Choice, ...]], ...]  # by group
    layers: tuple[Choice, ...]
    values: tuple[Choice, ...]  # empty where the value is typed
    value: str
    hint: str
    chosen: str  # the key
    error: str = ""
    title: str = ""
    lead: str = ""
    tone: str = ""  # ok, warn, bad
    because: str = ""
    source: str = ""
    source_href: str = ""
    ways: tuple[WayCard, ...] = ()
    simulate_href: str = ""
