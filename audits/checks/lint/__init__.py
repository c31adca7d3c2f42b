"""The ``instructions`` check: what in an operator's own text works against its users, a bright line or its settings.

It looks at words. It finds what is written in the ways that it knows, in English and German; it misses what is written
in others, and it proves nothing about what a model does. So it never says that a text is safe.
"""

from audits.checks.lint.check import lint, secrets_in
from audits.checks.lint.finding import Finding, Rule, Severity
from audits.checks.lint.rules import RULES

__all__ = ["RULES", "Finding", "Rule", "Severity", "lint", "secrets_in"]
