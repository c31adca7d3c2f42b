"""The editor of a draft: one page, and a small write for each thing that can be changed on it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST
from django_htmx.http import HttpResponseClientRedirect, trigger_client_event

from profiles.actions import drafts
from profiles.actions.versions import submit_version
from profiles.errors import DomainError, InvalidInput, Malformed, OutsideLimits, StaleDraft
from profiles.models import Draft, Product
from profiles.rulebook.domains import Domain, Number, Topics
from profiles.web.frame import PageRequest, of_product, render_page
from profiles.web.pages.editor import Refused, State, build_editor, read_state

TEMPLATE = "profiles/editor.html"


@require_GET
@of_product
def editor(request: PageRequest, product: Product) -> HttpResponse:
    """The draft. The filter asks for the rows alone."""
    fragment = "#rows" if request.headers.get("HX-Request-Type") == "partial" else ""
    return show(request, product, fragment=fragment)


@require_POST
@of_product
def setting(request: PageRequest, product: Product, key: str) -> HttpResponse:
    """Set or reset one behavior."""
    draft = draft_of(request, product)
    before = read_state(product, draft, request.now)
    typed = request.POST.getlist(key)
    wanted = None if request.POST.get("reset") else raw_value(before.domain(key), typed)
    try:
        draft = drafts.edit_draft(draft, by=request.actor, now=request.now, seen=seen(request), settings={key: wanted})
    except (StaleDraft, OutsideLimits, InvalidInput) as error:
        if key not in before.domains:
            raise
        return refuse(request, product, error, Refused(key, wanted, tuple(typed), error))
    return answer(request, product, before, draft, key)


@require_POST
@of_product
def undo(request: PageRequest, product: Product, key: str) -> HttpResponse:
    """Put one behavior, or the instructions, back to what is live."""
    draft = draft_of(request, product)
    before = read_state(product, draft, request.now)
    draft = drafts.undo_change(draft, field=key, by=request.actor, now=request.now, seen=seen(request))
    return answer(request, product, before, draft, key)


@require_POST
@of_product
def instructions(request: PageRequest, product: Product) -> HttpResponse:
    """Keep the operator's own text."""
    draft = draft_of(request, product)
    before = read_state(product, draft, request.now)
    text = request.POST.get("instructions", "")
    try:
        draft = drafts.edit_draft(draft, by=request.actor, now=request.now, seen=seen(request), instructions=text)
    except (StaleDraft, InvalidInput) as error:
        refused = Refused(drafts.INSTRUCTIONS, text, (text,), error)
        return refuse(request, product, error, refused, "#instructions_answer")
    return answer(request, product, before, draft, drafts.INSTRUCTIONS)


@require_POST
@of_product
def save(request: PageRequest, product: Product) -> HttpResponse:
    """The whole form at once, from a browser without scripts. What was not changed in the form is not written."""
    draft = draft_of(request, product)
    state = read_state(product, draft, request.now)
    wanted = {
        key: raw
        for key in state.decisions
        if key in request.POST and (raw := raw_value(state.domain(key), request.POST.getlist(key))) != state.raw(key)
    }
    try:
        drafts.edit_draft(draft, by=request.actor, now=request.now, seen=seen(request), settings=wanted)
    except (StaleDraft, OutsideLimits, InvalidInput) as error:
        key = next(iter(error.fields), "").removeprefix("settings.")
        refused = Refused(key, wanted.get(key), tuple(request.POST.getlist(key)), error)
        return show(request, product, refused=refused, status=error.status)
    messages.success(request, _("Draft saved. Nothing is live yet."))
    return redirect("product_edit", product.slug)


@require_POST
@of_product
def discard(request: PageRequest, product: Product) -> HttpResponse:
    """Put everything back to what is live."""
    drafts.discard_draft(draft_of(request, product), by=request.actor, now=request.now, seen=seen(request))
    messages.success(request, _("The draft is discarded. What is active stays as it is."))
    return redirect("product_edit", product.slug)


