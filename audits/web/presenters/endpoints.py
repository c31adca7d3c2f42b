"""Endpoints. No presenter holds a key."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct
from msgspec import field as fresh

from audits.web.presenters.trail import Choice
from profiles.web.presenters.parts import Crumb, Message, Pill, Problem, When


class EndpointForm(Struct, frozen=True):
    """What was typed is kept after a refusal, but for the key."""

    dialects: tuple[Choice, ...]
    name: str = ""
    url: str = ""
    model: str = ""
    rehearsal: bool = False
    errors: Mapping[str, str] = fresh(default_factory=dict)


class PriceField(Struct, frozen=True):
    id: str
    name: str
    label: str
    hint: str
    value: str
    error: str = ""


class EndpointCard(Struct, frozen=True):
    pk: int
    name: str
    what: str  # "OpenAI format, model gpt-5"
    address: str
    key: Pill
    rehearsal: bool
    made: When
    by: str
    used: str  # how often it was tested or judged
    tried: Message | None = None  # what came of the test that was just made
    answer: str = ""  # what the model said then
    models: tuple[str, ...] = ()
    key_error: str = ""
    prices: str = ""  # "3.00 USD in and 15.00 USD out for a million tokens"; empty where nobody gave any
    price_fields: tuple[PriceField, ...] = ()
    prices_refused: bool = False

    @property
    def field(self) -> str:
        """The id of the field for its next key."""
        return f"key-{self.pk}"


class EndpointsPage(Struct, frozen=True):
    crumbs: tuple[Crumb, ...]
    endpoints: tuple[EndpointCard, ...]
    form: EndpointForm
    problems: tuple[Problem, ...] = ()
