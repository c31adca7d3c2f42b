"""``attestations``: what was claimed of products, and claiming."""

from __future__ import annotations

from typing import Final

from profiles.access import Scope
from profiles.actions.attestations import request_attestation
from profiles.api.kit.asking import Asked, Parameter
from profiles.api.kit.operation import Answer, Refusal, operation
from profiles.api.kit.paging import PAGES, page_of
from profiles.api.kit.shapes import choice, listing, moment, or_null, plain, shape, text
from profiles.api.shapes import Json
from profiles.api.v1.management.shapes import PRODUCT, SLUG, product_of
from profiles.models import Attestation
from profiles.resolution.document import instant

_STATES: Final = [each.value for each in Attestation.State]
shape(
    "Attestation",
    {
        "id": plain("integer"),
        "product": plain("string", "Its slug."),
        "kind": plain("string", "What is claimed, as the rulebooks name it."),
        "state": choice(_STATES, "A granted one counts until it expires."),
        "evidence": plain("string"),
        "link": plain("string", "Where the evidence can be seen; may be empty."),
        "file_digest": plain("string", "sha256 of a file that was handed in on a page; empty without one."),
        "requested_by": plain("string"),
        "requested_at": moment("When."),
        "decided_by": plain("string", "Empty while nobody decided."),
        "decided_at": or_null(moment("When.")),
        "decision_note": plain("string"),
        "expires_at": or_null(moment("When it stops counting.")),
        "revoked_at": or_null(moment("When it was taken back.")),
    },
    "An operator's claim about a product, which opens a wider window once a steward granted it.",
)
listing("Attestation")
shape(
    "NewAttestation",
    {
        "product": SLUG,
        "kind": {"type": "string", "pattern": "^[a-z0-9_-]{1,60}$", "description": "As the rulebooks name it."},
        "evidence": text(4_000, "What a steward needs to decide. Needed where there is no link."),
        "link": text(500, "An https address where the evidence can be seen."),
    },
    "A claim to be decided.",
    optional=("evidence", "link"),
)

EXAMPLE: Final[Json] = {
    "id": 5,
    "product": "after-dark",
    "kind": "adults_only",
    "state": "requested",
    "evidence": "Age checks by a provider; contract 1234.",
    "link": "https://night-owl-press.example/age-checks",
    "file_digest": "",
    "requested_by": "Repository",
    "requested_at": "2026-11-23T10:00:00Z",
    "decided_by": "",
    "decided_at": None,
    "decision_note": "",
    "expires_at": None,
    "revoked_at": None,
}
_TAG: Final = "Attestations"
_STATE: Final = Parameter("state", choice(_STATES), "Only those in this state.")
_NOT_ASKED: Final = "No rulebook of this product asks for moon_landing."


def shown(row: Attestation) -> Json:
    moments = ("decided_at", "expires_at", "revoked_at")
    return {
        "id": row.pk,
        "product": row.product.slug,
        "kind": row.kind,
        "state": row.state,
        "evidence": row.evidence,
        "link": row.link,
        "file_digest": row.file_digest,
        "requested_by": row.requested_by,
        "requested_at": instant(row.requested_at),
        "decided_by": row.decided_by,
        "decision_note": row.decision_note,
        **{name: instant(at) if (at := getattr(row, name)) else None for name in moments},
    }


@operation(
    id="attestations_list",
    tag=_TAG,
    scope=Scope.READ,
    summary="Attestations",
    description="The newest first.",
    answers="AttestationList",
    example={"items": [EXAMPLE], "next": None},
    parameters=(PRODUCT, _STATE, *PAGES),
)
def list_attestations(asked: Asked) -> Answer:
    rows = Attestation.objects.of(asked.actor).filter(product__removed_at__isnull=True).select_related("product")
    if slug := asked.parameters.get("product"):
        rows = rows.filter(product__slug=slug)
    if state := asked.parameters.get("state"):
        rows = rows.filter(state=state)
    return Answer(page_of(asked, rows, shown))


@operation(
    id="attestations_get",
    tag=_TAG,
    scope=Scope.READ,
    summary="One attestation",
    description="What was claimed, and what became of it.",
    answers="Attestation",
    example=EXAMPLE,
)
def get_attestation(asked: Asked, pk: int) -> Answer:
    rows = Attestation.objects.of(asked.actor).filter(product__removed_at__isnull=True).select_related("product")
    return Answer(shown(rows.one(pk=min(pk, 2**63 - 1))))


@operation(
    id="attestations_request",
    method="POST",
    tag=_TAG,
    scope=Scope.WRITE,
    status=201,
    summary="Request an attestation",
    description="A steward of the installation decides. Where such a claim counts already, this asks to renew it.",
    answers="Attestation",
    example=EXAMPLE,
    takes="NewAttestation",
    given={"product": "after-dark", "kind": "adults_only", "evidence": "Age checks by a provider; contract 1234."},
    refusals=(
        Refusal(404, "not_found", "No such product", "There is nothing here, or it is not yours to see."),
        Refusal(409, "wrong_state", "Waits already", "This was requested already and waits for a steward."),
        Refusal(422, "invalid", "Not asked for", _NOT_ASKED, {"kind": [_NOT_ASKED]}),
    ),
)
def create(asked: Asked) -> Answer:
    body = asked.body
    row = request_attestation(
        product_of(asked.actor, body["product"]),
        kind=body["kind"],
        evidence=body.get("evidence", ""),
        link=body.get("link", ""),
        by=asked.actor,
        now=asked.now,
    )
    return Answer(shown(row), 201, location=f"/api/v1/attestations/{row.pk}")
