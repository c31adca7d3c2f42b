"""Organizations, their members, products and environments."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _

from audits.trail.kinds import Kind
from profiles.access import Actor, Permission, Role
from profiles.actions.base import action, note
from profiles.actions.text import clean_text
from profiles.errors import InvalidInput, StaleDraft
from profiles.models import Draft, Environment, Member, Organization, Product, User
from profiles.queries import latest_rulebooks

_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_MOST_MODELS = 20
FIRST_ENVIRONMENTS = (("staging", "Staging"), ("production", "Production"))


def create_organization(*, slug: str, name: str, by: Actor, now: datetime) -> Organization:
    """A new tenant with a staging and a production environment.

    Raises:
        InvalidInput: the slug is taken or not one.
    """
    return _create_organization(slug, name=name, by=by, now=now)


@action(Kind.ORGANIZATION_CREATED)
def _create_organization(slug: str, *, name: str, by: Actor, now: datetime) -> Organization:
    by.require(Permission.MANAGE_ORGANIZATIONS)
    _need_slug(slug, "slug", taken=Organization.objects.filter(slug=slug).exists())
    name = clean_text(name, field="name", most=120, required=True)
    organization = Organization.objects.create(slug=slug, name=name, created_at=now)
    for position, (env, label) in enumerate(FIRST_ENVIRONMENTS):
        Environment.objects.create(organization=organization, slug=env, name=label, position=position)
    note(Kind.ORGANIZATION_CREATED, organization, by=by, now=now, after={"name": name})
    return organization


@action(Kind.MEMBER_ADDED)
def add_member(
    organization: Organization, *, user: User, role: Role, by: Actor, now: datetime, expires_at: datetime | None = None
) -> Member:
    """Give a person a role. An auditor's must end."""
    by.require(Permission.MANAGE_MEMBERS)
    if role is Role.AUDITOR and (expires_at is None or expires_at <= now):
        message = _("An auditor's view must end: give a date in the future.")
        raise InvalidInput(message, fields={"expires_at": [message]})
    if organization.members.filter(user=user).exists():
        message = _("%(name)s is a member already.") % {"name": user.name}
        raise InvalidInput(message, fields={"user": [message]})
    member = Member.objects.create(
        organization=organization, user=user, role=role.value, expires_at=expires_at, created_at=now
    )
    after = {"name": user.name, "role": role.value, "expires_at": expires_at and expires_at.isoformat()}
    note(Kind.MEMBER_ADDED, organization, by=by, now=now, target=f"member {user.name}", after=after)
    return member


def create_person(
    *,
    email: str,
    name: str,
    password: str,
    by: Actor,
    now: datetime,
    is_steward: bool = False,
    organization: Organization | None = None,
    role: Role = Role.EDITOR,
    expires_at: datetime | None = None,
    is_demo: bool = False,
) -> User:
    """An account, for a steward or a member of an organization; a demo's is refused outside the embedded mode.

    Raises:
        InvalidInput: the address is none or taken, or the person would be able to see nothing.
    """
    return _create_person(
        organization or "installation",
        email=email,
        name=name,
        password=password,
        is_steward=is_steward,
        role=role,
        expires_at=expires_at,
        is_demo=is_demo,
        by=by,
        now=now,
    )


@action(Kind.PERSON_CREATED)
def _create_person(
    place: Organization | str,
    *,
    email: str,
    name: str,
    password: str,
    is_steward: bool,
    role: Role,
    expires_at: datetime | None,
    is_demo: bool,
    by: Actor,
    now: datetime,
) -> User:
    by.require(Permission.MANAGE_ORGANIZATIONS if isinstance(place, str) else Permission.MANAGE_MEMBERS)
    if isinstance(place, str) and not is_steward:
        raise InvalidInput(_("Name an organization, or make the person a steward: else there is nothing to see."))
    try:
        validate_email(email)
    except ValidationError:
        message = _("This is no e-mail address.")
        raise InvalidInput(message, fields={"email": [message]}) from None
    if User.objects.filter(email__iexact=email).exists():
        message = _("There is an account with this address.")
        raise InvalidInput(message, fields={"email": [message]})
    user = User.objects.create_user(
        email,
        password,
        name=clean_text(name, field="name", most=120, required=True),
        is_steward=is_steward,
        is_demo=is_demo,
        created_at=now,
    )
    note(Kind.PERSON_CREATED, place, by=by, now=now, target=f"account {user.pk}", after={"steward": is_steward})
    if isinstance(place, Organization):
        add_member(place, user=user, role=role, by=by, now=now, expires_at=expires_at)
    return user


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
) -> Product:
    """A product with an empty draft: everything at the platforms' defaults.

    Raises:
        InvalidInput: slug, facts or platforms are not acceptable.
    """
    by.require(Permission.MANAGE_PRODUCTS)
    _need_slug(slug, "slug", taken=organization.products.filter(slug=slug).exists())
    _need_place(facts, platforms, model_names)
    product = Product.objects.create(
        organization=organization,
        slug=slug,
        name=clean_text(name, field="name", most=120, required=True),
        description=clean_text(description, field="description", most=300),
        facts=dict(facts),
        platforms=list(platforms),
        model_names=_as_stored(model_names),
        created_at=now,
    )
    Draft.objects.create(product=product, updated_at=now)
    note(Kind.PRODUCT_CREATED, product, by=by, now=now, after={"name": name, **product.place})
    return product


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
    product = Product.objects.select_for_update(of=("self",)).select_related("organization").get(pk=product.pk)
    if product.place_tag != seen:
        raise StaleDraft(_("Somebody changed where this product runs meanwhile. Compare, and save again."))
    before = product.place
    product.facts, product.platforms, product.model_names = dict(facts), list(platforms), _as_stored(model_names)
    if (after := product.place) != before:
        product.save(update_fields=["facts", "platforms", "model_names"])
        note(Kind.PRODUCT_CHANGED, product, by=by, now=now, before=before, after=after)
    return product


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


def _need_slug(slug: str, field: str, *, taken: bool) -> None:
    if not _SLUG.fullmatch(slug) or len(slug) > 60:
        message = _("Use lower-case letters, digits and hyphens, at most 60.")
        raise InvalidInput(message, fields={field: [message]})
    if taken:
        message = _("%(slug)s is taken.") % {"slug": slug}
        raise InvalidInput(message, fields={field: [message]})


def _need_facts(facts: Mapping[str, Any], known: Mapping[str, Sequence[str]]) -> None:
    for name, value in facts.items():
        values = value if isinstance(value, list) else [value]
        if any(item not in known.get(name, ()) for item in values):
            message = _("The rulebooks know these for %(name)s: %(known)s.") % {
                "name": name,
                "known": ", ".join(dict.fromkeys(known.get(name, ()))) or "-",
            }
            raise InvalidInput(message, fields={f"facts.{name}": [message]})
