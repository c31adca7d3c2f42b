"""Probes as data: suites, their text form, which of them apply to a product, and other tools' formats."""

from audits.checks.probes.applies import applies, first_topic
from audits.checks.probes.codec import MalformedSuite, decode, parse, parse_json
from audits.checks.probes.joined import joined
from audits.checks.probes.model import (
    Asked,
    CommitmentKind,
    Direction,
    Example,
    Grade,
    Probe,
    Question,
    Rule,
    RuleName,
    Style,
    Suite,
    Untestable,
    Variant,
)

__all__ = [
    "Asked",
    "CommitmentKind",
    "Direction",
    "Example",
    "Grade",
    "MalformedSuite",
    "Probe",
    "Question",
    "Rule",
    "RuleName",
    "Style",
    "Suite",
    "Untestable",
    "Variant",
    "applies",
    "decode",
    "first_topic",
    "joined",
    "parse",
    "parse_json",
]
