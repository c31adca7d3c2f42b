"""The days on which the shipped law packs begin and end, and what each of them locks until then and from then on."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from profiles.resolution.resolve import resolve
from profiles.resolution.types import Layers, LayerSettings, Reason, Resolution
from profiles.rulebook import codec
from profiles.rulebook.model import Rulebook

LIBRARY = Path(codec.__file__).parent / "library"
PLATFORM = codec.parse((LIBRARY / "anthropic-2026-01-21.toml").read_text(encoding="utf-8"))
PACKS = {
    pack.platform: pack
    for pack in (codec.parse(path.read_text(encoding="utf-8")) for path in sorted(LIBRARY.glob("law-*.toml")))
}

# Each pack by the behaviors that it locks: the first set is what Anthropic's rulebook leaves open or to the model, the
# second what it locks for minors (in the European Union: for everybody) by itself.
LOCKS: dict[str, tuple[set[str], set[str]]] = {
    "eu-ai-act": (
        {"disclosure.ai_notice"},
        {"protection.admit_being_ai", "protection.no_harmful_deception", "honesty.non_manipulative"},
    ),
    "us-ca-sb-243": (
        {"safety.encourage_self_harm"},
        {"protection.admit_being_ai", "safety.messaging_self_harm"},
    ),
    "us-ca-sb-243-minors": (
        {"disclosure.ai_notice", "protection.under_18"},
        {"content.explicit"},
    ),
    "us-ca-sb-1119": (
        {
            "disclosure.ai_notice",
            "protection.no_engagement_goals",
            "protection.under_18",
            "safety.encourage_self_harm",
        },
        {
            "content.explicit",
            "persona.romantic",
            "protection.admit_being_ai",
            "safety.child_sexual_abuse",
            "safety.messaging_self_harm",
        },
    ),
}
EACH_PACK = pytest.mark.parametrize("name", LOCKS)

IN_EUROPE: dict[str, Any] = {"audience": "adults", "surface": ["api"], "jurisdictions": ["eu", "uk"]}
CALIFORNIAN_MINORS: dict[str, Any] = {"audience": "minors", "surface": ["api"], "jurisdictions": ["us", "us-ca"]}
ELSEWHERE_THAN_EUROPE: list[dict[str, Any]] = [
    {"jurisdictions": ["uk"]},
    {"jurisdictions": ["ch", "us-ca"]},
    {"jurisdictions": []},
]
NOT_CALIFORNIAN_MINORS: list[dict[str, Any]] = [
    {"audience": "adults"},
    {"audience": "general"},
    {"jurisdictions": ["us"]},
    {"jurisdictions": ["eu", "ca"]},
]
TODAY = datetime(2026, 11, 24, 12, tzinfo=UTC)
NEW_YEAR_2026, NEW_YEAR_2027, JULY_2027 = (
    datetime(*day, tzinfo=UTC) for day in ((2026, 1, 1), (2027, 1, 1), (2027, 7, 1))
)
INSTANT, DAY = timedelta(microseconds=1), timedelta(days=1)

EVERYTHING_OPEN = Layers(
    product=LayerSettings(
        {
            key: behavior.domain.dump(behavior.domain.loosest)
            for book in (PLATFORM, *PACKS.values())
            for key, behavior in book.behaviors.items()
        }
    )
)


def reach(name: str) -> dict[str, Any]:
    """The facts of a product that a pack applies to."""
    return IN_EUROPE if name == "eu-ai-act" else CALIFORNIAN_MINORS


def resolved(packs: list[Rulebook], facts: Mapping[str, Any], now: datetime) -> Resolution:
    return resolve([PLATFORM, *packs], facts, [], EVERYTHING_OPEN, now)


def added(packs: list[Rulebook], facts: Mapping[str, Any], now: datetime) -> set[str]:
    """The behaviors that come out otherwise than without the packs; all of them locked at the strictest value."""
    lawful, before = resolved(packs, facts, now), resolved([], facts, now).decisions
    assert before.keys() <= lawful.decisions.keys()
    found = {key for key, decision in lawful.decisions.items() if decision != before.get(key)}
    assert found == locked_at_their_strictest(lawful, found)
    return found


def locked_at_their_strictest(resolution: Resolution, keys: set[str]) -> set[str]:
    decisions = {key: resolution.decisions[key] for key in keys}
    return {
        key
        for key, decision in decisions.items()
        if decision.product.is_lock and decision.value == decision.behavior.domain.strictest
    }


def all_packs() -> list[Rulebook]:
    return list(PACKS.values())


# What each pack locks, and where


def test_every_shipped_pack_is_looked_at_here() -> None:
    assert PACKS.keys() == LOCKS.keys()


@EACH_PACK
def test_a_pack_states_the_behaviors_that_it_locks_and_no_others(name: str) -> None:
    of_law, of_both = LOCKS[name]
    assert PACKS[name].behaviors.keys() == of_law | of_both
    assert {behavior.key for behavior in PACKS[name].behaviors.values() if not behavior.product.is_lock} == set()


@EACH_PACK
def test_in_force_a_pack_locks_all_that_it_states_and_is_named_where_the_platform_is_silent(name: str) -> None:
    of_law, of_both = LOCKS[name]
    now = max(TODAY, JULY_2027) if name == "us-ca-sb-1119" else TODAY
    resolution = resolved([PACKS[name]], reach(name), now)
    assert locked_at_their_strictest(resolution, of_law | of_both) == of_law | of_both
    assert added([PACKS[name]], reach(name), now) == of_law
    for key in of_law:
        assert resolution.decisions[key].citation == PACKS[name].behaviors[key].citation


@EACH_PACK
@pytest.mark.parametrize("now", [TODAY, NEW_YEAR_2027, JULY_2027])
def test_a_pack_locks_nothing_and_announces_nothing_out_of_its_reach(name: str, now: datetime) -> None:
    for other in ELSEWHERE_THAN_EUROPE if name == "eu-ai-act" else NOT_CALIFORNIAN_MINORS:
        facts = reach(name) | other
        assert added([PACKS[name]], facts, now) == set()
        assert resolved([PACKS[name]], facts, now).valid_until is None


# When


@pytest.mark.parametrize(
    ("name", "first", "gone"),
    [
        ("eu-ai-act", None, None),  # two articles that began on two past days
        ("us-ca-sb-243", date(2026, 1, 1), None),
        ("us-ca-sb-243-minors", date(2026, 1, 1), date(2027, 1, 1)),
        ("us-ca-sb-1119", date(2027, 7, 1), None),
    ],
)
def test_a_pack_is_in_force_from_its_first_day_until_the_day_on_which_it_is_gone(
    name: str, first: date | None, gone: date | None
) -> None:
    assert PACKS[name].in_force == (first, gone)


@pytest.mark.parametrize(
    ("name", "now", "in_force", "turn"),
    [
        ("eu-ai-act", TODAY, True, None),
        ("eu-ai-act", JULY_2027, True, None),
        ("us-ca-sb-243", NEW_YEAR_2026 - DAY, False, NEW_YEAR_2026),
        ("us-ca-sb-243", NEW_YEAR_2026 - INSTANT, False, NEW_YEAR_2026),
        ("us-ca-sb-243", NEW_YEAR_2026, True, None),
        ("us-ca-sb-243", NEW_YEAR_2027 - DAY, True, None),
        ("us-ca-sb-243", NEW_YEAR_2027, True, None),
        ("us-ca-sb-243", JULY_2027 + DAY, True, None),
        ("us-ca-sb-243-minors", NEW_YEAR_2026 - DAY, False, NEW_YEAR_2026),
        ("us-ca-sb-243-minors", NEW_YEAR_2026, True, NEW_YEAR_2027),
        ("us-ca-sb-243-minors", TODAY, True, NEW_YEAR_2027),
        ("us-ca-sb-243-minors", NEW_YEAR_2027 - DAY, True, NEW_YEAR_2027),
        ("us-ca-sb-243-minors", NEW_YEAR_2027 - INSTANT, True, NEW_YEAR_2027),
        ("us-ca-sb-243-minors", NEW_YEAR_2027, False, None),
        ("us-ca-sb-243-minors", NEW_YEAR_2027 + DAY, False, None),
        ("us-ca-sb-1119", TODAY, False, JULY_2027),
        ("us-ca-sb-1119", NEW_YEAR_2027, False, JULY_2027),
        ("us-ca-sb-1119", JULY_2027 - DAY, False, JULY_2027),
        ("us-ca-sb-1119", JULY_2027 - INSTANT, False, JULY_2027),
        ("us-ca-sb-1119", JULY_2027, True, None),
        ("us-ca-sb-1119", JULY_2027 + DAY, True, None),
    ],
)
def test_a_pack_locks_only_while_in_force_and_says_beforehand_when_that_changes(
    name: str, now: datetime, in_force: bool, turn: datetime | None
) -> None:
    assert added([PACKS[name]], reach(name), now) == (LOCKS[name][0] if in_force else set())
    assert resolved([PACKS[name]], reach(name), now).valid_until == turn


@pytest.mark.parametrize(
    ("first", "turn", "of_law"),
    [
        (datetime(2025, 10, 13, tzinfo=UTC), NEW_YEAR_2026, set()),
        (NEW_YEAR_2026, NEW_YEAR_2027, LOCKS["us-ca-sb-243"][0] | LOCKS["us-ca-sb-243-minors"][0]),
        (NEW_YEAR_2027, JULY_2027, LOCKS["us-ca-sb-243"][0]),
        (JULY_2027, None, LOCKS["us-ca-sb-1119"][0]),
    ],
    ids=["before", "2026", "first half of 2027", "from July 2027"],
)
def test_a_product_for_minors_in_california_goes_from_one_turn_to_the_next(
    first: datetime, turn: datetime | None, of_law: set[str]
) -> None:
    days = [first, first + DAY, *([turn - DAY, turn - INSTANT] if turn else [first + 1000 * DAY])]
    for now in days:
        assert added(all_packs(), CALIFORNIAN_MINORS, now) == of_law
        assert resolved(all_packs(), CALIFORNIAN_MINORS, now).valid_until == turn


def test_what_senate_bill_1119_leaves_in_place_is_locked_on_every_day_since_2026() -> None:
    stays = set().union(*LOCKS["us-ca-sb-243"])
    for now in (NEW_YEAR_2026, TODAY, NEW_YEAR_2027 - INSTANT, NEW_YEAR_2027, JULY_2027 - INSTANT, JULY_2027):
        assert locked_at_their_strictest(resolved(all_packs(), CALIFORNIAN_MINORS, now), stays) == stays


def test_the_notice_for_minors_lapses_for_half_a_year_and_the_reason_says_whose_law_kept_it() -> None:
    def reason(now: datetime) -> tuple[Reason, str]:
        clamp = resolved(all_packs(), CALIFORNIAN_MINORS, now).clamp_of("disclosure.ai_notice")
        assert clamp is not None
        return clamp.reason, clamp.citation.document.id if clamp.citation else ""

    assert reason(NEW_YEAR_2027 - INSTANT) == (Reason.LOCKED_LAW, "sb_243")
    assert reason(NEW_YEAR_2027) == (Reason.UNKNOWN_BEHAVIOR, "")  # neither a law nor the platform speaks of it
    assert reason(JULY_2027) == (Reason.LOCKED_LAW, "sb_1119")


def test_in_europe_too_the_notice_of_a_product_for_minors_never_lapses() -> None:
    facts = CALIFORNIAN_MINORS | {"jurisdictions": ["eu", "us-ca"]}
    for now in (TODAY, NEW_YEAR_2027, JULY_2027):
        assert "disclosure.ai_notice" in added(all_packs(), facts, now)
    assert resolved(all_packs(), facts, TODAY).valid_until == NEW_YEAR_2027
