"""``evidence`` and ``checkpoints``: what an outsider is given who need not trust this server."""

from __future__ import annotations

from datetime import UTC, date
from typing import Final

from django.http import FileResponse
from django.utils.translation import gettext as _

from audits.ledger import read, taking
from audits.ledger.disclosed import Disclose
from audits.models import Checkpoint
from profiles.access import Permission, Scope
from profiles.api.kit.asking import Asked
from profiles.api.kit.operation import Answer, Refusal, operation
from profiles.api.kit.paging import PAGES, page_of
from profiles.api.kit.shapes import choice, listing, moment, plain, shape
from profiles.api.shapes import Json
from profiles.errors import Malformed
from profiles.models import Organization
from profiles.resolution.document import instant

_TAG: Final = "Trail"
_DAY: Final[Json] = {"type": "string", "format": "date", "pattern": r"^\d{4}-\d{2}-\d{2}$"}
shape(
    "Checkpoint",
    {
        "size": plain("integer", "How many entries the log had."),
        "note": plain(
            "string", "The signed note: origin, size, root, and signatures below them (C2SP tlog-checkpoint)."
        ),
        "signed_at": moment("When it was signed, by the server's clock."),
    },
    "A signed statement of the log's size and root. Keep it: it shows later whether anything was changed.",
)
listing("Checkpoint")
shape(
    "EvidenceWanted",
    {
        "product": plain("string", "Only what spans the entries of this product.", maxLength=100),
        "version": plain("integer", "Only what spans the entries of this version of it.", minimum=1, maximum=2**31 - 1),
        "since": {**_DAY, "description": "The first day, in UTC."},
        "until": {**_DAY, "description": "The last day, in UTC."},
        "disclose": {
            "type": "array",
            "items": choice([each.value for each in Disclose]),
            "maxItems": len(Disclose),
            "description": "What to lay open of the personal data that entries hold as digests only.",
        },
        "kept": {
            "type": "array",
            "items": plain("integer", minimum=1, maximum=2**53 - 1),
            "maxItems": taking.MOST_KEPT,
            "description": "The sizes of checkpoints that the receiver keeps.",
        },
    },
    "What a bundle is to be of. Nothing given: the whole log.",
    optional=("product", "version", "since", "until", "disclose", "kept"),
)
_CHECKPOINT: Final[Json] = {
    "size": 4711,
    "note": "brightline.example/log/night-owl-press\n4711\n"
    + "A" * 43
    + "=\n\n\u2014 brightline.example/log/night-owl-press "
    "GisMTQ==\n",
    "signed_at": "2026-11-23T10:00:01Z",
}


def _shown(row: Checkpoint) -> Json:
    return {"size": row.size, "note": row.note, "signed_at": instant(row.signed_at)}


@operation(
    id="checkpoints_list",
    tag=_TAG,
    scope=Scope.READ,
    summary="The checkpoints of the log",
    description="Each was signed when entries got their places; the newest first.",
    answers="CheckpointList",
    example={"items": [_CHECKPOINT], "next": None},
    parameters=PAGES,
)
def list_checkpoints(asked: Asked) -> Answer:
    asked.actor.require(Permission.VIEW_TRAIL)
    rows = read.checkpoints(asked.actor.organization_slug)
    return Answer(page_of(asked, rows, _shown, by="size"))


@operation(
    id="evidence_take",
    tag=_TAG,
    scope=Scope.READ,
    method="POST",
    summary="An evidence bundle",
    description=(
        "A zip with all entries of the log without a gap, or those that span a product, a version or days; what they "
        "speak of; and verify.py, which checks it and needs nothing but Python. Taking it is itself on record."
    ),
    gives=("application/zip",),
    takes="EvidenceWanted",
    given={"product": "after-dark", "version": 8, "disclose": ["names"], "kept": [812]},
    refusals=(
        Refusal(
            409,
            "wrong_state",
            "Nothing signed",
            "No signed entry fits this. What happened just now is signed in a few seconds.",
        ),
        Refusal(
            422,
            "invalid_input",
            "No such version",
            "There is no version 8 of this product.",
            {"version": ["There is no version 8 of this product."]},
        ),
    ),
)
def take_evidence(asked: Asked) -> Answer:
    given = asked.body
    organization = Organization.objects.of(asked.actor).one()
    wanted = taking.wanted_of(
        asked.actor,
        product=given.get("product", ""),
        version=given.get("version"),
        since=_day(given, "since"),
        until=_day(given, "until"),
        zone=UTC,
        disclose=map(Disclose, given.get("disclose", ())),
        kept=given.get("kept", ()),
    )
    made = taking.take(organization, wanted, by=asked.actor, now=asked.now)
    name = taking.file_name(organization, made, wanted)
    return Answer(file=FileResponse(made.file, as_attachment=True, filename=name, content_type="application/zip"))


def _day(given: Json, name: str) -> date | None:
    """
    Raises:
        Malformed: no calendar has this day.
    """
    if name not in given:
        return None
    try:
        return date.fromisoformat(given[name])
    except ValueError:
        message = _("This must be a day such as 2026-11-23.")
        raise Malformed(f"{name}: {message}", fields={name: [message]}) from None
