"""Destinations: where the entries of an organization are sent as they are signed; made, changed, stopped, removed, and
sent again."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.conf import settings
from django.utils.translation import gettext as _

from audits.models import Destination, Leaf, Log
from audits.trail.kinds import Kind, Outcome
from profiles.access import Actor, Permission
from profiles.actions.base import Subject, action, note, subject
from profiles.actions.text import clean_text
from profiles.actions.webhooks import address_words
from profiles.errors import InvalidInput, WrongState
from profiles.models import Organization
from profiles.sealing import seal
from profiles.telling import addresses, signing

MOST: Final = 5  # of an organization
_BUCKET: Final = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_WORD: Final = re.compile(r"[A-Za-z0-9+/=_.-]+")
_PREFIX: Final = re.compile(r"[A-Za-z0-9/_.=-]*")


@subject.register
def _about(thing: Destination) -> Subject:
    return Subject(thing.organization.slug, target=f"destination {thing.pk}")


@dataclass(frozen=True, slots=True)
class Place:
    """Where to send to, as it was typed. The last five are of a bucket; an empty ``secret`` keeps the one that is."""

    url: str
    form: str = Destination.Form.OCSF
    bucket: str = ""
    prefix: str = ""
    region: str = ""
    access_key: str = ""
    secret: str = ""

    def __repr__(self) -> str:
        return f"Place({self.url})"  # never the secret: a repr ends up in logs


@action(Kind.DESTINATION_CREATED)
def create_destination(
    organization: Organization, *, kind: str, place: Place, by: Actor, now: datetime
) -> tuple[Destination, str]:
    """A destination, which gets all entries from the first one on; and the secret that signs what a webhook gets, which
    is shown this once.

    Raises:
        InvalidInput: the address is none that may be sent to, or something of a bucket is missing.
        WrongState: there are as many as an organization may have.
    """
    by.require(Permission.MANAGE_WEBHOOKS)
    organization = Organization.objects.select_for_update().get(pk=organization.pk)
    if Destination.objects.filter(organization=organization, removed_at=None).count() >= MOST:
        raise WrongState(_("There are %(most)d destinations, which is the most. Remove one first.") % {"most": MOST})
    row = Destination(organization=organization, kind=_kind(kind), created_at=now, created_by=by.name)
    row.due_at = row.asked_at = now
    row.position = _minimum(organization)
    _put(row, place)
    secret = ""
    if row.kind == Destination.Kind.WEBHOOK:
        secret = signing.new_secret()
        row.sealed = seal(secret)
    row.save()
    note(Kind.DESTINATION_CREATED, row, by=by, now=now, after=_shown(row))
    return row, secret


@action(Kind.DESTINATION_CHANGED)
def change_destination(destination: Destination, *, place: Place, by: Actor, now: datetime) -> Destination:
    """Another address, form or key. What waits goes there.

    Raises:
        InvalidInput: as for a new one.
    """
    by.require(Permission.MANAGE_WEBHOOKS)
    row = _locked(destination)
    before, sealed = _shown(row), row.sealed
    _put(row, place)
    row.due_at, row.tries = now, 0
    row.save()
    if (after := _shown(row)) != before or row.sealed != sealed:
        data = {"secret": "changed"} if row.sealed != sealed else {}
        note(Kind.DESTINATION_CHANGED, row, by=by, now=now, before=before, after=after, data=data)
    return row


@action(Kind.DESTINATION_CHANGED)
def stop_destination(destination: Destination, *, by: Actor, now: datetime) -> Destination:
    """Send nothing there any more. It goes on from where it stands once it is started again."""
    by.require(Permission.MANAGE_WEBHOOKS)
    row = _locked(destination)
    if row.stopped_at is not None:
        raise WrongState(_("This destination is stopped already."))
    return _stop(row, "", by, now)


@action(Kind.DESTINATION_CHANGED)
def stop_failing(destination: Destination, *, by: Actor, now: datetime) -> Destination:
    """The same, done by the program after days of failures; administrators are told."""
    by.require(Permission.MANAGE_WEBHOOKS)
    return _stop(destination, "failing", by, now)


@action(Kind.DESTINATION_CHANGED)
def start_destination(destination: Destination, *, by: Actor, now: datetime) -> Destination:
    """Go on from where it stopped: nothing that happened meanwhile is left out."""
    by.require(Permission.MANAGE_WEBHOOKS)
    row = _locked(destination)
    if row.stopped_at is None:
        raise WrongState(_("This destination is not stopped."))
    row.stopped_at, row.stopped_because, row.failing_since = None, "", None
    row.tries, row.due_at = 0, now
    row.save()
    note(Kind.DESTINATION_CHANGED, row, by=by, now=now, data={"change": "started"})
    return row


@action(Kind.DESTINATION_REMOVED)
def remove_destination(destination: Destination, *, by: Actor, now: datetime) -> None:
    """End it for good; its secret is gone."""
    by.require(Permission.MANAGE_WEBHOOKS)
    row = _locked(destination)
    before = _shown(row)
    row.removed_at, row.sealed = now, ""
    row.save()
    note(Kind.DESTINATION_REMOVED, row, by=by, now=now, before=before)


@action(Kind.DESTINATION_REPLAYED)
def replay_destination(
    destination: Destination, *, place: int | None, since: datetime | None = None, by: Actor, now: datetime
) -> Destination:
    """Send everything again from a place or a time on, in the same batches under the same names.

    Raises:
        InvalidInput: that place was not sent yet, or nothing happened since then.
    """
    by.require(Permission.MANAGE_WEBHOOKS)
    row = _locked(destination)
    first = _first_since(row, since) if since is not None else place
    minimum = _minimum(row.organization)
    if first is not None and 0 <= first < minimum:
        message = _("Entries before place %(minimum)d were pruned. Choose that place or a later one.")
        message %= {"minimum": minimum}
        raise InvalidInput(message, fields={"place": [message]})
    if first is None or not 0 <= first < row.position:
        message = _("Choose a place or a day before what comes next, which is entry %(next)d.") % {"next": row.position}
        raise InvalidInput(message, fields={"place": [message]})
    batch = row.batches.filter(start__lte=first).order_by("-start").first()
    before = row.position
    row.position = max(batch.start if batch else first, minimum)
    row.tries, row.due_at, row.asked_at = 0, now, row.created_at
    row.save()
    data = {"from": row.position, "to": before}
    note(Kind.DESTINATION_REPLAYED, row, by=by, now=now, data=data)
    return row


def skip_pruned(row: Destination, minimum: int, *, by: Actor, now: datetime) -> None:
    """Go on behind what was pruned before it was sent, as while it was stopped; on record, since it is never sent.

    Args:
        row: locked by the transaction that this is a part of.
    """
    skipped, row.position = minimum - row.position, minimum
    row.save(update_fields=["position"])
    row.batches.filter(start__lt=minimum).delete()
    data = {"change": "skipped", "skipped": skipped, "to": minimum}
    note(Kind.DESTINATION_CHANGED, row, by=by, now=now, outcome=Outcome.FAILED, data=data)


def _minimum(organization: Organization) -> int:
    """The place of the first entry that is not pruned."""
    return Log.objects.filter(organization=organization.slug).values_list("minimum", flat=True).first() or 0


def _first_since(row: Destination, since: datetime) -> int | None:
    log = Log.objects.filter(organization=row.organization.slug)
    found = Leaf.objects.filter(log__in=log, entry__at__gte=since).order_by("index")
    return found.values_list("index", flat=True).first()


def _stop(row: Destination, because: str, by: Actor, now: datetime) -> Destination:
    row.stopped_at, row.stopped_because = now, because
    row.save()
    data = {"change": "stopped", **({"stopped_because": because, "answer": row.answer} if because else {})}
    note(Kind.DESTINATION_CHANGED, row, by=by, now=now, data=data)
    return row


def _locked(destination: Destination) -> Destination:
    rows = Destination.objects.select_for_update(of=("self",)).select_related("organization")
    row = rows.get(pk=destination.pk)
    if row.removed_at is not None:
        raise WrongState(_("This destination was removed."))
    return row


def _kind(text: str) -> str:
    if text not in Destination.Kind.values:
        raise _refusal("kind", _("Choose a webhook or a bucket."))
    return text


def _put(row: Destination, place: Place) -> None:
    row.url = clean_text(place.url, field="url", most=addresses.MOST, required=True)
    try:
        addresses.read(row.url, local=settings.EMBEDDED)
    except addresses.Refused as refusal:
        raise _refusal("url", address_words(refusal.code)) from None
    if place.form not in Destination.Form.values:
        raise _refusal("form", _("Choose one of the formats."))
    row.form = place.form
    if row.kind == Destination.Kind.BUCKET:
        _put_bucket(row, place)


def _put_bucket(row: Destination, place: Place) -> None:
    if "?" in row.url:
        raise _refusal("url", _("The address of a bucket's server has no part after ?."))
    row.bucket = _matching(
        "bucket", place.bucket, _BUCKET, 63, _("A bucket's name has 3 to 63 small letters, digits, dots and dashes.")
    )
    row.prefix = _matching(
        "prefix", place.prefix, _PREFIX, 200, _("A prefix has letters, digits, and the characters / - _ . =.")
    )
    row.region = _matching("region", place.region, _WORD, 40, _("Give the region, such as eu-central-1."))
    row.access_key = _matching("access_key", place.access_key, _WORD, 128, _("Give the id of the access key."))
    secret = place.secret.strip()
    if secret or not row.sealed:
        row.sealed = seal(_matching("secret", secret, _WORD, 200, _("Give the secret of the access key.")))


def _matching(field: str, text: str, form: re.Pattern[str], most: int, sentence: str) -> str:
    text = text.strip()
    if len(text) > most or not form.fullmatch(text):
        raise _refusal(field, sentence)
    return text


def _refusal(field: str, sentence: str) -> InvalidInput:
    return InvalidInput(sentence, fields={field: [sentence]})


def _shown(row: Destination) -> dict[str, Any]:
    """What the trail keeps: never a secret, and of an address its host, since the rest of it may be one."""
    target = addresses.read(row.url, local=True)
    told = {"kind": row.kind, "form": row.form, "address": f"{target.scheme}://{target.host_header}/…"}
    if row.kind == Destination.Kind.BUCKET:
        told |= {"bucket": row.bucket, "prefix": row.prefix, "region": row.region}
    return told
