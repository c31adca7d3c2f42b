"""Webhooks: made, changed, tried out, removed; and what they missed, sent again."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext as _

from audits import dispatch
from audits.models import Entry
from audits.trail.kinds import Kind
from profiles.access import Actor, Permission
from profiles.actions.base import action, note
from profiles.actions.deliveries import new_delivery, write_deliveries
from profiles.actions.text import clean_text
from profiles.errors import InvalidInput, WrongState
from profiles.models import Delivery, Organization, Webhook
from profiles.sealing import seal
from profiles.telling import addresses, events, signing
from profiles.telling.happening import Happening

MOST: Final = 20  # of an organization
BOTH_FOR: Final = timedelta(hours=24)  # the old secret signs as well
REPLAYS_FOR: Final = timedelta(days=30)
MOST_REPLAYED: Final = 1_000  # at once


@action(Kind.WEBHOOK_CREATED)
def create_webhook(
    organization: Organization, *, url: str, chosen: Sequence[str], description: str = "", by: Actor, now: datetime
) -> tuple[Webhook, str]:
    """A webhook and its secret, which is shown this once.

    Raises:
        InvalidInput: the address is none that a webhook may have, or no event is chosen.
        WrongState: there are as many as an organization may have.
    """
    by.require(Permission.MANAGE_WEBHOOKS)
    organization = Organization.objects.select_for_update().get(pk=organization.pk)
    if organization.webhooks.filter(removed_at=None).count() >= MOST:
        raise WrongState(_("There are %(most)d webhooks, which is the most. Remove one first.") % {"most": MOST})
    secret = signing.new_secret()
    webhook = Webhook.objects.create(
        organization=organization,
        **_settings(url, chosen, description),
        sealed=seal(secret),
        created_at=now,
        created_by=by.name,
    )
    note(Kind.WEBHOOK_CREATED, webhook, by=by, now=now, after=_shown(webhook))
    return webhook, secret


@action(Kind.WEBHOOK_CHANGED)
def change_webhook(
    webhook: Webhook, *, url: str, chosen: Sequence[str], description: str, by: Actor, now: datetime
) -> Webhook:
    """Other events or another address. What waits goes to the new one.

    Raises:
        InvalidInput: as for a new one.
    """
    by.require(Permission.MANAGE_WEBHOOKS)
    webhook = _locked(webhook)
    before = _shown(webhook)
    for name, value in _settings(url, chosen, description).items():
        setattr(webhook, name, value)
    webhook.save()
    if (after := _shown(webhook)) != before:
        note(Kind.WEBHOOK_CHANGED, webhook, by=by, now=now, before=before, after=after)
    return webhook


@action(Kind.WEBHOOK_CHANGED)
def rotate_secret(webhook: Webhook, *, by: Actor, now: datetime) -> tuple[Webhook, str]:
    """A new secret, shown this once. For a day both sign, so that the receiver can change over in its own time."""
    by.require(Permission.MANAGE_WEBHOOKS)
    webhook = _locked(webhook)
    secret = signing.new_secret()
    webhook.sealed_before, webhook.sealed, webhook.both_until = webhook.sealed, seal(secret), now + BOTH_FOR
    webhook.save()
    data = {"change": "secret", "both_until": webhook.both_until.isoformat()}
    note(Kind.WEBHOOK_CHANGED, webhook, by=by, now=now, data=data)
    return webhook, secret


@action(Kind.WEBHOOK_CHANGED)
def disable_webhook(webhook: Webhook, *, by: Actor, now: datetime) -> Webhook:
    """Send it nothing any more. What waits is stopped, and can be sent again later."""
    by.require(Permission.MANAGE_WEBHOOKS)
    webhook = _locked(webhook)
    if webhook.disabled_at is not None:
        raise WrongState(_("This webhook is disabled already."))
    return _disable(webhook, "", by, now)


@action(Kind.WEBHOOK_CHANGED)
def disable_failing(webhook: Webhook, *, because: str, by: Actor, now: datetime) -> Webhook:
    """The same, done by the program; administrators are told. ``because`` is failing or gone."""
    by.require(Permission.MANAGE_WEBHOOKS)
    return _disable(webhook, because, by, now)


@action(Kind.WEBHOOK_CHANGED)
def enable_webhook(webhook: Webhook, *, by: Actor, now: datetime) -> Webhook:
    """Send it events again, from now on."""
    by.require(Permission.MANAGE_WEBHOOKS)
    webhook = _locked(webhook)
    if webhook.disabled_at is None:
        raise WrongState(_("This webhook is enabled already."))
    webhook.disabled_at, webhook.disabled_because, webhook.failing_since = None, "", None
    webhook.save()
    note(Kind.WEBHOOK_CHANGED, webhook, by=by, now=now, data={"change": "enabled"})
    return webhook


@action(Kind.WEBHOOK_REMOVED)
def remove_webhook(webhook: Webhook, *, by: Actor, now: datetime) -> None:
    """End it for good. Its log stays until it is old; its secrets are gone."""
    by.require(Permission.MANAGE_WEBHOOKS)
    webhook = _locked(webhook)
    before = _shown(webhook)
    webhook.removed_at, webhook.sealed, webhook.sealed_before, webhook.both_until = now, "", "", None
    webhook.save()
    _stop_deliveries(webhook, now)
    note(Kind.WEBHOOK_REMOVED, webhook, by=by, now=now, before=before)


@action(Kind.WEBHOOK_TESTED)
def send_test(webhook: Webhook, *, by: Actor, now: datetime) -> Delivery:
    """An event that says nothing, to see whether it arrives."""
    by.require(Permission.MANAGE_WEBHOOKS)
    webhook = _locked(webhook)
    _need_enabled(webhook)
    event = str(uuid.uuid4())
    said = events.body(events.TEST, _instant(now), {"id": event, "organization": webhook.organization.slug})
    delivery = new_delivery(webhook, event, said, now)
    delivery.save()
    dispatch.send_delivery(delivery.pk)
    note(Kind.WEBHOOK_TESTED, webhook, by=by, now=now, data={"event": event})
    return delivery


@action(Kind.WEBHOOK_REPLAYED)
def replay_delivery(webhook: Webhook, *, delivery: Delivery, by: Actor, now: datetime) -> Delivery:
    """Send one delivery again, whatever became of it. It keeps its id, so the receiver can tell."""
    by.require(Permission.MANAGE_WEBHOOKS)
    webhook = _locked(webhook)
    _need_enabled(webhook)
    row = Delivery.objects.select_for_update().get(pk=delivery.pk, webhook=webhook)
    if row.state == Delivery.State.WAITING:
        raise WrongState(_("This waits to be sent already."))
    _again([row.pk], now)
    note(Kind.WEBHOOK_REPLAYED, webhook, by=by, now=now, data={"event": row.event_id})
    row.refresh_from_db()
    return row


@action(Kind.WEBHOOK_REPLAYED)
def replay_since(webhook: Webhook, *, since: datetime, by: Actor, now: datetime) -> int:
    """Send everything since a time that did not arrive: what failed or was stopped, and what happened while the webhook
    was not listening, for which the trail is asked. Returns how many.

    Raises:
        InvalidInput: too long ago, to come, or more than goes at once.
    """
    by.require(Permission.MANAGE_WEBHOOKS)
    webhook = _locked(webhook)
    _need_enabled(webhook)
    if not now - REPLAYS_FOR <= since <= now:
        message = _("Choose a time within the last %(days)d days.") % {"days": REPLAYS_FOR.days}
        raise InvalidInput(message, fields={"since": [message]})
    missed = webhook.deliveries.filter(created_at__gte=since, state__in=(Delivery.State.FAILED, Delivery.State.STOPPED))
    ids = list(missed.select_for_update().order_by("pk").values_list("pk", flat=True)[: MOST_REPLAYED + 1])
    entries = _not_recorded(webhook, since)
    if len(ids) + len(entries) > MOST_REPLAYED:
        message = _("More than %(most)d events did not arrive since then. Choose a later time first.") % {
            "most": MOST_REPLAYED
        }
        raise InvalidInput(message, fields={"since": [message]})
    _again(ids, now)
    count = len(ids) + sum(write_deliveries([webhook], it, entry, now) for entry, it in entries)
    note(Kind.WEBHOOK_REPLAYED, webhook, by=by, now=now, data={"since": _instant(since), "events": count})
    return count


def _not_recorded(webhook: Webhook, since: datetime) -> list[tuple[Entry, Happening]]:
    """The events in the trail since a time for which this webhook has no delivery, oldest first."""
    kinds = [events.KINDS[name] for name in webhook.events if name in events.KINDS]
    known = set(webhook.deliveries.values_list("event_id", flat=True))
    rows = Entry.objects.filter(organization__in=("", webhook.organization.slug), kind__in=kinds, at__gte=since)
    rows = rows.prefetch_related("disclosures")
    found = []
    for entry in rows.order_by("pk").exclude(event_id__in=known)[: MOST_REPLAYED + 1]:
        it = Happening.read(entry.content())
        if it and events.event_type(it):
            found.append((entry, it))
    return found


def _again(ids: Sequence[int], now: datetime) -> None:
    Delivery.objects.filter(pk__in=ids).update(
        state=Delivery.State.WAITING, tries=0, due_at=now, asked_at=now, ended_at=None
    )
    for pk in ids:
        dispatch.send_delivery(pk)


def _disable(webhook: Webhook, because: str, by: Actor, now: datetime) -> Webhook:
    webhook.disabled_at, webhook.disabled_because = now, because
    webhook.save()
    _stop_deliveries(webhook, now)
    data = {"change": "disabled"} | ({"disabled_because": because} if because else {})
    note(Kind.WEBHOOK_CHANGED, webhook, by=by, now=now, data=data)
    return webhook


def _stop_deliveries(webhook: Webhook, now: datetime) -> None:
    """What a worker has in hand just now stops by itself before its next attempt."""
    free = webhook.deliveries.filter(state=Delivery.State.WAITING).select_for_update(skip_locked=True)
    ids = list(free.values_list("pk", flat=True))
    Delivery.objects.filter(pk__in=ids).update(state=Delivery.State.STOPPED, ended_at=now)


def _locked(webhook: Webhook) -> Webhook:
    """
    Raises:
        WrongState: it was removed meanwhile.
    """
    row = Webhook.objects.select_for_update(of=("self",)).select_related("organization").get(pk=webhook.pk)
    if row.removed_at is not None:
        raise WrongState(_("This webhook was removed."))
    return row


def _need_enabled(webhook: Webhook) -> None:
    if not webhook.listens:
        raise WrongState(_("This webhook is disabled. Enable it first."))


def _settings(url: str, chosen: Sequence[str], description: str) -> dict[str, Any]:
    url = clean_text(url, field="url", most=addresses.MOST, required=True)
    description = clean_text(description, field="description", most=200)
    try:
        addresses.read(url, local=settings.EMBEDDED)
    except addresses.Refused as refusal:
        message = address_words(refusal.code)
        raise InvalidInput(message, fields={"url": [message]}) from None
    unknown = set(chosen) - set(events.NAMES)
    if not chosen or unknown:
        message = _("Choose at least one event.") if not unknown else _("Choose among the events that are offered.")
        raise InvalidInput(message, fields={"events": [message]})
    return {"url": url, "description": description, "events": [name for name in events.NAMES if name in chosen]}


def address_words(code: str) -> str:
    """Why an address is refused, for a person."""
    return {
        "scheme": _("The address must begin with https://."),
        "credentials": _("The address must not hold a name or a password: what it sends is signed."),
        "fragment": _("The address must not have a part after #."),
        "private": _("This address is inside a network. Give one of the public internet."),
    }.get(code) or _("This is not a web address. Give one such as https://hooks.example.com/brightline.")


def _shown(webhook: Webhook) -> dict[str, Any]:
    """Many receivers are known by their address alone, so the trail keeps its host and what tells it from others."""
    parts = urlsplit(webhook.url)
    address = f"{parts.scheme}://{parts.netloc}/… ({hashlib.sha256(webhook.url.encode()).hexdigest()[:12]})"
    return {"address": address, "events": list(webhook.events), "description": webhook.description}


def _instant(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")
