"""Which client holds what, and the proof of who was handed which version; on the page and as a CSV."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from io import StringIO
from typing import Final

from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from audits.trail.harmless import harmless
from profiles import queries
from profiles.access import Actor, Permission
from profiles.models import Activation, ApiKey, Product, Receipt, Version
from profiles.queries import Held
from profiles.web.moments import iso
from profiles.web.pages import reads, words
from profiles.web.pages.product import short_digest
from profiles.web.pages.states import crumbs, reach_words, version_href, version_name
from profiles.web.presenters.clients import ClientRow, CopyLine, ReceiptRow, ReceiptsPage
from profiles.web.presenters.history import Choice, Pages
from profiles.web.presenters.parts import Action, Message, Pill, When, ago

SIZE: Final = 25
MOST_VERSIONS: Final = 200  # that the form offers; older ones have their own page
HEADER: Final = (
    *("key", "key_name", "environment", "platform", "version", "digest", "published_at", "valid_from", "valid_until"),
    *("first_at", "last_at", "handed_out", "confirmed"),
)


def receipts_page(actor: Actor, product: Product, query: Mapping[str, str], now: datetime) -> ReceiptsPage:
    here = reverse("product_receipts", args=[product.slug])
    active = queries.active(product)
    clients = queries.client_keys_page(actor, product, before=_number(query.get("keys", "")), size=SIZE)
    held = queries.held_by(actor, product, clients.rows, now)
    versions = reads.activated_versions(actor, product, MOST_VERSIONS)
    version = _chosen(versions, query.get("version", ""), active.values())
    before = _number(query.get("before", ""))
    proof = queries.receipts_page(actor, version, before=before, size=SIZE) if version else None
    kept: dict[str, str | int] = {"version": version.number} if version else {}
    return ReceiptsPage(
        slug=product.slug,
        crumbs=crumbs(product),
        reach=tuple(_reach(actor, product, active.values(), now)),
        clients=tuple(_client(product, key, held.get(key.pk, []), now) for key in clients.rows),
        client_pages=Pages(
            here if clients.newer else "",
            f"{here}?{urlencode({'keys': clients.rows[-1].pk})}" if clients.older else "",
        ),
        versions=tuple(Choice(str(row.number), version_name(row.number), row == version) for row in versions),
        proof_title=_("Who was handed version %(number)d") % {"number": version.number} if version else "",
        receipts=tuple(_receipt(row, now) for row in proof.rows) if proof else (),
        receipt_pages=Pages(
            f"{here}?{urlencode(kept)}#proof" if proof and proof.newer else "",
            f"{here}?{urlencode({**kept, 'before': proof.rows[-1].pk})}#proof" if proof and proof.older else "",
        ),
        csv_href=f"{here}?format=csv",
        keys_action=_keys_action(actor),
    )


def _number(text: str) -> int | None:
    """An id in an address; None if it is none."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else None


def _chosen(versions: list[Version], wanted: str, active: Iterable[Activation]) -> Version | None:
    """The version that the address names; else what is active furthest along, or the newest one that was."""
    live = queries.furthest(active)
    named = next((row for row in versions if str(row.number) == wanted), None)
    return named or next((row for row in versions if live and row.pk == live.pk), None) or next(iter(versions), None)


def _keys_action(actor: Actor) -> Action:
    href = reverse("settings_api_keys")
    if actor.may(Permission.MANAGE_KEYS):
        return Action(_("Create a key"), f"{href}#create", "key")
    return Action(_("API keys"), href, "key")


# How far it came


def _reach(actor: Actor, product: Product, active: Iterable[Activation], now: datetime) -> Iterator[Message]:
    rows = sorted(active, key=lambda row: row.environment.position, reverse=True)
    reached = queries.reach(actor, product, rows, now)
    for row in rows:
        if found := reached.get(row.environment_id):
            lead = _("%(environment)s, version %(number)d:") % {
                "environment": row.environment.name,
                "number": row.version.number,
            }
            yield Message("ok" if found.fetched == found.keys else "note", reach_words(found), lead)


# What each client holds


