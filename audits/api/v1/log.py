"""``log``: how the log of the organization is, and what of it is still there."""

from __future__ import annotations

from typing import Final

from django.utils.translation import gettext as _

from audits.ledger import read
from profiles.access import Permission, Scope
from profiles.actions.retention import retention_of, standing_in
from profiles.api.kit.asking import Asked
from profiles.api.kit.operation import Answer, operation
from profiles.api.kit.shapes import plain, shape
from profiles.api.shapes import Json
from profiles.api.v1.management.shapes import OR_NUMBER
from profiles.errors import NotFound

shape(
    "Log",
    {
        "origin": plain("string", "What its checkpoints name."),
        "size": plain("integer", "How many entries have a place in it, those that were pruned too."),
        "minimum_index": plain("integer", "The place of the first entry that was not pruned; 0 if none was."),
        "retention_months": {**OR_NUMBER, "description": "For how long entries are kept; null for ever."},
        "legal_holds": plain("integer", "How many stand. While any does, nothing is pruned or erased."),
    },
    "A log, as it is now.",
)
_EXAMPLE: Final[Json] = {
    "origin": "brightline.example/log/night-owl-press",
    "size": 4711,
    "minimum_index": 1024,
    "retention_months": 24,
    "legal_holds": 0,
}


@operation(
    id="log_get",
    tag="Trail",
    scope=Scope.READ,
    summary="The log",
    description="Its size, and what of it was pruned. Keys, checkpoints and hashes are public: see /log/.",
    answers="Log",
    example=_EXAMPLE,
)
def get_log(asked: Asked) -> Answer:
    asked.actor.require(Permission.VIEW_TRAIL)
    log = read.log_of_organization(asked.actor.organization_slug)
    if log is None:
        raise NotFound(_("Nothing was signed of this log yet."))
    rule = retention_of(log.organization)
    return Answer(
        {
            "origin": log.origin,
            "size": log.size,
            "minimum_index": log.minimum,
            "retention_months": rule.months if rule else None,
            "legal_holds": standing_in(log.organization).count(),
        }
    )
