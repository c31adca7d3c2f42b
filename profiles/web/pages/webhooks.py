"""From webhooks and their deliveries to their pages."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.utils.translation import ngettext

from profiles.actions.webhooks import REPLAYS_FOR
from profiles.models import Attempt, Delivery, Webhook
from profiles.queries import Slice
from profiles.web.pages.typed import TypedForm
from profiles.web.presenters.parts import Pager, Pill, Problem, When
from profiles.web.presenters.webhooks import (
    AttemptLine,
    DeliveryLine,
    DeliveryPage,
    EventGroup,
    EventOption,
    NewSecret,
    WebhookForm,
    WebhookLine,
    WebhookPage,
    WebhooksPage,
)

# What each event is, in the groups in which they are offered; a test holds them and the events equal.
EVENT_WORDS: Final = {
    lazy("What goes live"): {
        "profile.version.activated": lazy("A version was activated"),
        "profile.activation.scheduled": lazy("An activation was scheduled"),
        "profile.activation.cancelled": lazy("A scheduled activation was cancelled"),
        "profile.activation.lapsed": lazy("A scheduled activation did not happen"),
    },
    lazy("Reviews"): {
        "profile.version.submitted": lazy("A version was submitted"),
        "profile.version.restored": lazy("A version that restores an earlier one was submitted"),
        "profile.version.rebased": lazy("A version on top of what is live was submitted"),
        "profile.version.approved": lazy("A version was approved"),
        "profile.version.changes_requested": lazy("Changes were requested"),
        "profile.version.declined": lazy("A version was declined"),
    },
    lazy("Checks and limits"): {
        "check.finished": lazy("A check finished, whatever it found"),
        "check.changed": lazy("The serving or instructions check came out otherwise than before"),
        "end.foretold": lazy("An API key, a law pack or a scheduled activation ends or begins soon"),
        "finding.recorded": lazy("A setting was found outside its window"),
        "profile.affected": lazy("A rulebook revision would change a profile"),
        "hold.placed": lazy("A hold was placed"),
        "hold.lifted": lazy("A hold was lifted"),
    },
    lazy("Attestations"): {
        "attestation.granted": lazy("An attestation was granted"),
        "attestation.revoked": lazy("An attestation was revoked"),
        "attestation.expiring": lazy("An attestation ends within 30, 7 or 1 days"),
        "attestation.expired": lazy("An attestation ended"),
    },
    lazy("The log"): {
        "log.checkpoint": lazy("The newest checkpoint of the log, each hour in which there is a new one"),
    },
}
_FIRST: Final = ("profile.version.activated", "finding.recorded", "attestation.expiring", "attestation.expired")
_STATES: Final = {
    Delivery.State.WAITING: ("warn", lazy("Waits")),
    Delivery.State.DELIVERED: ("ok", lazy("Arrived")),
    Delivery.State.FAILED: ("bad", lazy("Failed")),
    Delivery.State.STOPPED: ("neutral", lazy("Stopped")),
}
_SECOND: Final = 1_000  # milliseconds


@dataclass(frozen=True, slots=True)
class TypedWebhook(TypedForm):
    """What the form held."""

    url: str = ""
    description: str = ""
    events: tuple[str, ...] = _FIRST

    @classmethod
    def of(cls, webhook: Webhook) -> TypedWebhook:
        return cls(webhook.url, webhook.description, tuple(webhook.events))


@dataclass(frozen=True, slots=True)
class TypedReplay(TypedForm):
    since: str = ""


def build_webhooks(
    rows: Sequence[Webhook], counts: Mapping[int, Mapping[str, int]], typed: TypedWebhook, now: datetime
) -> WebhooksPage:
    return WebhooksPage(
        lead=_("Programs of yours that are told what happens, by a signed request to an address of theirs."),
        webhooks=tuple(_line(row, counts.get(row.pk, {}), now) for row in rows),
        form=_form(typed),
        problems=typed.problems("main", labels=_labels()),
    )


def _line(row: Webhook, counts: Mapping[str, int], now: datetime) -> WebhookLine:
    n = len(row.events)
    return WebhookLine(
        pk=row.pk,
        address=row.url,
        description=row.description,
        events=ngettext("%(n)d event", "%(n)d events", n) % {"n": n},
        pill=_pill(row),
        counts=_counts(counts),
        created=When.of(row.created_at, now),
        created_by=row.created_by,
    )


def _counts(counts: Mapping[str, int]) -> str:
    words = {
        "delivered": lambda n: ngettext("%(n)d arrived", "%(n)d arrived", n),
        "waiting": lambda n: ngettext("%(n)d waits", "%(n)d wait", n),
        "failed": lambda n: ngettext("%(n)d failed", "%(n)d failed", n),
        "stopped": lambda n: ngettext("%(n)d stopped", "%(n)d stopped", n),
    }
    parts = [word(counts[state]) % {"n": counts[state]} for state, word in words.items() if counts.get(state)]
    return ", ".join(parts) or _("Nothing sent yet")


def _pill(row: Webhook) -> Pill:
    if row.disabled_at is not None:
        return Pill("bad" if row.disabled_because else "neutral", _("Disabled"))
    return Pill("warn", _("Failing")) if row.failing_since else Pill("ok", _("Enabled"))


def _form(typed: TypedWebhook) -> WebhookForm:
    groups = tuple(
        EventGroup(
            str(name),
            tuple(EventOption(value, str(label), value in typed.events) for value, label in options.items()),
        )
        for name, options in EVENT_WORDS.items()
    )
    local = _(
        "This installation is for one machine, so addresses of this machine (127.0.0.1) and http:// are fine here."
    )
    return WebhookForm(
        groups=groups,
        url=typed.url,
        description=typed.description,
        url_error=typed.errors.get("url", ""),
        description_error=typed.errors.get("description", ""),
        events_error=typed.errors.get("events", ""),
        local=local if settings.EMBEDDED else "",
    )


# One webhook


def _labels() -> dict[str, str]:
    return {"url": _("Address"), "description": _("Description"), "events": _("Events")}


def build_webhook(
    row: Webhook,
    piece: Slice[Delivery],
    typed: TypedWebhook,
    replay: TypedReplay,
    now: datetime,
    *,
    secret: str = "",
) -> WebhookPage:
    problems = typed.problems("main", labels=_labels())
    if replay.sentence:
        problems = (*problems, Problem(replay.sentence, "#log"))
    return WebhookPage(
        pk=row.pk,
        address=row.url,
        description=row.description,
        pill=_pill(row),
        state=_state(row, now),
        is_enabled=row.listens,
        events=tuple(str(_event_words(name)) for name in row.events),
        form=_form(typed),
        deliveries=tuple(delivery_line(each, row, now) for each in piece.rows),
        pager=_pager(row, piece),
        both_until=When.of(row.both_until, now) if row.both_until and row.both_until > now else None,
        earliest=_for_field(now - REPLAYS_FOR),
        latest=_for_field(now),
        since=replay.since,
        since_error=replay.errors.get("since", ""),
        secret=_secret(row, secret, now) if secret else None,
        problems=problems,
    )


def _secret(row: Webhook, text: str, now: datetime) -> NewSecret:
    if row.both_until and row.both_until > now:
        until = When.of(row.both_until, now).shown
        return NewSecret(text, _("Until %(when)s the old secret signs as well.") % {"when": until})
    return NewSecret(text)


def _event_words(name: str) -> object:
    return next((options[name] for options in EVENT_WORDS.values() if name in options), name)


def _state(row: Webhook, now: datetime) -> str:
    if row.disabled_at is not None:
        since = {"when": When.of(row.disabled_at, now).shown}
        return {
            "gone": _("Disabled on %(when)s, since its receiver answered that it is gone.") % since,
            "failing": _("Disabled on %(when)s, since its receiver took nothing for days.") % since,
        }.get(row.disabled_because) or _("Disabled on %(when)s. Nothing is sent.") % since
    if row.failing_since:
        return _("Nothing arrived since %(when)s. After three days of that it is disabled.") % {
            "when": When.of(row.failing_since, now).shown
        }
    return _("Events are sent as they happen, and again for a day if they do not arrive.")


def _pager(row: Webhook, piece: Slice[Delivery]) -> Pager:
    here = reverse("settings_webhook", args=[row.pk])
    if not piece.rows:
        return Pager("", here if piece.newer else "")
    text = ngettext("%(n)d delivery", "%(n)d deliveries", len(piece.rows)) % {"n": len(piece.rows)}
    newer = f"{here}?after={piece.rows[0].pk}#log" if piece.newer else ""
    return Pager(text, newer, f"{here}?before={piece.rows[-1].pk}#log" if piece.older else "")


def _for_field(moment: datetime) -> str:
    """For a field of the type datetime-local, in UTC."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M")


