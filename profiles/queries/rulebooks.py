"""Rulebooks of this installation, and the products that they concern."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from profiles.errors import NotFound
from profiles.models import (
    Product,
    RulebookDraft,
    RulebookRevision,
)
from profiles.rulebook.model import Behavior, Layer, Rulebook


def without_text() -> QuerySet[RulebookRevision]:
    """Without their long texts, which each process reads and decodes only once (``RulebookRevision.rulebook``)."""
    return RulebookRevision.objects.defer("document")


def latest_rulebooks(platforms: Iterable[str]) -> tuple[RulebookRevision, ...]:
    """The newest revision of each platform's rulebook, in the order of ``platforms``."""
    found: dict[str, RulebookRevision] = {}
    for revision in without_text().filter(platform__in=list(platforms)).order_by("published", "id"):
        found[revision.platform] = revision
    return tuple(found[platform] for platform in platforms if platform in found)


def law_packs(facts: Mapping[str, Any]) -> tuple[RulebookRevision, ...]:
    """The newest revision of each law pack within whose reach a product with ``facts`` is, by name."""
    found = {row.platform: row for row in without_text().filter(layer=Layer.LAW).order_by("published", "id")}
    return tuple(found[name] for name in sorted(found) if found[name].rulebook().applies_to(facts))


def rulebooks_of(digests: Sequence[str]) -> list[Rulebook]:
    """The rulebooks of these digests, in their order."""
    found = {row.digest: row for row in without_text().filter(digest__in=digests)}
    return [found[digest].rulebook() for digest in digests]


def rulebook_revisions(platform: str | None = None) -> list[RulebookRevision]:
    """The revisions of this installation, or of one platform, the newest first. Everybody who is signed in may read
    them: they belong to no organization."""
    rows = RulebookRevision.objects.order_by("platform", "-published", "-id")
    return list(rows.filter(platform=platform) if platform else rows)


def latest_of_all() -> list[RulebookRevision]:
    """The newest revision of every platform and law pack: platforms first, by name."""
    rows = RulebookRevision.newest().defer("document")
    return sorted(rows, key=lambda row: (row.is_law, row.platform))


def revision_before(revision: RulebookRevision) -> RulebookRevision | None:
    """The newest other revision of the same platform or law pack that came before; of one that is not stored yet, the
    newest of all."""
    rows = without_text().filter(platform=revision.platform).order_by("published", "id")
    return (rows.filter(pk__lt=revision.pk) if revision.pk else rows).last()


def stated_behaviors() -> dict[str, list[Behavior]]:
    """Every behavior that some rulebook of this installation states, by key: what each platform says about it."""
    found: dict[str, list[Behavior]] = {}
    for revision in latest_of_all():
        for key, behavior in revision.rulebook().behaviors.items():
            if behavior.is_stated:
                found.setdefault(key, []).append(behavior)
    return found


def products_on(platform: str) -> QuerySet[Product]:
    """Every product that names a platform; all of them for an empty name."""
    return Product.objects.filter(platforms__contains=[platform]) if platform else Product.objects.all()


def open_revisions() -> list[RulebookDraft]:
    """The next revisions that stewards are settling, the oldest first."""
    return list(RulebookDraft.objects.filter(state=RulebookDraft.State.OPEN).defer("document").order_by("started_at"))


def rulebook_draft(pk: int) -> RulebookDraft:
    """
    Raises:
        NotFound: none has this id.
    """
    rows = RulebookDraft.objects.select_related("base", "source_before", "source_after", "published")
    found = rows.defer("source_before__body", "source_after__body", "published__document").filter(pk=pk).first()
    if found is None:
        raise NotFound(_("There is no such revision."))
    return found
