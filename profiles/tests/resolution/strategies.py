"""Hypothesis strategies for rulebooks and everything else that ``resolve`` takes: well-formed rulebooks of every
shape the codec admits, and settings of any kind, sensible or not."""

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from profiles.resolution.types import Attestation, Hold, Layers, LayerSettings
from profiles.rulebook.codec import decode
from profiles.rulebook.domains import Domain, Level, Number, Switch, Topics
from profiles.rulebook.model import Layer, Rulebook

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
KEYS = ("a.one", "b.two", "c.three", "d.four", "e.five")
CLAIMS = ("adults_only", "licensed")
CITATION = {"document": "doc", "section": "1", "summary": "What it says."}
FACTS = {"audience": ["adults", "general", "minors"], "surface": ["chat", "voice"]}
TOPIC_NAMES = ("algebra", "history", "music")

DOMAINS: dict[str, tuple[dict[str, Any], Domain]] = {
    "switch-off": ({"type": "switch", "strictest": "off"}, Switch("off")),
    "switch-on": ({"type": "switch", "strictest": "on"}, Switch("on")),
    "level": ({"type": "level", "names": ["none", "some", "much"]}, Level(("none", "some", "much"))),
    "number": ({"type": "number", "minimum": 0, "maximum": 5, "unit": "EUR"}, Number(0, 5, "EUR")),
    "distance": (
        {"type": "number", "minimum": 0, "maximum": 3, "unit": "m", "higher_is_stricter": True},
        Number(0, 3, "m", higher_is_stricter=True),
    ),
    "topics": ({"type": "topics"}, Topics()),
}


def raws(domain: Domain) -> st.SearchStrategy[Any]:
    """Raw values inside a domain."""
    if isinstance(domain, Level):
        return st.sampled_from(domain.names)
    if isinstance(domain, Number):
        return st.integers(domain.minimum, domain.maximum)
    return st.just("any") | st.lists(st.sampled_from(TOPIC_NAMES), unique=True)


junk = st.none() | st.booleans() | st.integers() | st.text(max_size=4) | st.lists(st.integers(), max_size=2)


@st.composite
def bounds(draw: st.DrawFn, domain: Domain) -> dict[str, Any]:
    a, b = (domain.parse(draw(raws(domain))) for _ in range(2))
    return {"floor": domain.dump(domain.meet(a, b)), "ceiling": domain.dump(domain.join(a, b))}


@st.composite
def behaviors(draw: st.DrawFn, domain_name: str) -> dict[str, Any]:
    table, domain = DOMAINS[domain_name]
    kind = draw(st.sampled_from(["bright_line", "protection", "honesty", "default", "default", "default"]))
    fixed = kind in ("bright_line", "protection")
    if draw(st.integers(0, 9)) == 0:
        return {
            "name": "Name",
            "description": "What it is.",
            "kind": "default",
            "stance": draw(st.sampled_from(["unaddressed", "judgement"])),
            "domain": table,
            "because": "Because.",
            "citation": CITATION,
        }
    document: dict[str, Any] = {
        "name": "Name",
        "description": "What it is.",
        "kind": kind,
        "domain": table,
        "default": domain.dump(domain.strictest) if fixed else draw(raws(domain)),
        "because": "Because.",
        "citation": CITATION,
        "phrasing": _phrasing(domain),
    }
    if not fixed:
        for layer in ("organization", "product"):
            if draw(st.booleans()):
                document[layer] = draw(bounds(domain))
    waiver = kind != "bright_line" and draw(st.integers(0, 3)) == 0
    if waiver or (not fixed and draw(st.booleans())):
        grant = draw(st.sampled_from(["operator", "platform"]))
        document["user"] = {**draw(bounds(domain)), "grant": grant, "waiver": waiver}
    return document


def _phrasing(domain: Domain) -> dict[str, str]:
    if isinstance(domain, Level):
        return {name: f"Do {name}." for name in domain.names}
    if isinstance(domain, Number):
        return {"value": "Up to {value}."}
    return {"any": "Anything.", "some": "Only {topics}.", "none": "Nothing."}


@st.composite
def rulebooks(
    draw: st.DrawFn, *, conflicts: bool = True, domains: dict[str, str] | None = None, layer: Layer | None = None
) -> Rulebook:
    kinds = domains or {key: draw(st.sampled_from(sorted(DOMAINS))) for key in KEYS}
    document: dict[str, Any] = {
        "schema": "brightline.rulebook/1",
        "platform": draw(st.sampled_from(["one", "two"])),
        "layer": layer.value if layer else draw(st.sampled_from(["platform", "law"])),
        "published": "2026-11-01",
        "title": "T",
        "note": "N",
        "documents": {"doc": {"title": "D", "date": "2026-11-01"}},
        "facts": FACTS,
        "attestations": {claim: {"name": "N", "claim": "C", "evidence": "E", "longest_days": 365} for claim in CLAIMS},
        "behaviors": {key: draw(behaviors(kinds[key])) for key in KEYS},
        "rules": [draw(rules(kinds, number)) for number in range(draw(st.integers(0, 6)))],
        "conflicts": [],
    }
    if conflicts:
        found = [draw(clashes(kinds, number)) for number in range(draw(st.integers(0, 2)))]
        document["conflicts"] = [item for item in found if item]
    if document["layer"] == "law" and draw(st.booleans()):
        document["applies"] = {"audience": draw(st.lists(st.sampled_from(FACTS["audience"]), min_size=1))}
    return decode(document)


