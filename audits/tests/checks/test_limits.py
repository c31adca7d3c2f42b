"""The limits check by itself: settings and resolutions in, findings out."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from audits.checks.limits import LimitFinding, check_limits
from profiles.resolution.resolve import resolve
from profiles.resolution.types import Attestation, Layers, LayerSettings, Resolution
from profiles.rulebook import codec
from profiles.rulebook.codec import parse
from profiles.rulebook.model import Rulebook

LIBRARY = Path(codec.__file__).parent / "library"
NOW = datetime(2026, 11, 23, tzinfo=UTC)
ADULTS = Attestation("adults_only", NOW - timedelta(days=1), NOW + timedelta(days=1))
EXPLICIT = "content.explicit"
CAVEATS = "safety.danger_caveats"


@pytest.fixture(scope="module")
def rulebook() -> Rulebook:
    return parse((LIBRARY / "reference-2026-11.toml").read_text("utf-8"))


def resolved(rulebook: Rulebook, settings: dict[str, Any], *claims: Attestation, now: datetime = NOW) -> Resolution:
    return resolve([rulebook], {"audience": "adults"}, claims, Layers(product=LayerSettings(settings)), now)


def check(
    rulebook: Rulebook, settings: dict[str, Any], *claims: Attestation, now: datetime = NOW
) -> list[LimitFinding]:
    return check_limits(settings, [("reference", resolved(rulebook, settings, *claims, now=now))])


def test_a_setting_inside_its_window_passes(rulebook: Rulebook) -> None:
    (finding,) = check(rulebook, {CAVEATS: "off"})
    assert (finding.behavior, finding.outcome, finding.wanted, finding.got) == (CAVEATS, "pass", "off", "off")


def test_a_setting_outside_its_window_fails_and_says_why_and_what_is_given_instead(rulebook: Rulebook) -> None:
    (finding,) = check(rulebook, {EXPLICIT: "on"})
    assert (finding.outcome, finding.wanted, finding.got) == ("fail", "on", "off")
    assert finding.reason == "attestation_missing"
    assert finding.because


def test_the_same_setting_passes_while_its_attestation_counts_and_fails_from_the_instant_it_ends(
    rulebook: Rulebook,
) -> None:
    def outcome(now: datetime) -> str:
        return check(rulebook, {EXPLICIT: "on"}, ADULTS, now=now)[0].outcome

    assert outcome(ADULTS.expires_at - timedelta(microseconds=1)) == "pass"
    assert outcome(ADULTS.expires_at) == "fail"


def test_there_is_one_finding_for_each_setting_in_the_order_of_their_keys(rulebook: Rulebook) -> None:
    settings = {"tone.profanity": "on", CAVEATS: "off", EXPLICIT: "on"}
    findings = check(rulebook, settings)
    assert [finding.behavior for finding in findings] == sorted(settings)
    assert [finding.outcome for finding in findings] == ["fail", "pass", "pass"]


def test_a_behavior_that_no_rulebook_states_any_more_fails(rulebook: Rulebook) -> None:
    (finding,) = check(rulebook, {"no.such": "on"})
    assert (finding.outcome, finding.reason) == ("fail", "unknown_behavior")


@pytest.mark.parametrize("raw", ["purple", 7, None, ["a"], {"a": 1}, 10**400])
def test_a_malformed_value_fails_and_never_raises(rulebook: Rulebook, raw: object) -> None:
    (finding,) = check(rulebook, {CAVEATS: raw})
    assert finding.outcome == "fail"


def test_honored_on_one_platform_is_enough_and_the_finding_names_it(rulebook: Rulebook) -> None:
    settings = {EXPLICIT: "on"}
    closed, opened = resolved(rulebook, settings), resolved(rulebook, settings, ADULTS)
    (finding,) = check_limits(settings, [("strict", closed), ("open", opened)])
    assert (finding.outcome, finding.platform) == ("pass", "open")


def test_honored_nowhere_fails_under_the_first_platform(rulebook: Rulebook) -> None:
    settings = {EXPLICIT: "on"}
    closed = resolved(rulebook, settings)
    (finding,) = check_limits(settings, [("b", closed), ("a", closed)])
    assert (finding.outcome, finding.platform) == ("fail", "a")


def test_a_finding_is_a_row_of_plain_values_with_the_settings_own_word_for_why(rulebook: Rulebook) -> None:
    (passed,) = check(rulebook, {CAVEATS: "off"})
    assert passed.as_dict() == {
        "behavior": CAVEATS,
        "platform": "reference",
        "outcome": "pass",
        "wanted": "off",
        "got": "off",
        "reason": "set",
        "because": "",
    }


def test_a_finding_tells_what_was_set_from_what_is_given(rulebook: Rulebook) -> None:
    (finding,) = check(rulebook, {"topics.allowed": ["reading", " algebra"]})
    assert (finding.outcome, finding.wanted, finding.got) == ("pass", ["reading", " algebra"], ["algebra", "reading"])


def test_a_setting_passes_with_what_the_operator_gets_and_not_its_user(rulebook: Rulebook) -> None:
    layers = Layers(product=LayerSettings({CAVEATS: "off"}), user=LayerSettings({CAVEATS: "on"}))
    resolution = resolve([rulebook], {"audience": "adults"}, (), layers, NOW)
    (finding,) = check_limits({CAVEATS: "off"}, [("reference", resolution)])
    assert (finding.outcome, finding.got) == ("pass", "off")


def test_nothing_set_is_nothing_found(rulebook: Rulebook) -> None:
    assert check(rulebook, {}) == []


def test_what_an_organization_or_user_wanted_is_not_counted_against_the_product(rulebook: Rulebook) -> None:
    layers = Layers(organization=LayerSettings({EXPLICIT: "on"}), user=LayerSettings({EXPLICIT: "on"}))
    resolution = resolve([rulebook], {"audience": "adults"}, (), layers, NOW)
    assert resolution.clamped
    assert resolution.clamp_of(EXPLICIT) is None
