"""Webhooks, and the log of what was sent to them. No presenter holds a secret but the one that shows a new one."""

from __future__ import annotations

from msgspec import Struct

from profiles.web.presenters.parts import Pager, Pill, Problem, When


class WebhookLine(Struct, frozen=True):
    pk: int
    address: str
    description: str
    events: str  # "3 events"
    pill: Pill
    counts: str  # "120 arrived, 2 wait"
    created: When
    created_by: str


class EventOption(Struct, frozen=True):
    value: str
    label: str
    chosen: bool


class EventGroup(Struct, frozen=True):
    name: str
    events: tuple[EventOption, ...]


class WebhookForm(Struct, frozen=True):
    """What was typed is kept after a refusal."""

    groups: tuple[EventGroup, ...]
    url: str = ""
    description: str = ""
    url_error: str = ""
    description_error: str = ""
    events_error: str = ""
    local: str = ""  # said where receivers on this machine are fine


class NewSecret(Struct, frozen=True):
    """A secret that was just made. Its text exists in this one answer and nowhere else."""

    text: str
    note: str = ""  # how long the one before it still signs

    def __repr__(self) -> str:
        return "NewSecret()"  # never the text: a repr ends up in logs


class WebhooksPage(Struct, frozen=True):
    lead: str
    webhooks: tuple[WebhookLine, ...]
    form: WebhookForm
    problems: tuple[Problem, ...] = ()


class DeliveryLine(Struct, frozen=True):
    pk: int
    type: str
    event_id: str
    pill: Pill
    when: When
    attempts: str  # "2 attempts"
    last: str = ""  # what came of the last one
    next: When | None = None
    can_replay: bool = False


class WebhookPage(Struct, frozen=True):
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


class AttemptLine(Struct, frozen=True):
    number: int
    when: When
    tone: str
    result: str
    took: str
    address: str = ""
    answer: str = ""


class DeliveryPage(Struct, frozen=True):
    webhook: int
    address: str
    line: DeliveryLine
    state: str
    body: str
    attempts: tuple[AttemptLine, ...]
