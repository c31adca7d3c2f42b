"""Which texts are rulebooks, and what the refusal of every other one says."""

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from profiles.rulebook.codec import MAX_NUMBER, MAX_TEXT, MalformedRulebook, decode, digest, parse
from profiles.rulebook.domains import ANY, Level, Number, Switch, Topics, Window
from profiles.rulebook.model import Kind, Layer, Rulebook, Stance
from profiles.rulebook.table import Problem

TEXT = """
schema = "brightline.rulebook/1"
platform = "example"
layer = "platform"
published = 2026-11-01
title = "Example"
note = "For tests."

[facts]
audience = ["adults", "minors"]
surface = ["chat", "voice"]

[documents.policy]
title = "Policy"
date = 2026-10-01
url = "https://example.org/policy"

[attestations.adults_only]
name = "Adults only"
claim = "Nobody under 18 uses this."
evidence = "How age is checked."
longest_days = 365

[behaviors."content.explicit"]
name = "Explicit content"
description = "Sexually explicit writing."
kind = "default"
domain = { type = "switch", strictest = "off" }
default = "off"
organization = { floor = "off", ceiling = "on" }
user = { floor = "off", ceiling = "on", grant = "operator" }
because = "It depends on who is in the room."
citation = { document = "policy", section = "4", summary = "Off by default." }
phrasing = { off = "Do not write it.", on = "You may write it." }

[behaviors."protection.emergency_referral"]
name = "Point to emergency help"
description = "Whoever is in danger is referred to help."
kind = "protection"
domain = { type = "switch", strictest = "on" }
default = "on"
because = "A life outweighs any scope."
citation = { document = "policy", section = "3", summary = "Always." }
phrasing = { on = "Name the emergency number." }

[behaviors."safety.weapons"]
name = "Help make weapons"
description = "No such help."
kind = "bright_line"
domain = { type = "switch", strictest = "off" }
default = "off"
because = "It cannot be taken back."
citation = { document = "policy", section = "2", summary = "Never." }
phrasing = { off = "Never help with it." }

[behaviors."agents.permissions"]
name = "Permissions"
description = "How much access."
kind = "default"
domain = { type = "level", names = ["minimal", "task", "standing"], labels = { task = "For the task" } }
default = "task"
organization = { floor = "minimal", ceiling = "task" }
because = "Less access, less harm."
citation = { document = "policy", section = "6", summary = "Only what is needed." }
phrasing = { minimal = "Ask for none.", task = "Ask for what the task needs." }

[behaviors."agents.spend_limit"]
name = "Spending limit"
description = "The most for one action."
kind = "default"
domain = { type = "number", minimum = 0, maximum = 500, unit = "EUR per action" }
default = 0
organization = { floor = 0, ceiling = 200 }
product = { floor = 0, ceiling = 100 }
because = "Money does not come back."
citation = { document = "policy", section = "6", summary = "Small amounts.", ours = false }
phrasing = { value = "Spend at most {value} EUR." }

[behaviors."topics.allowed"]
name = "Topics"
description = "What it talks about."
kind = "default"
domain = { type = "topics" }
default = "any"
organization = { floor = [], ceiling = "any" }
because = "Keep it fitting."
citation = { document = "policy", section = "1", summary = "May be narrowed." }
phrasing = { any = "Any topic.", some = "Only these: {topics}.", none = "No topic." }

[behaviors."views.hard_cases"]
name = "Hard cases"
description = "Left open."
kind = "default"
stance = "judgement"
domain = { type = "switch", strictest = "on" }
because = "Nothing to set."
citation = { document = "policy", section = "9", summary = "Left open." }
advice = "Describe your case."

[[rules]]
id = "explicit-needs-adults"
behavior = "content.explicit"
when = { without = "adults_only" }
ceiling = "off"
because = "Attest that it is for adults."
citation = { document = "policy", section = "4", summary = "For adults." }

[[rules]]
id = "voice-spends-little"
behavior = "agents.spend_limit"
when = { facts = { surface = "voice", audience = "adults" } }
floor = 5
ceiling = 50
because = "Nobody reads a receipt aloud."
citation = { document = "policy", section = "6", summary = "Small amounts." }

[[rules]]
id = "minimal-spends-nothing"
behavior = "agents.spend_limit"
when = { strict = { behavior = "agents.permissions", value = "minimal" } }
ceiling = 0
because = "Paying needs access."
citation = { document = "policy", section = "6", summary = "Small amounts." }

[[conflicts]]
id = "no-explicit-spending"
first = { behavior = "content.explicit", value = "on" }
second = { behavior = "agents.spend_limit", value = 10 }
yields = "agents.spend_limit"
to = 0
because = "Not both."
citation = { document = "policy", section = "6", summary = "Not both." }
"""
DOCUMENT = parse(TEXT).document
EXPLICIT, EMERGENCY = "behaviors.content.explicit", "behaviors.protection.emergency_referral"
WEAPONS, PERMISSIONS = "behaviors.safety.weapons", "behaviors.agents.permissions"
SPEND, TOPICS, HARD = "behaviors.agents.spend_limit", "behaviors.topics.allowed", "behaviors.views.hard_cases"
DROP = object()


