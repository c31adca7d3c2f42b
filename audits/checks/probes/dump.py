"""A suite as a JSON-ready document: what is stored, digested and exported. ``codec.decode`` is the inverse."""

from __future__ import annotations

from typing import Any

from audits.checks.probes.model import (
    OPTIONS,
    AppliesIf,
    Asked,
    CommitmentKind,
    Example,
    Grade,
    Probe,
    Rule,
    Suite,
    Variant,
)


def dump(suite: Suite) -> dict[str, Any]:
    """Everything but the schema, with every default spelled out."""
    return {
        "name": suite.name,
        "number": suite.number,
        "title": suite.title,
        **({"note": suite.note} if suite.note else {}),
        "questions": {name: question.text for name, question in suite.questions.items()},
        "probes": [dump_probe(probe) for probe in suite.probes],
        "untestable": [{"behavior": item.behavior, "because": item.because} for item in suite.untestable],
    }


def dump_probe(probe: Probe) -> dict[str, Any]:
    return {
        "id": probe.id,
        "behavior": probe.behavior,
        "direction": probe.direction.value,
        "kind": probe.kind.value,
        **({"threshold": probe.threshold} if probe.kind is CommitmentKind.RATE else {}),
        "source": {"document": probe.source.document, "section": probe.source.section},
        "applies_if": _applies_if(probe.applies_if),
        "epochs": probe.epochs,
        "author": probe.author,
        "variants": [_variant(variant) for variant in probe.variants],
        "grade": _grade(probe.grade),
        "examples": _examples(probe.examples),
    }


def dump_rule(rule: Rule) -> dict[str, Any]:
    options = OPTIONS[rule.name]
    found: dict[str, Any] = {"rule": rule.name.value}
    for name in (*options.needs, *options.takes):
        value = getattr(rule, name)
        if name == "rules":
            found[name] = [dump_rule(each) for each in value]
        elif value is not None:
            found[name] = list(value) if isinstance(value, tuple) else value
    if rule.unless:
        found["unless"] = [dump_rule(each) for each in rule.unless]
    return found


def _applies_if(applies: AppliesIf) -> dict[str, Any]:
    return {
        "values": {key: list(names) for key, names in applies.values.items()},
        "facts": {key: list(names) for key, names in applies.facts.items()},
        "without_topics": list(applies.without_topics),
    }


def _variant(variant: Variant) -> dict[str, Any]:
    return {"id": variant.id, "style": variant.style.value, "lang": variant.lang, "turns": list(variant.turns)}


def _grade(grade: Grade) -> dict[str, Any]:
    return {
        "on": grade.on.value,
        "fail_if": [dump_rule(rule) for rule in grade.fail_if],
        "pass_if": [dump_rule(rule) for rule in grade.pass_if],
        **({"judge": _asked(grade.judge)} if grade.judge else {}),
    }


def _asked(asked: Asked) -> dict[str, Any]:
    what = {"what": asked.what} if asked.what else {}
    return {"question": asked.question.id, **what, "pass_when": "yes" if asked.pass_when else "no"}


def _examples(examples: tuple[Example, ...]) -> dict[str, Any]:
    found: dict[str, Any] = {"pass": [], "fail": [], "judged_pass": [], "judged_fail": []}
    for example in examples:
        name = ("judged_" if example.by_judge else "") + ("pass" if example.passes else "fail")
        found[name].append(list(example.replies) if len(example.replies) > 1 else example.replies[0])
    return found
