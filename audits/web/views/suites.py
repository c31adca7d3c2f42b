"""Suites: those that are published, one of their probes, two numbers side by side, copies, and files of them."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from audits.checks.probes import Probe
from audits.conformance import suites as found
from audits.conformance.suite_files import file_of
from audits.models import Suite, SuiteDraft
from audits.web.pages.suites.diff import build_diff
from audits.web.pages.suites.shelf import build_shelf
from audits.web.pages.suites.suite import build_probe, build_suite
from audits.web.pages.suites.typed import TypedSuite
from profiles.access import Permission
from profiles.actions import suite_drafts as actions
from profiles.errors import InvalidInput, NotFound, WrongState
from profiles.models import Organization
from profiles.web.frame import PageRequest, find_in_mine, render_page, signed_in


@require_safe
@signed_in
def suites(request: PageRequest) -> HttpResponse:
    request.actor.require(Permission.VIEW)
    return show_suites(request, TypedSuite())


@require_POST
@signed_in
def start(request: PageRequest) -> HttpResponse:
    """Begin an empty suite."""
    request.actor.require(Permission.EDIT_SUITE)
    typed = TypedSuite.read(request.POST)
    organization = Organization.objects.of(request.actor).one()
    try:
        draft = actions.start_suite(organization, slug=typed.slug, title=typed.title, by=request.actor, now=request.now)
    except (InvalidInput, WrongState) as refusal:
        return show_suites(request, typed.refused(refusal), refusal.status)
    messages.success(request, _("Begun. Nothing of it can be run before it is published."))
    return redirect("suite_draft", draft.pk)


@require_safe
@signed_in
def suite(request: PageRequest, pk: int) -> HttpResponse:
    return show_suite(request, one_suite(request, pk), TypedSuite())


@require_safe
@signed_in
def probe(request: PageRequest, pk: int, probe: str) -> HttpResponse:
    row = one_suite(request, pk)
    page = build_probe(request.actor, row, one_probe(row, probe), TypedSuite())
    return render_page(request, "audits/suite_probe.html", page, current="conformance")


@require_safe
@signed_in
def difference(request: PageRequest, a: int, b: int) -> HttpResponse:
    """Two numbers of one suite, in words."""
    before, after = one_suite(request, a), one_suite(request, b)
    if (before.organization_id, before.slug) != (after.organization_id, after.slug):
        raise NotFound(_("These are not two numbers of one suite."))
    return render_page(request, "audits/suite_diff.html", build_diff(before, after), current="conformance")


@require_safe
@signed_in
def file(request: PageRequest, pk: int, form: str) -> HttpResponse:
    """The suite as a file of this program or of another one."""
    sent = file_of(one_suite(request, pk), form)
    return HttpResponse(sent.data, content_type=sent.type, headers=sent.headers)


@require_POST
@signed_in
def copy(request: PageRequest, pk: int) -> HttpResponse:
    """Probes of this suite into a draft: ``to`` is the draft's number, ``same`` to go on with this very suite, or
    empty for a new one. Without ``probe`` it is all of them."""
    row = one_suite(request, pk)
    request.actor.require(Permission.EDIT_SUITE)
    typed = TypedSuite.read(request.POST)
    try:
        draft = copied(request, row, typed)
    except (InvalidInput, WrongState) as refusal:
        return show_suite(request, row, typed.refused(refusal), refusal.status)
    messages.success(request, _("Copied. From here on it is yours to change."))
    return redirect("suite_draft", draft.pk)


def copied(request: PageRequest, row: Suite, typed: TypedSuite) -> SuiteDraft:
    """
    Raises:
        InvalidInput, WrongState: as the actions say.
    """
    by, now, to = request.actor, request.now, request.POST.get("to", "")
    chosen = request.POST.getlist("probe")
    taken = actions.Taken(actions.copied(found.document(row), chosen or None), str(row))
    if to.isascii() and to.isdecimal() and len(to) < 18:
        draft = found.draft_for(by, int(to))
        if draft is None:
            raise NotFound(_("There is nothing here, or it is not yours to see."))
        actions.take_probes(draft, taken=taken, by=by, now=now)
        return draft
    organization = Organization.objects.of(by).one()
    same = row if to == "same" else None
    title = row.title if same else typed.title
    return actions.start_suite(
        organization, slug=typed.slug, title=title, taken=taken, goes_on_from=same, by=by, now=now
    )


def one_suite(request: PageRequest, pk: int) -> Suite:
    """One that ships, or one of this person's organizations."""
    row = find_in_mine(request, lambda actor: found.suite_for(actor, min(pk, 2**63 - 1)))
    request.actor.require(Permission.VIEW)
    return row


def one_probe(row: Suite, name: str) -> Probe:
    """
    Raises:
        NotFound: the suite has no such probe.
    """
    probe = next((each for each in found.read(row).probes if each.id == name), None)
    if probe is None:
        raise NotFound(_("This suite has no such probe."))
    return probe


def show_suites(request: PageRequest, typed: TypedSuite, status: int = 200) -> HttpResponse:
    page = build_shelf(request.actor, typed, request.now)
    return render_page(request, "audits/suites.html", page, current="conformance", status=status)


def show_suite(request: PageRequest, row: Suite, typed: TypedSuite, status: int = 200) -> HttpResponse:
    page = build_suite(request.actor, row, typed, request.now)
    return render_page(request, "audits/suite.html", page, current="conformance", status=status)
