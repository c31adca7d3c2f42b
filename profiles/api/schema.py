"""The OpenAPI 3.1 description of ``/api/v1/``: what drf-spectacular finds, with answers described to the letter."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import etag, require_safe
from drf_spectacular.generators import SchemaGenerator

from profiles.api import operations  # noqa: F401 - drf-spectacular finds the descriptions once they are defined
from profiles.api.kit.describing import paths
from profiles.api.shapes import COMPONENTS, Json
from profiles.resolution.document import document_digest


def with_components(result: Json, **_more: Any) -> Json:
    """drf-spectacular's hook: the management API, which describes itself, and the shapes and kinds of keys that all of
    it refers to."""
    return {**result, "paths": {**result["paths"], **paths()}, "components": COMPONENTS}


@lru_cache(maxsize=1)
def description() -> Json:
    """The whole document; it depends on the code alone, so it is built once."""
    return dict(SchemaGenerator().get_schema(request=None, public=True))


@require_safe
@cache_control(public=True, max_age=300)
@etag(lambda _request: f'"{document_digest(description())}"')
def schema(request: HttpRequest) -> JsonResponse:
    """``/api/schema/``: public, JSON."""
    return JsonResponse(description(), json_dumps_params={"indent": 2})
