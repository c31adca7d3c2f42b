"""``/.well-known/jwks.json``: the keys that published profiles are signed with."""

from __future__ import annotations

import rfc8785
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import condition, require_safe

from profiles import signing
from profiles.resolution.document import document_digest
from profiles.resolution.jws import key_set


@require_safe
@cache_control(public=True, max_age=300)  # seconds; a new key signs only once it was published for longer
@condition(etag_func=lambda _request: f'"{document_digest(key_set(signing.keyring()))}"')
def jwks(request: HttpRequest) -> HttpResponse:
    """Public. Empty where this installation signs nothing."""
    return HttpResponse(rfc8785.dumps(key_set(signing.keyring())), content_type="application/jwk-set+json")
