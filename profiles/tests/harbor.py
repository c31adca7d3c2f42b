"""A small platform of our own for tests: its rulebook cites a source document of which two revisions exist."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import tomli_w

from profiles.actions.products import create_product
from profiles.actions.rulebooks import publish_rulebook
from profiles.actions.sources import import_source
from profiles.models import Product, RulebookRevision, SourceDocument
from profiles.tests.cast import NOW, SYSTEM, Cast

SOURCES = Path(__file__).parent / "rulebook" / "sources"
OLDER, NEWER = (SOURCES / "older.md").read_bytes(), (SOURCES / "newer.md").read_bytes()
OLDER_DAY, NEWER_DAY = date(2026, 3, 1), date(2026, 9, 1)


def behavior(section: str, *, strictest: str = "off", default: str = "off", also: tuple[str, ...] = ()) -> Any:
    return {
        "name": f"About {section}",
        "description": "What it is about.",
        "kind": "default",
        "domain": {"type": "switch", "strictest": strictest},
        "default": default,
        "organization": {"floor": "off", "ceiling": "on"},
        "because": "The charter says so.",
        "citation": {"document": "charter", "section": section, "summary": "What it says.", "also": list(also)},
        "phrasing": {"on": "Do it.", "off": "Leave it."},
    }


def document() -> dict[str, Any]:
    """Ten metres from moored ships (changed in the newer charter), the tide (other authority), the radio (gone), and
    one that rests on nothing that changes."""
    return {
        "schema": "brightline.rulebook/1",
        "platform": "harbor",
        "layer": "platform",
        "published": "2026-03-01",
        "title": "Harbor rulebook",
        "note": "Made for tests.",
        "facts": {"audience": ["adults", "minors"]},
        "documents": {"charter": {"title": "Quayside charter", "date": "2026-03-01"}},
        "behaviors": {
            "course.near_ships": behavior("moorings"),
            "course.tide": behavior("tell_tide"),
            "radio.brief": behavior("radio_brevity"),
            "course.ladder": behavior("safe_water"),
        },
        "rules": [
            {
                "id": "minors-no-tide",
                "behavior": "course.tide",
                "when": {"facts": {"audience": "minors"}},
                "ceiling": "off",
                "because": "Minors ask the club.",
                "citation": {"document": "charter", "section": "safe_water", "summary": "The club."},
            }
        ],
    }


def publish_harbor(**changes: Any) -> RulebookRevision:
    text = tomli_w.dumps({**document(), **changes})
    return publish_rulebook(text, by=SYSTEM, now=NOW)[0]


def import_charter(data: bytes = OLDER, day: date = OLDER_DAY) -> SourceDocument:
    return import_source(data, platform="harbor", name="charter", published=day, by=SYSTEM, now=NOW)[0]


def add_boat(cast: Cast, slug: str = "boat", audience: str = "adults") -> Product:
    """A product that runs on the harbor platform."""
    return create_product(
        cast.organization,
        slug=slug,
        name=slug.title(),
        facts={"audience": audience},
        platforms=["harbor"],
        by=cast.actor("administrator"),
        now=NOW,
    )
