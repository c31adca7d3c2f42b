"""Signing in and out, what a browser remembers, and what a person chooses for themselves."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import authenticate, login, logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone, translation
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from profiles.actions import sessions
from profiles.actions.preferences import change_preferences
from profiles.errors import DomainError, InvalidInput, NotFound
from profiles.web.frame import ORGANIZATION, PageRequest, render_page, signed_in
from profiles.web.pages.account import Typed, account_page
from profiles.web.presenters.home import SignInPage
from profiles.web.presenters.parts import Problem

A_YEAR = 365 * 24 * 3600  # seconds


@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    target = _local(request, request.POST.get("next") or request.GET.get("next") or "")
    if request.method != "POST":
        if request.user.is_authenticated:
            return redirect(target or "home")
        return render(request, "profiles/sign_in.html", {"page": SignInPage(next=target)})
    email = request.POST.get("email", "").strip()[:254]
    try:
        user = sessions.check_password(
            email,
            attempt=lambda: authenticate(request, username=email, password=request.POST.get("password", "")),
            now=timezone.now(),
            request_id=getattr(request, "request_id", ""),
        )
    except DomainError as error:
        page = SignInPage(email=email, next=target, problems=(Problem(error.message, "#password"),))
        return render(request, "profiles/sign_in.html", {"page": page}, status=422)
    login(request, user)
    return redirect(target or "home")


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    logout(request)
    return redirect("sign_in")


@require_POST
def theme(request: HttpRequest) -> HttpResponse:
    """Remember light or dark for this browser; the page is asked for again."""
    shown = request.COOKIES.get(settings.THEME_COOKIE)
    wanted = request.POST.get("theme") or ("light" if shown == "dark" else "dark")
    response = redirect(_local(request, request.POST.get("next", "")) or _local(request, _referer(request)) or "home")
    if wanted in ("light", "dark"):
        response.set_cookie(
            settings.THEME_COOKIE, wanted, max_age=A_YEAR, samesite="Lax", httponly=True, secure=settings.SECURE_COOKIES
        )
    return response


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def account(request: PageRequest) -> HttpResponse:
    """Name, language, time zone and shortcuts of whoever is signed in. A change is answered in the new language."""
    if request.method != "POST":
        return _show_account(request, Typed.of(request.user))
    typed = Typed.read(request.POST)
    try:
        changed = change_preferences(
            request.user,
            name=typed.name,
            language=typed.language,
            time_zone=typed.time_zone,
            single_keys=typed.single_keys,
            by=request.actor,
            now=request.now,
        )
    except InvalidInput as error:
        return _show_account(request, typed.refused(error), status=error.status)
    if changed:
        with translation.override(typed.language or translation.get_language_from_request(request)):
            messages.success(request, _("Saved. It holds from now on, wherever you sign in."))
    return redirect("account")


def _show_account(request: PageRequest, typed: Typed, status: int = 200) -> HttpResponse:
    page = account_page(request.user, typed, request.now)
    return render_page(request, "profiles/account.html", page, current="account", status=status)


@require_POST
@signed_in
def switch_organization(request: PageRequest, slug: str) -> HttpResponse:
    """Look at another organization of mine."""
    if not any(member.organization.slug == slug for member in request.memberships):
        raise NotFound(_("You are no member of such an organization."))
    request.session[ORGANIZATION] = slug
    return redirect("home")


def _local(request: HttpRequest, address: str) -> str:
    """``address`` if it leads to this site, else nothing: nobody is sent elsewhere after signing in. What has no slash
    would be taken for the name of a page."""
    safe = "/" in address and url_has_allowed_host_and_scheme(
        address, {request.get_host()}, require_https=request.is_secure()
    )
    return address if safe else ""


def _referer(request: HttpRequest) -> str:
    return request.headers.get("Referer", "")
