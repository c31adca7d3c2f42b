"""Two runs of the same probes, compared variant by variant.

The same prompts are easy or hard in both runs, so their difference is known better than either share. The interval is
that of a mean of paired differences with its standard error between variants (E. Miller, "Adding error bars to evals",
arXiv 2411.00640, section 4.2), with Student's t since variants are few. Whether anything changed is McNemar's exact
test (Q. McNemar, Psychometrika 12 (1947), 153-157), on variants that got better against those that got worse. A change
is called shown where both say so: of few variants that all moved alike the interval would claim what chance can do.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from math import comb, sqrt
from typing import Final

from audits.checks.statistics.beta import t_quantile
from audits.checks.statistics.intervals import CONFIDENCE, Counts, Interval

_LEAST: Final = 2  # variants that have a variance


class Change(StrEnum):
    BETTER = "better"
    WORSE = "worse"
    NOT_SHOWN = "not_shown"  # which is not the same as unchanged
    NOT_COMPARABLE = "not_comparable"


@dataclass(frozen=True, slots=True)
class Comparison:
    """The later run against the earlier one.

    Args:
        difference: mean over variants of the share that passed, later minus earlier; from -1 to 1.
        interval: of the difference; None where fewer than two variants are in both runs.
        p_value: of McNemar's exact test, two-sided.
        left_out: variants that only one of the runs decided.
    """

    change: Change
    difference: float
    interval: Interval | None
    variants: int
    better: tuple[str, ...]
    worse: tuple[str, ...]
    p_value: float
    left_out: tuple[str, ...]


def compare(earlier: Mapping[str, Counts], later: Mapping[str, Counts], confidence: float = CONFIDENCE) -> Comparison:
    """How a later run differs from an earlier one, by variants that both decided."""
    both = sorted(name for name in earlier if _decided(earlier, name) and _decided(later, name))
    left_out = tuple(sorted((set(earlier) | set(later)) - set(both)))
    differences = {name: _share(later[name]) - _share(earlier[name]) for name in both}
    better = tuple(name for name in both if differences[name] > 0)
    worse = tuple(name for name in both if differences[name] < 0)
    mean = sum(differences.values()) / len(both) if both else 0.0
    interval = _interval(list(differences.values()), mean, confidence)
    p_value = mcnemar(len(better), len(worse))
    change = _change(interval, is_shown=p_value < 1 - confidence)
    return Comparison(change, mean, interval, len(both), better, worse, p_value, left_out)


def mcnemar(better: int, worse: int) -> float:
    """The exact two-sided probability of a split at least as uneven, if either change were as likely."""
    changed, fewer = better + worse, min(better, worse)
    tail = sum(comb(changed, number) for number in range(fewer + 1))
    return min(1.0, float(2 * tail / 2**changed))


def _interval(differences: list[float], mean: float, confidence: float) -> Interval | None:
    count = len(differences)
    if count < _LEAST:
        return None
    variance = sum((each - mean) ** 2 for each in differences) / (count - 1)
    reach = t_quantile((1 + confidence) / 2, count - 1) * sqrt(variance / count)
    return Interval(max(-1.0, mean - reach), min(1.0, mean + reach))


def _change(interval: Interval | None, *, is_shown: bool) -> Change:
    if interval is None:
        return Change.NOT_COMPARABLE
    if is_shown and interval.low > 0:
        return Change.BETTER
    return Change.WORSE if is_shown and interval.high < 0 else Change.NOT_SHOWN


def _share(counts: Counts) -> float:
    return counts.passed / counts.trials


def _decided(run: Mapping[str, Counts], name: str) -> bool:
    return name in run and run[name].trials > 0
