"""Probes: how one finds out whether a model keeps what a published profile promises.

Pure, as the rooms beside it, which belong together:

* ``audits.checks.probes``: suites as data. ``parse``, ``parse_json`` and ``decode`` make a ``Suite`` of ``Probe``s with
  ``Variant``s; ``suite.document`` is what is stored and ``suite.digest`` its identity; ``select`` says which probes
  concern a product and what stays open; ``library.shipped()`` are the suites that come with Brightline; ``exchange``
  reads and writes other tools' files.
* ``audits.checks.grading``: ``grade(probe, transcript)`` -> ``Graded``: pass, fail or unclear by rules, with the words
  that decide; ``who_refused(transcript)``; ``misgraded(probe)``: the examples that forbid publishing it.
* ``audits.checks.judging``: ``prompt`` for one vote, ``read_vote``, ``votes_outcome`` of three, ``golden_sets`` and
  ``agreement``: whether a judge may judge.
* ``audits.checks.statistics``: ``verdict(kind, Tally.of(trials), threshold)``, ``together`` for a commitment that has
  several directions, ``wilson``, ``upper_bound``, ``trials_needed``, ``compare`` for two runs.

One trial, from end to end::

    said = variant.said(first_topic(values))            # what the user says, turn by turn
    transcript = Transcript.of(turns, finish, canaries)  # what came of it
    graded = grade(probe, transcript)
    if graded.needs_judge and probe.grade.judge:
        votes = [read_vote(answer, transcript) for answer in answers]  # to prompt(probe.grade.judge, transcript, tag)
        outcome = votes_outcome(votes, probe.grade.judge.pass_when)

A commitment's trials are counted apart for each direction of its probes (``Tally``: a cluster is one probe's variant),
each gets its ``verdict``, and the weakest of them is the finding: harmless requests that went well must not water down
a crossing.
"""

from audits.checks.probes.applies import Selection, applies, first_topic, select
from audits.checks.probes.codec import MalformedSuite, decode, decode_probe, parse, parse_json
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
    "Selection",
    "Style",
    "Suite",
    "Untestable",
    "Variant",
    "applies",
    "decode",
    "decode_probe",
    "first_topic",
    "joined",
    "parse",
    "parse_json",
    "select",
]
