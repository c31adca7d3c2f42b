"""Webhooks and what became of their deliveries."""

from __future__ import annotations

from collections.abc import Mapping

from django.db.models import Count

from profiles.access import Actor
from profiles.models import Delivery, Webhook


def webhooks_for(actor: Actor) -> list[Webhook]:
    return list(Webhook.objects.of(actor).filter(removed_at=None).select_related("organization"))


def webhook_for(actor: Actor, pk: int) -> Webhook:
    """
    Raises:
        NotFound: there is none, it was removed, or it is another organization's.
    """
    return Webhook.objects.of(actor).filter(removed_at=None).select_related("organization").one(pk=pk)


def delivery_for(actor: Actor, webhook: Webhook, pk: int) -> Delivery:
    """
    Raises:
        NotFound: this webhook has no such delivery.
    """
    return Delivery.objects.of(actor).filter(webhook=webhook).select_related("webhook__organization").one(pk=pk)


def delivery_counts(webhooks: list[Webhook]) -> Mapping[int, Mapping[str, int]]:
    """How many deliveries of each webhook are in each state."""
    rows = (
        Delivery.objects.filter(webhook__in=webhooks).order_by().values("webhook_id", "state").annotate(n=Count("pk"))
    )
    found: dict[int, dict[str, int]] = {webhook.pk: {} for webhook in webhooks}
    for row in rows:
        found[row["webhook_id"]][row["state"]] = row["n"]
    return found
