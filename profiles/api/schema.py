"""The OpenAPI 3.1 description of ``/api/v1/``: what drf-spectacular finds, with answers described to the letter."""

from __future__ import annotations

from functools import lru_cache

from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import etag, require_safe
from drf_spectacular.settings import spectacular_settings

from profiles.api.shapes import Json
from profiles.resolution.document import document_digest


@lru_cache(maxsize=1)
def description() -> Json:
    """The whole document; it depends on the code alone, so it is built once."""
    generator = spectacular_settings.DEFAULT_GENERATOR_CLASS()
    return dict(generator.get_schema(request=None, public=True))


@require_safe
@cache_control(public=True, max_age=300)
@etag(lambda _request: f'"{document_digest(description())}"')
def schema(request: HttpRequest) -> JsonResponse:
    """``/api/schema/``: public, JSON."""
    return JsonResponse(description(), json_dumps_params={"indent": 2})
