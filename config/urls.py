"""The one table of all addresses: each app brings its own."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

from config.health import healthz

urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", healthz, name="healthz"),
    path("api/v1/", include("profiles.api.v1.urls")),
]