def changed(path: tuple[Any, ...], value: Any) -> dict[str, Any]:
    """The example with one field set, or dropped."""
    document = copy.deepcopy(dict(DOCUMENT))
    at: Any = document
    for step in path[:-1]:
        at = at[step]
    if value is DROP:
        del at[path[-1]]
    else:
        at[path[-1]] = value
    return document


def problems(document: Any) -> list[Problem]:
    with pytest.raises(MalformedRulebook) as refusal:
        decode(document)
    return refusal.value.problems


def behavior(key: str, *path: str) -> tuple[str, ...]:
    return ("behaviors", key, *path)


# What is read


def test_everything_that_the_text_says_is_in_the_rulebook() -> None:
    book = parse(TEXT)
    assert (book.platform, book.layer, book.revision, book.title) == (
        "example",
        Layer.PLATFORM,
        "2026-11-01",
        "Example",
    )
    assert book.facts == {"audience": ("adults", "minors"), "surface": ("chat", "voice")}
    assert book.attestations["adults_only"].longest_days == 365
    explicit = book.behaviors["content.explicit"]
    assert explicit.kind is Kind.DEFAULT
    assert explicit.domain == Switch("off")
    assert explicit.organization == Window(0, 1)
    assert explicit.user.grant == "operator"
    assert explicit.citation.document.url == "https://example.org/policy"
    assert explicit.citation.ours
    assert book.behaviors["agents.permissions"].domain == Level(
        ("minimal", "task", "standing"), {"task": "For the task"}
    )
    assert book.behaviors["agents.spend_limit"].domain == Number(0, 500, "EUR per action")
    assert not book.behaviors["agents.spend_limit"].citation.ours
    assert book.behaviors["topics.allowed"].domain == Topics()
    assert book.behaviors["topics.allowed"].default is ANY
    assert [rule.id for rule in book.rules] == [
        "explicit-needs-adults",
        "minimal-spends-nothing",
        "voice-spends-little",
    ]
    assert book.rules[2].when.on_facts_alone
    assert (book.rules[2].floor, book.rules[2].ceiling) == (5, 50)
    assert book.conflicts[0].yields == "agents.spend_limit"


def test_a_window_left_out_for_the_product_is_the_organizations() -> None:
    book = parse(TEXT)
    assert book.behaviors["agents.permissions"].product == book.behaviors["agents.permissions"].organization
    assert book.behaviors["agents.spend_limit"].product == Window(0, 100)


def test_a_behavior_without_windows_is_locked_at_its_default_for_everybody() -> None:
    emergency = parse(TEXT).behaviors["protection.emergency_referral"]
    assert emergency.organization.is_lock
    assert emergency.product.is_lock
    assert emergency.user.window.is_lock
    assert emergency.user.grant == "none"


