"""The canonical flag set of OpenFeature's provider TCK, as far as behaviors can express it, as a platform's rulebook.

What the set has that our model does not, on purpose: fractions and whole numbers as floats (numbers are whole), the
empty text (a level has a name), any object (topics are the only one), disabled flags (a behavior always holds), and a
flag that depends on the targeting key (users are known by their preferences alone). A key is ``tck.`` and the name
without ``-flag``, and a variant is the value itself.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import tomli_w

from profiles.access import system
from profiles.actions.products import create_product
from profiles.actions.rulebooks import publish_rulebook
from profiles.tests import cast as some
from profiles.tests.cast import NOW, SYSTEM, Cast

SWITCH: dict[str, Any] = {"type": "switch", "strictest": "off"}
UP_TO: dict[str, int] = {"integer": 10, "integer_zero": 10, "large_integer": 2**31 - 1, "huge_integer": 2**53 - 1}
# Of each flag its domain and default.
SET: dict[str, tuple[dict[str, Any], Any]] = {
    "tck.boolean": (SWITCH, "on"),
    "tck.boolean_zero": (SWITCH, "off"),
    "tck.string": ({"type": "level", "names": ["bye", "hi"]}, "hi"),
    "tck.wrong": ({"type": "level", "names": ["uno", "dos"]}, "uno"),
    "tck.changing": ({"type": "level", "names": ["foo", "bar"]}, "bar"),
    "tck.targeting": ({"type": "level", "names": ["miss", "hit"]}, "hit"),
    "tck.object": ({"type": "topics"}, "any"),
    **{
        f"tck.{name}": (
            {"type": "number", "minimum": 0, "maximum": most, "unit": "pieces"},
            0 if name.endswith("zero") else most,
        )
        for name, most in UP_TO.items()
    },
}


def behavior(domain: dict[str, Any], default: Any) -> dict[str, Any]:
    kind = domain["type"]
    ends = {"switch": ("off", "on"), "topics": ([], "any")}.get(kind) or (
        (domain["minimum"], domain["maximum"]) if kind == "number" else (domain["names"][0], domain["names"][-1])
    )
    window = {"floor": ends[0], "ceiling": ends[1]}
    phrasing = {
        "switch": {"on": "Do it.", "off": "Leave it."},
        "number": {"value": "At most {value} {unit}."},
        "topics": {"any": "Anything.", "some": "Only {topics}.", "none": "Nothing."},
    }
    return {
        "name": "Name",
        "description": "What it is.",
        "kind": "default",
        "domain": domain,
        "default": default,
        "organization": window,
        "user": window,
        "because": "The kit says so.",
        "citation": {"document": "kit", "section": "Flags", "summary": "What it says."},
        "phrasing": phrasing.get(kind) or {name: f"Do {name}." for name in domain["names"]},
    }


def make_kit() -> Cast:
    """A product on the kit's platform with its defaults live, but for ``tck.changing``, which is ``foo``."""
    cast = some.make_cast()
    document = {
        "schema": "brightline.rulebook/1",
        "platform": "kit",
        "layer": "platform",
        "published": "2026-03-01",
        "title": "Kit",
        "note": "Made for tests.",
        "facts": {"audience": ["adults", "minors"]},
        "documents": {"kit": {"title": "Kit", "date": "2026-03-01"}},
        "behaviors": {key: behavior(*flag) for key, flag in SET.items()},
    }
    publish_rulebook(tomli_w.dumps(document), by=SYSTEM, now=NOW)
    by = system("tests", cast.organization.pk, "acme")
    facts = {"audience": "adults"}
    made = create_product(cast.organization, slug="kit", name="Kit", facts=facts, platforms=["kit"], by=by, now=NOW)
    kit = replace(cast, product=made)
    some.make_active(kit, tck__changing="foo")
    return kit
