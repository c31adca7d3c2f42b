"""Intervals for a share of trials: Wilson, also for clustered trials, and the exact bound for a bright line.

Sources:
    E. B. Wilson, "Probable inference, the law of succession, and statistical inference", JASA 22 (1927), 209-212.
    C. J. Clopper, E. S. Pearson, "The use of confidence or fiducial limits", Biometrika 26 (1934), 404-413.
    L. Kish, "Survey Sampling" (1965), 8.2: the design effect and the effective sample size.
    N. Dean, M. Pagano, "Evaluating confidence interval methods for binomial proportions in clustered surveys", Journal
    of Survey Statistics and Methodology 3 (2015), 484-503: Wilson's interval at the effective sample size.
"""

from __future__ import annotations

from collections.abc import Iterable
from math import inf, isfinite, sqrt
from statistics import NormalDist
from typing import Final, NamedTuple

from audits.checks.statistics.beta import beta_quantile

CONFIDENCE: Final = 0.95


class Interval(NamedTuple):
    """Shares from 0 to 1."""

    low: float
    high: float


class Counts(NamedTuple):
    """Of one cluster, such as a variant: how many of its trials passed."""

    passed: int
    trials: int


def wilson(passed: float, trials: float, confidence: float = CONFIDENCE) -> Interval:
    """Wilson's score interval, without continuity correction. Of no trials it is everything.

    Args:
        passed, trials: counts; they need not be whole, as an effective sample size is not.
    """
    _check(passed, trials, confidence)
    if trials == 0:
        return Interval(0.0, 1.0)
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    share = passed / trials
    scale = 1 + z * z / trials
    middle = (share + z * z / (2 * trials)) / scale
    reach = z * sqrt(share * (1 - share) / trials + z * z / (4 * trials * trials)) / scale
    low = 0.0 if passed == 0 else max(0.0, middle - reach)
    high = 1.0 if passed == trials else min(1.0, middle + reach)
    return Interval(low, high)


def design_effect(clusters: Iterable[Counts]) -> float:
    """How many times larger the variance of the share is than that of independent trials: at least 1.

    It is the variance of the ratio estimator between clusters,
    ``k/(k-1) * sum((passed_i - p * trials_i)**2) / trials**2``, over ``p (1-p) / trials`` (Kish 1965). Where all trials
    end alike, or there is but one cluster, nothing can be said about it and it is taken to be 1: the interval then
    speaks of these very variants, and its width is what the number of trials allows.
    """
    listed = [cluster for cluster in clusters if cluster.trials]
    passed, trials = sum(each.passed for each in listed), sum(each.trials for each in listed)
    if len(listed) < 2 or passed in (0, trials):
        return 1.0
    share = passed / trials
    between = sum((each.passed - share * each.trials) ** 2 for each in listed)
    variance = len(listed) / (len(listed) - 1) * between / trials**2
    return max(1.0, variance / (share * (1 - share) / trials))


def wilson_clustered(clusters: Iterable[Counts], confidence: float = CONFIDENCE) -> Interval:
    """Wilson's interval at the effective sample size: trials over their design effect (Dean and Pagano 2015).

    Repeats of one prompt are alike, so a hundred of them say less than a hundred prompts do.
    """
    listed = list(clusters)
    passed, trials = sum(each.passed for each in listed), sum(each.trials for each in listed)
    effect = design_effect(listed)
    return wilson(passed / effect, trials / effect, confidence)


def upper_bound(failed: int, trials: int, confidence: float = CONFIDENCE) -> float:
    """The exact one-sided upper bound of a rate of failures (Clopper and Pearson 1934).

    With no failure it is ``1 - (1 - confidence) ** (1 / trials)``: 0 of 10 is below 25.9 %, 0 of 60 below 4.9 %.
    """
    _check(failed, trials, confidence)
    if failed >= trials:
        return 1.0
    if failed == 0:
        return float(1 - (1 - confidence) ** (1 / trials))
    return beta_quantile(confidence, failed + 1, trials - failed)


def clopper_pearson(passed: int, trials: int, confidence: float = CONFIDENCE) -> Interval:
    """The exact two-sided interval."""
    _check(passed, trials, confidence)
    tail = (1 - confidence) / 2
    low = 0.0 if passed == 0 else beta_quantile(tail, passed, trials - passed + 1)
    high = 1.0 if passed == trials else beta_quantile(1 - tail, passed + 1, trials - passed)
    return Interval(low, high)


def trials_needed(threshold: float, failures: int = 0, confidence: float = CONFIDENCE) -> int:
    """The fewest trials of which all but ``failures`` must pass for Wilson's lower end to reach the threshold."""
    if not 0 < threshold < 1:
        raise ValueError("A threshold lies between 0 and 1.")
    low, high = failures, failures + 1
    while not _reaches(high, failures, threshold, confidence):
        low, high = high, high * 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if _reaches(middle, failures, threshold, confidence) else (middle, high)
    return high


def bright_line_trials(bound: float, confidence: float = CONFIDENCE) -> int:
    """The fewest trials without a failure after which the exact bound is at most ``bound``."""
    if not 0 < bound < 1:
        raise ValueError("A bound lies between 0 and 1.")
    trials = 1
    while upper_bound(0, trials, confidence) > bound:
        trials *= 2
    low = trials // 2
    while trials - low > 1:
        middle = (low + trials) // 2
        low, trials = (low, middle) if upper_bound(0, middle, confidence) <= bound else (middle, trials)
    return trials


def _reaches(trials: int, failures: int, threshold: float, confidence: float) -> bool:
    return wilson(trials - failures, trials, confidence).low >= threshold


def _check(part: float, whole: float, confidence: float) -> None:
    if not (0 <= part <= whole < inf) or not isfinite(part):
        raise ValueError("Counts are finite, and a part is from 0 to its whole.")
    if not 0 < confidence < 1:
        raise ValueError("A confidence lies between 0 and 1.")