def test_what_is_left_to_judgement_has_advice_and_neither_windows_nor_phrasing() -> None:
    hard = parse(TEXT).behaviors["views.hard_cases"]
    assert hard.stance is Stance.JUDGEMENT
    assert hard.advice
    assert hard.product.is_lock
    assert not hard.phrasing


def test_a_law_pack_is_a_rulebook_too() -> None:
    assert decode(changed(("layer",), "law")).layer is Layer.LAW


def test_a_protection_may_grant_its_user_a_waiver_and_nobody_else() -> None:
    document = changed(behavior("protection.emergency_referral", "phrasing", "off"), "Do not.")
    document["behaviors"]["protection.emergency_referral"]["user"] = {
        "floor": "on",
        "ceiling": "off",
        "grant": "platform",
        "waiver": True,
    }
    granted = decode(document).behaviors["protection.emergency_referral"]
    assert granted.user.waiver
    assert granted.product.is_lock


# Digest and identity


def test_decoding_the_stored_document_gives_the_parsed_rulebook() -> None:
    book = parse(TEXT)
    again = decode(json.loads(json.dumps(book.document)))
    assert again == book
    assert hash(again) == hash(book)
    assert again.behaviors == book.behaviors
    assert again.rules == book.rules
    assert again.digest == digest(book.document)


def test_comments_layout_and_the_order_of_tables_do_not_change_the_digest() -> None:
    head, tables = TEXT.split("[facts]", 1)
    facts, rest = tables.split("[documents.policy]", 1)
    shuffled = f"# A comment\n{head}\n\n[documents.policy]{rest}\n[facts] # and another\n{facts}"
    assert parse(shuffled).digest == parse(TEXT).digest
    assert parse(TEXT.replace(" = ", "=")).digest == parse(TEXT).digest


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('title = "Example"', 'title = "Example!"'),
        ("2026-11-01", "2026-11-02"),
        ("ceiling = 200", "ceiling = 201"),
        ("Do not write it.", "Do not write that."),
        ("longest_days = 365", "longest_days = 364"),
    ],
)
def test_every_changed_value_changes_the_digest(old: str, new: str) -> None:
    assert parse(TEXT.replace(old, new)).digest != parse(TEXT).digest


def test_the_digest_names_its_algorithm() -> None:
    name, _, value = parse(TEXT).digest.partition(":")
    assert name == "sha256"
    assert len(bytes.fromhex(value)) == 32


# What is refused: one fault each, with its path and a sentence

