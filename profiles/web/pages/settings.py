"""From API keys to their page, and what permissions and roles are in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from msgspec import Struct

from profiles.access import ROLE_NAMES, Actor, Permission, Role, Scope, roles_with
from profiles.models import ApiKey, Environment, Product
from profiles.web.moments import zone_name
from profiles.web.pages import dates
from profiles.web.pages.attestations import labelled, soon_words
from profiles.web.pages.typed import TypedForm
from profiles.web.presenters.parts import Pill, Problem, When
from profiles.web.presenters.settings import (
    ApiKeysPage,
    Choice,
    KeyForm,
    KeyLine,
    NewKey,
)

# What a permission lets somebody do; a test holds this and what roles have equal.
PERMISSION_WORDS: Final = {
    Permission.VIEW: gettext_lazy("Read every product, version and draft"),
    Permission.VIEW_TRAIL: gettext_lazy("Read the audit trail"),
    Permission.SHARE_SEARCH: gettext_lazy("Share searches of the audit trail"),
    Permission.EDIT_DRAFT: gettext_lazy("Edit drafts"),
    Permission.SUBMIT: gettext_lazy("Submit a draft for review"),
    Permission.REVIEW: gettext_lazy("Review versions that somebody else wrote"),
    Permission.COMMENT: gettext_lazy("Comment on versions"),
    Permission.ACTIVATE: gettext_lazy("Activate approved versions"),
    Permission.REQUEST_ATTESTATION: gettext_lazy("Request attestations"),
    Permission.RUN_CHECK: gettext_lazy("Run checks"),
    Permission.EDIT_SUITE: gettext_lazy("Edit drafts of suites; who runs checks publishes them"),
    Permission.MANAGE_PRODUCTS: gettext_lazy("Create and remove products"),
    Permission.PUBLISH_COMMITMENTS: gettext_lazy("Make the commitments of products public"),
    Permission.MANAGE_BASELINE: gettext_lazy("Change the organization baseline"),
    Permission.PLACE_HOLD: gettext_lazy("Place and lift holds"),
    Permission.MANAGE_KEYS: gettext_lazy("Create and revoke API keys"),
    Permission.MANAGE_MEMBERS: gettext_lazy("Add and remove members"),
    Permission.MANAGE_ENVIRONMENTS: gettext_lazy("Say what each environment asks for"),
    Permission.MANAGE_WEBHOOKS: gettext_lazy("Create and remove webhooks"),
    Permission.ERASE: gettext_lazy("Erase personal data from the trail"),
    Permission.SET_RETENTION: gettext_lazy("Set how long the trail is kept"),
    Permission.LEGAL_HOLD: gettext_lazy("Place and release legal holds"),
    Permission.MANAGE_AUDITORS: gettext_lazy("Name auditors of the log"),
    Permission.MANAGE_ENDPOINTS: gettext_lazy("Add models that products are tested on, with their keys"),
    Permission.BREAK_GLASS: gettext_lazy("In an emergency, tighten or restore without approval"),
}
SCOPE_WORDS: Final = {
    Scope.READ: gettext_lazy("Read everything of the organization, the trail too"),
    Scope.WRITE: gettext_lazy("Edit drafts, submit versions, request attestations"),
    Scope.ACTIVATE: gettext_lazy("Activate versions that have their approvals"),
    Scope.PRODUCTS: gettext_lazy("Create and rename products"),
    Scope.RUN: gettext_lazy("Fix protocols and start runs"),
}
ROLE_WORDS: Final = {
    Role.ADMINISTRATOR: gettext_lazy("Looks after the organization. Never reviews what they wrote themselves."),
    Role.EDITOR: gettext_lazy("Writes what the products do. Somebody else reviews it."),
    Role.APPROVER: gettext_lazy("Reviews what somebody else wrote."),
    Role.COMPLIANCE: gettext_lazy("Reads everything of the organization, and stops what must stop at once."),
    Role.AUDITOR: gettext_lazy("An outsider who reads until a fixed day and changes nothing."),
}


# API keys


@dataclass(frozen=True, slots=True)
class TypedKey(TypedForm):
    """What the form for a new key held, kept after a refusal."""

    name: str = ""
    product: str = ""
    environment: str = ""
    expires: str = ""
    kind: str = "client"
    scopes: tuple[str, ...] = ()


class Keyring(Struct, frozen=True):
    """Everything that the page of API keys is built from."""

    actor: Actor
    keys: Sequence[ApiKey]
    products: Sequence[Product]
    environments: Sequence[Environment]
    typed: TypedKey
    now: datetime


def build_api_keys(ring: Keyring, new: NewKey | None = None) -> ApiKeysPage:
    may = ring.actor.may(Permission.MANAGE_KEYS)
    return ApiKeysPage(
        lead=_(
            "A program fetches a profile with a key. Keys are stored as digests, so each is shown once and never again."
        ),
        keys=tuple(_key(key, ring) for key in ring.keys),
        form=_form(ring) if may else None,
        no_form="" if may else _no_form(),
        new=new,
        problems=_problems(ring.typed),
    )


def _key(key: ApiKey, ring: Keyring) -> KeyLine:
    ended = key.revoked_at is not None
    expired = not ended and key.expires_at is not None and key.expires_at <= ring.now
    soon = soon_words(key.expires_at, ring.now) if key.expires_at and not ended else ""
    pill = Pill("ok", _("Works"))
    if ended:
        pill = Pill("bad", _("Revoked"))
    elif expired:
        pill = Pill("warn", _("Expired"))
    elif soon:
        pill = Pill("warn", soon)
    return KeyLine(
        prefix=key.prefix,
        name=key.name,
        kind=_("Client key") if key.product else _("Organization key"),
        opens=opens_words(key),
        created=When.of(key.created_at, ring.now),
        created_by=key.created_by,
        pill=pill,
        expires=When.of(key.expires_at, ring.now) if key.expires_at else None,
        ended=When.of(key.revoked_at, ring.now) if key.revoked_at else None,
        clients_href=f"{reverse('product_receipts', args=[key.product.slug])}#{key.prefix}" if key.product else "",
        can_revoke=ring.actor.may(Permission.MANAGE_KEYS) and not ended,
    )


def opens_words(key: ApiKey) -> str:
    """What a key opens: a client key one product in one environment, any other key what its scopes name."""
    if key.product and key.environment:
        return _("%(product)s, %(environment)s") % {"product": key.product.name, "environment": key.environment.name}
    return _("Scopes: %(scopes)s") % {"scopes": ", ".join(key.scopes)}


def new_key(key: ApiKey, text: str) -> NewKey:
    """What is shown once: the text, and a line that fetches the profile with it."""
    command = fetch_command(key.product.platforms, text) if key.product else list_command(text)
    return NewKey(text=text, name=key.name, opens=opens_words(key), command=command, clients_href=_clients_href(key))


def _clients_href(key: ApiKey) -> str:
    """To what a client does with it; empty for a key that belongs to no product."""
    if key.product is None or key.environment is None:
        return ""
    return f"{reverse('product_clients', args=[key.product.slug])}?environment={key.environment.slug}"


def list_command(key: str) -> str:
    """A curl line that lists the products."""
    address = f"{settings.BRIGHTLINE_BASE_URL}{reverse('api_products')}"
    return f'curl -H "Authorization: Bearer {key}" "{address}"'


def fetch_command(platforms: Sequence[str], key: str) -> str:
    """A curl line; a product that runs on several platforms has to name one."""
    query = f"?platform={platforms[0]}" if len(platforms) > 1 else ""
    address = f"{settings.BRIGHTLINE_BASE_URL}{reverse('api_profile')}{query}"
    return f'curl -H "Authorization: Bearer {key}" "{address}"'


def _form(ring: Keyring) -> KeyForm:
    typed = ring.typed
    product = typed.product or (ring.products[0].slug if len(ring.products) == 1 else "")
    return KeyForm(
        products=tuple(Choice(item.slug, item.name, item.slug == product) for item in ring.products),
        environments=tuple(Choice(e.slug, e.name, e.slug == typed.environment) for e in ring.environments),
        earliest=dates.first_day(ring.now).isoformat(),
        zone=zone_name(),
        scopes=tuple(Choice(scope.value, str(words), scope in typed.scopes) for scope, words in SCOPE_WORDS.items()),
        is_organizations=typed.kind == "organization" or not ring.products,
        name=typed.name,
        expires=typed.expires,
        name_error=typed.errors.get("name", ""),
        product_error=typed.errors.get("product", ""),
        environment_error=typed.errors.get("environment", ""),
        expires_error=typed.errors.get("expires_at", ""),
        scope_error=typed.errors.get("scope", ""),
    )


def _no_form() -> str:
    roles = ", ".join(str(ROLE_NAMES[role]) for role in roles_with(Permission.MANAGE_KEYS))
    return _("Creating and revoking keys needs one of these roles: %(roles)s.") % {"roles": roles}


def _problems(typed: TypedKey) -> tuple[Problem, ...]:
    ids = {"expires_at": "expires"}
    labels = {"name": _("Name"), "expires_at": _("Expires on")}
    found = [
        Problem(labelled(labels.get(name, ""), text), f"#{ids.get(name, name)}") for name, text in typed.errors.items()
    ]
    if typed.sentence:
        found.append(Problem(typed.sentence, "#keys"))
    return tuple(found)
