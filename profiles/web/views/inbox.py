"""What I am told. Nothing is decided here: each notice leads to the page of what it is about."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST, require_safe

from audits.telling import words
from profiles import queries
from profiles.actions.notices import mark_read
from profiles.errors import NotFound
from profiles.telling.happening import Happening
from profiles.web.frame import ORGANIZATION, PageRequest, render_page, shell, signed_in
from profiles.web.pages.inbox import AskedInbox, build_inbox
from profiles.web.presenters.inbox import InboxPage

SIZE = 30


@require_safe
@signed_in
def inbox(request: PageRequest) -> HttpResponse:
    return render_page(request, "profiles/inbox.html", page_of(request, AskedInbox.of(request.GET)), current="inbox")


@require_POST
@signed_in
def read(request: PageRequest) -> HttpResponse:
    """One notice is read, or all of them are."""
    pk = request.POST.get("notice", "")
    if pk == "all":
        mark_read(request.user, now=request.now)
    elif pk.isascii() and pk.isdecimal() and len(pk) < 19:
        mark_read(request.user, pk=int(pk), now=request.now)
    back = request.POST.get("next", "")
    if request.htmx:
        request.unread = queries.unread_count(request.user, request.memberships)
        page = page_of(request, AskedInbox.of(request.POST))
        return render(request, "profiles/_inbox_read.html", {"page": page, "shell": shell(request, "inbox", None)})
    return redirect(back if back.startswith("/") and url_has_allowed_host_and_scheme(back, None) else "inbox")


@require_safe
@signed_in
def notice(request: PageRequest, pk: int) -> HttpResponse:
    """Go to what a notice is about, in its organization; it counts as read then."""
    row = (
        queries.notices(request.user, request.memberships).select_related("entry", "organization").filter(pk=pk).first()
    )
    it = Happening.read(row.entry.content()) if row else None
    if row is None or it is None:
        raise NotFound("There is no such notice, or it is not yours.")
    mark_read(request.user, pk=pk, now=request.now)
    if row.organization:
        request.session[ORGANIZATION] = row.organization.slug
    return redirect(words.href(it))


def page_of(request: PageRequest, asked: AskedInbox) -> InboxPage:
    rows = queries.inbox(request.user, request.memberships, unread=asked.show == "unread")
    piece = queries.slice_of(rows, before=asked.before, after=asked.after, size=SIZE, by="at")
    unread = queries.unread_count(request.user, request.memberships)
    several = len(request.memberships) > 1
    return build_inbox(piece, asked, unread=unread, several=several, now=request.now)
