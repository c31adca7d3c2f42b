"""Where the trail is sent. No presenter holds a secret but the one that shows a new one."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct, field

from audits.web.presenters.trail import Choice
from profiles.web.presenters.parts import Pill, Problem, When
from profiles.web.presenters.webhooks import NewSecret


class DestinationForm(Struct, frozen=True):
    """What was typed is kept after a refusal, but for secrets."""

    forms: tuple[Choice, ...]
    kind: str = "webhook"
    url: str = ""
    bucket: str = ""
    prefix: str = ""
    region: str = ""
    access_key: str = ""
    errors: Mapping[str, str] = field(default_factory=dict)


class DestinationLine(Struct, frozen=True):
    pk: int
    address: str
    what: str  # "Bucket trails, OCSF in CloudEvents"
    pill: Pill
    progress: str  # "812 of 1,204 entries sent"


class DestinationsPage(Struct, frozen=True):
    destinations: tuple[DestinationLine, ...]
    form: DestinationForm
    problems: tuple[Problem, ...] = ()


class Fact(Struct, frozen=True):
    label: str
    text: str
    when: When | None = None


class DestinationPage(Struct, frozen=True):
    line: DestinationLine
    state: str  # a sentence
    is_stopped: bool
    facts: tuple[Fact, ...]
    form: DestinationForm
    next: int  # the place of what comes next
    place: str = ""
    since: str = ""
    replay_error: str = ""
    secret: NewSecret | None = None
    problems: tuple[Problem, ...] = ()
