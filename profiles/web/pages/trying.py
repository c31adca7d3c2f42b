"""What a client would get now: answered by the code that answers clients, and explained layer by layer."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _
from msgspec import Struct

from profiles import queries
from profiles.access import Actor
from profiles.errors import DomainError
from profiles.models import ApiKey, Product, PublishedProfile
from profiles.serving import answers, bodies
from profiles.serving.held import held_of, prepared_of
from profiles.web.pages.asked import ACTIVE, MOST
from profiles.web.pages.client_places import ClientPlace, read_place
from profiles.web.pages.connect import example_of
from profiles.web.pages.simulate import simulate_page
from profiles.web.pages.states import crumbs
from profiles.web.presenters.clients import TryPage
from profiles.web.presenters.history import Choice
from profiles.web.presenters.parts import Message, When
from profiles.web.presenters.simulate import SimulatePage

_SHOWN: Final = ("ETag", "Cache-Control", "Content-Type")
# Of the document beside the one behavior.
_MEMBERS: Final = ("product", "environment", "platform", "version", "activated_at", "valid_until", "digest", "clamped")


class Got(Struct, frozen=True):
    answer: answers.Answer
    row: PublishedProfile


def try_page(actor: Actor, product: Product, query: QueryDict, now: datetime) -> TryPage:
    place = read_place(actor, product, query)
    behaviors = place.stored.behaviors
    key = query.get("behavior", "")
    key = key if key in behaviors else example_of(product, place, now).key
    pasted = query.get("preferences", "")[: MOST + 1]
    page: dict[str, Any] = {
        "slug": product.slug,
        "crumbs": crumbs(product),
        "environments": place.environment_choices(),
        "platforms": place.platform_choices(),
        "behaviors": tuple(Choice(each, behaviors[each].name, each == key) for each in sorted(behaviors)),
        "pasted": pasted[:MOST],
        "errors": {},
    }
    try:
        got = _ask(product, place, pasted, now)
    except DomainError as error:
        return TryPage(**page, refused=_refused(error))
    asked = _question(place, key, pasted)
    found = simulate_page(actor, product, asked, now)
    if found.errors:
        return TryPage(**{**page, "errors": found.errors})
    return TryPage(**page, **_answered(place, got, key, pasted, now), **_explained(product, asked, found, key))


def _ask(product: Product, place: ClientPlace, pasted: str, now: datetime) -> Got:
    """As a client key of this product and environment.

    Raises:
        DomainError: what a client would be told.
    """
    row = queries.published(ApiKey(product=product, environment=place.environment), place.platform, now)
    if not pasted.strip():
        held = held_of(row)
        return Got(answers.answer(answers.represent(held, answers.PROFILE, ""), held, now.timestamp(), ""), row)
    wanted = bodies.preferences(f'{{"preferences": {pasted}}}'.encode("utf-8", "surrogatepass"))
    return Got(answers.personal(prepared_of(row).document(wanted)), row)


def _refused(error: DomainError) -> Message:
    lead = _("%(status)d %(code)s:") % {"status": error.status, "code": error.code}
    return Message("warn", error.message, lead)


def _question(place: ClientPlace, key: str, pasted: str) -> QueryDict:
    """The same as a question to a simulation."""
    asked = QueryDict(mutable=True)
    asked["of"], asked["platform"], asked["q"] = f"{ACTIVE}{place.environment.slug}", place.platform, key
    if pasted.strip():
        asked["preferences"] = pasted
    return asked


def _answered(place: ClientPlace, got: Got, key: str, pasted: str, now: datetime) -> Mapping[str, Any]:
    query = f"?platform={place.named}" if place.named else ""
    sent = {name: value for name, value in got.answer.headers if name in _SHOWN}
    return {
        "request": f"POST /api/v1/profile/resolve{query}" if pasted.strip() else f"GET /api/v1/profile{query}",
        "status": "200 OK",
        "headers": tuple((name, sent[name]) for name in _SHOWN if name in sent),
        "body": json.dumps(_excerpt(json.loads(got.answer.body), key), indent=2, ensure_ascii=False),
        "valid_until": When.of(got.row.valid_until, now) if got.row.valid_until else None,
    }


def _excerpt(document: dict[str, Any], key: str) -> dict[str, Any]:
    behavior = document["behaviors"].get(key)
    told: dict[str, Any] = {name: document[name] for name in _MEMBERS if name in document}
    return {**told, "behaviors": {key: behavior} if behavior else {}}


def _explained(product: Product, asked: QueryDict, found: SimulatePage, key: str) -> Mapping[str, Any]:
    rows = {row.key: row for group in found.groups for row in group.rows}
    return {
        "clamps": tuple(line for line in found.clamps if asked.get("preferences")),
        "row": rows.get(key),
        "simulate_href": f"{reverse('simulate', args=[product.slug])}?{asked.urlencode()}",
    }
