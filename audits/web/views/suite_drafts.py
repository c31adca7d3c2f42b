"""Drafts of an organization's suites: edited by several people, probe by probe, and published as the next number."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from audits.conformance import suites as found
from audits.conformance import taking
from audits.models import DraftProbe, SuiteDraft
from audits.web.pages.suites import draft as pages
from audits.web.pages.suites import editor
from audits.web.pages.suites.imports import SOURCE, TypedTaking, build_import
from audits.web.pages.suites.typed import TypedProbe, TypedSuite
from profiles.access import Permission
from profiles.actions import suite_drafts as actions
from profiles.errors import DomainError, InvalidInput, NotFound, StaleDraft, WrongState
from profiles.models import Organization
from profiles.web.frame import PageRequest, find_in_mine, render_page, signed_in
from profiles.web.uploads import sent_file
from profiles.web.views.editor import seen

REFUSALS = (InvalidInput, StaleDraft, WrongState)


@require_safe
@signed_in
def draft(request: PageRequest, pk: int) -> HttpResponse:
    return show(request, one_draft(request, pk))


@require_POST
@signed_in
def edit(request: PageRequest, pk: int) -> HttpResponse:
    """Its title and its note."""
    row, typed = one_draft(request, pk), TypedSuite.read(request.POST)
    request.actor.require(Permission.EDIT_SUITE)
    try:
        actions.edit_suite(
            row, title=typed.title, note_text=typed.note, seen=seen(request), by=request.actor, now=request.now
        )
    except REFUSALS as refusal:
        return show(request, row, typed=typed.refused(refusal), refusal=refusal)
    messages.success(request, _("Saved."))
    return redirect("suite_draft", pk)


@require_POST
@signed_in
def publish(request: PageRequest, pk: int) -> HttpResponse:
    row = one_draft(request, pk)
    request.actor.require(Permission.RUN_CHECK)
    try:
        published = actions.publish_draft(row, seen=seen(request), by=request.actor, now=request.now)
    except REFUSALS as refusal:
        return show(request, row, refusal=refusal)
    told = {"name": published.slug, "number": published.number}
    messages.success(request, _("Published as number %(number)d of %(name)s. Runs can use it now.") % told)
    return redirect("suite", published.pk)


@require_POST
@signed_in
def discard(request: PageRequest, pk: int) -> HttpResponse:
    row = one_draft(request, pk)
    request.actor.require(Permission.EDIT_SUITE)
    try:
        actions.discard_suite(row, seen=seen(request), by=request.actor, now=request.now)
    except StaleDraft as refusal:
        return show(request, row, refusal=refusal)
    messages.success(request, _("Discarded. What was published of it stays."))
    return redirect("suites")


# One probe


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def new_probe(request: PageRequest, pk: int) -> HttpResponse:
    row = one_draft(request, pk)
    request.actor.require(Permission.EDIT_SUITE)
    if request.method == "POST":
        return write(request, row, None)
    return show_probe(request, row, None, TypedProbe(author=request.actor.name))


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def probe(request: PageRequest, pk: int, probe: int) -> HttpResponse:
    """The editor. A POST saves; with ``act`` it only tries the examples, or makes room for more of them."""
    row = one_draft(request, pk)
    request.actor.require(Permission.EDIT_SUITE)
    stored = one_probe(row, probe)
    if request.method == "POST":
        return write(request, row, stored)
    return show_probe(request, row, stored, TypedProbe.of(stored, row))


def write(request: PageRequest, row: SuiteDraft, stored: DraftProbe | None) -> HttpResponse:
    typed = TypedProbe.read(request.POST)
    if request.POST.get("act") == "try" and request.headers.get("HX-Request-Type") == "partial":
        return render(request, "audits/_trying.html", {"trying": editor.build_trying(row, typed)})
    if request.POST.get("act") in ("try", "more"):
        room = editor.with_room(typed) if request.POST["act"] == "more" else typed
        return show_probe(request, row, stored, room)
    try:
        saved = actions.write_probe(
            row, probe=stored, written=typed.written(), seen=seen(request), by=request.actor, now=request.now
        )
    except (InvalidInput, StaleDraft) as refusal:
        kept = typed.refused(refusal) if isinstance(refusal, InvalidInput) else typed
        return show_probe(request, row, stored, kept, refusal)
    messages.success(request, _("Saved."))
    return redirect("suite_probe_edit", row.pk, saved.pk)


@require_POST
@signed_in
def remove_probe(request: PageRequest, pk: int, probe: int) -> HttpResponse:
    row = one_draft(request, pk)
    request.actor.require(Permission.EDIT_SUITE)
    try:
        actions.remove_probe(row, probe=one_probe(row, probe), seen=seen(request), by=request.actor, now=request.now)
    except StaleDraft as refusal:
        return show(request, row, refusal=refusal)
    messages.success(request, _("Taken out of the draft."))
    return redirect("suite_draft", pk)


# Imports


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def take_in(request: PageRequest) -> HttpResponse:
    """Probes of a file or of an imported document, into a new draft or behind those of one that is there."""
    request.actor.require(Permission.EDIT_SUITE)
    if request.method != "POST":
        return show_import(request, TypedTaking.read(request.GET))
    typed = TypedTaking.read(request.POST)
    try:
        row = taken_in(request, typed)
    except REFUSALS as refusal:
        return show_import(request, typed.refused(refusal), refusal.status)
    messages.success(request, _("Taken in. Below stands what was left out and why."))
    return redirect("suite_draft", row.pk)


def taken_in(request: PageRequest, typed: TypedTaking) -> SuiteDraft:
    """
    Raises:
        InvalidInput, WrongState: what was sent cannot be read, or the actions say so.
    """
    by, now = request.actor, request.now
    taken = read_taken(request, typed)
    if typed.draft:
        row = found.draft_for(by, int(typed.draft)) if typed.draft.isdecimal() and len(typed.draft) < 18 else None
        if row is None:
            raise NotFound(_("There is nothing here, or it is not yours to see."))
        actions.take_probes(row, taken=taken, by=by, now=now)
        return row
    organization = Organization.objects.of(by).one()
    slug, title = typed.slug or taken.found.name, typed.title or taken.found.title
    return actions.start_suite(organization, slug=slug, title=title, taken=taken, by=by, now=now)


def read_taken(request: PageRequest, typed: TypedTaking) -> actions.Taken:
    author = request.actor.name
    if typed.form == SOURCE:
        source = typed.source()
        if source is None:
            message = _("Choose a document.")
            raise InvalidInput(message, fields={"document": [message]})
        return actions.Taken(
            taking.examples_of(source, typed.sections, author=author), f"{source.name} {source.published}"
        )
    sent = sent_file(request, "file")
    if sent is None:
        message = _("Choose a file.")
        raise InvalidInput(message, fields={"file": [message]})
    name, data = sent
    probes = taking.probes_in(data, typed.form, behavior=typed.behavior, direction=typed.direction, author=author)
    return actions.Taken(probes, name[:200])


# Pieces


def one_draft(request: PageRequest, pk: int) -> SuiteDraft:
    """A draft of one of this person's organizations."""
    row = find_in_mine(request, lambda actor: found.draft_for(actor, min(pk, 2**63 - 1)))
    request.actor.require(Permission.VIEW)
    return row


