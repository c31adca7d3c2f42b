"""Several suites as one, so that one run tests everything that they do."""

from __future__ import annotations

from collections.abc import Sequence

from audits.checks.probes.codec import decode
from audits.checks.probes.model import Suite


def joined(name: str, title: str, note: str, suites: Sequence[Suite]) -> Suite:
    """All probes of the suites, in their order. Its number grows when that of any of them does.

    Raises:
        MalformedSuite: two of them use one name for different probes.
        ValueError: two of them use one name for different questions.
    """
    questions: dict[str, str] = {}
    for suite in suites:
        for key, question in suite.questions.items():
            if questions.setdefault(key, question.text) != question.text:
                raise ValueError(f"The question {key} is another one in the suite {suite.name}.")
    tested = {behavior for suite in suites for behavior in suite.behaviors}
    untestable = {each["behavior"]: each for suite in suites for each in suite.document["untestable"]}
    return decode(
        {
            "schema": suites[0].document["schema"],
            "name": name,
            "number": sum(suite.number for suite in suites) - len(suites) + 1,
            "title": title,
            "note": note,
            "questions": questions,
            "probes": [probe for suite in suites for probe in suite.document["probes"]],
            "untestable": [each for key, each in untestable.items() if key not in tested],
        }
    )