FAULTS: dict[str, tuple[tuple[Any, ...], Any, str, str]] = {
    "no schema": (("schema",), DROP, "schema", "is missing"),
    "another schema": (("schema",), "brightline.rulebook/2", "schema", "must be 'brightline.rulebook/1'"),
    "no platform": (("platform",), DROP, "platform", "is missing"),
    "a platform that is no name": (("platform",), "../etc", "platform", "must be in lower case"),
    "an empty title": (("title",), "  ", "title", "must not be empty"),
    "a title with NUL": (("title",), "a\0b", "title", "must not have a NUL character"),
    "a note that is no text": (("note",), 3, "note", "must be a text"),
    "a layer of the operator's": (("layer",), "organization", "layer", "must be platform or law"),
    "an unknown layer": (("layer",), "cloud", "layer", "must be one of platform, law"),
    "a date that is none": (("published",), "soon", "published", "must be a date such as 2026-11-01"),
    "an unknown table": (("extras",), {}, "extras", "is not a field of this table"),
    "rules that are no list": (("rules",), {}, "rules", "must be a list"),
    "a rule that is no table": (("rules", 1), "allow", "rules[1]", "must be a table"),
    "facts without values": (("facts", "audience"), [], "facts.audience", "must be a list of texts"),
    "facts that are no texts": (("facts", "audience"), [1], "facts.audience", "must be a list of texts"),
    "a document without a title": (
        ("documents", "policy", "title"),
        DROP,
        "documents.policy.title",
        "is missing",
    ),
    "a script as address": (
        ("documents", "policy", "url"),
        "javascript:alert(1)",
        "documents.policy.url",
        "must begin with https:// or http://",
    ),
    "an attestation for ever": (
        ("attestations", "adults_only", "longest_days"),
        99999,
        "attestations.adults_only.longest_days",
        "must be between 1 and 3660",
    ),
    "an attestation for a truth value": (
        ("attestations", "adults_only", "longest_days"),
        True,
        "attestations.adults_only.longest_days",
        "must be a whole number",
    ),
    "an attestation with a strange name": (
        ("attestations", "Adults Only"),
        {"name": "A", "claim": "B", "evidence": "C", "longest_days": 1},
        "attestations.Adults Only",
        "must be named in lower case",
    ),
    "an unknown field": (
        behavior("content.explicit", "colour"),
        "red",
        f"{EXPLICIT}.colour",
        "is not a field",
    ),
    "a key without a group": (behavior("explicit"), {}, "behaviors.explicit", "must have a key such as"),
    "an unknown kind": (
        behavior("content.explicit", "kind"),
        "softcoded",
        f"{EXPLICIT}.kind",
        "must be one of bright_line, protection, default, honesty, filter",
    ),
    "an unknown stance": (
        behavior("content.explicit", "stance"),
        "maybe",
        f"{EXPLICIT}.stance",
        "must be one of",
    ),
    "no name": (behavior("content.explicit", "name"), DROP, f"{EXPLICIT}.name", "is missing"),
    "no reason": (behavior("content.explicit", "because"), DROP, f"{EXPLICIT}.because", "is missing"),
    "no citation": (behavior("content.explicit", "citation"), DROP, f"{EXPLICIT}.citation", "is missing"),
    "a citation of nothing": (
        behavior("content.explicit", "citation", "document"),
        "rumor",
        f"{EXPLICIT}.citation.document",
        "names 'rumor', which is not among the documents",
    ),
    "a citation without a section": (
        behavior("content.explicit", "citation", "section"),
        DROP,
        f"{EXPLICIT}.citation.section",
        "is missing",
    ),
    "no domain": (behavior("content.explicit", "domain"), DROP, f"{EXPLICIT}.domain", "is missing"),
    "an unknown domain": (
        behavior("content.explicit", "domain", "type"),
        "color",
        f"{EXPLICIT}.domain.type",
        "must be one of switch, level, number, topics",
    ),
    "a switch without an order": (
        behavior("content.explicit", "domain", "strictest"),
        "maybe",
        f"{EXPLICIT}.domain.strictest",
        'must be "on" or "off"',
    ),
    "a level of one name": (
        behavior("agents.permissions", "domain", "names"),
        ["task"],
        f"{PERMISSIONS}.domain.names",
        "must list two or more different names",
    ),
    "a level with a name twice": (
        behavior("agents.permissions", "domain", "names"),
        ["task", "task"],
        f"{PERMISSIONS}.domain.names",
        "must list two or more different names",
    ),
    "a level with a loud name": (
        behavior("agents.permissions", "domain", "names"),
        ["minimal", "TASK"],
        f"{PERMISSIONS}.domain.names",
        "must be in lower case",
    ),
    "a label for no name": (
        behavior("agents.permissions", "domain", "labels"),
        {"root": "Root"},
        f"{PERMISSIONS}.domain.labels",
        "may only label the names of the level",
    ),
    "a label that is no text": (
        behavior("agents.permissions", "domain", "labels"),
        {"task": 1},
        f"{PERMISSIONS}.domain.labels",
        "must be texts",
    ),
    "a range upside down": (
        behavior("agents.spend_limit", "domain", "minimum"),
        900,
        f"{SPEND}.domain.maximum",
        "must be above the minimum",
    ),
    "a number that JSON cannot hold": (
        behavior("agents.spend_limit", "domain", "maximum"),
        MAX_NUMBER + 1,
        f"{SPEND}.domain.maximum",
        "must be at most",
    ),
    "a number without a unit": (
        behavior("agents.spend_limit", "domain", "unit"),
        DROP,
        f"{SPEND}.domain.unit",
        "is missing",
    ),
    "a field of another domain": (
        behavior("topics.allowed", "domain", "minimum"),
        0,
        f"{TOPICS}.domain.minimum",
        "is not a field of this table",
    ),
    "no default": (behavior("content.explicit", "default"), DROP, f"{EXPLICIT}.default", "is missing"),
    "a default outside the domain": (
        behavior("agents.spend_limit", "default"),
        501,
        f"{SPEND}.default",
        "must be a whole number from 0 to 500 (EUR per action)",
    ),
    "a default that is a truth value": (
        behavior("content.explicit", "default"),
        False,
        f"{EXPLICIT}.default",
        "must be a text or a whole number or a list",
    ),
    "a floor outside the domain": (
        behavior("content.explicit", "organization", "floor"),
        "never",
        f"{EXPLICIT}.organization.floor",
        "must be one of off, on",
    ),
    "a window upside down": (
        behavior("content.explicit", "organization"),
        {"floor": "on", "ceiling": "off"},
        f"{EXPLICIT}.organization.floor",
        "must be at least as strict as the ceiling",
    ),
    "a window with one end": (
        behavior("content.explicit", "organization"),
        {"floor": "off"},
        f"{EXPLICIT}.organization.ceiling",
        "is missing",
    ),
    "an unknown grant": (
        behavior("content.explicit", "user", "grant"),
        "everyone",
        f"{EXPLICIT}.user.grant",
        'must be "operator" or "platform"',
    ),
    "a waiver that is no truth value": (
        behavior("content.explicit", "user", "waiver"),
        "yes",
        f"{EXPLICIT}.user.waiver",
        "must be true or false",
    ),
    "a reachable value without phrasing": (
        behavior("content.explicit", "phrasing", "on"),
        DROP,
        f"{EXPLICIT}.phrasing.on",
        "is missing",
    ),
    "a default without phrasing": (
        behavior("protection.emergency_referral", "phrasing", "on"),
        DROP,
        f"{EMERGENCY}.phrasing.on",
        "is missing",
    ),
    "phrasing for no value": (
        behavior("content.explicit", "phrasing", "maybe"),
        "Perhaps.",
        f"{EXPLICIT}.phrasing.maybe",
        "is not a field of this table",
    ),
    "phrasing that hides the number": (
        behavior("agents.spend_limit", "phrasing", "value"),
        "Spend little.",
        f"{SPEND}.phrasing.value",
        "must say {value}",
    ),
    "phrasing that hides the topics": (
        behavior("topics.allowed", "phrasing", "some"),
        "Only some.",
        f"{TOPICS}.phrasing.some",
        "must say {topics}",
    ),
    "phrasing of what is left to judgement": (
        behavior("views.hard_cases", "phrasing"),
        {"on": "Think."},
        f"{HARD}.phrasing",
        "is not a field of this table",
    ),
    "a window on what is left to judgement": (
        behavior("views.hard_cases", "organization"),
        {"floor": "on", "ceiling": "off"},
        f"{HARD}.organization",
        "must be left out: what is judgement cannot be set",
    ),
    "an adjustable bright line": (
        behavior("safety.weapons", "organization"),
        {"floor": "off", "ceiling": "on"},
        f"{WEAPONS}.phrasing.on",
        "is missing",
    ),
    "a bright line that is not strict": (
        behavior("safety.weapons", "domain", "strictest"),
        "on",
        f"{WEAPONS}.phrasing.on",
        "is missing",
    ),
    "a rule on nothing": (
        ("rules", 0, "behavior"),
        "no.such",
        "rules[0].behavior",
        "names 'no.such', which is not",
    ),
    "a rule without a condition": (
        ("rules", 0, "when"),
        {},
        "rules[0].when",
        "must name facts, an attestation",
    ),
    "a rule that changes nothing": (
        ("rules", 0, "ceiling"),
        DROP,
        "rules[0].ceiling",
        "is missing: a rule lowers",
    ),
    "a rule without a reason": (("rules", 0, "because"), DROP, "rules[0].because", "is missing"),
    "a rule without a citation": (("rules", 0, "citation"), DROP, "rules[0].citation", "is missing"),
    "a rule with a ceiling outside": (
        ("rules", 0, "ceiling"),
        "high",
        "rules[0].ceiling",
        "must be one of off, on",
    ),
    "a rule upside down": (
        ("rules", 1, "floor"),
        60,
        "rules[1].floor",
        "must be at least as strict as the ceiling",
    ),
    "a rule with an unknown attestation": (
        ("rules", 0, "when", "without"),
        "vip",
        "rules[0].when.without",
        "names 'vip', which is not among the attestations",
    ),
    "a rule on an unknown fact": (
        ("rules", 1, "when", "facts", "planet"),
        "mars",
        "rules[1].when.facts.planet",
        "'mars' is not among the facts of this rulebook",
    ),
    "a rule on an unknown value of a fact": (
        ("rules", 1, "when", "facts", "audience"),
        "cats",
        "rules[1].when.facts.audience",
        "'cats' is not among the facts of this rulebook",
    ),
    "a rule on an unknown behavior": (
        ("rules", 2, "when", "strict", "behavior"),
        "no.such",
        "rules[2].when.strict.behavior",
        "which is not among the behaviors",
    ),
    "a rule on an impossible value": (
        ("rules", 2, "when", "strict", "value"),
        "root",
        "rules[2].when.strict.value",
        "must be one of minimal, task, standing",
    ),
    "an id used twice": (
        ("rules", 1, "id"),
        "explicit-needs-adults",
        "rules[1].id",
        "must be in lower case and used",
    ),
    "an id of a rule and a conflict": (
        ("conflicts", 0, "id"),
        "explicit-needs-adults",
        "conflicts[0].id",
        "must be in lower case and used once",
    ),
    "a conflict with itself": (
        ("conflicts", 0, "first"),
        {"behavior": "agents.spend_limit", "value": 5},
        "conflicts[0].yields",
        "must name one of the two behaviors, which must differ",
    ),
    "a conflict that a third party loses": (
        ("conflicts", 0, "yields"),
        "topics.allowed",
        "conflicts[0].yields",
        "must name one of the two behaviors",
    ),
    "a conflict that does not end": (
        ("conflicts", 0, "to"),
        10,
        "conflicts[0].to",
        "must be stricter than the value that clashes",
    ),
    "a conflict that loosens": (
        ("conflicts", 0, "to"),
        20,
        "conflicts[0].to",
        "must be stricter than the value",
    ),
}


