"""Source documents: imported by stewards, read and compared by everybody who is signed in."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from profiles import queries
from profiles.access import Permission
from profiles.actions import sources as actions
from profiles.actions.revisions import start_revision
from profiles.errors import InvalidInput, NotFound, WrongState
from profiles.models import SourceDocument
from profiles.web.frame import PageRequest, render_page, signed_in
from profiles.web.pages.dates import read_day
from profiles.web.pages.sources import (
    TypedImport,
    TypedStart,
    build_difference,
    build_source,
    build_sources,
    diff_href,
)
from profiles.web.uploads import sent_file


@require_safe
@signed_in
def sources(request: PageRequest) -> HttpResponse:
    """All that is imported, and for stewards the form that imports more."""
    return show_sources(request, TypedImport())


@require_POST
@signed_in
def import_source(request: PageRequest) -> HttpResponse:
    """Import a revision; afterwards show what it changes of the one before."""
    post = request.POST
    platform, name, published = (post.get(field, "").strip() for field in ("platform", "name", "published"))
    try:
        row, is_new = imported(request, platform, name, published)
    except InvalidInput as error:
        return show_sources(request, TypedImport(platform, name, published, error), status=error.status)
    if is_new:
        messages.success(request, _("Imported. No rulebook and no product changed."))
    else:
        messages.info(request, _("This text is here already. Nothing was stored again."))
    older = [other for other in queries.source_documents(row.platform, row.name) if other.published < row.published]
    return redirect(diff_href(older[0], row)) if older and is_new else redirect("source", pk=row.pk)


def imported(request: PageRequest, platform: str, name: str, published: str) -> tuple[SourceDocument, bool]:
    """
    Raises:
        InvalidInput: no file, no date, or a file that is no such document.
    """
    by, now = request.actor, request.now
    if not by.may(Permission.PUBLISH_RULEBOOK):  # the action refuses, which puts that on record, whatever they sent
        return actions.import_source(b"", platform=platform, name=name, published=now.date(), by=by, now=now)
    sent = sent_file(request, "file")
    if sent is None:
        message = _("Choose a file.")
        raise InvalidInput(message, fields={"file": [message]})
    file, data = sent
    day = read_day(published, "published").date() if published else actions.day_in(file)
    if day is None:
        message = _("The file's name holds no date: say when the document was published.")
        raise InvalidInput(message, fields={"published": [message]})
    return actions.import_source(data, platform=platform, name=name, published=day, by=by, now=now)


@require_safe
@signed_in
def source(request: PageRequest, pk: int) -> HttpResponse:
    """One document in outline."""
    page = build_source(queries.source_document(pk), request.now)
    return render_page(request, "profiles/source.html", page, current="rulebooks")


@require_safe
@signed_in
def difference(request: PageRequest, a: int, b: int) -> HttpResponse:
    """What changed from one revision to another; ``?section=`` shows one alone."""
    return show_difference(request, *pair(a, b), TypedStart())


@require_POST
@signed_in
def start(request: PageRequest, a: int, b: int) -> HttpResponse:
    """Start the next revision of the rulebook that cites this document."""
    before, after = pair(a, b)
    published = request.POST.get("published", "").strip()
    by, now = request.actor, request.now
    try:
        # Whoever may not start one is refused by the action, which puts that on record, whatever date they sent.
        day = read_day(published, "published").date() if by.may(Permission.PUBLISH_RULEBOOK) else now.date()
        draft = start_revision(before, after=after, published=day, by=by, now=now)
    except (InvalidInput, WrongState) as error:
        return show_difference(request, before, after, TypedStart(published, error), status=error.status)
    messages.success(request, _("Started. Settle each behavior; nothing takes effect before you publish."))
    return redirect("revision", pk=draft.pk)


def pair(a: int, b: int) -> tuple[SourceDocument, SourceDocument]:
    """
    Raises:
        NotFound: one is missing, or they are revisions of two different documents.
    """
    before, after = queries.source_document(a), queries.source_document(b)
    if (before.platform, before.name) != (after.platform, after.name):
        raise NotFound(_("These are not two revisions of one document."))
    return before, after


def show_sources(request: PageRequest, typed: TypedImport, status: int = 200) -> HttpResponse:
    page = build_sources(request.actor, typed, request.now)
    return render_page(request, "profiles/sources.html", page, current="rulebooks", status=status)


def show_difference(
    request: PageRequest, before: SourceDocument, after: SourceDocument, typed: TypedStart, status: int = 200
) -> HttpResponse:
    alone = request.GET.get("section", "")[:200]
    page = build_difference(request.actor, before, after, typed, alone=alone)
    return render_page(request, "profiles/source_diff.html", page, current="rulebooks", status=status)
