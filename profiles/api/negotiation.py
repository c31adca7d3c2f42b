"""No negotiation: an address has one kind of answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.request import Request


class Indifferent(BaseContentNegotiation):
    """RFC 9110 lets a server disregard Accept; a client that cannot read the answer learns that from its type."""

    def select_parser(self, request: Request, parsers: Sequence[Any]) -> Any:
        kind = (request.content_type or "").partition(";")[0].strip().lower()
        return next((parser for parser in parsers if parser.media_type == kind), None)

    def select_renderer(self, request: Request, renderers: Sequence[Any], format_suffix: str | None = None) -> Any:
        return renderers[0], renderers[0].media_type
