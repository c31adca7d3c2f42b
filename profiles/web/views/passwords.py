"""One's own password: set by a link, changed, forgotten."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth import logout, update_session_auth_hash
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods

from profiles.actions.passwords import account_of, change_password, mail_password_link, set_password
from profiles.actions.text import clean_email
from profiles.errors import InvalidInput, Malformed
from profiles.web.frame import PageRequest, render_page, signed_in
from profiles.web.pages.accounts import TypedPassword, build_forgotten, build_password, home_crumb

REFUSALS = (InvalidInput, Malformed)


@sensitive_post_parameters()
@sensitive_variables("typed")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def set_by_link(request: HttpRequest, uid: str, token: str) -> HttpResponse:
    """Looking at the page uses nothing up: mail programs look at links too."""
    now = timezone.now()
    user, typed = account_of(uid, token, now), TypedPassword()
    if request.method == "POST":
        typed = TypedPassword.of(request.POST)
        try:
            number = getattr(request, "request_id", "")
            set_password(uid, token=token, password=typed.chosen(), now=now, request_id=number)
        except REFUSALS as error:
            page = build_password(user, typed.refused(error))
            return render(request, "profiles/set_password.html", {"page": page}, status=error.status)
        logout(request)
        messages.success(request, _("Your password is set. Sign in with it."))
        return redirect("sign_in")
    return render(request, "profiles/set_password.html", {"page": build_password(user, typed)})


@sensitive_post_parameters()
@sensitive_variables("typed")
@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def change(request: PageRequest) -> HttpResponse:
    """Other browsers of this person are signed out by it."""
    typed, status = TypedPassword(), 200
    if request.method == "POST":
        typed = TypedPassword.of(request.POST)
        try:
            user = change_password(
                request.user, current=typed.current, password=typed.chosen(), by=request.actor, now=request.now
            )
        except REFUSALS as error:
            typed, status = typed.refused(error), error.status
        else:
            update_session_auth_hash(request, user)
            messages.success(request, _("Your password is changed. Other browsers are signed out."))
            return redirect("password_change")
    page = build_password(request.user, typed, crumbs=home_crumb())
    return render_page(request, "profiles/change_password.html", page, current="password", status=status)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def forgotten(request: HttpRequest) -> HttpResponse:
    """Nobody learns here whether there is an account."""
    if request.method != "POST":
        return render(request, "profiles/forgotten_password.html", {"page": build_forgotten()})
    email = request.POST.get("email", "").strip()[:254]
    try:
        mail_password_link(clean_email(email))
    except REFUSALS as error:
        page = build_forgotten(email, error=error.message)
        return render(request, "profiles/forgotten_password.html", {"page": page}, status=error.status)
    return render(request, "profiles/forgotten_password.html", {"page": build_forgotten(email, sent=True)})
