"""``rulebooks``: the platforms' limits, which belong to the installation."""

from __future__ import annotations

from typing import Final

from profiles.access import Scope
from profiles.api.kit.asking import Asked, Parameter
from profiles.api.kit.operation import Answer, operation
from profiles.api.kit.paging import PAGES, page_of
from profiles.api.kit.shapes import choice, listing, plain, shape
from profiles.api.shapes import REVISION, Json
from profiles.api.v1.management.shapes import RULEBOOK, SLUG
from profiles.models import RulebookRevision
from profiles.queries import every_revision, revision_of
from profiles.rulebook.model import Layer

_SHOWN: Final[Json] = {
    **REVISION["properties"],
    "layer": choice([Layer.PLATFORM.value, Layer.LAW.value], "A platform's rulebook, or a law pack."),
    "title": plain("string"),
}
shape("RulebookSummary", _SHOWN, "A dated rulebook without what it says.")
shape(
    "Rulebook",
    {**_SHOWN, "document": plain("object", "What it says, as it was published here; the digest is of this.")},
    "A dated rulebook. It never changes.",
)
listing("RulebookSummary")

_EXAMPLE: Final[Json] = {**RULEBOOK, "layer": "platform", "title": "Claude's constitution"}
_TAG: Final = "Rulebooks"
_PLATFORM: Final = Parameter("platform", {**SLUG}, "Only those of this platform or law pack.")


def summary(row: RulebookRevision) -> Json:
    return {
        "platform": row.platform,
        "revision": row.revision,
        "digest": row.digest,
        "layer": row.layer,
        "title": row.title,
    }


@operation(
    id="rulebooks_list",
    tag=_TAG,
    scope=Scope.READ,
    summary="Rulebooks",
    description="Every revision that is loaded here, the one that was loaded last first.",
    answers="RulebookSummaryList",
    example={"items": [_EXAMPLE], "next": None},
    parameters=(_PLATFORM, *PAGES),
)
def list_rulebooks(asked: Asked) -> Answer:
    rows = every_revision(asked.parameters.get("platform", ""))
    return Answer(page_of(asked, rows, summary))


@operation(
    id="rulebooks_get",
    tag=_TAG,
    scope=Scope.READ,
    summary="One rulebook",
    description="With all that it says.",
    answers="Rulebook",
    example={**_EXAMPLE, "document": {"schema": "brightline.rulebook/1", "title": "Claude's constitution"}},
)
def get_rulebook(asked: Asked, platform: str, revision: str) -> Answer:
    row = revision_of(platform, revision)
    return Answer({**summary(row), "document": row.document})
