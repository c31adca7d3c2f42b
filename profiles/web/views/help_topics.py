"""Help, for everybody: whoever is signed in reads it inside the frame."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from profiles.web.frame import PageRequest, render_page, signed_in
from profiles.web.pages.help import help_page, topic_page
from profiles.web.presenters.help import HelpPage

TEMPLATE = "profiles/help.html"


@require_safe
def help_topics(request: HttpRequest) -> HttpResponse:
    return _answer(request, help_page())


@require_safe
def help_topic(request: HttpRequest, topic: str) -> HttpResponse:
    return _answer(request, topic_page(topic))


def _answer(request: HttpRequest, page: HelpPage) -> HttpResponse:
    if request.user.is_authenticated:
        return _in_frame(request, page)
    return render(request, TEMPLATE, {"page": page, "base": "base_plain.html"})


@signed_in
def _in_frame(request: PageRequest, page: HelpPage) -> HttpResponse:
    return render_page(request, TEMPLATE, page, current="help", base="base.html")
