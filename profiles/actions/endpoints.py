"""Endpoints: the models that an organization tests its products on, with keys of its own."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from django.conf import settings
from django.utils.translation import gettext as _

from audits.checks.prices import CURRENCY, Prices, amount
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


@action(Kind.ENDPOINT_CHANGED)
def set_endpoint_prices(endpoint: Endpoint, *, typed: TypedPrices, by: Actor, now: datetime) -> Endpoint:
    """What a million tokens cost; with nothing typed, nobody knows, and nothing is said of money any more. Protocols
    that were fixed by other prices keep them, and start no run any more.

    Raises:
        InvalidInput: something is no price or no currency, or one of the three is missing.
        WrongState: nothing would change.
    """
    by.require(Permission.MANAGE_ENDPOINTS)
    row, prices = _locked(endpoint), typed.read()
    before = prices_of(row)
    if prices == before:
        raise WrongState(_("These are its prices already."))
    row.price_in, row.price_out = (prices.input, prices.output) if prices else (None, None)
    row.currency = prices.currency if prices else ""
    row.save()
    note(Kind.ENDPOINT_CHANGED, row, by=by, now=now, before=told_prices(before), after=told_prices(prices))
    return row


@dataclass(frozen=True, slots=True)
class TypedPrices:
    """Prices as they were typed; three empty texts are none."""

    input: str = ""
    output: str = ""
    currency: str = ""

    def read(self) -> Prices | None:
        """
        Raises:
            InvalidInput: something is no price or no currency, or one of the three is missing.
        """
        if not (self.input or self.output or self.currency):
            return None
        wrong = {name: [_no_price()] for name in ("input", "output") if amount(getattr(self, name)) is None}
        if not CURRENCY.fullmatch(self.currency):
            wrong["currency"] = [_("Give the three capital letters of a currency, such as USD or EUR.")]
        if wrong:
            raise InvalidInput(next(iter(wrong.values()))[0], fields=wrong)
        return Prices(Decimal(self.input), Decimal(self.output), self.currency)


def _no_price() -> str:
    return _("Give a price with a point and at most six decimals, such as 2.50.")


def prices_of(row: Endpoint) -> Prices | None:
    if row.price_in is None or row.price_out is None:
        return None
    return Prices(row.price_in, row.price_out, row.currency)


def told_prices(prices: Prices | None) -> dict[str, Any]:
    """What the trail keeps of them."""
    return {"prices": {**prices.as_dict(), "currency": prices.currency} if prices else None}


def standing(endpoint: Endpoint) -> Endpoint | None:
    """The endpoint that stands where this one does: itself, or, once it is removed, the newest one of its organization
    with the same address, model and format. That is all that a protocol fixes of whom it asks; its name and its key are
    no part of it, and may change under an endpoint that was never removed too. None where there is none."""
    if endpoint.removed_at is None:
        return endpoint
    same = {"dialect": endpoint.dialect, "url": endpoint.url, "model": endpoint.model, "rehearsal": endpoint.rehearsal}
    rows = Endpoint.objects.filter(organization=endpoint.organization_id, removed_at=None, **same)
    return rows.select_related("organization").order_by("-pk").first()


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
