"""A rulebook's next revision: stewards settle its behaviors and publish it, everybody who is signed in reads along."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import trigger_client_event

from audits.queries import last_preview, last_recheck
from profiles import queries
from profiles.actions import revisions as actions
from profiles.errors import DomainError, InvalidInput, StaleDraft, WrongState
from profiles.web.frame import PageRequest, render_page, signed_in
from profiles.web.pages.revisions import ABOUT, Refused, Work, build_progress, build_revision, build_row
from profiles.web.presenters.parts import Action
from profiles.web.presenters.revisions import WorkRow
from profiles.web.views.editor import seen

REFUSALS = (InvalidInput, StaleDraft, WrongState)  # what the page itself can say; any other refusal is a page


@require_safe
@signed_in
def revision(request: PageRequest, pk: int) -> HttpResponse:
    """Everything that is to settle."""
    return show(request, pk)


@require_safe
@signed_in
def behavior(request: PageRequest, pk: int, key: str) -> HttpResponse:
    """One behavior with what changed below it; ``?fold=1`` asks for its closed row."""
    work = read(request, pk)
    work.require(key)
    if is_partial(request):
        return fragment(request, build_row(work, key, opened="fold" not in request.GET))
    page = build_revision(work, opened=key)
    return render_page(request, "profiles/revision_behavior.html", page, current="rulebooks")


@require_POST
@signed_in
def settle(request: PageRequest, pk: int, key: str) -> HttpResponse:
    """Keep a behavior as it is (``act=keep``) or save its edited text."""
    keep = request.POST.get("act") == "keep"
    # Forms send lines as Windows ends them.
    text = None if keep else request.POST.get("text", "").replace("\r\n", "\n")
    draft = queries.rulebook_draft(pk)
    try:
        actions.settle_behavior(draft, behavior=key, text=text, seen=seen(request), by=request.actor, now=request.now)
    except REFUSALS as error:
        return refuse(request, pk, Refused(key, text, error))
    said = _("Kept as it is.") if keep else _("Saved.")
    if not is_partial(request):
        messages.success(request, said)
        return redirect(f"{reverse('revision', args=[pk])}#w-{key}")
    work = read(request, pk)
    progress = build_progress(work, last_preview_of(work))
    response = fragment(request, build_row(work, key), part="answer", progress=progress)
    return trigger_client_event(response, "say", {"text": f"{said} {progress.text}."})


@require_POST
@signed_in
def preview(request: PageRequest, pk: int) -> HttpResponse:
    """Find out in the background what the revision, as it is now, would change for every product."""
    recheck = actions.preview_revision(queries.rulebook_draft(pk), by=request.actor, now=request.now)
    return redirect("recheck", pk=recheck.pk)


@require_POST
@signed_in
def publish(request: PageRequest, pk: int) -> HttpResponse:
    """Publish it, and show how all products are looked at again."""
    draft = queries.rulebook_draft(pk)
    typed = {name: request.POST.get(name, "").replace("\r\n", "\n") for name in ABOUT}
    try:
        published = actions.publish_revision(draft, **typed, seen=seen(request), by=request.actor, now=request.now)
    except REFUSALS as error:
        return show(request, pk, error, typed)
    messages.success(request, _("Published. No active profile changed; every product is looked at again."))
    recheck = last_recheck(published)
    return redirect("recheck", pk=recheck.pk) if recheck else redirect("revision", pk=pk)


@require_POST
@signed_in
def abandon(request: PageRequest, pk: int) -> HttpResponse:
    """Give it up. What was settled stays on record."""
    actions.abandon_revision(queries.rulebook_draft(pk), by=request.actor, now=request.now)
    messages.success(request, _("Abandoned. Nothing was published; the trail keeps what was settled."))
    return redirect("revision", pk=pk)


# Answering


def is_partial(request: PageRequest) -> bool:
    return request.headers.get("HX-Request-Type") == "partial"


def read(request: PageRequest, pk: int) -> Work:
    return Work(queries.rulebook_draft(pk), request.actor, request.now)


def show(
    request: PageRequest, pk: int, error: DomainError | None = None, typed: Mapping[str, str] | None = None
) -> HttpResponse:
    work = read(request, pk)
    page = build_revision(work, preview=last_preview_of(work), error=error, typed=typed)
    status = error.status if error else 200
    return render_page(request, "profiles/revision.html", page, current="rulebooks", status=status)


def last_preview_of(work: Work) -> Action | None:
    last = last_preview(work.draft)
    return Action(_("The last preview"), reverse("recheck", args=[last.pk]), "chart") if last else None


def fragment(request: PageRequest, row: WorkRow, *, part: str = "row", **context: Any) -> HttpResponse:
    """The row of one behavior alone, or with what its settling changes around it."""
    return render(request, f"profiles/revision.html#{part}", {"row": row, **context})


def refuse(request: PageRequest, pk: int, refused: Refused) -> HttpResponse:
    """After a refused write: the same place with the sentences, what the other wrote, and nothing lost."""
    work = read(request, pk)
    work.require(refused.key)
    # 412 is the API's word for a stale write; pages say 409, which their forms know how to show.
    status = 409 if isinstance(refused.error, StaleDraft) else refused.error.status
    if not is_partial(request):
        page = build_revision(work, opened=refused.key, refused=refused)
        return render_page(request, "profiles/revision_behavior.html", page, current="rulebooks", status=status)
    response = fragment(request, build_row(work, refused.key, opened=True, refused=refused))
    response.status_code = status
    return trigger_client_event(response, "say", {"text": refused.error.message})
