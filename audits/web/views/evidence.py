"""Evidence for outsiders: taking a bundle away, and checking one, which anybody may do."""

from __future__ import annotations

from typing import cast

from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from audits.ledger import read, taking
from audits.log import verify
from audits.log.verify import Verdict, Wrong
from audits.web.pages.evidence import TypedEvidence, build_evidence
from audits.web.presenters.evidence import VerifyPage
from profiles.access import Permission
from profiles.errors import InvalidInput, NotFound, WrongState
from profiles.models import Organization
from profiles.web.frame import PageRequest, render_page, signed_in
from profiles.web.uploads import sent_file

_TEMPLATE = "audits/verify.html"


@require_safe
@signed_in
def choose(request: PageRequest) -> HttpResponse:
    """What a bundle of the organization that is looked at is to be of."""
    _organization(request)
    return _chosen(request, TypedEvidence.of(request.GET))


@require_POST
@signed_in
def take(request: PageRequest) -> HttpResponse:
    """The bundle."""
    organization, typed = _organization(request), TypedEvidence.of(request.POST)
    try:
        wanted = typed.wanted(request.actor)
        made = taking.take(organization, wanted, by=request.actor, now=request.now)
    except (InvalidInput, WrongState) as error:
        return _chosen(request, typed.refused(error), error.status)
    name = taking.file_name(organization, made, wanted)
    answer = FileResponse(made.file, as_attachment=True, filename=name, content_type="application/zip")
    return cast(HttpResponse, answer)  # which it is to everybody here


def _organization(request: PageRequest) -> Organization:
    request.actor.require(Permission.VIEW_TRAIL)
    if request.membership is None:
        raise NotFound(_("An evidence bundle is of an organization, and you look at none."))
    return request.membership.organization


def _chosen(request: PageRequest, typed: TypedEvidence, status: int = 200) -> HttpResponse:
    page = build_evidence(typed, request.actor, read.signed(request.actor.organization_slug))
    return render_page(request, "audits/evidence.html", page, current="trail", status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def check(request: HttpRequest) -> HttpResponse:
    """Nothing of what is sent is kept."""
    page = VerifyPage(key=request.POST.get("key", "").strip())
    if request.method != "POST":
        return _answer(request, page)
    try:
        verdict = _verdict(request, page.key)
    except InvalidInput as error:
        return _answer(request, VerifyPage(key=page.key, file_error=error.message), 422)
    except Wrong as wrong:
        return _answer(request, VerifyPage(key=page.key, refused=f"{wrong}."), 422)
    return _answer(request, VerifyPage(page.key, checked=tuple(verdict.checked), unknown=tuple(verdict.unknown)))


def _verdict(request: HttpRequest, key: str) -> Verdict:
    sent = sent_file(request, "bundle")
    kept = sent_file(request, "kept")
    if sent is None:
        raise InvalidInput(_("Choose a bundle."))
    try:
        return verify.verify(sent[1], key, kept[1].decode() if kept else "")
    except UnicodeDecodeError:
        raise Wrong("the checkpoint that you kept is not text") from None


def _answer(request: HttpRequest, page: VerifyPage, status: int = 200) -> HttpResponse:
    if request.user.is_authenticated:
        return _in_frame(request, page, status)
    return render(request, _TEMPLATE, {"page": page, "base": "base_plain.html"}, status=status)


@signed_in
def _in_frame(request: PageRequest, page: VerifyPage, status: int) -> HttpResponse:
    return render_page(request, _TEMPLATE, page, current="trail", status=status, base="base.html")
