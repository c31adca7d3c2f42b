"""Endpoints: the models that an organization tests its products on, with keys of its own."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.conf import settings
from django.utils.translation import gettext as _

from audits.models import Endpoint
from audits.trail.kinds import Kind
from profiles.access import Actor, Permission
from profiles.actions.base import Subject, action, note, subject
from profiles.actions.text import clean_text
from profiles.actions.webhooks import address_words
from profiles.errors import InvalidInput, WrongState
from profiles.models import Organization
from profiles.sealing import seal
from profiles.telling import addresses
from profiles.telling.endpoints import need_endpoint

MOST: Final = 20  # of an organization
_KEY: Final = re.compile(r"[\x21-\x7e]{1,500}")


@subject.register
def _about(thing: Endpoint) -> Subject:
    return Subject(thing.organization.slug, target=f"endpoint {thing.pk}")


@dataclass(frozen=True, slots=True)
class Reached:
    """How a model is reached, as it was typed."""

    dialect: str
    url: str
    model: str
    key: str = ""

    def __repr__(self) -> str:
        return f"Reached({self.dialect}, {self.url}, {self.model})"  # never the key: a repr ends up in logs


@action(Kind.ENDPOINT_CREATED)
def create_endpoint(
    organization: Organization, *, name: str, reached: Reached, rehearsal: bool = False, by: Actor, now: datetime
) -> Endpoint:
    """
    Args:
        rehearsal: its answers are canned; pages say so wherever they show what it answered.

    Raises:
        InvalidInput: the address is none that may be asked, or something is missing.
        WrongState: the name is taken, or there are as many as an organization may have.
    """
    by.require(Permission.MANAGE_ENDPOINTS)
    organization = Organization.objects.select_for_update().get(pk=organization.pk)
    name = clean_text(name, field="name", most=80, required=True)
    standing = Endpoint.objects.filter(organization=organization, removed_at=None)
    if standing.filter(name=name).exists():
        message = _("There is an endpoint of this name. Choose another one, or remove that one first.")
        raise WrongState(message, fields={"name": [message]})
    if standing.count() >= MOST:
        raise WrongState(_("There are %(most)d endpoints, which is the most. Remove one first.") % {"most": MOST})
    row = Endpoint(
        organization=organization,
        name=name,
        dialect=_dialect(reached.dialect),
        url=_address(reached.url),
        model=clean_text(reached.model, field="model", most=200, required=True),
        sealed=_sealed(reached.key),
        rehearsal=rehearsal,
        created_at=now,
        created_by=by.name,
    )
    row.save()
    note(Kind.ENDPOINT_CREATED, row, by=by, now=now, after=shown(row))
    return row


@action(Kind.ENDPOINT_CHANGED)
def replace_endpoint_key(endpoint: Endpoint, *, key: str, by: Actor, now: datetime) -> Endpoint:
    """Another key for the same model; with an empty one it is asked without any.

    Raises:
        InvalidInput: the key holds characters that no key has.
    """
    by.require(Permission.MANAGE_ENDPOINTS)
    row = _locked(endpoint)
    row.sealed = _sealed(key)
    row.save()
    note(Kind.ENDPOINT_CHANGED, row, by=by, now=now, data={"key": "replaced" if row.sealed else "removed"})
    return row


@action(Kind.ENDPOINT_REMOVED)
def remove_endpoint(endpoint: Endpoint, *, by: Actor, now: datetime) -> None:
    """Ask it nothing any more; its key is gone, and what was found with it stays."""
    by.require(Permission.MANAGE_ENDPOINTS)
    row = _locked(endpoint)
    row.removed_at, row.sealed = now, ""
    row.save()
    note(Kind.ENDPOINT_REMOVED, row, by=by, now=now, before=shown(row))


def shown(row: Endpoint) -> dict[str, Any]:
    """What the trail and protocols keep of it: never the key, and of the address what may be told to others."""
    target = addresses.read(row.url, local=True)
    return {
        "name": row.name,
        "dialect": row.dialect,
        "address": f"{target.scheme}://{target.host_header}{target.path.partition('?')[0]}",
        "model": row.model,
        "rehearsal": row.rehearsal,
    }


def _locked(endpoint: Endpoint) -> Endpoint:
    row = Endpoint.objects.select_for_update(of=("self",)).select_related("organization").get(pk=endpoint.pk)
    if row.removed_at is not None:
        raise WrongState(_("This endpoint was removed."))
    return row


def _dialect(text: str) -> str:
    if text not in Endpoint.Dialect.values:
        raise _refusal("dialect", _("Choose OpenAI, Anthropic or Google: whose requests the endpoint understands."))
    return text


def _address(text: str) -> str:
    url = clean_text(text, field="url", most=addresses.MOST, required=True)
    try:
        need_endpoint(url, settings.BRIGHTLINE_MODEL_NETWORKS)
    except addresses.Refused as refusal:
        raise _refusal("url", address_words(refusal.code)) from None
    return url


def _sealed(key: str) -> str:
    key = key.strip()
    if not key:
        return ""
    if not _KEY.fullmatch(key):
        raise _refusal("key", _("A key has letters, digits and signs, without spaces, and at most 500 of them."))
    return seal(key)


def _refusal(field: str, sentence: str) -> InvalidInput:
    return InvalidInput(sentence, fields={field: [sentence]})