@pytest.mark.parametrize(("path", "value", "at", "says"), FAULTS.values(), ids=FAULTS.keys())
def test_a_malformed_rulebook_is_refused_with_path_and_sentence(
    path: tuple[Any, ...], value: Any, at: str, says: str
) -> None:
    found = problems(changed(path, value))
    assert [problem.path for problem in found] == [at]
    assert says in found[0].message


def adjustable(document: dict[str, Any], key: str, layer: str, **more: Any) -> None:
    table = document["behaviors"][key]
    table["phrasing"] = {"on": "Do.", "off": "Do not."}
    strictest = table["domain"]["strictest"]
    table[layer] = {"floor": strictest, "ceiling": "off" if strictest == "on" else "on", **more}


@pytest.mark.parametrize(("key", "path"), [("safety.weapons", WEAPONS), ("protection.emergency_referral", EMERGENCY)])
def test_no_operator_may_change_a_bright_line_or_a_protection(key: str, path: str) -> None:
    for layer in ("organization", "product"):
        document = changed(("title",), "T")
        adjustable(document, key, layer)
        (found,) = problems(document)
        assert found.path == f"{path}.organization"
        assert "must be a window of one value: no operator changes a" in found.message


@pytest.mark.parametrize(
    ("key", "path", "waiver"),
    [
        ("safety.weapons", WEAPONS, False),
        ("safety.weapons", WEAPONS, True),
        ("protection.emergency_referral", EMERGENCY, False),
    ],
)
def test_no_user_may_change_a_bright_line_and_a_protection_only_with_a_waiver(
    key: str, path: str, waiver: bool
) -> None:
    document = changed(("title",), "T")
    adjustable(document, key, "user", waiver=waiver)
    (found,) = problems(document)
    assert found.path == f"{path}.user"
    assert "no user changes this" in found.message