def one_probe(row: SuiteDraft, pk: int) -> DraftProbe:
    """
    Raises:
        NotFound: it was taken out, or belongs to another draft.
    """
    stored = found.probe_of(row, min(pk, 2**63 - 1))
    if stored is None:
        raise NotFound(_("This draft has no such probe, or it was taken out."))
    return stored


def show(
    request: PageRequest, row: SuiteDraft, *, typed: TypedSuite | None = None, refusal: DomainError | None = None
) -> HttpResponse:
    look = pages.Look(row, request.actor, request.now, pages.Asked.of(request.GET), typed, refusal)
    status = refusal.status if refusal else 200
    return render_page(
        request, "audits/suite_draft.html", pages.build_draft(look), current="conformance", status=status
    )


def show_probe(
    request: PageRequest,
    row: SuiteDraft,
    stored: DraftProbe | None,
    typed: TypedProbe,
    refusal: DomainError | None = None,
) -> HttpResponse:
    stale = refusal if isinstance(refusal, StaleDraft) else None
    page = editor.build_editor(editor.Look(row, stored, typed, request.now, stale))
    status = refusal.status if refusal else 200
    return render_page(request, "audits/suite_probe_edit.html", page, current="conformance", status=status)


def show_import(request: PageRequest, typed: TypedTaking, status: int = 200) -> HttpResponse:
    page = build_import(request.actor, typed)
    return render_page(request, "audits/suite_import.html", page, current="conformance", status=status)
