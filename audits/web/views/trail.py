"""The audit trail: what happened, and one entry with all that is known of it."""

from __future__ import annotations

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from audits import queries
from audits.ledger import pruning
from audits.ledger.pruning import Pruned as PrunedEntry
from audits.ledger.read import proof_at, proof_of
from audits.models import Entry
from audits.web.pages.filters import read
from audits.web.pages.retention import build_pruned
from audits.web.pages.trail import build_entry, build_trail
from profiles.access import Actor, Permission
from profiles.errors import Pruned, WrongState
from profiles.web.frame import PageRequest, find_in_mine, render_page, signed_in


@require_safe
@signed_in
def trail(request: PageRequest) -> HttpResponse:
    """Entries, newest first. The filter asks for the list alone."""
    request.actor.require(Permission.VIEW_TRAIL)
    page = build_trail(read(request.GET, queries.behavior_names()), request.actor, request.now)
    return render_page(request, f"audits/trail.html{_part(request, 'entries')}", page, current="trail")


@require_safe
@signed_in
def entry(request: PageRequest, pk: int) -> HttpResponse:
    """One entry, or what is left of it. The list asks for its details alone."""
    found = _readable(request, pk)
    if isinstance(found, PrunedEntry):
        left = build_pruned(found, pk, request.now)
        return render_page(request, "audits/pruned.html", left, current="trail", status=Pruned.status)
    page = build_entry(found, request.actor)
    if _part(request, "details"):
        return render_page(request, "audits/trail.html#details", page, current="trail", entry=page.entry)
    return render_page(request, "audits/entry.html", page, current="trail")


@require_safe
@signed_in
def leaf(request: PageRequest, pk: int) -> HttpResponse:
    """The entry, byte for byte: what its proof is of."""
    found = _readable(request, pk)
    if isinstance(found, PrunedEntry):
        raise Pruned(_("This entry was pruned. Its hash and its proof are kept."))
    return _file(bytes(found.leaf), "application/json", f"entry-{pk}.json")


@require_safe
@signed_in
def proof(request: PageRequest, pk: int) -> HttpResponse:
    """That the log holds the entry, as a file that public tools can check (C2SP tlog-proof). It takes hashes only."""
    entry = _readable(request, pk)
    found = proof_at(entry.leaf) if isinstance(entry, PrunedEntry) else proof_of(entry)
    if found is None:
        raise WrongState(_("This entry waits for its place in the log. Try again in a few seconds."))
    return _file(found.encode(), "text/plain; charset=utf-8", f"entry-{pk}.tlog-proof")


def _readable(request: PageRequest, pk: int) -> Entry | PrunedEntry:
    found: object = find_in_mine(request, lambda actor: _one(actor, pk))
    request.actor.require(Permission.VIEW_TRAIL)
    assert isinstance(found, Entry | PrunedEntry)
    return found


def _one(actor: Actor, pk: int) -> Entry | PrunedEntry | None:
    found = queries.entries(actor).filter(pk=pk).first()
    if found is not None or not queries.may_read(actor):
        return found
    return pruning.pruned(actor.organization_slug, pk)


def _file(data: bytes, content_type: str, name: str) -> HttpResponse:
    return HttpResponse(data, content_type, headers={"Content-Disposition": f'attachment; filename="{name}"'})


def _part(request: PageRequest, name: str) -> str:
    return f"#{name}" if request.htmx and request.htmx.request_type != "full" else ""
