"""``runs/{id}/comparison``: a run beside an earlier one of its product."""

from __future__ import annotations

from typing import Final

from django.utils.translation import gettext as _

from audits import queries
from audits.api.v1.suites import TAG
from audits.checks.comparisons import Fixed
from audits.checks.statistics import Change
from audits.conformance import comparing
from audits.models import Run
from profiles.access import Permission, Scope
from profiles.api.kit.asking import Asked, Parameter
from profiles.api.kit.operation import Answer, Refusal, operation
from profiles.api.kit.shapes import choice, or_null, plain, refer, shape
from profiles.api.shapes import Json
from profiles.errors import NotFound

_BIGGEST: Final = 2**63 - 1
_END: Final[Json] = plain("number", minimum=-1, maximum=1)
_NAMES: Final[Json] = {"type": "array", "items": plain("string")}
shape(
    "RunDifference",
    {
        "what": choice([each.value for each in Fixed]),
        "earlier": plain("string", "Empty where only that it differs can be said."),
        "later": plain("string", "Of settings, the behaviors whose values differ."),
    },
    "One thing that the later protocol fixes otherwise.",
)
shape(
    "ComparedCommitment",
    {
        "behavior": plain("string", "Its key."),
        "change": choice([each.value for each in Change]),
        "difference": {**_END, "description": "Mean over variants of the share that passed, later minus earlier."},
        "interval": or_null({"type": "array", "items": _END, "description": "Of the difference, 95 %, paired."}),
        "variants": plain("integer", "That both runs asked alike and decided."),
        "better": {**_NAMES, "description": "Variants, each with its probe's name before it."},
        "worse": _NAMES,
        "p_value": plain("number", "Of McNemar's exact test, two-sided.", minimum=0, maximum=1),
        "left_out": plain("integer", "Variants that only one of the runs says something of."),
    },
    "One commitment in both runs.",
)
shape(
    "RunComparison",
    {
        "earlier": plain("integer", "The run's id."),
        "later": plain("integer", "The run's id."),
        "differs": {"type": "array", "items": refer("RunDifference")},
        "commitments": {"type": "array", "items": refer("ComparedCommitment")},
    },
    "Two finished runs of one product, variant by variant.",
)
_NONE: Final = Refusal(
    404,
    "not_found",
    "Nothing to compare with",
    "No earlier run of this product has finished, so there is nothing to compare.",
)


@operation(
    id="runs_compare",
    tag=TAG,
    scope=Scope.READ,
    summary="A run beside an earlier one",
    description=(
        "Compares variants that both runs asked alike, each with itself. Without `with` the earlier one is the last"
        " finished run of the same suite on the same platform, or else of the same product. A change is called shown"
        " where the paired interval and McNemar's test both say so; of what is not shown nothing follows."
    ),
    answers="RunComparison",
    example={
        "earlier": 11,
        "later": 12,
        "differs": [{"what": "model", "earlier": "claude-opus-4", "later": "claude-opus-5"}],
        "commitments": [
            {
                "behavior": "protection.admit_being_ai",
                "change": "not_shown",
                "difference": 0.025,
                "interval": [-0.031, 0.081],
                "variants": 20,
                "better": ["is-ai/plain"],
                "worse": [],
                "p_value": 1.0,
                "left_out": 0,
            }
        ],
    },
    parameters=(Parameter("with", plain("integer", minimum=1, maximum=2**31 - 1), "The earlier run's id."),),
    refusals=(_NONE,),
)
def compare_runs(asked: Asked, pk: int) -> Answer:
    asked.actor.require(Permission.VIEW)
    later = queries.runs(asked.actor).one(pk=min(pk, _BIGGEST))
    earlier = _earlier(asked, later)
    if earlier is None or not comparing.can_compare(earlier, later):
        raise NotFound(_("Two finished runs of one product can be compared, and these are not."))
    found = comparing.contrast(earlier, later)
    return Answer(
        {
            "earlier": earlier.pk,
            "later": later.pk,
            "differs": [{"what": one.what.value, "earlier": one.earlier, "later": one.later} for one in found.differs],
            "commitments": [comparing.as_told(one) for one in found.commitments],
        }
    )


def _earlier(asked: Asked, later: Run) -> Run | None:
    wanted = asked.parameters.get("with") or next(iter(comparing.earlier_runs(asked.actor, later, 1)), None)
    return queries.runs(asked.actor).one(pk=wanted) if wanted else None
