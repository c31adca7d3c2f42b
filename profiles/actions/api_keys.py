"""API keys: made, shown once, recognized, revoked."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.utils.translation import gettext as _

from audits.trail.kinds import Kind, Outcome
from profiles.access import KEY_ID, Actor, ActorType, Auth, Permission, Scope, scope_permissions, system
from profiles.actions.base import action, note
from profiles.actions.text import clean_text
from profiles.errors import InvalidInput, InvalidKey, NotFound, WrongState
from profiles.models import ApiKey, Environment, Organization, Product

PREFIX_LENGTH: Final = 12  # "bl_" and 9 characters: enough to recognize, useless to guess from
_NOTE_REFUSALS_EVERY: Final = timedelta(minutes=1)
SCOPES: Final = tuple(scope.value for scope in Scope)


@action(Kind.KEY_CREATED)
def create_api_key(
    organization: Organization,
    *,
    name: str,
    by: Actor,
    now: datetime,
    product: Product | None = None,
    environment: Environment | None = None,
    scopes: Sequence[str] = (),
    expires_at: datetime | None = None,
) -> tuple[ApiKey, str]:
    """A client key (with product and environment) or an organization key (with scopes), and its text, which is not
    stored and cannot be shown again.

    Raises:
        InvalidInput: the parts do not belong together.
    """
    by.require(Permission.MANAGE_KEYS)
    _need_one_kind(organization, product, environment, scopes)
    if expires_at is not None and expires_at <= now:
        raise InvalidInput(_("Choose an expiry in the future."), fields={"expires_at": [_("Is in the past.")]})
    prefix = "bl_" + secrets.token_hex(5)[: PREFIX_LENGTH - 3]
    text = f"{prefix}_{secrets.token_urlsafe(32)}"
    key = ApiKey.objects.create(
        organization=organization,
        product=product,
        environment=environment,
        name=clean_text(name, field="name", most=80, required=True),
        prefix=prefix,
        digest=digest(text),
        scopes=[scope for scope in SCOPES if scope in scopes],
        created_at=now,
        created_by=by.name,
        created_by_id=by.id,
        expires_at=expires_at,
    )
    after = {
        "name": key.name,
        "product": product and product.slug,
        "environment": environment and environment.slug,
        "scopes": key.scopes,
        "expires_at": expires_at and expires_at.isoformat(),
    }
    note(Kind.KEY_CREATED, key, by=by, now=now, after=after)
    return key, text


@action(Kind.KEY_REVOKED)
def revoke_api_key(key: ApiKey, *, by: Actor, now: datetime) -> None:
    """From this instant the key opens nothing."""
    by.require(Permission.MANAGE_KEYS)
    if not ApiKey.objects.filter(pk=key.pk, revoked_at__isnull=True).update(revoked_at=now):
        raise WrongState(_("This key is revoked already."))
    note(Kind.KEY_REVOKED, key, by=by, now=now)


def digest(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "replace")).digest()


def recognize(text: str, *, now: datetime, request_id: str = "") -> tuple[ApiKey, Actor]:
    """The key of this text and the actor that it is.

    Raises:
        InvalidKey: unknown, revoked or expired. If the text begins like a key of ours, the attempt is an entry in its
            organization's trail, at most once a minute for each key.
        NotFound: the product that it belongs to was removed, which revoked it too.
    """
    key = (
        ApiKey.objects.select_related("organization", "product__organization", "environment")
        .filter(digest=digest(text))
        .first()
    )
    if key is None:
        forged = ApiKey.objects.filter(prefix=text[:PREFIX_LENGTH]).select_related("organization", "product").first()
        raise _refusal(forged, _("This key is not known here."), now, request_id)
    if key.product is not None and key.product.removed_at is not None:
        raise NotFound(_("This product was removed. Nothing is served for it any more."))
    if key.revoked_at is not None:
        raise _refusal(key, _("This key was revoked."), now, request_id)
    if key.expires_at is not None and key.expires_at <= now:
        raise _refusal(key, _("This key has expired."), now, request_id)
    permissions = scope_permissions(key.scopes) if key.product is None else frozenset({Permission.VIEW})
    actor = Actor(
        ActorType.KEY, f"{KEY_ID}{key.prefix}", key.name, permissions, key.organization_id, key.organization.slug,
        request_id=request_id, auth=Auth.KEY, on_behalf_of=key.created_by_id,
    )  # fmt: skip
    return key, actor


def _refusal(key: ApiKey | None, sentence: str, now: datetime, request_id: str) -> InvalidKey:
    if key is not None:
        with transaction.atomic():
            recent = ApiKey.objects.filter(pk=key.pk).exclude(refusal_noted_at__gt=now - _NOTE_REFUSALS_EVERY)
            if recent.update(refusal_noted_at=now):
                note(
                    Kind.KEY_REFUSED,
                    key,
                    by=system("api"),
                    now=now,
                    outcome=Outcome.REFUSED,
                    data={"message": sentence, "request_id": request_id},
                )
    return InvalidKey(sentence)


def _need_one_kind(
    organization: Organization, product: Product | None, environment: Environment | None, scopes: Sequence[str]
) -> None:
    if (product is None) != (environment is None) or (product is not None) == bool(scopes):
        raise InvalidInput(_("A client key names a product and an environment; any other key names scopes."))
    for owned in (product, environment):
        if owned is not None and owned.organization_id != organization.pk:
            raise InvalidInput(_("Product and environment must belong to the organization of the key."))
    if unknown := set(scopes) - set(SCOPES):
        raise InvalidInput(_("Unknown scopes: %(names)s.") % {"names": ", ".join(sorted(unknown))})