def stated(book: Rulebook) -> list[str]:
    """The keys of the behaviors that a rulebook states, sorted."""
    return sorted(key for key, behavior in book.behaviors.items() if behavior.is_stated)


@st.composite
def holds(draw: st.DrawFn, book: Rulebook) -> Hold:
    key = draw(st.sampled_from([*sorted(book.behaviors), "no.such_behavior"]))
    values = raws(book.behaviors[key].domain) | junk if key in book.behaviors else junk
    layer = draw(st.sampled_from([Layer.PLATFORM, Layer.ORGANIZATION]))
    return Hold(key, draw(values), layer, "Held.")


@st.composite
def rules(draw: st.DrawFn, kinds: dict[str, str], number: int) -> dict[str, Any]:
    key = draw(st.sampled_from(KEYS))
    domain = DOMAINS[kinds[key]][1]
    when: dict[str, Any] = {}
    if draw(st.booleans()):
        when["facts"] = {"audience": draw(st.sampled_from(FACTS["audience"]))}
    if draw(st.booleans()):
        when["without"] = draw(st.sampled_from(CLAIMS))
    if draw(st.booleans()) or not when:
        other = draw(st.sampled_from(KEYS))
        when["strict"] = {"behavior": other, "value": draw(raws(DOMAINS[kinds[other]][1]))}
    rule = {"id": f"rule-{number}", "behavior": key, "when": when, "because": "Because.", "citation": CITATION}
    if set(when) == {"facts"} and draw(st.booleans()):
        return {**rule, **draw(bounds(domain))}
    return {**rule, "ceiling": draw(raws(domain))}


@st.composite
def clashes(draw: st.DrawFn, kinds: dict[str, str], number: int) -> dict[str, Any] | None:
    one, two = draw(st.lists(st.sampled_from(KEYS), min_size=2, max_size=2, unique=True))
    domain = DOMAINS[kinds[one]][1]
    pair = draw(bounds(domain))
    if pair["floor"] == pair["ceiling"]:
        return None
    other = draw(raws(DOMAINS[kinds[two]][1]))
    return {
        "id": f"conflict-{number}",
        "first": {"behavior": one, "value": pair["ceiling"]},
        "second": {"behavior": two, "value": other},
        "yields": one,
        "to": pair["floor"],
        "because": "Because.",
        "citation": CITATION,
    }


@st.composite
def settings_for(draw: st.DrawFn, book: Rulebook, *, sane: bool = False) -> LayerSettings:
    values: dict[str, Any] = {}
    windows: dict[str, Any] = {}
    for key, behavior in book.behaviors.items():
        choice = draw(st.integers(0, 3))
        if choice == 1:
            values[key] = draw(raws(behavior.domain))
        elif choice == 2 and not sane:
            values[key] = draw(junk)
        if draw(st.integers(0, 3)) == 0:
            window = draw(bounds(behavior.domain))
            windows[key] = {name: window[name] for name in draw(st.sets(st.sampled_from(["floor", "ceiling"])))}
        elif not sane and draw(st.integers(0, 9)) == 0:
            windows[key] = draw(st.none() | st.dictionaries(st.sampled_from(["floor", "ceiling"]), junk))
    if not sane and draw(st.booleans()):
        values["no.such_behavior"] = draw(junk)
    return LayerSettings(values, windows)


@st.composite
def layers_for(draw: st.DrawFn, book: Rulebook, *, sane: bool = False) -> Layers:
    organization, product, user = (draw(settings_for(book, sane=sane)) for _ in range(3))
    return Layers(organization, product, user, tuple(draw(st.lists(holds(book), max_size=2))))


facts = st.fixed_dictionaries(
    {}, optional={"audience": st.sampled_from(FACTS["audience"]) | junk, "surface": st.just(["chat", "voice"])}
)


@st.composite
def attestations(draw: st.DrawFn) -> tuple[Attestation, ...]:
    found = []
    for claim in CLAIMS:
        if draw(st.booleans()):
            end = NOW + timedelta(days=draw(st.sampled_from([-5, 0, 5])))
            revoked = draw(st.none() | st.just(NOW - timedelta(days=1)) | st.just(NOW + timedelta(days=1)))
            found.append(Attestation(claim, NOW - timedelta(days=30), end, revoked))
    return tuple(found)
