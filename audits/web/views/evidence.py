"""Evidence for outsiders: taking a bundle away, and checking one, which anybody may do."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from audits.ledger import bundle, read
from audits.log import verify
from audits.log.verify import Verdict, Wrong
from audits.web.presenters.evidence import VerifyPage
from profiles.access import Permission
from profiles.actions.evidence import export_evidence
from profiles.errors import InvalidInput, NotFound, WrongState
from profiles.web.frame import PageRequest, render_page, signed_in
from profiles.web.uploads import sent_file

_TEMPLATE = "audits/verify.html"


@require_POST
@signed_in
def export(request: PageRequest) -> HttpResponse:
    """The bundle of the organization that is looked at."""
    request.actor.require(Permission.VIEW_TRAIL)
    if request.membership is None:
        raise NotFound(_("An evidence bundle is of an organization, and you look at none."))
    organization = request.membership.organization
    log = read.log_of(organization.slug)
    made = bundle.bundle_of(log) if log else None
    if made is None:
        raise WrongState(_("Nothing was signed of this log yet. Try again in a few seconds."))
    export_evidence(organization, sha256=made.sha256, entries=made.entries, by=request.actor, now=request.now)
    name = f"evidence-{organization.slug}-{made.entries}.zip"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(made.data, "application/zip", headers=headers)


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
