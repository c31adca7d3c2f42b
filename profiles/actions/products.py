"""Products: created, perhaps with what another one says; renamed; moved; removed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final

from django.utils.translation import gettext as _

from audits.log.disclosures import personal
from audits.trail.kinds import Kind
from profiles.access import Actor, Permission
from profiles.actions.api_keys import revoke_api_key
from profiles.actions.base import action, note
from profiles.actions.drafts import edit_draft, explain
from profiles.actions.text import clean_text, need_slug, once
from profiles.errors import InvalidInput, NotFound, StaleDraft, WrongState
from profiles.models import Draft, Organization, Product, Schedule
from profiles.queries import Copy, Stored, latest_rulebooks, plan_copy, said_by

RESERVED: Final = frozenset({"new"})  # what addresses mean something else by
_MOST_MODELS: Final = 20


@action(Kind.PRODUCT_CREATED)
def create_product(
    organization: Organization,
    *,
    slug: str,
    name: str,
    facts: Mapping[str, Any],
    platforms: Sequence[str],
    by: Actor,
    now: datetime,
    description: str = "",
    model_names: Mapping[str, Sequence[str]] = MappingProxyType({}),
    copy_of: Product | None = None,
    is_sample: bool = False,
) -> Product:
    """A product with a draft: everything at the platforms' defaults, or what another product of the organization says,
    as far as that stands inside the new one's limits. Either way nothing is live before somebody else reviewed it.

    Raises:
        InvalidInput: slug, facts or platforms are not acceptable.
    """
    by.require(Permission.MANAGE_PRODUCTS)
    organization = Organization.objects.select_for_update().get(pk=organization.pk)
    need_slug(slug, taken=slug in RESERVED or organization.products.filter(slug=slug).exists())
    _need_place(facts, platforms, model_names)
    with once(slug, "slug"):
        product = Product.objects.create(
            organization=organization,
            slug=slug,
            name=clean_text(name, field="name", most=120, required=True),
            description=clean_text(description, field="description", most=300),
            facts=dict(facts),
            platforms=list(platforms),
            model_names=_as_stored(model_names),
            is_sample=is_sample,
            created_at=now,
        )
    draft = Draft.objects.create(product=product, updated_at=now)
    copy = _need_copy(copy_of, draft, now) if copy_of else None
    data = {"copied_from": copy_of.slug, "left_out": _explained(copy)} if copy_of and copy else {}
    note(Kind.PRODUCT_CREATED, product, by=by, now=now, after={"name": name, **product.place}, data=data)
    if copy:
        edit_draft(draft, by=by, now=now, seen=0, settings=copy.settings, windows=copy.windows, instructions=copy.text)
    return product


def _need_copy(original: Product, draft: Draft, now: datetime) -> Copy:
    if original.organization_id != draft.product.organization_id:
        message = _("There is no such product here.")
        raise InvalidInput(message, fields={"copy_of": [message]})
    return plan_copy(Stored.draft(draft), said_by(original), now)


def _explained(copy: Copy) -> dict[str, str]:
    return {field: explain(why) for field, why in copy.refused.items()}


@action(Kind.PRODUCT_CHANGED)
def change_product(
    product: Product,
    *,
    facts: Mapping[str, Any],
    platforms: Sequence[str],
    model_names: Mapping[str, Sequence[str]],
    seen: str,
    by: Actor,
    now: datetime,
) -> Product:
    """Say anew for whom, where and on what a product runs. Clients get it with the next version, which somebody else
    reviews: other facts mean other limits.

    Args:
        seen: ``place_tag`` of what the writer looked at.

    Raises:
        StaleDraft: somebody else changed it meanwhile.
        InvalidInput: facts, platforms or models are not acceptable.
    """
    by.require(Permission.EDIT_DRAFT)
    _need_place(facts, platforms, model_names)
    product = _locked(product)
    if product.place_tag != seen:
        raise StaleDraft(_("Somebody changed where this product runs meanwhile. Compare, and save again."))
    before = product.place
    product.facts, product.platforms, product.model_names = dict(facts), list(platforms), _as_stored(model_names)
    if (after := product.place) != before:
        product.place_by_id = by.id
        product.save(update_fields=["facts", "platforms", "model_names", "place_by_id"])
        note(Kind.PRODUCT_CHANGED, product, by=by, now=now, before=before, after=after)
    return product


@action(Kind.PRODUCT_DESCRIBED)
def describe_product(product: Product, *, name: str, description: str, by: Actor, now: datetime) -> Product:
    """Call a product something else. Its slug stays: addresses, keys and the trail name it by that."""
    by.require(Permission.MANAGE_PRODUCTS)
    product = _locked(product)
    before = {"name": product.name, "description": product.description}
    product.name = clean_text(name, field="name", most=120, required=True)
    product.description = clean_text(description, field="description", most=300)
    after = {"name": product.name, "description": product.description}
    if after != before:
        product.save(update_fields=["name", "description"])
        note(Kind.PRODUCT_DESCRIBED, product, by=by, now=now, before=before, after=after)
    return product


@action(Kind.PRODUCT_CHANGED)
def update_product(product: Product, *, changes: Mapping[str, Any], by: Actor, now: datetime) -> Product:
    """Describe and move a product at once, all of it or nothing.

    Args:
        changes: any of ``name``, ``description``, ``facts``, ``platforms`` and ``model_names``; what is missing stays.

    Raises:
        InvalidInput: as ``describe_product`` and ``change_product`` do.
    """
    if changes.keys() & {"name", "description"}:
        words = {"name": product.name, "description": product.description}
        words |= {name: changes[name] for name in words if name in changes}
        product = describe_product(product, **words, by=by, now=now)
    if changes.keys() & product.place.keys():
        place = {name: changes.get(name, held) for name, held in product.place.items()}
        product = change_product(product, **place, seen=product.place_tag, by=by, now=now)
    return product


@action(Kind.PRODUCT_REMOVED)
def remove_product(product: Product, *, typed_slug: str, reason: str, by: Actor, now: datetime) -> None:
    """Take a product away from pages and clients, at once and for good. Its keys are revoked and what was scheduled is
    cancelled; its versions and entries stay.

    Args:
        typed_slug: the slug as somebody typed it, who so says that this is the one; a sample may go without.
        reason: why; may be empty for a sample.

    Raises:
        InvalidInput: the slug is another one, or the reason is missing.
        WrongState: it was removed already.
    """
    by.require(Permission.MANAGE_PRODUCTS)
    product = _locked(product)
    if typed_slug.strip() != product.slug and not product.is_sample:
        message = _("Type %(slug)s to say that this is the one.") % {"slug": product.slug}
        raise InvalidInput(message, fields={"slug": [message]})
    reason = clean_text(reason, field="reason", most=1_000, required=not product.is_sample)
    product.removed_at = now
    product.save(update_fields=["removed_at"])
    keys = list(
        product.api_keys.filter(revoked_at__isnull=True).select_related("organization", "product__organization")
    )
    data = {"reason": personal(reason), "keys": [key.prefix for key in keys], "scheduled": _waiting(product)}
    note(Kind.PRODUCT_REMOVED, product, by=by, now=now, before={"name": product.name}, data=data)
    for key in keys:
        revoke_api_key(key, by=by, now=now)
    _cancel_schedules(product, by, now)


def _waiting(product: Product) -> int:
    return product.schedules.filter(state=Schedule.State.WAITING).count()


def _cancel_schedules(product: Product, by: Actor, now: datetime) -> None:
    """What the scheduler is carrying out at this moment is passed over: it waits for our lock on the product, and finds
    none when it gets it."""
    rows = Schedule.objects.select_for_update(of=("self",), skip_locked=True).select_related("version", "environment")
    for row in rows.filter(product=product, state=Schedule.State.WAITING):
        row.version.product = product
        row.state, row.ended_at, row.ended_by = Schedule.State.CANCELLED, now, by.name
        row.save(update_fields=["state", "ended_at", "ended_by"])
        after = {"environment": row.environment.slug, "due_at": row.due_at.isoformat()}
        note(Kind.ACTIVATION_CANCELLED, row.version, by=by, now=now, after=after, data={"schedule": row.pk})


def _locked(product: Product) -> Product:
    rows = Product.with_removed.select_for_update(of=("self",)).select_related("organization")
    row = rows.filter(pk=product.pk).first()
    if row is None:
        raise NotFound(_("There is no such product."))
    if row.removed_at is not None:
        raise WrongState(_("%(name)s was removed.") % {"name": row.name})
    return row


def _as_stored(model_names: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    return {platform: list(names) for platform, names in model_names.items() if names}


def _need_place(facts: Mapping[str, Any], platforms: Sequence[str], model_names: Mapping[str, Sequence[str]]) -> None:
    revisions = [revision for revision in latest_rulebooks(platforms) if not revision.is_law]
    if not platforms or len({revision.platform for revision in revisions}) != len(platforms):
        message = _("Name one or more platforms whose rulebook is loaded here, each once.")
        raise InvalidInput(message, fields={"platforms": [message]})
    known: dict[str, list[str]] = {}
    for revision in revisions:
        for name, values in revision.rulebook().facts.items():
            known.setdefault(name, []).extend(values)
    _need_facts(facts, known)
    for platform, names in model_names.items():
        if platform not in platforms:
            message = _("The product does not run on %(platform)s.") % {"platform": platform[:40]}
            raise InvalidInput(message, fields={f"model_names.{platform[:40]}": [message]})
        if len(names) > _MOST_MODELS:
            message = _("Name at most %(n)d models.") % {"n": _MOST_MODELS}
            raise InvalidInput(message, fields={f"model_names.{platform}": [message]})
        for name in names:
            clean_text(name, field=f"model_names.{platform}", most=80, required=True)


def _need_facts(facts: Mapping[str, Any], known: Mapping[str, Sequence[str]]) -> None:
    for name, value in facts.items():
        values = value if isinstance(value, list) else [value]
        if any(item not in known.get(name, ()) for item in values):
            message = _("The rulebooks know these for %(name)s: %(known)s.") % {
                "name": name,
                "known": ", ".join(dict.fromkeys(known.get(name, ()))) or "-",
            }
            raise InvalidInput(message, fields={f"facts.{name}": [message]})
