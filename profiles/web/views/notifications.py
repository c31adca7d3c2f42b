"""How I want to be told."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from audits.telling.people import choices_of
from profiles import queries
from profiles.actions.notices import choose_notices
from profiles.errors import Malformed
from profiles.telling.topics import Topic, is_outsider
from profiles.web.frame import PageRequest, render_page, signed_in
from profiles.web.pages.inbox import build_notifications, read_choices


@require_safe
@signed_in
def notifications(request: PageRequest) -> HttpResponse:
    return show(request)


@require_POST
@signed_in
def change(request: PageRequest) -> HttpResponse:
    hour = request.POST.get("hour", "")
    try:
        choose_notices(
            request.user,
            choices=read_choices(request.POST, topics(request)),
            digest_hour=int(hour) if hour.isascii() and hour.isdecimal() and len(hour) < 3 else -1,
            by=request.actor,
            now=request.now,
        )
    except Malformed as error:
        return show(request, problem=error.message, status=error.status)
    messages.success(request, _("Saved. It holds for what happens from now on."))
    return redirect("settings_notifications")


def topics(request: PageRequest) -> list[Topic]:
    return queries.topics_for(request.memberships, request.user)


def show(request: PageRequest, *, problem: str = "", status: int = 200) -> HttpResponse:
    outsider = bool(request.memberships) and all(is_outsider(member.role) for member in request.memberships)
    chosen = choices_of([request.user.pk]).get(request.user.pk, {})
    page = build_notifications(request.user, topics(request), chosen, is_outsider=outsider, problem=problem)
    return render_page(request, "profiles/notifications.html", page, current="notifications", status=status)
