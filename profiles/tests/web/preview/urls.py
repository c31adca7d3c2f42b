"""Names for {% url %} in the preview, and views that answer with sample pages."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path

from profiles.tests.web.preview import pages


def show(request: HttpRequest, **_names: object) -> HttpResponse:
    """The sample page of this address, as its status; ``?as=`` picks another sample of the same template."""
    page = pages.find(request.path, request.GET.get("as", ""))
    fragment = request.headers.get("HX-Request-Type") == "partial"
    if fragment and page.fragment:
        return render(request, f"{page.template}#{page.fragment}", pages.context(page, request))
    return render(request, page.template, pages.context(page, request), status=page.status)


def setting(request: HttpRequest, slug: str, key: str) -> HttpResponse:
    return pages.answer(request, key)


def nothing(request: HttpRequest, **_names: object) -> HttpResponse:
    return HttpResponse(status=204)


_P = "products/<slug:slug>/"
urlpatterns = [
    path("", show, name="home"),
    path("sign-in/", show, name="sign_in"),
    path("account/", nothing, name="account"),
    path("language/", nothing, name="language"),
    path("search/", nothing, name="search"),
    path("help/", nothing, name="help"),
    path("help/<slug:topic>/", nothing, name="help_topic"),
    path("sign-out/", nothing, name="sign_out"),
    path("theme/", nothing, name="theme"),
    path("organizations/<slug:slug>/switch/", nothing, name="organization_switch"),
    path(_P, show, name="product"),
    path(_P + "edit/", show, name="product_edit"),
    path(_P + "draft/<str:key>/set/", setting, name="draft_setting"),
    path(_P + "draft/<str:key>/undo/", setting, name="draft_undo"),
    path(_P + "draft/save/", nothing, name="draft_save"),
    path(_P + "draft/instructions/", nothing, name="draft_instructions"),
    path(_P + "draft/discard/", nothing, name="draft_discard"),
    path(_P + "draft/submit/", pages.submit, name="draft_submit"),
    path(_P + "versions/<int:number>/", show, name="version"),
    path(_P + "versions/<int:a>..<int:b>/", show, name="version_diff"),
    path(_P + "versions/<int:number>/review/", nothing, name="version_review"),
    path(_P + "versions/<int:number>/activate/", nothing, name="version_activate"),
    path(_P + "check/", nothing, name="check_request"),
    path(_P + "health/", nothing, name="product_health"),
    path("reviews/", show, name="reviews"),
    path("trail/", show, name="trail"),
    path("trail/<int:number>/", pages.entry, name="trail_entry"),
    path("rulebooks/", show, name="rulebooks"),
    path("rulebooks/<str:platform>/<str:revision>/", show, name="rulebook"),
    path("attestations/", show, name="attestations"),
    path("settings/members/", show, name="settings_members"),
    path("settings/api-keys/", show, name="settings_api_keys"),
    path("docs/api/", show, name="api_docs"),
]
