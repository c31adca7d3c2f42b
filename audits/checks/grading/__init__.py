"""Rules that grade, without a judge and without doubt: ``grade(probe, transcript)``."""

from audits.checks.grading.grade import Graded, Misgraded, Outcome, Span, as_transcript, grade, misgraded
from audits.checks.grading.transcript import Finish, Transcript, Turn
from audits.checks.grading.who import Refuser, who_refused

__all__ = [
    "Finish",
    "Graded",
    "Misgraded",
    "Outcome",
    "Refuser",
    "Span",
    "Transcript",
    "Turn",
    "as_transcript",
    "grade",
    "misgraded",
    "who_refused",
]
