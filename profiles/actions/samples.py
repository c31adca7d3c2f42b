"""A sample product: real in everything, so that somebody can look around before they have a product of their own."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from django.utils.translation import gettext as _

from audits.trail.kinds import Kind
from profiles.access import Actor, Permission
from profiles.actions.base import action
from profiles.actions.drafts import edit_draft
from profiles.actions.products import create_product
from profiles.actions.versions import submit_version
from profiles.errors import WrongState
from profiles.models import Draft, Organization, Product
from profiles.queries import Stored, latest_of_all, may_review, plan_copy

_SLUG: Final = "sample-assistant"
_FACTS: Final[Mapping[str, Any]] = {"audience": "adults", "surface": ["api"], "jurisdictions": ["eu"]}
# Some stricter and some looser than usual, so that a reviewer has something to think about.
_SETTINGS: Final[Mapping[str, Any]] = {
    "format.length": "brief",
    "views.own_opinion": "off",
    "tone.insults": "off",
    "tone.profanity": "on",
    "agents.spend_limit": 50,
}


@action(Kind.PRODUCT_CREATED)
def add_sample_product(organization: Organization, *, by: Actor, now: datetime) -> Product:
    """A product with a few settings on one platform. It is submitted where somebody else can review it; nobody reviews
    it here, so it is live nowhere until somebody does.

    Raises:
        WrongState: there is a sample already, or no rulebook that it could stand on.
    """
    by.require(Permission.MANAGE_PRODUCTS)
    organization = Organization.objects.select_for_update().get(pk=organization.pk)
    if organization.products.filter(is_sample=True).exists():
        raise WrongState(_("There is a sample product already."))
    product = create_product(
        organization,
        slug=_free_slug(organization),
        name=_("Sample assistant"),
        description=_("A made-up product to look around with. Remove it when you have seen enough."),
        is_sample=True,
        by=by,
        now=now,
        **_place(),
    )
    draft = Draft.objects.get(product=product)
    draft.product = product
    text = _("You answer customers of a made-up shop for garden tools. Be friendly, and keep it short.")
    wanted = plan_copy(Stored.draft(draft), Draft(settings=_known(product), windows={}, instructions=text), now)
    draft = edit_draft(draft, by=by, now=now, seen=0, settings=wanted.settings, instructions=text)
    if any(reviewer.user_id != by.user_id for reviewer in may_review(organization, now)):
        why = _("A sample: shorter answers, no opinions of its own, and a looser tone.")
        submit_version(draft, note_text=why, seen=draft.revision, by=by, now=now)
    return product


def _free_slug(organization: Organization) -> str:
    taken = set(organization.products.values_list("slug", flat=True))
    names = [_SLUG, *(f"{_SLUG}-{number}" for number in range(2, len(taken) + 3))]
    return next(name for name in names if name not in taken)


def _place() -> dict[str, Any]:
    """One platform: the reference if it is there; with those of the facts that its rulebook knows."""
    books = [row for row in latest_of_all() if not row.is_law]
    if not books:
        raise WrongState(_("No rulebook is loaded here yet, so no product can run on anything."))
    book = next((row for row in books if row.platform == "reference"), books[0])
    known = book.rulebook().facts
    facts = {name: value for name, value in _FACTS.items() if _all_known(value, known.get(name, ()))}
    return {"facts": facts, "platforms": [book.platform]}


def _all_known(value: Any, known: Any) -> bool:
    return all(item in known for item in (value if isinstance(value, list) else [value]))


def _known(product: Product) -> dict[str, Any]:
    """Those of the settings whose values the product's rulebook has."""
    (book,) = (row.rulebook() for row in latest_of_all() if row.platform in product.platforms)
    return {key: value for key, value in _SETTINGS.items() if key in book.behaviors}
