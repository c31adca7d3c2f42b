"""What is known of whether models keep the promises of versions: runs and findings as ``audits.checks`` judges them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef
from django.db.models.functions import JSONObject

from audits.checks.freshness import Found, Freshness, Missing, Tested, Wanted, freshness, missing
from audits.checks.protocols import told_digest
from audits.checks.statistics import CommitmentOutcome
from audits.models import Finding, Protocol, Run
from profiles.models import Product
from profiles.resolution.document import vendor_settings
from profiles.resolution.instructions import compile_instructions, text_digest
from profiles.resolution.types import Resolution
from profiles.rulebook.model import Kind

GUARDED: Final = (Kind.BRIGHT_LINE, Kind.PROTECTION)
_MOST_KEPT: Final = 4_096
# What runs of a protocol tell a model, by the protocol's digest: that never changes, and documents are long.
_told: dict[str, str] = {}


@dataclass(frozen=True, slots=True)
class Shown:
    """Of one version (or draft): what is known on each platform, and what its behaviors are called."""

    known: tuple[Freshness, ...]
    names: Mapping[str, str]

    def missing(self, days: int, now: datetime) -> tuple[Missing, ...]:
        """What it lacks for a passing run that is not older, platform by platform."""
        found = (missing(each, days=days, now=now) for each in self.known)
        return tuple(each for each in found if each)


def tested_runs(products: Iterable[Product]) -> dict[int, list[Tested]]:
    """Of each product, by its id, the newest complete run of every protocol with what it found: one query for most."""
    newest = Run.objects.finished().about(list(products)).order_by("protocol_id", "-finished_at", "-pk")
    said = JSONObject(behavior="behavior", outcome="outcome", passed="passed", trials="trials")
    findings = Finding.objects.newest().filter(run=OuterRef("pk")).order_by().values(said=said)
    rows = list(
        Run.objects.filter(pk__in=newest.distinct("protocol_id").values("pk"))
        .annotate(said=ArraySubquery(findings))
        .values_list(
            "pk", "finished_at", "protocol__digest", "protocol__platform", "protocol__version__number",
            "protocol__version__product", "protocol__endpoint__model", "protocol__endpoint__rehearsal", "said",
        )
    )  # fmt: skip
    told = _told_by(row[2] for row in rows)
    tested: dict[int, list[Tested]] = {}
    for pk, ended, digest, platform, number, product, model, rehearsal, found in rows:
        assert ended is not None, "the table's constraint"
        run = Tested(pk, number, platform, told[digest], model, rehearsal, ended, _findings(found))
        tested.setdefault(product, []).append(run)
    return tested


def _findings(said: Iterable[Mapping[str, Any]]) -> dict[str, Found]:
    return {
        each["behavior"]: Found(CommitmentOutcome(each["outcome"]), each["passed"], each["trials"]) for each in said
    }


def _told_by(digests: Iterable[str]) -> dict[str, str]:
    wanted = set(digests)
    if unknown := wanted - _told.keys():
        if len(_told) + len(unknown) > _MOST_KEPT:
            _told.clear()
            unknown = wanted
        for digest, data in Protocol.objects.filter(digest__in=unknown).values_list("digest", "document"):
            document = json.loads(bytes(data))
            _told[digest] = told_digest(document["instructions"]["digest"], document["vendor_settings"])
    return {digest: _told[digest] for digest in wanted}


def wanted_of(product: Product, resolutions: Mapping[str, Resolution], instructions: str) -> tuple[Wanted, ...]:
    """What runs of a version must have been about: on each platform, each model that the product names for it.

    Args:
        resolutions: by platform, without preferences of any user.
        instructions: the operator's own text.
    """
    return tuple(
        Wanted(
            platform,
            told_digest(text_digest(compile_instructions(resolution, instructions)), vendor_settings(resolution)),
            model,
            frozenset(key for key, each in resolution.decisions.items() if each.behavior.kind in GUARDED),
        )
        for platform, resolution in resolutions.items()
        for model in product.model_names.get(platform) or ("",)
    )


def shown_of(
    product: Product, resolutions: Mapping[str, Resolution], instructions: str, runs: Iterable[Tested]
) -> Shown:
    """
    Args:
        runs: as ``tested_runs`` finds them.
    """
    runs = tuple(runs)
    names = {key: each.behavior.name for found in resolutions.values() for key, each in found.decisions.items()}
    wanted = wanted_of(product, resolutions, instructions)
    return Shown(tuple(freshness(each, runs) for each in wanted), names)


def shown_now(product: Product, resolutions: Mapping[str, Resolution], instructions: str) -> Shown:
    """The same for one alone."""
    return shown_of(product, resolutions, instructions, tested_runs([product]).get(product.pk, ()))
