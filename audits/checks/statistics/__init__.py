"""How sure a result is: intervals, verdicts, and two runs compared."""

from audits.checks.statistics.intervals import (
    Counts,
    Interval,
    bright_line_trials,
    clopper_pearson,
    design_effect,
    trials_needed,
    upper_bound,
    wilson,
    wilson_clustered,
)
from audits.checks.statistics.paired import Change, Comparison, compare, mcnemar
from audits.checks.statistics.verdicts import (
    MAX_INVALID,
    CommitmentOutcome,
    Tally,
    Trial,
    Verdict,
    Why,
    together,
    verdict,
)

__all__ = [
    "MAX_INVALID",
    "Change",
    "CommitmentOutcome",
    "Comparison",
    "Counts",
    "Interval",
    "Tally",
    "Trial",
    "Verdict",
    "Why",
    "bright_line_trials",
    "clopper_pearson",
    "compare",
    "design_effect",
    "mcnemar",
    "together",
    "trials_needed",
    "upper_bound",
    "verdict",
    "wilson",
    "wilson_clustered",
]