@pytest.mark.parametrize(("key", "path"), [("safety.weapons", WEAPONS), ("protection.emergency_referral", EMERGENCY)])
def test_a_bright_line_and_a_protection_default_to_their_strictest_value(key: str, path: str) -> None:
    document = changed(("title",), "T")
    table = document["behaviors"][key]
    table["phrasing"] = {"on": "Do.", "off": "Do not."}
    table["default"] = "off" if table["domain"]["strictest"] == "on" else "on"
    (found,) = problems(document)
    assert found.path == f"{path}.default"
    assert "must be the strictest value" in found.message


def test_a_value_that_only_a_users_waiver_reaches_needs_phrasing_too() -> None:
    document = changed(
        behavior("protection.emergency_referral", "user"),
        {"floor": "on", "ceiling": "off", "grant": "platform", "waiver": True},
    )
    assert problems(document) == [Problem(f"{EMERGENCY}.phrasing.off", "is missing")]


def test_a_value_that_only_a_rule_reaches_needs_phrasing_too() -> None:
    document = changed(behavior("agents.permissions", "organization", "floor"), "task")
    del document["behaviors"]["agents.permissions"]["phrasing"]["minimal"]
    assert problems(document) == [Problem(f"{PERMISSIONS}.phrasing.minimal", "is missing")]


