"""Pages of lists, by key and never by offset, so that what comes in meanwhile moves nothing."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable
from typing import Any, Final

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _

from profiles.api.kit.asking import Asked, Parameter
from profiles.errors import Malformed

USUAL: Final = 50
LIMIT: Final = Parameter("limit", {"type": "integer", "minimum": 1, "maximum": 200}, f"Items a page; {USUAL} without.")
CURSOR: Final = Parameter("cursor", {"type": "string", "maxLength": 400}, "Where a page begins: follow “next” instead.")
PAGES: Final = (LIMIT, CURSOR)
_BIGGEST: Final = 2**63 - 1

Place = int | str


def page_of(
    asked: Asked, rows: QuerySet[Any], show: Callable[[Any], Any], *, by: str = "pk", descending: bool = True
) -> dict[str, Any]:
    """One page of rows, ordered by one unique column."""
    kind = str if by in ("slug", "name") else int
    after, size = cursor(asked, kind), asked.parameters.get("limit", USUAL)
    if after is not None:
        rows = rows.filter(**{f"{by}__{'lt' if descending else 'gt'}": after})
    found = list(rows.order_by(f"-{by}" if descending else by)[: size + 1])
    last = getattr(found[size - 1], by) if len(found) > size else None
    return {"items": [show(row) for row in found[:size]], "next": next_page(asked.request, last)}


def cursor(asked: Asked, kind: type[int] | type[str] = int) -> Any:
    """The place after which a page begins; None for the first one.

    Raises:
        Malformed: no such place was ever handed out.
    """
    raw = asked.parameters.get("cursor")
    if raw is None:
        return None
    try:
        found = json.loads(base64.b64decode(raw + "=" * (-len(raw) % 4), altchars=b"-_", validate=True))
    except (binascii.Error, ValueError, RecursionError):
        found = None
    if type(found) is not kind or (isinstance(found, int) and not 0 <= found <= _BIGGEST) or "\x00" in str(found):
        raise no_such_page()
    return found


def no_such_page() -> Malformed:
    message = _("There is no such page. Begin without a cursor.")
    return Malformed(message, fields={"cursor": [message]})


def next_page(request: HttpRequest, place: Place | None) -> str | None:
    """The whole address of the page after ``place``."""
    if place is None:
        return None
    query = request.GET.copy()
    query["cursor"] = base64.urlsafe_b64encode(json.dumps(place).encode()).decode().rstrip("=")
    return request.build_absolute_uri(f"{request.path}?{query.urlencode()}")
