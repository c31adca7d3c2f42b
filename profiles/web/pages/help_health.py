"""What the help says of checks; of the rules of the lint each, in its own words."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as lazy

from audits.checks.lint import Rule
from audits.checks.lint.rules import AGAINST_SETTINGS, AGAINST_USERS, BRIGHT_LINES, TEXT_ITSELF

Section = tuple[str | Promise, tuple[str | Promise, ...]]

CHECKS: Final[tuple[Section, ...]] = (
    (
        lazy("What each looks at"),
        (
            lazy("Limits: is every setting of the active version still inside its window, on at least one platform?"),
            lazy("Instructions: what in the operator's own text works against users, a bright line or the settings."),
            lazy("Behavior: what runs found of models that were told exactly what the active version tells them."),
            lazy(
                "Serving: Brightline asks its own address, over HTTP as clients do, and compares every byte and the "
                "signature with what was published, and that with the trail."
            ),
            lazy("Expiry: attestations, law packs, API keys and scheduled activations, and what changes then."),
            lazy("Drift: whether the model or a rulebook changed since the version was made."),
        ),
    ),
    (
        lazy("How they come out"),
        (
            lazy(
                "Pass is said only of what was measured. What could not be measured says nothing, neither good nor bad."
            ),
            lazy("Every product is measured about once an hour, after each activation, and when somebody asks."),
            lazy("What was measured of another version, or too long ago, is shown as old and does not count."),
            lazy("What ends is told of 30 days, 7 days and a day before, once each."),
        ),
    ),
)


def _explained(rules: Iterable[Rule]) -> tuple[Promise, ...]:
    return tuple(format_lazy("{} {}", lazy(rule.sentence), lazy(rule.why)) for rule in rules)


RULES_EXPLAINED: Final[tuple[Section, ...]] = (
    (
        lazy("Against users: restricting a product is fine, turning it against its users is not"),
        _explained(said.rule for said in AGAINST_USERS if said.rule.id not in BRIGHT_LINES),
    ),
    (
        lazy("Bargaining over a bright line"),
        _explained(said.rule for said in AGAINST_USERS if said.rule.id in BRIGHT_LINES),
    ),
    (lazy("Against the settings"), _explained(against.rule for against in AGAINST_SETTINGS)),
    (lazy("Secrets and hidden text"), _explained(TEXT_ITSELF)),
)
