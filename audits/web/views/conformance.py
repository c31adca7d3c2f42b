"""Runs: which there are, starting one, and one by itself."""

from __future__ import annotations

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_htmx.http import trigger_client_event

from audits.conformance import reads
from audits.models import Run
from audits.web.pages.conformance import overview, start
from audits.web.pages.conformance.run import Look, build_run
from profiles.access import Permission
from profiles.actions import runs
from profiles.errors import InvalidInput, WrongState
from profiles.web.frame import PageRequest, find_in_mine, render_page, signed_in


@require_safe
@signed_in
def conformance(request: PageRequest) -> HttpResponse:
    """The page; while runs are open, it asks for their list again and again."""
    request.actor.require(Permission.VIEW)
    page = overview.build_conformance(request.actor, overview.Asked.of(request.GET), request.now)
    return render_page(request, f"audits/conformance.html{_part(request, 'runs')}", page, current="conformance")


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def start_run(request: PageRequest) -> HttpResponse:
    """What a run would do; a POST fixes its protocol and starts it."""
    request.actor.require(Permission.RUN_CHECK)
    if request.method == "POST":
        return _start(request)
    page = start.build_start(start.Look(request.actor, _asked(request), request.now))
    return render_page(request, f"audits/run_start.html{_part(request, 'start')}", page, current="conformance")


def _asked(request: PageRequest) -> start.Asked:
    """What the address chooses: each thing by itself, or all that an earlier run had."""
    earlier = request.GET.get("again", "")
    if not (earlier.isascii() and earlier.isdecimal() and len(earlier) < 19):
        return start.Asked.of(request.GET)
    found = reads.run_for(request.actor, int(earlier))
    return start.again(found) if found else start.Asked.of(request.GET)


def _start(request: PageRequest) -> HttpResponse:
    look = start.Look(request.actor, start.Asked.of(request.POST), request.now)
    try:
        run = _requested(request, look)
    except (InvalidInput, WrongState) as refusal:
        page = start.build_start(look, refusal)
        return render_page(request, "audits/run_start.html", page, current="conformance", status=refusal.status)
    return redirect("run", run.pk)


@transaction.atomic
def _requested(request: PageRequest, look: start.Look) -> Run:
    """Protocol and run together or neither: a refused run leaves no protocol that nobody ran."""
    plan = look.plan()
    assert look.version is not None
    protocol, _is_new = runs.fix_protocol(look.version, plan=plan, by=request.actor, now=request.now)
    return runs.request_run(protocol, by=request.actor, now=request.now)


@require_safe
@signed_in
def run(request: PageRequest, pk: int) -> HttpResponse:
    """The page; while the run goes on, the page asks for its own middle again and again."""
    found = one_run(request, pk)
    said = request.GET.get("said", "")
    announced = int(said) if said in ("0", "25", "50", "75") else -1
    page = build_run(Look(found, request.actor, request.now, announced))
    if not _part(request, "status"):
        return render_page(request, "audits/run.html", page, current="conformance")
    response = render(request, "audits/run.html#status", {"page": page})
    if announced < page.quarter or not page.poll_href:
        trigger_client_event(response, "say", {"text": page.bar.text})
    return response


@require_POST
@signed_in
def cancel(request: PageRequest, pk: int) -> HttpResponse:
    runs.cancel_run(one_run(request, pk), by=request.actor, now=request.now)
    messages.success(request, _("The run is ending: no further request begins."))
    return redirect("run", pk)


@require_POST
@signed_in
def resume(request: PageRequest, pk: int) -> HttpResponse:
    runs.resume_run(one_run(request, pk), by=request.actor, now=request.now)
    messages.success(request, _("The run goes on with what has no outcome yet."))
    return redirect("run", pk)


def one_run(request: PageRequest, pk: int) -> Run:
    """A run in one of this person's organizations."""
    found = find_in_mine(request, lambda actor: reads.run_for(actor, pk))
    request.actor.require(Permission.VIEW)
    return found


def _part(request: PageRequest, name: str) -> str:
    """The fragment that htmx asks for, and otherwise the whole page."""
    return f"#{name}" if request.headers.get("HX-Request-Type") == "partial" else ""
