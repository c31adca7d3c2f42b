"""``products``: listed, made, called something else, moved."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import Any, Final

from django.utils.translation import gettext as _

from profiles.access import Scope
from profiles.actions.products import create_product, update_product
from profiles.api.kit.asking import Asked
from profiles.api.kit.operation import Answer, Refusal, operation
from profiles.api.kit.paging import PAGES, page_of
from profiles.api.kit.shapes import enter, listing, moment, plain, shape, text
from profiles.api.shapes import Json, exact
from profiles.api.v1.management.shapes import FACTS, NUMBER, OR_NUMBER, SLUG, product_of
from profiles.errors import InvalidInput, NotFound
from profiles.models import Organization, Product
from profiles.queries import active_by_product, newest_numbers
from profiles.resolution.document import instant

_PLACE: Final[Json] = {
    "facts": FACTS,
    "platforms": {
        "type": "array",
        "items": SLUG,
        "minItems": 1,
        "maxItems": 20,
        "description": "The platforms that it runs on; clients that name none get the first one.",
    },
    "model_names": {
        "type": "object",
        "description": "The models that it uses, by platform, as people call them.",
        "maxProperties": 20,
        "additionalProperties": {"type": "array", "items": text(80), "maxItems": 20},
    },
}
_WORDS: Final[Json] = {"name": text(120, least=1), "description": text(300)}
shape(
    "Product",
    {
        "slug": plain("string"),
        "organization": plain("string", "Its organization's slug."),
        **_WORDS,
        **_PLACE,
        "active": {
            "type": "object",
            "description": "The number of the active version by environment; nothing for one that has none.",
            "additionalProperties": NUMBER,
        },
        "newest_version": OR_NUMBER,
        "created_at": moment("When it was made."),
    },
    "One deployment of an organization.",
)
listing("Product")
shape(
    "NewProduct",
    {"slug": SLUG, **_WORDS, **_PLACE, "copy_of": {**SLUG, "description": "A product to take the settings of."}},
    "A product to be made. Its draft has everything at the platforms' defaults, or says what another product says.",
    optional=("description", "model_names", "copy_of"),
)
enter(
    "ProductChange",
    {
        **exact({**_WORDS, **_PLACE}, "What is to change. What is not named stays.", optional=(*_WORDS, *_PLACE)),
        "minProperties": 1,
    },
)

EXAMPLE: Final[Json] = {
    "slug": "after-dark",
    "organization": "night-owl-press",
    "name": "After Dark",
    "description": "Fiction for adults.",
    "facts": {"audience": "adults"},
    "platforms": ["anthropic", "openai"],
    "model_names": {"anthropic": ["claude-opus"]},
    "active": {"production": 7, "staging": 8},
    "newest_version": 8,
    "created_at": "2026-11-01T09:00:00Z",
}
_NO_PLATFORM: Final = "Name one or more platforms whose rulebook is loaded here, each once."
_UNACCEPTABLE: Final = Refusal(422, "invalid", "Not acceptable", _NO_PLATFORM, {"platforms": [_NO_PLATFORM]})
_TAG: Final = "Products"


def shown(product: Product) -> Json:
    return _all_shown([product])[0]


def _all_shown(products: Sequence[Product]) -> list[Json]:
    """With two queries, however many there are."""
    current = active_by_product(products)
    newest = newest_numbers(products)
    return [_shown(each, current.get(each.pk, {}), newest.get(each.pk)) for each in products]


def _shown(product: Product, current: Json, newest: int | None) -> Json:
    return {
        "slug": product.slug,
        "organization": product.organization.slug,
        "name": product.name,
        "description": product.description,
        **product.place,
        "active": current,
        "newest_version": newest,
        "created_at": instant(product.created_at),
    }


def _tag(body: Json) -> str:
    return f'"{hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()[:32]}"'


def _answer(product: Product, status: int = 200, location: str = "") -> Answer:
    body = shown(product)
    return Answer(body, status, _tag(body), location)


@operation(
    id="products_list",
    tag=_TAG,
    scope=Scope.READ,
    summary="Products",
    description="The products of the organization, by slug.",
    answers="ProductList",
    example={"items": [EXAMPLE], "next": None},
    parameters=PAGES,
)
def list_products(asked: Asked) -> Answer:
    rows = Product.objects.of(asked.actor).select_related("organization")
    page = page_of(asked, rows, lambda row: row, by="slug", descending=False)
    return Answer({**page, "items": _all_shown(page["items"])})


@operation(
    id="products_create",
    method="POST",
    tag=_TAG,
    scope=Scope.PRODUCTS,
    status=201,
    summary="Create a product",
    description="It has a draft, and nothing is live before somebody else reviewed a version of it.",
    answers="Product",
    example={**EXAMPLE, "active": {}, "newest_version": None},
    takes="NewProduct",
    given={"slug": "after-dark", "name": "After Dark", "facts": {"audience": "adults"}, "platforms": ["anthropic"]},
    refusals=(_UNACCEPTABLE,),
)
def create(asked: Asked) -> Answer:
    body = dict(asked.body)
    copy_of = body.pop("copy_of", None)
    made = create_product(
        Organization.objects.of(asked.actor).one(),
        **body,
        copy_of=_original(asked, copy_of) if copy_of else None,
        by=asked.actor,
        now=asked.now,
    )
    return _answer(made, 201, f"/api/v1/products/{made.slug}")


def _original(asked: Asked, slug: str) -> Product:
    try:
        return product_of(asked.actor, slug)
    except NotFound:
        message = _("There is no such product here.")
        raise InvalidInput(message, fields={"copy_of": [message]}) from None


@operation(
    id="products_get",
    tag=_TAG,
    scope=Scope.READ,
    summary="One product",
    description="For whom and where it runs, and what is active. Keep its ETag to change it.",
    answers="Product",
    example=EXAMPLE,
)
def get_product(asked: Asked, slug: str) -> Answer:
    return _answer(product_of(asked.actor, slug))


@operation(
    id="products_change",
    method="PATCH",
    tag=_TAG,
    scope=Scope.WRITE,
    summary="Change a product",
    description=(
        "All of it or nothing. Name and description need the scope products, the rest the scope write. Clients get "
        "other facts and platforms with the next version, which somebody else reviews."
    ),
    answers="Product",
    example=EXAMPLE,
    takes="ProductChange",
    given={"facts": {"audience": "adults"}, "platforms": ["anthropic", "openai"]},
    guarded=True,
    refusals=(_UNACCEPTABLE,),
)
def change(asked: Asked, slug: str) -> Answer:
    product = product_of(asked.actor, slug)
    product = (
        Product.objects.of(asked.actor)
        .select_for_update(of=("self",))
        .select_related("organization")
        .one(pk=product.pk)
    )
    asked.need_match(_tag(shown(product)))
    changes: dict[str, Any] = asked.body
    return _answer(update_product(product, changes=changes, by=asked.actor, now=asked.now))
