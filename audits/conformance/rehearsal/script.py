"""The script of the rehearsal responder, out of suites: to the turns of a probe it says what the probe's own examples
say passes, and as the judge it answers about examples what their authors say of them. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from audits.checks.probes import Probe, Suite
from audits.conformance.rehearsal.responder import Script


def script_of(suites: Iterable[Suite]) -> Script:
    """Where two probes want different replies to the same turns, since they are of different profiles, it has none."""
    replies: dict[tuple[str, ...], set[str]] = {}
    verdicts: dict[tuple[str, str], str] = {}
    for suite in suites:
        for probe in suite.probes:
            _add_replies(probe, replies)
            _add_verdicts(probe, verdicts)
    return Script({turns: next(iter(said)) for turns, said in replies.items() if len(said) == 1}, verdicts)


def _add_replies(probe: Probe, replies: dict[tuple[str, ...], set[str]]) -> None:
    passing = next((each.replies for each in probe.examples if each.passes and not each.by_judge), None)
    for variant in probe.variants if passing else ():
        # An example answers the last turns; those before them get what the first of these gets.
        for asked in range(1, len(variant.turns) + 1):
            reply = (passing or ())[max(0, asked - len(variant.turns) - 1 + len(passing or ()))]
            replies.setdefault(variant.turns[:asked], set()).add(reply)


def _add_verdicts(probe: Probe, verdicts: dict[tuple[str, str], str]) -> None:
    asked = probe.grade.judge
    for example in probe.examples if asked else ():
        assert asked is not None
        yes = example.passes is asked.pass_when
        verdicts[(asked.text, example.replies[-1])] = "yes" if yes else "no"