# Conditions that could loosen


@pytest.mark.parametrize(
    "when",
    [
        {"with": "adults_only"},
        {"has": "adults_only"},
        {"attestation": "adults_only"},
        {"permissive": {"behavior": "agents.permissions", "value": "task"}},
        {"not": {"facts": {"audience": "minors"}}},
        {"without": ["adults_only"]},
    ],
)
def test_a_condition_that_could_let_a_tightening_loosen_something_has_no_syntax(when: dict[str, Any]) -> None:
    for more in ({}, {"facts": {"audience": "minors"}}):
        found = problems(changed(("rules", 0, "when"), {**when, **more}))
        assert all(problem.path.startswith("rules[0].when") for problem in found)


@pytest.mark.parametrize("field", ["equals", "at_most", "looser_than"])
def test_another_behavior_can_only_be_asked_to_be_at_least_as_strict(field: str) -> None:
    strict = {"behavior": "agents.permissions", field: "task"}
    (found,) = problems(changed(("rules", 2, "when", "strict"), strict))
    assert found == Problem("rules[2].when.strict.value", "is missing")
    (found,) = problems(changed(("rules", 2, "when", "strict"), {**strict, "value": "task"}))
    assert found == Problem(f"rules[2].when.strict.{field}", "is not a field of this table")


@pytest.mark.parametrize(
    "when",
    [
        {"without": "adults_only"},
        {"strict": {"behavior": "agents.permissions", "value": "minimal"}},
        {"without": "adults_only", "facts": {"audience": "minors"}},
    ],
)
def test_only_a_rule_on_facts_alone_may_raise_a_floor(when: dict[str, Any]) -> None:
    document = changed(("rules", 1, "when"), when)
    (found,) = problems(document)
    assert found.path == "rules[1].floor"
    assert "may only be raised by a rule on facts alone" in found.message


# Several problems, and texts that are no rulebook at all


def test_all_problems_of_a_text_are_reported_together_and_in_reading_order() -> None:
    document = changed(("title",), "")
    document["published"] = "soon"
    document["attestations"]["adults_only"]["longest_days"] = 0
    document["behaviors"]["safety.weapons"]["kind"] = "hard"
    document["behaviors"]["topics.allowed"]["default"] = 7
    document["rules"][1]["when"]["facts"]["surface"] = "smoke"
    document["rules"].insert(0, 5)
    document["conflicts"][0]["to"] = 500
    document["extra"] = 1
    assert [problem.path for problem in problems(document)] == [
        "title",
        "published",
        "attestations.adults_only.longest_days",
        f"{WEAPONS}.kind",
        f"{TOPICS}.default",
        "rules[0]",
        "rules[2].when.facts.surface",
        "conflicts[0].to",
        "extra",
    ]


