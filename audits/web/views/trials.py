"""The trials of a run: a list, one with its transcript, all as files."""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

from django.contrib import messages
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from audits.models import Run, Trial
from audits.queries import lines_of
from audits.web.pages.conformance.files import csv_lines
from audits.web.pages.conformance.trial import TypedJudgement, build_trial
from audits.web.pages.conformance.trials import Asked, build_trials
from audits.web.views.conformance import one_run
from profiles.actions.runs import judge_trial
from profiles.errors import InvalidInput, NotFound, WrongState
from profiles.web.frame import PageRequest, render_page, signed_in


@require_safe
@signed_in
def trials(request: PageRequest, pk: int) -> HttpResponse:
    """A page of them. The filter asks for the list alone."""
    found = one_run(request, pk)
    page = build_trials(request.actor, found, Asked.of(request.GET))
    part = "#trials" if request.headers.get("HX-Request-Type") == "partial" else ""
    return render_page(request, f"audits/trials.html{part}", page, current="conformance")


@require_safe
@signed_in
def trial(request: PageRequest, pk: int, position: int) -> HttpResponse:
    found = one_run(request, pk)
    return _show(request, found, _one(found, position), TypedJudgement())


@require_POST
@signed_in
def judge(request: PageRequest, pk: int, position: int) -> HttpResponse:
    """A person's word on a trial."""
    found = one_run(request, pk)
    row, typed = _one(found, position), TypedJudgement.read(request.POST)
    try:
        judge_trial(row, outcome=typed.outcome, reason=typed.reason, by=request.actor, now=request.now)
    except (InvalidInput, WrongState) as refusal:
        return _show(request, found, row, typed.refused(refusal), refusal.status)
    messages.success(request, _("Judged. What the program said of the trial stays beside it."))
    return redirect("run_trial", pk, position)


@require_safe
@signed_in
def file(request: PageRequest, pk: int) -> HttpResponse:
    """All trials, one a line, in the form that the digest in the trail is of; with a filter those that it leaves."""
    found = one_run(request, pk)
    rows = Asked.of(request.GET).of_run(found)
    return _streamed(found, "jsonl", "application/jsonl", lines_of(rows))


@require_safe
@signed_in
def as_csv(request: PageRequest, pk: int) -> HttpResponse:
    """The same for a spreadsheet, with people's words and without transcripts."""
    found = one_run(request, pk)
    rows = Asked.of(request.GET).of_run(found)
    return _streamed(found, "csv", "text/csv", csv_lines(request.actor, rows))


def _streamed(found: Run, ending: str, kind: str, lines: Iterator[bytes]) -> HttpResponse:
    headers = {"Content-Disposition": f'attachment; filename="run-{found.pk}-trials.{ending}"'}
    answer = StreamingHttpResponse(lines, content_type=f"{kind}; charset=utf-8", headers=headers)
    return cast(HttpResponse, answer)  # which it is to everybody here


def _one(found: Run, position: int) -> Trial:
    """
    Raises:
        NotFound: the run has no trial there.
    """
    row = found.trials.filter(position=position).first() if position < 2**31 else None
    if row is None:
        raise NotFound(_("There is nothing at this address, or it is not yours to see."))
    row.run = found
    return row


def _show(request: PageRequest, found: Run, row: Trial, typed: TypedJudgement, status: int = 200) -> HttpResponse:
    page = build_trial(request.actor, found, row, typed, request.now)
    return render_page(request, "audits/trial.html", page, current="conformance", status=status)