def _client(product: Product, key: ApiKey, held: list[Held], now: datetime) -> ClientRow:
    assert key.environment is not None, "a key of a product names an environment"
    works = key.revoked_at is None and (key.expires_at is None or key.expires_at > now)
    lines = tuple(_copy(product, each, now, works=works) for each in held)
    return ClientRow(key.name, key.prefix, key.environment.name, _pill(key, held, now, works=works), lines)


def _pill(key: ApiKey, held: list[Held], now: datetime, *, works: bool) -> Pill:
    if not works:
        return Pill("neutral", _("Revoked") if key.revoked_at else _("Expired"))
    if not held:
        return Pill("neutral", _("Never used"))
    if any(each.has_ended(now) for each in held if not each.is_current):
        return Pill("bad", _("Past its end"))
    return Pill("ok", _("Up to date")) if all(each.is_current for each in held) else Pill("warn", _("Superseded"))


def _copy(product: Product, held: Held, now: datetime, *, works: bool) -> CopyLine:
    receipt, number = held.receipt, held.profile.activation.version.number
    counts = _("%(fetched)d handed out, %(confirmed)d confirmed")
    return CopyLine(
        tone=_tone(held, now) if works else "neutral",
        text=_holds(held, now) if works else _("Last got version %(number)d") % {"number": number},
        href=version_href(product, number),
        platform=words.platform_words(held.profile.platform) if len(product.platforms) > 1 else "",
        first=When.of(receipt.first_at, now),
        last=When.of(receipt.last_at, now),
        counts=counts % {"fetched": receipt.fetched, "confirmed": receipt.confirmed},
        ended=_ended(held, now) if works else "",
    )


def _tone(held: Held, now: datetime) -> str:
    if held.has_ended(now):
        return "bad"
    return "ok" if held.is_current else "warn"


def _holds(held: Held, now: datetime) -> str:
    """What it holds, and what took its place when."""
    number = held.profile.activation.version.number
    if held.is_current:
        return _("Holds version %(number)d, which is what it would get now") % {"number": number}
    if held.now is None:
        return _("Holds version %(number)d; nothing is served there any more") % {"number": number}
    newer = held.now.activation.version.number
    since = held.superseded_at or held.profile.valid_until or held.now.published_at
    told = {"number": number, "newer": newer, "ago": ago(since, now)}
    if newer == number:
        return _("Holds an earlier publication of version %(number)d, superseded %(ago)s") % told
    return _("Holds version %(number)d, superseded %(ago)s by version %(newer)d") % told


def _ended(held: Held, now: datetime) -> str:
    if not held.has_ended(now) or held.profile.valid_until is None:
        return ""
    when = When.of(held.profile.valid_until, now).shown
    return _("Its valid_until passed on %(when)s: no client may use it.") % {"when": when}


# Proof


def _receipt(row: Receipt, now: datetime) -> ReceiptRow:
    return ReceiptRow(
        name=row.key.name,
        prefix=row.key.prefix,
        environment=row.profile.environment.name,
        platform=words.platform_words(row.profile.platform),
        digest=short_digest(row.profile.digest),
        published=When.of(row.profile.published_at, now),
        first=When.of(row.first_at, now),
        last=When.of(row.last_at, now),
        fetched=row.fetched,
        confirmed=row.confirmed,
    )


def csv_lines(rows: Iterable[Receipt]) -> Iterator[str]:
    """RFC 4180, with stored values and times in UTC; made as it is read."""
    yield _csv(HEADER)
    for row in rows:
        found = row.profile
        yield _csv(
            (
                *(row.key.prefix, harmless(row.key.name), found.environment.slug, found.platform),
                *(found.activation.version.number, found.digest, iso(found.published_at), iso(found.valid_from)),
                *(iso(found.valid_until) if found.valid_until else "", iso(row.first_at), iso(row.last_at)),
                *(row.fetched, row.confirmed),
            )
        )


def _csv(line: Iterable[object]) -> str:
    text = StringIO(newline="")
    csv.writer(text, lineterminator="\r\n").writerow(line)
    return text.getvalue()
