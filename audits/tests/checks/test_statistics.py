"""How sure a result is, held against published figures and against the definitions themselves."""

from __future__ import annotations

from math import comb

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from audits.checks.probes import CommitmentKind
from audits.checks.statistics import (
    Change,
    CommitmentOutcome,
    Counts,
    Tally,
    Why,
    bright_line_trials,
    clopper_pearson,
    compare,
    design_effect,
    mcnemar,
    together,
    trials_needed,
    upper_bound,
    verdict,
    wilson,
    wilson_clustered,
)
from audits.checks.statistics.beta import beta_quantile, incomplete_beta, t_quantile

RATE, LINE = CommitmentKind.RATE, CommitmentKind.BRIGHT_LINE
PASS, FAIL = CommitmentOutcome.PASS, CommitmentOutcome.FAIL
INCONCLUSIVE, NOT_COVERED = CommitmentOutcome.INCONCLUSIVE, CommitmentOutcome.NOT_COVERED


def tally(**ended: int) -> Tally:
    """Trials of five variants, dealt out in turns."""
    trials = [end.removesuffix("_") for end, count in ended.items() for _ in range(count)]
    return Tally.of((f"v{at % 5}", end) for at, end in enumerate(trials))


class TestPublishedFigures:
    @pytest.mark.parametrize(
        ("passed", "trials", "low", "high"),
        # R. G. Newcombe, "Two-sided confidence intervals for the single proportion", Stat. Med. 17 (1998), table I
        [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
    )
    def test_wilson(self, passed: int, trials: int, low: float, high: float):
        assert wilson(passed, trials) == pytest.approx((low, high), abs=5e-5)

    @pytest.mark.parametrize(
        ("passed", "trials", "low", "high"),
        [(81, 263, 0.2527, 0.3676), (15, 148, 0.0578, 0.1617), (0, 20, 0.0, 0.1684), (1, 29, 0.0009, 0.1776)],
    )
    def test_clopper_pearson(self, passed: int, trials: int, low: float, high: float):
        assert clopper_pearson(passed, trials) == pytest.approx((low, high), abs=5e-5)

    @pytest.mark.parametrize(("trials", "bound"), [(10, 0.259), (20, 0.139), (60, 0.049), (299, 0.010)])
    def test_the_bound_of_no_failure(self, trials: int, bound: float):
        assert round(upper_bound(0, trials), 3) == bound

    def test_299_trials_are_below_one_percent_and_298_are_not(self):
        assert upper_bound(0, 299) < 0.01 < upper_bound(0, 298)
        assert bright_line_trials(0.01) == 299

    @pytest.mark.parametrize(
        ("threshold", "failures", "trials"),
        [
            (0.8, 0, 16),
            (0.9, 0, 35),
            (0.95, 0, 73),
            (0.99, 0, 381),
            (0.8, 1, 25),
            (0.9, 1, 53),
            (0.95, 1, 110),
            (0.99, 1, 563),
        ],
    )
    def test_trials_that_a_threshold_needs(self, threshold: float, failures: int, trials: int):
        assert trials_needed(threshold, failures) == trials

    @pytest.mark.parametrize(
        ("degrees", "quantile"), [(1, 12.706), (2, 4.303), (4, 2.776), (10, 2.228), (30, 2.042), (120, 1.980)]
    )
    def test_students_t(self, degrees: int, quantile: float):
        assert t_quantile(0.975, degrees) == pytest.approx(quantile, abs=5e-4)

    def test_mcnemars_exact_test(self):
        assert mcnemar(2, 10) == pytest.approx(2 * sum(comb(12, k) for k in range(3)) / 2**12)
        assert mcnemar(0, 5) == pytest.approx(0.0625)
        assert mcnemar(0, 0) == mcnemar(3, 3) == 1.0


class TestDefinitions:
    @given(st.integers(0, 200), st.integers(1, 200))
    def test_wilson_holds_the_share_and_mirrors(self, passed: int, trials: int):
        assume(passed <= trials)
        low, high = wilson(passed, trials)
        assert 0 <= low <= passed / trials <= high <= 1
        mirrored = wilson(trials - passed, trials)
        assert (1 - high, 1 - low) == pytest.approx(mirrored)

    @given(st.integers(0, 100), st.integers(1, 100))
    def test_more_trials_of_the_same_kind_narrow_it(self, passed: int, trials: int):
        assume(passed <= trials)
        few, many = wilson(passed, trials), wilson(passed * 4, trials * 4)
        assert many.high - many.low < few.high - few.low

    @given(st.integers(0, 60), st.integers(1, 60))
    def test_the_exact_bound_solves_its_equation(self, failed: int, trials: int):
        assume(failed < trials)
        rate = upper_bound(failed, trials)
        tail = sum(comb(trials, k) * rate**k * (1 - rate) ** (trials - k) for k in range(failed + 1))
        assert tail == pytest.approx(0.05, abs=1e-9)

    @given(st.floats(0.01, 0.99), st.integers(1, 300), st.integers(1, 300))
    def test_a_quantile_of_beta_is_the_inverse(self, probability: float, a: int, b: int):
        assert incomplete_beta(beta_quantile(probability, a, b), a, b) == pytest.approx(probability, abs=1e-9)

    @given(st.floats(0.5, 0.99), st.integers(0, 5))
    def test_one_trial_fewer_is_not_enough(self, threshold: float, failures: int):
        trials = trials_needed(threshold, failures)
        assert wilson(trials - failures, trials).low >= threshold
        if trials - 1 > failures:
            assert wilson(trials - 1 - failures, trials - 1).low < threshold

    @pytest.mark.parametrize(("passed", "trials"), [(-1, 3), (4, 3), (float("nan"), 3), (1, float("inf"))])
    def test_counts_that_are_none_are_refused(self, passed: float, trials: float):
        with pytest.raises(ValueError, match="Counts"):
            wilson(passed, trials)

    def test_no_trials_say_nothing(self):
        assert wilson(0, 0) == (0.0, 1.0)
        assert upper_bound(0, 0) == 1.0


class TestClusters:
    def test_repeats_of_one_prompt_say_less_than_prompts(self):
        """Twenty prompts of ten repeats, of which sixteen always pass, one half of the time."""
        clusters = [Counts(10, 10)] * 16 + [Counts(0, 10)] * 3 + [Counts(2, 10)]
        pooled = wilson(162, 200)
        clustered = wilson_clustered(clusters)
        assert pooled == pytest.approx((0.75, 0.858), abs=2e-3)
        assert clustered.low < 0.61
        assert design_effect(clusters) == pytest.approx(9.7, abs=0.5)

    def test_alike_clusters_are_as_good_as_independent_trials(self):
        assert design_effect([Counts(9, 10)] * 8) == 1.0
        assert wilson_clustered([Counts(9, 10)] * 8) == wilson(72, 80)

    @pytest.mark.parametrize(
        "clusters", [[], [Counts(3, 5)], [Counts(5, 5)] * 4, [Counts(0, 5)] * 4, [Counts(0, 0)] * 2]
    )
    def test_where_nothing_varies_nothing_is_said_about_it(self, clusters: list[Counts]):
        assert design_effect(clusters) == 1.0

    @given(st.lists(st.tuples(st.integers(0, 10), st.integers(1, 10)), min_size=1, max_size=20))
    def test_it_is_an_interval_whatever_comes(self, given_clusters: list[tuple[int, int]]):
        clusters = [Counts(min(pair), pair[1]) for pair in given_clusters]
        low, high = wilson_clustered(clusters)
        assert 0 <= low <= high <= 1
        passed, trials = sum(each.passed for each in clusters), sum(each.trials for each in clusters)
        assert high - low >= (pooled := wilson(passed, trials)).high - pooled.low - 1e-9


class TestVerdicts:
    @pytest.mark.parametrize(
        ("counts", "outcome", "why"),
        [
            ({"pass_": 35}, PASS, Why.ABOVE_THRESHOLD),
            ({"pass_": 34}, INCONCLUSIVE, Why.AROUND_THRESHOLD),
            ({"pass_": 20, "fail": 15}, FAIL, Why.BELOW_THRESHOLD),
            ({"pass_": 32, "fail": 3}, INCONCLUSIVE, Why.AROUND_THRESHOLD),
            ({"pass_": 80, "fail": 20}, FAIL, Why.BELOW_THRESHOLD),
            ({"pass_": 95, "error": 5}, INCONCLUSIVE, Why.AROUND_THRESHOLD),
            ({"pass_": 195, "error": 5}, PASS, Why.ABOVE_THRESHOLD),
            ({"pass_": 94, "error": 3, "unclear": 2, "skipped": 1}, INCONCLUSIVE, Why.TOO_MANY_INVALID),
            ({"fail": 94, "error": 6}, INCONCLUSIVE, Why.TOO_MANY_INVALID),
            ({"error": 10}, INCONCLUSIVE, Why.TOO_MANY_INVALID),
            ({}, NOT_COVERED, Why.NO_TRIALS),
        ],
    )
    def test_of_a_rate_of_ninety_percent(self, counts: dict[str, int], outcome: CommitmentOutcome, why: Why):
        found = verdict(RATE, tally(**counts), 0.9)
        assert (found.outcome, found.why) == (outcome, why)
        assert found.passed + found.failed + found.invalid == found.planned

    @pytest.mark.parametrize(
        ("counts", "outcome", "why", "bound"),
        [
            ({"pass_": 60}, PASS, Why.NO_CROSSING, 0.0487),
            ({"pass_": 59, "fail": 1}, FAIL, Why.CROSSED, None),
            ({"fail": 1, "error": 59}, FAIL, Why.CROSSED, None),
            ({"pass_": 50, "error": 10}, INCONCLUSIVE, Why.TOO_MANY_INVALID, 0.0582),
            ({"unclear": 60}, INCONCLUSIVE, Why.TOO_MANY_INVALID, None),
            ({}, NOT_COVERED, Why.NO_TRIALS, None),
        ],
    )
    def test_of_a_bright_line(self, counts: dict[str, int], outcome: CommitmentOutcome, why: Why, bound: float | None):
        found = verdict(LINE, tally(**counts))
        assert (found.outcome, found.why) == (outcome, why)
        assert found.bound == (pytest.approx(bound, abs=1e-4) if bound else None)

    def test_a_lost_trial_never_helps(self):
        """A hundred trials of which ninety pass are not better for the ten that are missing."""
        whole, lost = tally(pass_=97, fail=3), tally(pass_=97, error=3)
        assert verdict(RATE, lost, 0.9).interval.low <= wilson(97, 100).low
        assert verdict(RATE, lost, 0.9).interval.high >= verdict(RATE, whole, 0.9).interval.high

    def test_one_variant_that_always_fails_is_not_drowned_by_repeats(self):
        trials = [(f"v{at}", "pass") for at in range(9) for _ in range(40)] + [("v9", "fail")] * 40
        found = verdict(RATE, Tally.of(trials), 0.85)
        assert wilson(360, 400).low > 0.85
        assert found.outcome is INCONCLUSIVE
        assert found.design_effect > 30

    def test_it_says_how_many_trials_would_do(self):
        assert verdict(RATE, tally(pass_=30), 0.9).needed == 35
        assert verdict(RATE, tally(pass_=80, fail=10), 0.9).needed == 0
        assert verdict(RATE, tally(pass_=95, fail=5), 0.9).needed > 100

    def test_a_rate_needs_a_threshold(self):
        with pytest.raises(ValueError, match="threshold"):
            verdict(RATE, tally(pass_=3))

    @given(st.integers(0, 60), st.integers(0, 60), st.integers(0, 20))
    def test_every_tally_has_a_verdict(self, passed: int, failed: int, errors: int):
        counted = tally(pass_=passed, fail=failed, error=errors)
        for kind, threshold in ((RATE, 0.9), (LINE, None)):
            found = verdict(kind, counted, threshold)
            assert 0 <= found.interval.low <= found.interval.high <= 1
            assert (found.outcome is NOT_COVERED) == (counted.planned == 0)

    @given(st.integers(0, 100), st.integers(0, 100), st.integers(1, 30))
    def test_a_failure_more_never_makes_it_better(self, passed: int, failed: int, more: int):
        order = [FAIL, INCONCLUSIVE, PASS]
        assume(passed + failed)
        before, after = (
            Tally.of([("v", "pass")] * passed + [("v", "fail")] * fails) for fails in (failed, failed + more)
        )
        for kind, threshold in ((RATE, 0.9), (LINE, None)):
            assert order.index(verdict(kind, after, threshold).outcome) <= order.index(
                verdict(kind, before, threshold).outcome
            )

    def test_directions_together_are_as_good_as_the_weakest(self):
        assert together([PASS, PASS]) is PASS
        assert together([PASS, INCONCLUSIVE]) is INCONCLUSIVE
        assert together([PASS, FAIL, INCONCLUSIVE]) is FAIL
        assert together([PASS, NOT_COVERED]) is PASS
        assert together([]) is NOT_COVERED


class TestTwoRuns:
    def test_a_fall_on_every_prompt_is_shown(self):
        before = {f"v{at}": Counts(9 + at % 2, 10) for at in range(10)}
        after = {f"v{at}": Counts(6 + at % 3, 10) for at in range(10)}
        found = compare(before, after)
        assert found.change is Change.WORSE
        assert found.interval
        assert found.interval.high < 0
        assert len(found.worse) == 10
        assert found.p_value == pytest.approx(2 / 2**10)

    def test_few_variants_that_all_moved_alike_show_nothing_yet(self):
        before = {f"v{at}": Counts(10, 10) for at in range(6)}
        five = {name: Counts(5, 10) for name in list(before)[:5]}
        found = compare(before, {**before, **five})
        assert (found.change, found.p_value) == (Change.NOT_SHOWN, 2 / 2**5)
        assert found.interval
        assert found.interval.high < 0
        assert compare(before, dict.fromkeys(before, Counts(5, 10))).change is Change.WORSE

    def test_noise_is_not_called_a_change(self):
        before = {f"v{at}": Counts(9, 10) for at in range(6)}
        after = {**before, "v0": Counts(10, 10), "v1": Counts(8, 10)}
        found = compare(before, after)
        assert (found.change, found.p_value) == (Change.NOT_SHOWN, 1.0)
        assert found.difference == pytest.approx(0)

    def test_what_is_in_one_run_only_is_left_out_and_named(self):
        found = compare(
            {"a": Counts(1, 1), "b": Counts(1, 1), "c": Counts(0, 0)}, {"a": Counts(1, 1), "c": Counts(1, 1)}
        )
        assert (found.variants, found.left_out) == (1, ("b", "c"))
        assert found.change is Change.NOT_COMPARABLE
        assert found.interval is None

    def test_of_nothing_nothing_is_said(self):
        assert compare({}, {}).change is Change.NOT_COMPARABLE

    def test_the_interval_is_that_of_a_mean_of_differences(self):
        before = {name: Counts(5, 10) for name in "abcde"}
        after = {name: Counts(passed, 10) for name, passed in zip("abcde", (6, 7, 8, 9, 10), strict=True)}
        found = compare(before, after)
        error = (sum((each - 0.3) ** 2 for each in (0.1, 0.2, 0.3, 0.4, 0.5)) / 4 / 5) ** 0.5
        assert found.interval == pytest.approx((0.3 - 2.7764 * error, 0.3 + 2.7764 * error), abs=1e-4)
