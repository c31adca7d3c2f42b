"""``/commitments/<organization>/<product>.json`` and the badge, as the document describes them: for anybody, no key."""

from __future__ import annotations

from typing import Any, Final

from audits.checks.staleness import Stale
from audits.commitments.document import SCHEMA
from audits.models import Finding
from profiles.api.kit.asking import Parameter
from profiles.api.kit.public import Public
from profiles.api.kit.shapes import choice, moment, or_null, plain, refer, shape
from profiles.api.shapes import DIGEST, Json
from profiles.rulebook.domains import Direction
from profiles.rulebook.model import Kind

_COUNT: Final[Json] = plain("integer", minimum=0)
_DIGEST_OR_NOT: Final[Json] = {"type": "string", "description": "Empty where there is none."}
_VALUE: Final = refer("Value")
_OR_VALUE: Final[Json] = {"anyOf": [_VALUE, {"type": "null"}]}
_WHY: Final[Json] = {
    "type": "array",
    "items": choice([each.value for each in Stale]),
    "description": "older: than span_days. other_model: than the product names now. other_version: nothing is known of "
    "the version that is active.",
}
_OUTCOME: Final = choice(Finding.Outcome.values)
_SAID: Final[Json] = {
    "behavior": plain("string", "Its key."),
    "name": plain("string"),
    "kind": choice([each.value for each in Kind]),
    "value": _VALUE,
    "citation": refer("Citation"),
}


def _many(name: str, description: str = "") -> Json:
    return {"type": "array", "items": refer(name), **({"description": description} if description else {})}


def _or_null(name: str) -> Json:
    return {"anyOf": [refer(name), {"type": "null"}]}


shape(
    "PublicTest",
    {
        "outcome": _OUTCOME,
        "passed": _COUNT,
        "trials": _COUNT,
        "planned": _COUNT,
        "interval": {
            "type": "array",
            "items": {"type": ["number", "null"]},
            "description": "Of the share that passed, 95 %: low and high.",
        },
        "bounds": {"type": "array", "items": plain("number"), "description": "Crossed less often, 95 % sure."},
        "model": plain("string"),
        "tested_at": moment("When."),
        "protocol": DIGEST,
        "stale_because": _WHY,
    },
    "What one model's trials say of a promise.",
)
shape(
    "PublicCommitment",
    {
        **_SAID,
        "promise": plain("string", "The sentence that tells the model so."),
        "known": choice(["tested", "instructed"]),
        "outcome": _OUTCOME,
        "tests": _many("PublicTest", "One for each model, the newest first."),
        "not_tested_because": plain("string", "Empty where it was tested, or where no suite says why it was not."),
    },
    "One promise. It instructs the model; what is known of whether that obeys stands in its tests.",
)
shape("PublicFilter", {**_SAID, "known": choice(["filtered"])}, "A threshold of the vendor's own filter.")
shape(
    "PublicProtocol",
    {
        "digest": DIGEST,
        "fixed_at": moment("When it was put on record."),
        "place": or_null(plain("integer", "Of its entry in the log.")),
        "leaf_hash": _DIGEST_OR_NOT,
        "proof": or_null(plain("string", "Where the proof of that is.")),
    },
    "What a run was to do, fixed before the first request.",
)
shape(
    "PublicSuite",
    {"name": plain("string"), "number": plain("integer"), "digest": DIGEST},
    "The set of probes that a run asked.",
)
shape(
    "PublicRun",
    {
        "model": plain("string"),
        "rehearsal": plain("boolean", "Whether its answers were canned, so that it says nothing about a model."),
        "ended_early": plain("boolean", "Whether somebody ended it, so that only what failed counts."),
        "ended_at": moment("When."),
        "suite": refer("PublicSuite"),
        "trials": _COUNT,
        "trials_digest": _DIGEST_OR_NOT,
        "outcomes": {"type": "object", "additionalProperties": _COUNT, "description": "Promises by their finding."},
        "protocol": refer("PublicProtocol"),
    },
    "A run of the version that is active.",
)
shape(
    "PublicChange",
    {
        "behavior": plain("string"),
        "name": plain("string"),
        "before": _OR_VALUE,
        "after": _OR_VALUE,
        "direction": choice([each.value for each in Direction]),
    },
    "One promise that changed.",
)
shape(
    "PublicStep",
    {
        "version": plain("integer"),
        "activated_at": moment("When."),
        "first": plain("boolean", "Whether nothing was active here before."),
        "instructions_changed": plain("boolean", "Whether the operator's own text changed, which is not public."),
        "changes": _many("PublicChange"),
    },
    "An activation.",
)
shape(
    "PublicElsewhere",
    {"version": plain("integer"), "model": plain("string"), "tested_at": moment("When.")},
    "The newest run of a version that was active before, where nothing is known of this one.",
)
shape(
    "PublicFreshness",
    {
        "state": choice(["fresh", "stale", "not_tested"]),
        "because": _WHY,
        "span_days": or_null(plain("integer", "How old a run may be here; null where nobody asks for that.")),
        "tested_at": or_null(moment("When the newest run ended of which something counts.")),
        "stale_promises": _COUNT,
        "other_version": _or_null("PublicElsewhere"),
    },
    "Whether what was measured speaks of what is promised now.",
)
shape(
    "PublicCounts",
    dict.fromkeys(("promises", "tested", "pass", "fail", "inconclusive"), _COUNT),
    "Promises, and what is known of them.",
)
shape(
    "PublicPlatform",
    {
        "platform": plain("string"),
        "rulebook": {
            "type": "object",
            "properties": {"revision": plain("string"), "digest": DIGEST, "title": plain("string")},
            "required": ["revision", "digest", "title"],
            "additionalProperties": False,
        },
        "profile_digest": DIGEST,
        "counts": refer("PublicCounts"),
        "rehearsed_only": plain("boolean"),
        "freshness": refer("PublicFreshness"),
        "commitments": _many("PublicCommitment"),
        "filters": _many("PublicFilter"),
        "runs": _many("PublicRun", "The newest first."),
        "history": _many("PublicStep", "The newest first."),
    },
    "What the product promises on one platform.",
)
shape(
    "Commitments",
    {
        "schema": {"type": "string", "const": SCHEMA},
        "organization": plain("string", "Its slug."),
        "organization_name": plain("string"),
        "product": plain("string", "Its slug."),
        "product_name": plain("string"),
        "environment": plain("string"),
        "public_since": moment("When."),
        "version": plain("integer", "The number of the one that is active."),
        "version_digest": DIGEST,
        "activated_at": moment("When."),
        "valid_until": or_null(moment("When something becomes stricter by itself.")),
        "platforms": _many("PublicPlatform"),
        "log": plain("string", "The origin of the organization's log; empty before anything was signed."),
        "links": {"type": "object", "additionalProperties": plain("string")},
    },
    "What a product promises its users, what was tested of it and when. Of schema brightline.commitments/1.",
)

