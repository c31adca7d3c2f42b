"""Writing down what a webhook is to be told. Workers send it: see ``audits.telling``."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.conf import settings

from audits import dispatch
from audits.models import Entry
from profiles.models import Delivery, Webhook
from profiles.telling import events
from profiles.telling.happening import Happening


def write_deliveries(webhooks: Sequence[Webhook], it: Happening, entry: Entry, now: datetime) -> int:
    """Write the deliveries of an event to these webhooks, as far as they do not exist; returns how many are new."""
    rows = [
        new_delivery(webhook, it.id, events.payload(it, **_about(webhook), entry=entry.pk), now) for webhook in webhooks
    ]
    known = set(_of_event(webhooks, it).values_list("pk", flat=True))
    Delivery.objects.bulk_create(rows, ignore_conflicts=True, batch_size=1_000)
    new = [pk for pk in _of_event(webhooks, it).values_list("pk", flat=True) if pk not in known]
    for pk in new:
        dispatch.send_delivery(pk)
    return len(new)


def _of_event(webhooks: Sequence[Webhook], it: Happening) -> Any:
    return Delivery.objects.filter(webhook__in=webhooks, event_id=it.id)


def _about(webhook: Webhook) -> dict[str, str]:
    return {"organization": webhook.organization.slug, "base_url": settings.BRIGHTLINE_BASE_URL}


def new_delivery(webhook: Webhook, event_id: str, said: Mapping[str, Any], now: datetime) -> Delivery:
    return Delivery(
        webhook=webhook,
        event_id=event_id,
        type=said["type"],
        body=json.dumps(said, ensure_ascii=False, separators=(",", ":")),
        created_at=now,
        due_at=now,
        asked_at=now,
    )
