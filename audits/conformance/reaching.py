"""How the endpoints of a protocol are reached: each by what stands at its address now, with its key."""

from __future__ import annotations

from typing import cast

from django.conf import settings

from audits.conformance.engine import shapes as engine
from audits.models import Endpoint, Run
from profiles.actions.endpoints import standing
from profiles.sealing import Unreadable, unseal


def reached(endpoint: Endpoint) -> engine.Endpoint:
    """An endpoint as the engine takes it, with the key of what stands there now.

    Raises:
        Unreadable: its key was sealed with another SECRET_KEY.
    """
    row = standing(endpoint) or endpoint
    return engine.Endpoint(
        dialect=cast(engine.Dialect, row.dialect),
        base_url=row.url,
        model=row.model,
        api_key=unseal(row.sealed) if row.sealed else "",
        networks=tuple(settings.BRIGHTLINE_MODEL_NETWORKS),
    )


def cannot_ask(run: Run) -> str:
    """Why no request can be made at all; empty if it can."""
    for endpoint in filter(None, (run.protocol.endpoint, run.protocol.judge)):
        row = standing(endpoint)
        if row is None:
            return f"The endpoint {endpoint.name} was removed."
        try:
            unseal(row.sealed) if row.sealed else None
        except Unreadable:
            return f"The key of the endpoint {row.name} cannot be read any more, since SECRET_KEY changed."
    return ""
