"""A judge's part in grading, without the judge: the question it is asked, its votes, and whether it may judge."""

from audits.checks.judging.golden import AGREEMENT, Agreement, Labelled, agreement, golden_sets
from audits.checks.judging.prompt import MalformedTag, Prompt, prompt, prompt_digest
from audits.checks.judging.votes import LONGEST, VOTES, Answer, Void, Vote, deciding, read_vote, votes_outcome

__all__ = [
    "AGREEMENT",
    "LONGEST",
    "VOTES",
    "Agreement",
    "Answer",
    "Labelled",
    "MalformedTag",
    "Prompt",
    "Void",
    "Vote",
    "agreement",
    "deciding",
    "golden_sets",
    "prompt",
    "prompt_digest",
    "read_vote",
    "votes_outcome",
]
