"""An alarm: what is broken, and what can be done about it."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct, field

from profiles.web.presenters.parts import Action, Crumb, Message, Pill, Problem, When


class Broken(Struct, frozen=True):
    """One commitment that the model does not keep."""

    name: str
    key: str
    kind: str  # "Bright line: nobody may allow it"
    share: str  # "0 of 8 trials keep it"
    href: str  # to the trials that fail


class Tightened(Struct, frozen=True):
    """What the draft would say."""

    name: str
    key: str
    before: str
    after: str


class AlarmPage(Struct, frozen=True):
    pk: int
    title: str
    crumbs: tuple[Crumb, ...]
    pill: Pill
    lead: str
    when: When
    run: Action
    broken: tuple[Broken, ...]
    answer: Message | None = None  # how it was answered
    answered: When | None = None
    honest: str = ""  # what an instruction cannot do
    tightened: tuple[Tightened, ...] = ()
    tighten_href: str = ""
    no_tightening: str = ""
    back: str = ""
    back_action: Action | None = None
    stop: str = ""
    actions: tuple[Action, ...] = ()
    acknowledge_href: str = ""
    cannot: str = ""  # why this person cannot acknowledge it
    refusal: Message | None = None  # of a write that no field can show
    reason: str = ""
    errors: Mapping[str, str] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
