"""``organizations``: the one that the key belongs to."""

from __future__ import annotations

from typing import Final

from profiles.access import Scope
from profiles.api.kit.asking import Asked
from profiles.api.kit.operation import Answer, operation
from profiles.api.kit.paging import PAGES, page_of
from profiles.api.kit.shapes import listing, moment, plain, shape
from profiles.api.shapes import Json, exact
from profiles.models import Organization
from profiles.resolution.document import instant

_ENVIRONMENT: Final = exact(
    {
        "slug": plain("string"),
        "name": plain("string"),
        "approvals_needed": plain("integer", "How many others must approve before a version becomes active there."),
        "tightening_at_once": plain("boolean", "Whether what only becomes stricter goes live before its review."),
        "run_days": {
            "type": ["integer", "null"],
            "description": "How old the passing run may be that a version needs there; null asks for none.",
        },
    }
)
shape(
    "Organization",
    {
        "slug": plain("string"),
        "name": plain("string"),
        "environments": {"type": "array", "items": _ENVIRONMENT, "description": "In the order of their stages."},
        "created_at": moment("When it was made."),
    },
    "An operator.",
)
listing("Organization")

EXAMPLE: Final[Json] = {
    "slug": "night-owl-press",
    "name": "Night Owl Press",
    "environments": [
        {"slug": "staging", "name": "Staging", "approvals_needed": 1, "tightening_at_once": True, "run_days": None},
        {
            "slug": "production",
            "name": "Production",
            "approvals_needed": 1,
            "tightening_at_once": True,
            "run_days": None,
        },
    ],
    "created_at": "2026-11-01T09:00:00Z",
}
_TAG: Final = "Organizations"


def shown(row: Organization) -> Json:
    return {
        "slug": row.slug,
        "name": row.name,
        "environments": [{"slug": place.slug, **place.rules} for place in row.environments.all()],
        "created_at": instant(row.created_at),
    }


@operation(
    id="organizations_list",
    tag=_TAG,
    scope=Scope.READ,
    summary="Organizations",
    description="The organization of the key: there is exactly one.",
    answers="OrganizationList",
    example={"items": [EXAMPLE], "next": None},
    parameters=PAGES,
)
def list_organizations(asked: Asked) -> Answer:
    return Answer(page_of(asked, Organization.objects.of(asked.actor), shown, by="slug", descending=False))


@operation(
    id="organizations_get",
    tag=_TAG,
    scope=Scope.READ,
    summary="One organization",
    description="What it is called, and what each environment asks for.",
    answers="Organization",
    example=EXAMPLE,
)
def get_organization(asked: Asked, slug: str) -> Answer:
    return Answer(shown(Organization.objects.of(asked.actor).one(slug=slug)))
