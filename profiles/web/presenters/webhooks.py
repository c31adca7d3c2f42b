"""Webhooks, and the log of what was sent to them. No presenter holds a secret but the one that shows a new one."""

from __future__ import annotations

from dataclasses import dataclass

from profiles.web.presenters.parts import Pager, Pill, Problem, When


@dataclass(frozen=True, slots=True)
class WebhookLine:
    pk: int
    address: str
    description: str
    events: str  # "3 events"
    pill: Pill
    counts: str  # "120 arrived, 2 wait"
    created: When
    created_by: str


@dataclass(frozen=True, slots=True)
class EventOption:
    value: str
    label: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class EventGroup:
    name: str
    events: tuple[EventOption, ...]


@dataclass(frozen=True, slots=True)
class WebhookForm:
    """What was typed is kept after a refusal."""

    groups: tuple[EventGroup, ...]
    url: str = ""
    description: str = ""
    url_error: str = ""
    description_error: str = ""
    events_error: str = ""
    local: str = ""  # said where receivers on this machine are fine


@dataclass(frozen=True, slots=True)
class NewSecret:
    """A secret that was just made. Its text exists in this one answer and nowhere else."""

    text: str
    note: str = ""  # how long the one before it still signs

    def __repr__(self) -> str:
        return "NewSecret()"  # never the text: a repr ends up in logs


@dataclass(frozen=True, slots=True)
class WebhooksPage:
    lead: str
    webhooks: tuple[WebhookLine, ...]
    form: WebhookForm
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class DeliveryLine:
    pk: int
    type: str
    event_id: str
    pill: Pill
    when: When
    attempts: str  # "2 attempts"
    last: str = ""  # what came of the last one
    next: When | None = None
    can_replay: bool = False


@dataclass(frozen=True, slots=True)
class WebhookPage:
    pk: int
    address: str
    description: str
    pill: Pill
    state: str  # a sentence
    is_enabled: bool
    events: tuple[str, ...]
    form: WebhookForm
    deliveries: tuple[DeliveryLine, ...]
    pager: Pager
    both_until: When | None
    earliest: str  # the first instant that a replay may name, for the field
    latest: str
    since: str = ""
    since_error: str = ""
    secret: NewSecret | None = None
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class AttemptLine:
    number: int
    when: When
    tone: str
    result: str
    took: str
    address: str = ""
    answer: str = ""


@dataclass(frozen=True, slots=True)
class DeliveryPage:
    webhook: int
    address: str
    line: DeliveryLine
    state: str
    body: str
    attempts: tuple[AttemptLine, ...]
