"""Products made, named and removed: what the forms held, and what will happen."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final, Self

from django.http import QueryDict
from django.urls import reverse
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from profiles import queries
from profiles.access import Actor, Permission
from profiles.errors import DomainError
from profiles.models import Draft, Environment, Organization, Product, Version
from profiles.queries import Copy, Stored
from profiles.resolution.merge import WINDOWS
from profiles.web.pages import reads, words
from profiles.web.pages.baseline import needs
from profiles.web.pages.place import Place, TypedPlace, fact_fields, place_problems, platform_fields
from profiles.web.pages.states import crumbs
from profiles.web.pages.typed import TypedForm, labelled, texts
from profiles.web.presenters.parts import Crumb, Message, Problem
from profiles.web.presenters.products import LeftOut, NewProductPage, ProductSettingsPage, RemovePage, Start
from profiles.web.presenters.settings import Choice

_SLUG: Final = 60


@dataclass(frozen=True, slots=True)
class TypedProduct(TypedForm):
    """What the form for a new product held, kept after a refusal."""

    name: str = ""
    slug: str = ""
    description: str = ""
    copy_of: str = ""
    place: TypedPlace = field(default_factory=TypedPlace)

    @classmethod
    def of(cls, form: QueryDict, board: Place) -> Self:
        place = TypedPlace.of(form, board.product, board.known)
        return cls(place=place, **texts(form, "name", "slug", "description", "copy_of"))

    def refused(self, error: DomainError) -> Self:
        kept = super(TypedProduct, self).refused(error)
        return replace(kept, place=replace(kept.place, errors=kept.errors))

    @property
    def chosen_slug(self) -> str:
        """What was typed, or what the name suggests."""
        return self.slug or slugify(self.name)[:_SLUG].strip("-")


def blank(organization: Organization) -> tuple[Product, Draft]:
    """A product that is not stored, for a form to be about."""
    product = Product(organization=organization, facts={}, platforms=[], model_names={})
    return product, Draft(product=product, settings={}, windows={}, instructions="")


def like(original: Product) -> TypedPlace:
    """Where another product runs, as a first guess."""
    return replace(TypedPlace.stored(original), asked=True)


def build_new(board: Place, typed: TypedProduct, originals: Sequence[Product]) -> NewProductPage:
    organization = board.product.organization
    errors = typed.errors
    return NewProductPage(
        crumbs=(Crumb(organization.name, reverse("home")),),
        lead=_(
            "One deployment: who it is for, where and on what it runs. Nothing is live before a version is approved."
        ),
        facts=fact_fields(board, typed.place),
        platforms=platform_fields(board, typed.place),
        originals=tuple(Choice(item.slug, item.name, item.slug == typed.copy_of) for item in originals),
        start=_start(board, typed, originals) if typed.place.asked else None,
        name=typed.name,
        slug=typed.slug,
        description=typed.description,
        can_sample=not any(item.is_sample for item in originals),
        name_error=errors.get("name", ""),
        slug_error=errors.get("slug", ""),
        description_error=errors.get("description", ""),
        copy_error=errors.get("copy_of", ""),
        platforms_error=errors.get("platforms", ""),
        problems=tuple(_problems(typed)),
    )


def _problems(typed: TypedProduct) -> Iterator[Problem]:
    if typed.sentence:
        yield Problem(typed.sentence, "#product")
    own = {
        "name": _("Name"),
        "slug": _("Name in addresses"),
        "description": _("Description"),
        "copy_of": _("Start from"),
    }
    for name, text in typed.errors.items():
        if name in own:
            yield Problem(labelled(own[name], text), f"#{name}")
    rest = {name: text for name, text in typed.errors.items() if name not in own}
    yield from place_problems(replace(typed.place, errors=rest))


def _start(board: Place, typed: TypedProduct, originals: Sequence[Product]) -> Start:
    stored = board.moved(typed.place)
    if not stored.revisions:
        return Start(_("Choose at least one platform."))
    original = next((item for item in originals if item.slug == typed.copy_of), None)
    notes = [*_platforms(stored, board.now), *_laws(stored)]
    if original is None:
        return Start(_("It starts at the platforms' defaults: nothing is set."), tuple(notes))
    source = queries.said_by(original)
    copy = queries.plan_copy(replace(stored, settings={}, windows={}), source, board.now, claims=())
    names = {key: one[0].name for key, one in queries.stated_behaviors().items()}
    left_out = tuple(LeftOut(_name(field, names), field, clamp.because) for field, clamp in copy.refused.items())
    title = ngettext("%(n)d setting stays behind", "%(n)d settings stay behind", len(left_out)) % {"n": len(left_out)}
    return Start(_copied(source, copy), tuple(notes), left_out, title)


def _name(field: str, names: Mapping[str, str]) -> str:
    key = field.removeprefix(WINDOWS)
    name = names.get(key, key)
    return name if field == key else _("%(name)s: what users may change") % {"name": name}


def _copied(source: Draft | Version, copy: Copy) -> str:
    named: dict[str, Any] = {"n": len(copy.settings), "name": source.product.name}
    if isinstance(source, Version):
        named["number"] = source.number
        text = ngettext(
            "%(n)d setting comes along, with the instructions, from version %(number)d of %(name)s, which is live.",
            "%(n)d settings come along, with the instructions, from version %(number)d of %(name)s, which is live.",
            len(copy.settings),
        )
    else:
        text = ngettext(
            "%(n)d setting comes along, with the instructions, from the draft of %(name)s: nothing of it is live.",
            "%(n)d settings come along, with the instructions, from the draft of %(name)s: nothing of it is live.",
            len(copy.settings),
        )
    return text % named


def _platforms(stored: Stored, now: datetime) -> Iterator[Message]:
    for name, resolution in stored.resolve(now, claims=()).items():
        locked = sum(each.product.is_lock for each in resolution.decisions.values())
        known = {"open": len(resolution.decisions) - locked, "locked": locked}
        text = _("%(open)d behaviors are open there and %(locked)d locked.") % known
        yield Message("note", text, _("%(platform)s:") % {"platform": words.platform_words(name)}, icon="book")


def _laws(stored: Stored) -> Iterator[Message]:
    for law in stored.laws:
        yield Message("note", f"{law.title}.", _("Applies:"), icon="doc")


# One product


@dataclass(frozen=True, slots=True)
class TypedName(TypedForm):
    name: str = ""
    description: str = ""

    @classmethod
    def of(cls, form: QueryDict) -> Self:
        return cls(**texts(form, "name", "description"))

    @classmethod
    def stored(cls, product: Product) -> Self:
        return cls(name=product.name, description=product.description)


def build_settings(actor: Actor, product: Product, typed: TypedName) -> ProductSettingsPage:
    may = actor.may(Permission.MANAGE_PRODUCTS)
    labels = {"name": _("Name"), "description": _("Description")}
    found = [Problem(labelled(labels.get(name, ""), text), f"#{name}") for name, text in typed.errors.items()]
    return ProductSettingsPage(
        slug=product.slug,
        name=product.name,
        typed_name=typed.name,
        description=typed.description,
        crumbs=crumbs(product),
        can_change=may,
        no_form="" if may else needs(Permission.MANAGE_PRODUCTS),
        is_sample=product.is_sample,
        name_error=typed.errors.get("name", ""),
        description_error=typed.errors.get("description", ""),
        problems=(*found, Problem(typed.sentence, "#product")) if typed.sentence else tuple(found),
    )


@dataclass(frozen=True, slots=True)
class TypedRemoval(TypedForm):
    slug: str = ""
    reason: str = ""

    @classmethod
    def of(cls, form: QueryDict) -> Self:
        return cls(**texts(form, "slug", "reason"))


def build_remove(actor: Actor, product: Product, typed: TypedRemoval) -> RemovePage:
    labels = {"slug": _("Name in addresses"), "reason": _("Why?")}
    found = [Problem(labelled(labels.get(name, ""), text), f"#{name}") for name, text in typed.errors.items()]
    return RemovePage(
        slug=product.slug,
        name=product.name,
        crumbs=crumbs(product),
        effects=tuple(_effects(actor, product)),
        is_sample=product.is_sample,
        typed_slug=typed.slug,
        reason=typed.reason,
        slug_error=typed.errors.get("slug", ""),
        reason_error=typed.errors.get("reason", ""),
        problems=(*found, Problem(typed.sentence, "#remove")) if typed.sentence else tuple(found),
    )


def _effects(actor: Actor, product: Product) -> Iterator[Message]:
    places = [row.environment for row in queries.active(product).values()]
    keys = reads.client_keys(actor, product)
    yield _clients(sorted(places, key=lambda place: place.position), keys)
    if keys:
        text = ngettext("%(n)d key is revoked.", "%(n)d keys are revoked.", keys) % {"n": keys}
        yield Message("warn", text, icon="key")
    if scheduled := reads.scheduled(actor, product):
        text = ngettext(
            "%(n)d scheduled activation is cancelled.", "%(n)d scheduled activations are cancelled.", len(scheduled)
        )
        yield Message("warn", text % {"n": len(scheduled)}, icon="clock")
    yield Message("note", _("It goes from every page, with its draft. Nothing brings it back."), icon="box")
    yield Message(
        "note", _("Its versions, reviews and activations stay on record, and its entries in the trail."), icon="list"
    )


def _clients(places: Sequence[Environment], keys: int) -> Message:
    if not places:
        return Message("ok", _("Nothing of it is active, so no client gets anything today."), icon="check")
    text = _("It is active in %(places)s. From then on clients get 404, at once.")
    lead = _("Clients lose their profile:") if keys else ""
    return Message("bad", text % {"places": ", ".join(place.name for place in places)}, lead, icon="warn")
