"""``endpoints``: the models that an organization tests its products on. Their keys are in no answer."""

from __future__ import annotations

from typing import Final

from audits.api.v1.suites import TAG
from audits.models import Endpoint
from profiles.access import Permission, Scope
from profiles.actions.endpoints import prices_of, shown, told_prices
from profiles.api.kit.asking import Asked
from profiles.api.kit.operation import Answer, operation
from profiles.api.kit.paging import PAGES, page_of
from profiles.api.kit.shapes import choice, listing, moment, or_null, plain, refer, shape
from profiles.api.shapes import Json
from profiles.resolution.document import instant

shape(
    "Prices",
    {
        "input": plain("string", "Of a million tokens that go in: a decimal number."),
        "output": plain("string", "Of a million tokens that come out: a decimal number."),
        "currency": plain("string", "ISO 4217."),
    },
    "What a model costs. null where nobody gave prices, and nothing is said of money.",
)
shape(
    "Endpoint",
    {
        "id": plain("integer"),
        "name": plain("string"),
        "dialect": choice(Endpoint.Dialect.values, "Whose requests it understands."),
        "address": plain("string", "Without what may be a secret in it."),
        "model": plain("string", "As it names it."),
        "rehearsal": plain("boolean", "Whether its answers are canned."),
        "prices": or_null(refer("Prices")),
        "created_at": moment("When it was added."),
    },
    "A model, and how it is reached.",
)
listing("Endpoint")
_EXAMPLE: Final[Json] = {
    "id": 2,
    "name": "Claude in production",
    "dialect": "anthropic",
    "address": "https://api.anthropic.com/",
    "model": "claude-opus-5",
    "rehearsal": False,
    "prices": {"input": "5", "output": "25", "currency": "USD"},
    "created_at": "2026-11-23T10:00:00Z",
}


def _shown(row: Endpoint) -> Json:
    return {"id": row.pk, **shown(row), **told_prices(prices_of(row)), "created_at": instant(row.created_at)}


@operation(
    id="endpoints_list",
    tag=TAG,
    scope=Scope.READ,
    summary="Endpoints",
    description="The models that runs can ask; the newest first. They are added on their page, by those who may.",
    answers="EndpointList",
    example={"items": [_EXAMPLE], "next": None},
    parameters=PAGES,
)
def list_endpoints(asked: Asked) -> Answer:
    asked.actor.require(Permission.VIEW)
    return Answer(page_of(asked, Endpoint.objects.of(asked.actor).filter(removed_at=None), _shown))
