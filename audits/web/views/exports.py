"""A search of the trail as a file."""

from __future__ import annotations

from typing import cast

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from audits import queries
from audits.exporting import export
from audits.exporting.formats import Format
from audits.web.pages.filters import read
from profiles.access import Permission
from profiles.errors import Malformed
from profiles.web.frame import PageRequest, signed_in


@require_POST
@signed_in
def take(request: PageRequest) -> HttpResponse:
    """What the trail finds with the same address, in the format that was chosen."""
    request.actor.require(Permission.VIEW_TRAIL)
    wanted = request.POST.get("format", "")
    if wanted not in list(Format):
        raise Malformed(_("Choose one of the formats."))
    asked = read(request.GET)
    found = queries.matching(request.actor, asked.search)
    begun = export.start(
        found, how=Format(wanted), search=export.asked(asked.values), by=request.actor, now=request.now
    )
    return cast(HttpResponse, begun.answer())  # which it is to everybody here
