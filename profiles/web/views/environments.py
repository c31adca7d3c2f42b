"""Environments: listed, added, put into order, and told what to ask for."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from profiles import queries
from profiles.access import Permission
from profiles.actions.environments import add_environment, change_environment, move_environment
from profiles.errors import InvalidInput, Malformed, StaleDraft, WrongState
from profiles.models import Environment, Organization
from profiles.web.frame import PageRequest, render_page, signed_in
from profiles.web.pages import reads
from profiles.web.pages.environments import TypedEnvironment, build_environment, build_environments

REFUSALS = (InvalidInput, Malformed, StaleDraft, WrongState)  # what the form itself can say; any other is a page


@require_safe
@signed_in
def environments(request: PageRequest) -> HttpResponse:
    return show_all(request, TypedEnvironment())


@require_POST
@signed_in
def add(request: PageRequest) -> HttpResponse:
    typed = TypedEnvironment.of(request.POST)
    request.actor.require(Permission.VIEW)
    try:
        add_environment(
            Organization.objects.of(request.actor).one(),
            slug=typed.slug,
            name=typed.name,
            approvals_needed=typed.number,
            tightening_at_once=typed.at_once,
            run_days=typed.days,
            by=request.actor,
            now=request.now,
        )
    except REFUSALS as error:
        return show_all(request, typed.refused(error), status=error.status)
    messages.success(request, _("Added at the end. Nothing is active there before a version is activated."))
    return redirect("settings_environments")


@require_safe
@signed_in
def environment(request: PageRequest, slug: str) -> HttpResponse:
    row = one(request, slug)
    return show(request, row, TypedEnvironment.stored(row))


@require_POST
@signed_in
def change(request: PageRequest, slug: str) -> HttpResponse:
    row, typed = one(request, slug), TypedEnvironment.of(request.POST)
    try:
        change_environment(
            row,
            name=typed.name,
            approvals_needed=typed.number,
            tightening_at_once=typed.at_once,
            run_days=typed.days,
            reason=typed.reason,
            seen=typed.seen,
            by=request.actor,
            now=request.now,
        )
    except REFUSALS as error:
        status = 409 if isinstance(error, StaleDraft) else error.status
        return show(request, one(request, slug), typed.refused(error), status=status)
    messages.success(request, _("Saved. It holds for every activation from now on."))
    return redirect("settings_environment", slug)


@require_POST
@signed_in
def move(request: PageRequest, slug: str) -> HttpResponse:
    try:
        move_environment(one(request, slug), later=request.POST.get("to") == "later", by=request.actor, now=request.now)
    except REFUSALS as error:
        return show_all(request, TypedEnvironment().refused(error), status=error.status)
    messages.success(request, _("The order is changed."))
    return redirect("settings_environments")


def one(request: PageRequest, slug: str) -> Environment:
    """
    Raises:
        NotFound: the organization has none of this name.
    """
    return Environment.objects.of(request.actor).select_related("organization").one(slug=slug)


def show_all(request: PageRequest, typed: TypedEnvironment, *, status: int = 200) -> HttpResponse:
    request.actor.require(Permission.VIEW)
    rows, serving = reads.environments(request.actor), reads.serving(request.actor)
    page = build_environments(rows, serving, typed, request.actor, reviewers(request))
    return render_page(request, "profiles/environments.html", page, current="environments", status=status)


def show(request: PageRequest, row: Environment, typed: TypedEnvironment, *, status: int = 200) -> HttpResponse:
    request.actor.require(Permission.VIEW)
    rows, serving = reads.environments(request.actor), reads.serving(request.actor)
    page = build_environment(row, rows, serving, typed, request.actor, reviewers(request))
    return render_page(request, "profiles/environment.html", page, current="environments", status=status)


def reviewers(request: PageRequest) -> int:
    return len(queries.may_review(Organization.objects.of(request.actor).one(), request.now))
