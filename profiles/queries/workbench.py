"""What one draft is worked on with: its environments, what is live, and all that it is judged by, in few queries."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.db.models import OuterRef, Subquery
from django.db.models.functions import JSONObject

from audits.models import Check
from profiles.models import Activation, Draft, DraftEdit, Environment, Product, Version
from profiles.queries.stored import Sources, claims_of, read_sources
from profiles.resolution.merge import flat, unflat
from profiles.resolution.types import Attestation

RECENT: Final = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Workbench:
    """``check`` is the newest limits check of what is live: its state, numbers and end."""

    environments: tuple[Environment, ...]
    live: Version | None
    check: dict[str, Any] | None
    sources: Sources
    claims: tuple[Attestation, ...]


def read_workbench(product: Product) -> Workbench:
    """With five queries."""
    newest = Activation.objects.filter(product=product, environment=OuterRef("pk")).order_by("-id")
    places = tuple(
        Environment.objects.filter(organization=product.organization_id)
        .order_by("position", "slug")
        .annotate(version_id=Subquery(newest.values("version_id")[:1]))
    )
    active = [place.version_id for place in places if place.version_id]
    live = _with_check(product, active[-1]) if active else None
    check = getattr(live, "checked", None)
    sources = read_sources(product.organization, *([live] if live else []))
    return Workbench(places, live, check, sources, claims_of(product))


def _with_check(product: Product, version_id: int) -> Version:
    said = JSONObject(state="state", passed="passed", total="total", finished_at="finished_at")
    newest = Check.objects.filter(version=OuterRef("pk"), kind=Check.Kind.LIMITS).order_by("-id")
    version: Version = Version.objects.annotate(checked=Subquery(newest.annotate(said=said).values("said")[:1])).get(
        pk=version_id
    )
    version.product = product
    return version


def recent_edits(draft: Draft, now: datetime) -> list[DraftEdit]:
    """Each person's last edit of a draft within the last minutes, the newest first."""
    since = now - RECENT
    if draft.updated_at < since:
        return []
    latest = draft.edits.filter(at__gt=since).order_by("by_id", "-revision").distinct("by_id")
    return sorted(latest, key=lambda edit: -edit.revision)


def draft_before(draft: Draft, revision: int) -> tuple[Draft, list[DraftEdit]]:
    """The draft as it was at a revision, in memory only, and the edits since, oldest first."""
    edits = list(draft.edits.filter(revision__gt=revision).order_by("revision"))
    before: dict[str, Any] = {}
    for edit in edits:
        before.setdefault(edit.field, edit.before)
    then = Draft(pk=draft.pk, product=draft.product, revision=revision, updated_at=draft.updated_at)
    fields = {**flat(draft.settings, draft.windows, draft.instructions), **before}
    then.settings, then.windows, then.instructions = unflat(fields)
    return then, edits