# Deliveries


def delivery_line(row: Delivery, webhook: Webhook, now: datetime) -> DeliveryLine:
    attempts = list(row.attempts.all())
    tone, label = _STATES[Delivery.State(row.state)]
    waits = row.state == Delivery.State.WAITING
    return DeliveryLine(
        pk=row.pk,
        type=row.type,
        event_id=row.event_id,
        pill=Pill(tone, str(label)),
        when=When.of(row.created_at, now),
        attempts=ngettext("%(n)d attempt", "%(n)d attempts", len(attempts)) % {"n": len(attempts)},
        last=_result(attempts[-1]) if attempts else "",
        next=When.of(row.due_at, now) if waits and attempts else None,
        can_replay=not waits and webhook.listens,
    )


def _result(attempt: Attempt) -> str:
    if attempt.milliseconds is None:
        return _("Nobody knows how it ended: the worker was stopped in it.")
    if attempt.failure:
        return attempt.failure
    return _("It answered with %(status)d.") % {"status": attempt.status}


def build_delivery(row: Delivery, webhook: Webhook, now: datetime) -> DeliveryPage:
    return DeliveryPage(
        webhook=webhook.pk,
        address=webhook.url,
        line=delivery_line(row, webhook, now),
        state=_delivery_state(row),
        body=json.dumps(json.loads(row.body), indent=2, ensure_ascii=False),
        attempts=tuple(_attempt(each, now) for each in row.attempts.all()),
    )


def _delivery_state(row: Delivery) -> str:
    return {
        Delivery.State.WAITING: _("It is sent as soon as it is due."),
        Delivery.State.DELIVERED: _("The receiver took it."),
        Delivery.State.FAILED: _("It was tried for a day. You can send it again."),
        Delivery.State.STOPPED: _("The webhook was disabled meanwhile. Once it is enabled you can send it again."),
    }[Delivery.State(row.state)]


def _attempt(row: Attempt, now: datetime) -> AttemptLine:
    took = _("%(n).1f s") % {"n": row.milliseconds / _SECOND} if row.milliseconds is not None else ""
    good = row.milliseconds is not None and not row.failure
    return AttemptLine(
        row.number, When.of(row.began_at, now), "ok" if good else "bad", _result(row), took, row.address, row.answer
    )
