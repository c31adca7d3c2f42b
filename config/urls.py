"""The one table of all addresses: each app brings its own."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

from config.health import healthz, healthz_log
from profiles.api.jwks import jwks
from profiles.api.schema import schema

urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", healthz, name="healthz"),
    path("healthz/log", healthz_log, name="healthz_log"),
    path("api/v1/", include("audits.api.urls")),  # first: what profiles has nothing for is not found
    path("api/v1/", include("profiles.api.v1.urls")),
    path("ofrep/v1/", include("profiles.api.ofrep.urls")),
    path(".well-known/jwks.json", jwks, name="jwks"),
    path("api/schema/", schema, name="api_schema"),
    path("", include("audits.web.urls")),  # first: it names some of what profiles.web has a pattern for
    path("", include("profiles.web.urls")),
]

handler400 = "profiles.web.errors.bad_request"
handler404 = "profiles.web.errors.page_not_found"
handler500 = "profiles.web.errors.server_error"