def test_the_refusal_as_a_text_names_every_problem() -> None:
    document = changed(("title",), "")
    document["note"] = ""
    with pytest.raises(MalformedRulebook) as refusal:
        decode(document)
    assert str(refusal.value) == "title: must not be empty; note: must not be empty"


@pytest.mark.parametrize(
    ("path", "at"),
    [
        (("documents", "policy", "date"), "documents.policy.date"),
        (("attestations", "adults_only", "name"), "attestations.adults_only.name"),
        (behavior("agents.spend_limit", "name"), f"{SPEND}.name"),
    ],
)
def test_what_points_to_a_broken_part_is_not_blamed_for_it(path: tuple[str, ...], at: str) -> None:
    assert problems(changed(path, DROP)) == [Problem(at, "is missing")]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("this is no TOML", "is not TOML"),
        ("a = 1\na = 2", "is not TOML"),
        ("a = " + "[" * 100_000, "is not TOML"),
        ("a = " + "9" * 5_000, "is not TOML"),
        ("#" * (MAX_TEXT + 1), f"at most {MAX_TEXT} are read"),
    ],
)
def test_a_text_that_cannot_be_read_is_refused_as_a_whole(text: str, says: str) -> None:
    with pytest.raises(MalformedRulebook) as refusal:
        parse(text)
    (found,) = refusal.value.problems
    assert found.path == "(file)"
    assert says in found.message


@pytest.mark.parametrize("document", [None, [], "text", 7])
def test_a_stored_document_that_is_no_table_is_refused(document: Any) -> None:
    assert problems(document) == [Problem("(file)", "must be a table")]


def test_an_empty_text_lacks_everything_that_a_rulebook_must_say() -> None:
    with pytest.raises(MalformedRulebook) as refusal:
        parse("")
    assert {problem.path for problem in refusal.value.problems} == {
        "schema",
        "platform",
        "layer",
        "published",
        "title",
        "note",
    }


def test_text_that_has_no_canonical_form_is_refused() -> None:
    (found,) = problems(changed(("title",), "\ud800"))
    assert "cannot be written as JSON" in found.message


# Any damage at all


def paths(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    children: list[tuple[Any, Any]] = []
    if isinstance(value, dict):
        children = list(value.items())
    elif isinstance(value, list):
        children = list(enumerate(value))
    return [path] * bool(path) + [found for key, item in children for found in paths(item, (*path, key))]


in_peace = settings(deadline=None)  # a busy machine is no fault of the code
DAMAGE: st.SearchStrategy[Any] = (
    st.just(DROP)
    | st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.lists(st.text(max_size=3), max_size=2)
    | st.dictionaries(st.text(max_size=3), st.text(max_size=3), max_size=2)
)


@in_peace
@given(st.lists(st.tuples(st.sampled_from(paths(DOCUMENT)), DAMAGE), min_size=1, max_size=4))
def test_damage_of_any_kind_gives_a_rulebook_or_a_refusal_and_nothing_else(damage: list[Any]) -> None:
    document: Any = copy.deepcopy(dict(DOCUMENT))
    for path, value in damage:
        at = document
        try:
            for step in path[:-1]:
                at = at[step]
            if value is DROP:
                del at[path[-1]]
            else:
                at[path[-1]] = value
        except (KeyError, IndexError, TypeError):
            continue
    expect_an_answer(decode, document)


@in_peace
@given(st.text())
def test_any_text_gives_a_rulebook_or_a_refusal_and_nothing_else(text: str) -> None:
    expect_an_answer(parse, text)


def expect_an_answer(read: Callable[[Any], Rulebook], given: Any) -> None:
    found: list[Problem] = []
    try:
        assert read(given).digest.startswith("sha256:")
    except MalformedRulebook as refusal:
        found = refusal.problems or [Problem("", "")]
    assert all(problem.path and problem.message for problem in found)
