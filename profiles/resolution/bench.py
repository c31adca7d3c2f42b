"""`make bench`: what resolution costs, as ratios within one run. Absolute times say more about the machine."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import Any

from profiles.resolution.resolve import resolve
from profiles.resolution.types import Layers, LayerSettings
from profiles.rulebook.codec import decode
from profiles.rulebook.model import Rulebook

NOW = datetime(2026, 11, 23, tzinfo=UTC)
SIZES = (10, 40, 400, 4_000)
ROUNDS = 7
CITATION = {"document": "doc", "section": "1", "summary": "What it says."}


def rulebook(size: int) -> Rulebook:
    """A rulebook of ``size`` levels with a rule for every second one, half of them looking at another behavior."""
    names = ["none", "some", "much"]
    behaviors = {
        f"bench.number_{n}": {
            "name": "Name",
            "description": "Description.",
            "kind": "default",
            "domain": {"type": "level", "names": names},
            "default": "some",
            "organization": {"floor": "none", "ceiling": "much"},
            "user": {"floor": "none", "ceiling": "much", "grant": "operator"},
            "because": "Because.",
            "citation": CITATION,
            "phrasing": {name: f"Do {name}." for name in names},
        }
        for n in range(size)
    }
    rules: list[dict[str, Any]] = []
    for n in range(0, size, 2):
        strict = {"strict": {"behavior": f"bench.number_{n + 1}", "value": "none"}}
        when = strict if n % 4 else {"facts": {"audience": "minors"}}
        rules.append(
            {
                "id": f"rule-{n}",
                "behavior": f"bench.number_{n}",
                "when": when,
                "ceiling": "none",
                "because": "Because.",
                "citation": CITATION,
            }
        )
    return decode(
        {
            "schema": "brightline.rulebook/1",
            "platform": "bench",
            "layer": "platform",
            "published": "2026-11-01",
            "title": "Bench",
            "note": "Made for measuring.",
            "documents": {"doc": {"title": "D", "date": "2026-11-01"}},
            "facts": {"audience": ["adults", "minors"]},
            "behaviors": behaviors,
            "rules": rules,
        }
    )


def cost(act: Callable[[], object], times: int) -> float:
    """Seconds of one call: the best of several rounds, which is what the neighbours disturb least."""
    rounds = []
    for _round in range(ROUNDS):
        start = time.perf_counter()
        for _time in range(times):
            act()
        rounds.append((time.perf_counter() - start) / times)
    return min(rounds)


def resolving(size: int) -> Callable[[], object]:
    book = rulebook(size)
    chosen = {f"bench.number_{n}": "none" for n in range(0, size, 4)}
    layers = Layers(
        organization=LayerSettings(chosen),
        product=LayerSettings({f"bench.number_{n}": "much" for n in range(1, size, 4)}),
    )
    facts = {"audience": "minors"}
    act = partial(resolve, [book], facts, (), layers, NOW)
    act()  # rulebooks are prepared once per process
    return act


def main() -> None:
    """Print the cost per behavior, relative to a rulebook of 40."""
    costs = {size: cost(resolving(size), max(1, 4_000 // size)) for size in SIZES}
    each = costs[40] / 40
    print("resolve(): cost per behavior, relative to 40 behaviors (1.0 everywhere is linear)")
    for size, seconds in costs.items():
        print(f"  {size:>5} behaviors  {seconds / size / each:5.2f}   ({seconds * 1e6:,.0f} microseconds here)")


if __name__ == "__main__":
    main()