@require_POST
@of_product
def submit(request: PageRequest, product: Product) -> HttpResponse:
    """Freeze the draft as a version that others review."""
    note = request.POST.get("note", "")
    try:
        version = submit_version(
            draft_of(request, product), note_text=note, seen=seen(request), by=request.actor, now=request.now
        )
    except DomainError as error:
        fragment = "#changes" if request.htmx else ""
        return show(request, product, submit_error=error, note=note, status=error.status, fragment=fragment)
    messages.success(request, _("Version %(number)d is submitted. Now others review it.") % {"number": version.number})
    address = reverse("version", args=[product.slug, version.number])
    return HttpResponseClientRedirect(address) if request.htmx else redirect(address)


# Reading requests


def draft_of(request: PageRequest, product: Product) -> Draft:
    return Draft.objects.of(request.actor).select_related("product__organization").one(product=product)


def seen(request: PageRequest) -> int:
    """The draft's revision that the page showed.

    Raises:
        Malformed: it is missing, so nobody can tell whether the write is stale.
    """
    # A page sends it once with the form and once from the page's own field, which htmx keeps fresh: the later counts.
    found = [value for value in request.POST.getlist("seen") if value.isdecimal() and len(value) < 10]
    if not found:
        raise Malformed(_("The page did not say which draft it showed. Load it again; nothing was changed."))
    return max(map(int, found))


def raw_value(domain: Domain | None, typed: list[str]) -> Any:
    """The raw value of what a control sent: the last of a name counts; topics are all of them, a line each."""
    if isinstance(domain, Topics):
        lines = [line.strip() for value in typed for line in value.splitlines() if line.strip()]
        # "any" beside topics: the one that comes last was chosen last, the page sees to their order.
        return "any" if lines and lines[-1] == "any" else sorted({line for line in lines if line != "any"})
    last = typed[-1].strip() if typed else ""
    if isinstance(domain, Number) and last.isascii() and last.removeprefix("-").isdecimal() and len(last) < 18:
        return int(last)
    return last


# Answering


def show(request: PageRequest, product: Product, *, status: int = 200, fragment: str = "", **more: Any) -> HttpResponse:
    """The page (or a fragment of it) as the draft is now."""
    state = read_state(product, draft_of(request, product), request.now)
    page = build_editor(
        state, request.actor, query=request.GET.get("q", "")[:100], show=request.GET.get("show", ""), **more
    )
    return render_page(request, TEMPLATE + fragment, page, current="profile", product=product, status=status)


def answer(request: PageRequest, product: Product, before: State, draft: Draft, field: str) -> HttpResponse:
    """After a write: the row itself, what stands around it, and the rows that a rule changed with it."""
    if not request.htmx:
        messages.success(request, _("Draft saved. Nothing is live yet."))
        return redirect(f"{reverse('product_edit', args=[product.slug])}#{field}")
    after = read_state(product, draft, request.now)
    old = build_editor(before, request.actor)
    page = build_editor(after, request.actor)
    same = set(old.all_rows)
    also = [row for row in page.all_rows if row.key != field and row not in same]
    fragment = "#instructions_answer" if field == drafts.INSTRUCTIONS else "#answer"
    response = render_page(
        request, TEMPLATE + fragment, page, current="profile", product=product, row=page.row(field), also=also
    )
    return trigger_client_event(response, "say", {"text": _("Draft saved")})


def refuse(
    request: PageRequest, product: Product, error: DomainError, refused: Refused, fragment: str = "#answer"
) -> HttpResponse:
    """After a refused write: the same place with the sentence, both values, and nothing lost."""
    if not request.htmx:
        return show(request, product, refused=refused, status=error.status)
    page = build_editor(read_state(product, draft_of(request, product), request.now), request.actor, refused=refused)
    # 412 is the API's word for it; pages say 409, which their forms know how to show.
    status = 409 if isinstance(error, StaleDraft) else error.status
    response = render_page(
        request,
        TEMPLATE + fragment,
        page,
        current="profile",
        product=product,
        status=status,
        row=page.row(refused.field),
        also=[],
    )
    return trigger_client_event(response, "say", {"text": error.message})
