"""Rulebooks of this installation, and the products that they concern."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from profiles.errors import NotFound
from profiles.models import (
    Product,
    RulebookDraft,
    RulebookRevision,
)
from profiles.rulebook.model import Behavior, Rulebook


def without_text() -> QuerySet[RulebookRevision]:
    """Without their long texts, which each process reads and decodes only once (``RulebookRevision.rulebook``)."""
    return RulebookRevision.objects.defer("document")


@dataclass(frozen=True, slots=True)
class Shelf:
    """The newest rulebook of every platform and law pack, and older ones that somebody asked for by their digests."""

    newest: Mapping[str, RulebookRevision]  # by platform
    by_digest: Mapping[str, RulebookRevision]

    @classmethod
    def read(cls, digests: Iterable[str] = ()) -> Shelf:
        """With one query."""
        newest = RulebookRevision.newest().values("pk")
        rows = list(without_text().filter(Q(pk__in=newest) | Q(digest__in=list(digests))).order_by("published", "id"))
        return cls({row.platform: row for row in rows}, {row.digest: row for row in rows})

    def latest(self, platforms: Iterable[str]) -> tuple[RulebookRevision, ...]:
        """The rulebooks of ``platforms``, in their order."""
        return tuple(self.newest[name] for name in platforms if name in self.newest)

    @property
    def laws(self) -> tuple[RulebookRevision, ...]:
        """Every law pack, by name, whether or not a product is within its reach."""
        return tuple(self.newest[name] for name in sorted(self.newest) if self.newest[name].is_law)

    def law_packs(self, facts: Mapping[str, Any]) -> tuple[RulebookRevision, ...]:
        """The law packs within whose reach a product with ``facts`` is, by name."""
        return tuple(law for law in self.laws if law.rulebook().applies_to(facts))


def latest_rulebooks(platforms: Iterable[str]) -> tuple[RulebookRevision, ...]:
    """The newest revision of each platform's rulebook, in the order of ``platforms``."""
    return Shelf.read().latest(platforms)


def law_packs(facts: Mapping[str, Any]) -> tuple[RulebookRevision, ...]:
    """The newest revision of each law pack within whose reach a product with ``facts`` is, by name."""
    return Shelf.read().law_packs(facts)


def revisions_of(digests: Iterable[str]) -> dict[str, RulebookRevision]:
    """Revisions by their digests."""
    return {row.digest: row for row in without_text().filter(digest__in=list(digests))}


def every_law_pack() -> tuple[RulebookRevision, ...]:
    """The newest revision of every law pack, whether or not a product is within its reach."""
    return Shelf.read().laws


def rulebooks_of(digests: Sequence[str]) -> list[Rulebook]:
    """The rulebooks of these digests, in their order."""
    found = revisions_of(digests)
    return [found[digest].rulebook() for digest in digests]


def rulebook_revisions(platform: str | None = None) -> list[RulebookRevision]:
    """The revisions of this installation, or of one platform, the newest first. Everybody who is signed in may read
    them: they belong to no organization."""
    rows = RulebookRevision.objects.order_by("platform", "-published", "-id")
    return list(rows.filter(platform=platform) if platform else rows)


def every_revision(platform: str = "") -> QuerySet[RulebookRevision]:
    """Every revision of this installation or of one platform or law pack, without its long text."""
    return without_text().filter(platform=platform) if platform else without_text()


def revision_of(platform: str, day: str) -> RulebookRevision:
    """
    Raises:
        NotFound: no rulebook of this platform or law pack is of that day.
    """
    try:
        rows = RulebookRevision.objects.filter(platform=platform, published=date.fromisoformat(day))
    except ValueError:
        rows = RulebookRevision.objects.none()
    found = rows.order_by("-id").first()
    if found is None:
        raise NotFound(_("There is no such rulebook."))
    return found


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
