"""Two runs of a product, compared commitment by commitment, by the variants that both asked alike."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import Case, Count, IntegerField, Q, Value, When

from audits.checks import probes
from audits.checks.comparisons import Differs, differences, same_probes
from audits.checks.statistics import Comparison, Counts, compare
from audits.conformance import reads
from audits.models import Finding, Judgement, Run, Suite, Trial
from profiles.access import Actor

_SAYS: Final = (Trial.Outcome.PASS, Trial.Outcome.FAIL)


@dataclass(frozen=True, slots=True)
class Compared:
    """One commitment in both runs; a finding is None where that run says nothing of it."""

    behavior: str
    found: Comparison
    earlier: Finding | None
    later: Finding | None


@dataclass(frozen=True, slots=True)
class Contrast:
    """Two runs of one product.

    Args:
        differs: what the later protocol fixes otherwise.
        same: how many variants both asked alike.
    """

    earlier: Run
    later: Run
    differs: tuple[Differs, ...]
    same: int
    commitments: tuple[Compared, ...]


def can_compare(earlier: Run, later: Run | None = None) -> bool:
    """Whether there are two, both have asked all that was planned, and about one product."""
    if later is None:
        return False
    of_one = earlier.protocol.version.product_id == later.protocol.version.product_id
    return of_one and earlier.pk != later.pk and earlier.state == later.state == Run.State.FINISHED


def earlier_runs(actor: Actor, run: Run, most: int) -> list[int]:
    """The ids of finished ones of its product, those of the same suite on the same platform first, each from the newest
    on."""
    protocol = run.protocol
    same = Q(protocol__suite__slug=protocol.suite.slug, protocol__platform=protocol.platform)
    rows = Run.objects.of(actor).finished().about([protocol.version.product]).filter(pk__lt=run.pk)
    place = Case(When(same, then=Value(0)), default=Value(1), output_field=IntegerField())
    return list(rows.annotate(place=place).order_by("place", "-pk").values_list("pk", flat=True)[:most])


def contrast(earlier: Run, later: Run) -> Contrast:
    """
    Args:
        earlier, later: two that can be compared.
    """
    documents = reads.document_of(earlier), reads.document_of(later)
    before, after = _counts_of(earlier, later)
    both = _names(before) & _names(after)
    topics = documents[0]["topic"], documents[1]["topic"]
    is_one_suite = earlier.protocol.suite_id == later.protocol.suite_id and topics[0] == topics[1]
    same = both if is_one_suite else both & _same(earlier, later, topics)
    findings = Finding.objects.said_by([earlier, later])
    keys = sorted(before.keys() | after.keys())
    return Contrast(
        earlier,
        later,
        differences(*documents, (_reported(earlier), _reported(later))),
        len(same),
        tuple(
            Compared(
                key,
                _compared(before.get(key, {}), after.get(key, {}), same),
                findings[earlier.pk].get(key),
                findings[later.pk].get(key),
            )
            for key in keys
        ),
    )


_Found = dict[str, dict[str, Counts]]  # by behavior and variant


def _counts_of(*runs: Run) -> tuple[_Found, ...]:
    """What the trials of each say, a person's word before the program's."""
    said = dict(Judgement.objects.filter(trial__run__in=runs).order_by("pk").values_list("trial_id", "outcome"))
    rows = Trial.objects.filter(run__in=runs).exclude(pk__in=list(said)).order_by()
    counted = rows.values_list("run", "behavior", "probe", "variant").annotate(
        passed=Count("pk", filter=Q(outcome=Trial.Outcome.PASS)), decided=Count("pk", filter=Q(outcome__in=_SAYS))
    )
    found: dict[int, _Found] = {run.pk: {} for run in runs}
    for run, behavior, probe, variant, passed, decided in [*counted, *_judged(said)]:
        variants = found[run].setdefault(behavior, {})
        known = variants.get(f"{probe}/{variant}", Counts(0, 0))
        variants[f"{probe}/{variant}"] = Counts(known.passed + passed, known.trials + decided)
    return tuple(found[run.pk] for run in runs)


def _judged(said: dict[int, str]) -> Iterator[tuple[int, str, str, str, int, int]]:
    rows = Trial.objects.filter(pk__in=list(said)).order_by()
    for pk, run, behavior, probe, variant in rows.values_list("pk", "run", "behavior", "probe", "variant"):
        yield run, behavior, probe, variant, said[pk] == Trial.Outcome.PASS, said[pk] in _SAYS


def _reported(run: Run) -> str:
    """What the model called itself, where it did so by one name throughout."""
    names = reads.reported(run)
    return names[0] if len(names) == 1 else ""


def _same(earlier: Run, later: Run, topics: tuple[str, str]) -> frozenset[str]:
    one, other = (_suite(run) for run in (earlier, later))
    return same_probes(one, other, topics)


def _suite(run: Run) -> probes.Suite:
    document = Suite.objects.values_list("document", flat=True).get(pk=run.protocol.suite_id)
    return probes.parse_json(bytes(document))


def _compared(before: dict[str, Counts], after: dict[str, Counts], same: frozenset[str]) -> Comparison:
    """A variant that is not the same in both counts as two, each of which one run has."""
    later = {name if name in same else f"{name} (later)": counts for name, counts in after.items()}
    return compare(before, later)


def _names(counts: dict[str, dict[str, Counts]]) -> frozenset[str]:
    return frozenset(name for variants in counts.values() for name in variants)


def as_told(one: Compared) -> dict[str, Any]:
    """JSON-ready."""
    found = one.found
    return {
        "behavior": one.behavior,
        "change": found.change.value,
        "difference": round(found.difference, 6),
        "interval": [round(end, 6) for end in found.interval] if found.interval else None,
        "variants": found.variants,
        "better": list(found.better),
        "worse": list(found.worse),
        "p_value": round(found.p_value, 6),
        "left_out": len(found.left_out),
    }
