"""The first page."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from profiles import queries
from profiles.actions.members import show_first_steps
from profiles.web.frame import PageRequest, render_page, signed_in
from profiles.web.pages.home import home_page, page_without_organization
from profiles.web.presenters.home import SignInPage


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """What needs me; to a stranger, what this is and where to sign in."""
    if request.user.is_authenticated:
        return _mine(request)
    return render(request, "profiles/sign_in.html", {"page": SignInPage()})


@signed_in
def _mine(request: PageRequest) -> HttpResponse:
    if request.membership is None:
        page = page_without_organization(request.actor, request.now)
        return render_page(request, "profiles/home.html", page, current="home")
    waiting = queries.waiting(request.actor)
    page = home_page(request.actor, request.membership, waiting, request.now)
    return render_page(request, "profiles/home.html", page, current="home", waiting=len(waiting))


@require_POST
@signed_in
def first_steps(request: PageRequest) -> HttpResponse:
    """Put my checklist away, or show it again."""
    if request.membership is not None:
        show = request.POST.get("show") == "1"
        show_first_steps(request.membership, show=show, by=request.actor, now=request.now)
    return redirect("home")
