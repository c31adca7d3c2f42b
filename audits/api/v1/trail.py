"""``trail``: what happened in the organization."""

from __future__ import annotations

from typing import Final

from django.utils.translation import gettext as _

from audits import queries
from audits.exporting import export
from audits.exporting.formats import TYPES, Format
from audits.ledger import pruning
from audits.models import Entry
from audits.queries import Place, Search, Term
from audits.trail.kinds import Kind, Outcome
from profiles.access import Permission, Scope
from profiles.api.kit.asking import Asked, Parameter
from profiles.api.kit.operation import Answer, Refusal, operation
from profiles.api.kit.paging import PAGES, USUAL, cursor, next_page
from profiles.api.kit.shapes import choice, listing, moment, or_null, plain, shape
from profiles.api.shapes import DIGEST, Json, exact
from profiles.api.v1.management.shapes import OR_NUMBER, PRODUCT
from profiles.errors import Pruned

_OUTCOMES: Final = [each.value for each in Outcome]
_ANYTHING: Final = "What it is depends on the kind."
_ACTOR: Final = {
    "type": plain("string", "person, key or system."),
    "id": plain("string", "Stays the same, whatever they are called."),
    "name": or_null(plain("string", "null if it was erased.")),
    "auth": plain("string", "How it was known that it is they: password, link, schedule, key, program or command."),
    "on_behalf_of": plain("string", "The id of whoever a key or the program acted for; empty if nobody."),
}
shape(
    "Entry",
    {
        "number": plain("integer", "Its place in the trail; grows."),
        "v": plain("integer", "The version of this form."),
        "id": plain("string", "A UUID that stays with the entry."),
        "at": moment("When."),
        "kind": choice([each.value for each in Kind], "What happened, in the past tense."),
        "outcome": choice(_OUTCOMES),
        "organization": plain("string"),
        "product": plain("string", "Its slug; empty if no product is concerned."),
        "target": plain("string", "What it was done to."),
        "actor": exact(_ACTOR, "Whoever acted."),
        "request_id": plain("string", "The X-Request-ID of the request that did it; may be empty."),
        "version": OR_NUMBER,
        "rulebooks": {"type": "array", "items": DIGEST, "description": "The rulebooks that were in force."},
        "before": {"description": _ANYTHING},
        "after": {"description": _ANYTHING},
        "data": {"description": f"Reasons, counts, what was given. {_ANYTHING}"},
    },
    "One fact, as it is kept: everything but its number is exactly what was written.",
)
listing("Entry")

EXAMPLE: Final[Json] = {
    "number": 4711,
    "v": 1,
    "id": "0d9c2a36-1f8f-4bb0-9f3e-6a2f4d1b83c7",
    "at": "2026-11-23T10:00:00.000000Z",
    "kind": Kind.VERSION_SUBMITTED.value,
    "outcome": "done",
    "organization": "night-owl-press",
    "product": "after-dark",
    "target": "version 8",
    "actor": {
        "type": "key",
        "id": "key:bl_0a1b2c3d4",
        "name": "Repository",
        "auth": "key",
        "on_behalf_of": "user:7",
    },
    "request_id": "9f0e6a2f4d1b83c7",
    "version": 8,
    "rulebooks": ["sha256:" + "0" * 64],
    "before": {"content.explicit": "off"},
    "after": {"content.explicit": "on"},
    "data": {"note": "Writers asked for it."},
}
_TAG: Final = "Trail"
_DAY: Final[Json] = {"type": "string", "format": "date", "pattern": r"^\d{4}-\d{2}-\d{2}$"}
FILTERS: Final = (
    PRODUCT,
    Parameter("kind", choice([each.value for each in Kind]), "Only entries of this kind."),
    Parameter("outcome", choice(_OUTCOMES), "Only entries that ended so."),
    Parameter("actor", plain("string", maxLength=60), "Only what this actor did, by id."),
    Parameter("since", _DAY, "The first day, in UTC."),
    Parameter("until", _DAY, "The last day, in UTC."),
)


def shown(entry: Entry) -> Json:
    content = entry.content()
    actor = {"name": None, "auth": "", "on_behalf_of": "", **content["actor"]}
    return {"number": entry.pk, **content, "actor": actor}


@operation(
    id="trail_list",
    tag=_TAG,
    scope=Scope.READ,
    summary="The audit trail",
    description="Entries of the organization, the newest first. All filters must hold.",
    answers="EntryList",
    example={"items": [EXAMPLE], "next": None},
    parameters=(*FILTERS, *PAGES),
)
def list_entries(asked: Asked) -> Answer:
    place = Place(before=cursor(asked), size=asked.parameters.get("limit", USUAL))
    found = queries.page(asked.actor, _search(asked), place)
    last = found.looked_to or (found.entries[-1].pk if found.older else None)
    return Answer({"items": [shown(entry) for entry in found.entries], "next": next_page(asked.request, last)})


def _search(asked: Asked) -> Search:
    given = asked.parameters
    outcome = given.get("outcome")
    return Search(
        terms=(Term("outcome", outcome, values=(outcome,)),) if outcome else (),
        **{name: given[name] for name in ("kind", "actor", "product", "since", "until") if name in given},
    )


@operation(
    id="trail_export",
    tag=_TAG,
    scope=Scope.READ,
    summary="The audit trail as a file",
    description=(
        "All entries that the filters find, the oldest first, however many: as CSV, as JSON lines, or as OCSF events "
        f"in CloudEvents. The header {export.ROWS} says how many. Each export is itself on record when it begins and "
        "when it ends; the entry of its end holds the sha256 of the file."
    ),
    gives=tuple(dict.fromkeys(kind.partition(";")[0] for kind in TYPES.values())),
    parameters=(
        Parameter("format", choice([each.value for each in Format]), "Of the file; jsonl without it."),
        *FILTERS,
    ),
)
def export_entries(asked: Asked) -> Answer:
    asked.actor.require(Permission.VIEW_TRAIL)
    how = Format(asked.parameters.get("format", Format.JSONL.value))
    search = export.asked({name: value for name, value in asked.parameters.items() if name != "format"})
    found = queries.matching(asked.actor, _search(asked))
    begun = export.start(found, how=how, search=search, by=asked.actor, now=asked.now)
    return Answer(file=begun.answer())


@operation(
    id="trail_get",
    tag=_TAG,
    scope=Scope.READ,
    summary="One entry",
    description="By its number. 410 if it was there, and was pruned when it had been kept long enough.",
    answers="Entry",
    example=EXAMPLE,
    refusals=(Refusal(410, "pruned", "Pruned", "This entry was pruned. Its hash and its proof are kept."),),
)
def get_entry(asked: Asked, pk: int) -> Answer:
    number = min(pk, 2**63 - 1)
    if pruning.pruned(asked.actor.organization_slug, number) is not None:
        raise Pruned(_("This entry was pruned. Its hash and its proof are kept."))
    return Answer(shown(queries.entries(asked.actor).one(pk=number)))