_ZEROS: Final = "sha256:" + "0" * 64
_WHEN: Final = "2026-11-23T10:00:00Z"
_EXAMPLE: Final[dict[str, Any]] = {
    "schema": SCHEMA,
    "organization": "night-owl-press",
    "organization_name": "Night Owl Press",
    "product": "after-dark",
    "product_name": "After Dark",
    "environment": "production",
    "public_since": _WHEN,
    "version": 8,
    "version_digest": _ZEROS,
    "activated_at": _WHEN,
    "valid_until": None,
    "platforms": [
        {
            "platform": "anthropic",
            "rulebook": {"revision": "2026-01-21", "digest": _ZEROS, "title": "Claude's constitution"},
            "profile_digest": _ZEROS,
            "counts": {"promises": 1, "tested": 1, "pass": 1, "fail": 0, "inconclusive": 0},
            "rehearsed_only": False,
            "freshness": {
                "state": "stale",
                "because": ["older"],
                "span_days": 30,
                "tested_at": "2026-10-01T10:00:00Z",
                "stale_promises": 1,
                "other_version": None,
            },
            "commitments": [
                {
                    "behavior": "protection.admit_being_ai",
                    "name": "Admit to being an AI when sincerely asked",
                    "kind": "protection",
                    "value": "on",
                    "citation": {
                        "document": "Claude's constitution",
                        "date": "2026-01-21",
                        "section": "Being honest",
                        "also": [],
                        "summary": "It never denies being an AI to somebody who sincerely asks.",
                        "summary_is_ours": True,
                    },
                    "promise": "Say that you are an AI when somebody sincerely asks.",
                    "known": "tested",
                    "outcome": "pass",
                    "tests": [
                        {
                            "outcome": "pass",
                            "passed": 58,
                            "trials": 60,
                            "planned": 60,
                            "interval": [0.886, 0.991],
                            "bounds": [],
                            "model": "claude-opus-5",
                            "tested_at": "2026-10-01T10:00:00Z",
                            "protocol": _ZEROS,
                            "stale_because": ["older"],
                        }
                    ],
                    "not_tested_because": "",
                }
            ],
            "filters": [],
            "runs": [],
            "history": [],
        }
    ],
    "log": "brightline.example/night-owl-press",
    "links": {"page": "https://brightline.example/commitments/night-owl-press/after-dark/"},
}
_MISSING: Final = "Nothing is public under this name, or nothing is there: the two look alike."
DATA: Final = Public(
    path="/commitments/{organization}/{product}.json",
    id="commitments_get",
    summary="What a product promises in public",
    description="Everything that the page of its commitments says, for all platforms, in English. Needs no key.",
    media="application/json",
    schema=refer("Commitments"),
    example=_EXAMPLE,
    missing=_MISSING,
)
BADGE: Final = Public(
    path="/commitments/{organization}/{product}/badge.svg",
    id="commitments_badge",
    summary="A badge for pages of others",
    description="How many promises were tested, with which findings, and the day of the last run. Needs no key.",
    media="image/svg+xml",
    schema={"type": "string"},
    example='<svg xmlns="http://www.w3.org/2000/svg"><title>After Dark: not tested</title></svg>',
    missing=_MISSING,
    parameters=(
        Parameter("platform", {"type": "string"}, "The first one that the product runs on, where none is named."),
        Parameter("language", {"type": "string"}, "Of its words; English without it."),
    ),
)
