"""What pages read about suites: those that ship, the organization's own, and the drafts of these."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from django.db.models import Count, Q

from audits import queries
from audits.checks import probes
from audits.models import DraftProbe, Suite, SuiteDraft
from profiles import queries as reads
from profiles.access import Actor
from profiles.models import SourceDocument
from profiles.rulebook.revise import citing


def drafts(actor: Actor) -> list[SuiteDraft]:
    """With ``total`` and ``open``: how many probes they have, and how many of these stand in the way of publishing."""
    rows = SuiteDraft.objects.of(actor).select_related("organization", "published").defer("published__document")
    count = {"total": Count("probes"), "open": Count("probes", filter=Q(probes__faults__gt=0))}
    return list(rows.annotate(**count).order_by("slug"))


def draft_for(actor: Actor, pk: int) -> SuiteDraft | None:
    rows = SuiteDraft.objects.of(actor).select_related("organization", "published").defer("published__document")
    return rows.filter(pk=pk).first()


def probe_of(draft: SuiteDraft, pk: int) -> DraftProbe | None:
    return draft.probes.filter(pk=pk).first()


def suite_for(actor: Actor, pk: int) -> Suite | None:
    return queries.suites(actor).filter(pk=pk).first()


def numbers(actor: Actor, suite: Suite) -> list[Suite]:
    """All numbers of a suite, the newest first, without their probes."""
    rows = queries.suites(actor).filter(organization=suite.organization_id, slug=suite.slug)
    return list(rows.defer("document").order_by("-number"))


def document(suite: Suite) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(bytes(suite.document))
    return found


def read(suite: Suite) -> probes.Suite:
    """A published suite; read once per process, since its bytes never change."""
    return _read(suite.digest, bytes(suite.document))


@lru_cache(maxsize=32)
def _read(_digest: str, data: bytes) -> probes.Suite:
    return probes.parse_json(data)


# What an imported document can give


def documents_with_examples() -> list[tuple[SourceDocument, int]]:
    """Imported source documents that hold examples, each with how many."""
    rows = ((row, len(reads.source_outline(row).examples)) for row in reads.source_documents())
    return [(row, count) for row, count in rows if count]


def citing_behaviors(row: SourceDocument) -> dict[str, str]:
    """By section, a behavior that rests on it in the newest rulebook of the document's platform."""
    revision = next(iter(reads.latest_rulebooks([row.platform])), None)
    if revision is None:
        return {}
    sections = [section.id for section in reads.source_outline(row).sections]
    found: dict[str, str] = {}
    for key, cited in citing(revision.rulebook(), row.name, sections).items():
        for section in cited:
            found.setdefault(section, key)
    return found


def section_counts(row: SourceDocument) -> Mapping[str, int]:
    """How many examples each section holds, for those that hold any."""
    counts: dict[str, int] = {}
    for example in reads.source_outline(row).examples:
        counts[example.section] = counts.get(example.section, 0) + 1
    return counts


def by_behavior(found: Iterable[probes.Probe]) -> dict[str, list[probes.Probe]]:
    groups: dict[str, list[probes.Probe]] = {}
    for probe in found:
        groups.setdefault(probe.behavior, []).append(probe)
    return groups
