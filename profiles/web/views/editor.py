"""The editor of a draft: one page, and a small write for each thing that can be changed on it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST
from django_htmx.http import HttpResponseClientRedirect, trigger_client_event

from profiles import queries
from profiles.access import Permission
from profiles.actions import drafts
from profiles.actions.drafts import INSTRUCTIONS, WINDOWS
from profiles.actions.versions import submit_version
from profiles.errors import DomainError, InvalidInput, OutsideLimits, StaleDraft
from profiles.models import Draft, Product
from profiles.web.frame import PageRequest, of_product, render_page
from profiles.web.pages.editor import build_editor
from profiles.web.pages.findings import checked_words, lint_messages
from profiles.web.pages.state import Refused, State, read_state
from profiles.web.pages.users import field_of, wanted_window
from profiles.web.presenters.editor import EditorPage
from profiles.web.typed_draft import form_fields, raw_value, seen_in

TEMPLATE = "profiles/editor.html"
REFUSALS = (StaleDraft, OutsideLimits, InvalidInput)


@require_GET
@of_product
def editor(request: PageRequest, product: Product) -> HttpResponse:
    """The draft. The filter asks for the rows alone."""
    partial = request.headers.get("HX-Request-Type") == "partial"
    if request.GET.get("select"):
        return show(request, product, fragment="#bulk_answer" if partial else "", bulk={"open": True})
    return show(request, product, fragment="#rows" if partial else "")


@require_GET
@of_product
def behavior(request: PageRequest, product: Product, key: str) -> HttpResponse:
    """One behavior with all that is said about it: a page of its own, or what a disclosure of its row loads."""
    state = read_state(product, draft_of(request, product), request.now)
    page = build_editor(state, request.actor, keys=[key], opened=key)
    row = page.row(key)
    if row is None:
        return redirect("product_edit", product.slug)
    template = "profiles/behavior.html" + ("#more" if request.htmx else "")
    return render_page(request, template, page, current="profile", product=product, has_draft=state.is_changed, row=row)


@require_POST
@of_product
def setting(request: PageRequest, product: Product, key: str) -> HttpResponse:
    """Set or reset one behavior."""
    before = state_of(request, product)
    typed = request.POST.getlist(key)
    wanted = None if is_reset(request) else raw_value(before.domain(key), typed)
    refused = (key, wanted, tuple((key, value) for value in typed))
    return write(request, before, key, refused, drafts.edit_draft, settings={key: wanted})


@require_POST
@of_product
def window(request: PageRequest, product: Product, key: str) -> HttpResponse:
    """Say what users may change of one behavior, or leave it to the default."""
    before = state_of(request, product)
    names = ("floor", "ceiling", "ceiling_list")
    wanted = None if is_reset(request) else wanted_window(before, key, request.POST)
    refused = (field_of(key), wanted, tuple((name, request.POST[name]) for name in names if name in request.POST))
    return write(request, before, field_of(key), refused, drafts.edit_draft, windows={key: wanted})


@require_POST
@of_product
def instructions(request: PageRequest, product: Product) -> HttpResponse:
    """Keep the operator's own text."""
    before = state_of(request, product)
    text = request.POST.get(INSTRUCTIONS, "")
    refused = (INSTRUCTIONS, text, ((INSTRUCTIONS, text),))
    return write(request, before, INSTRUCTIONS, refused, drafts.edit_draft, instructions=text)


@require_POST
@of_product
def lint(request: PageRequest, product: Product) -> HttpResponse:
    """What stands out in a text while it is written; nothing is stored."""
    request.actor.require(Permission.EDIT_DRAFT)
    text = request.POST.get(INSTRUCTIONS, "")[: drafts.MAX_INSTRUCTIONS]
    found = queries.lint_of(text, state_of(request, product).found.after)
    context = {"messages": lint_messages(found), "checked": checked_words(text, found)}
    return render(request, "profiles/_lint.html", {"text": context})


@require_POST
@of_product
def undo(request: PageRequest, product: Product, key: str) -> HttpResponse:
    """Put one field back to what is live."""
    before = state_of(request, product)
    wanted = before.live_fields.get(key)
    refused = (key, wanted, form_fields(before, key, wanted))
    return write(request, before, key, refused, drafts.undo_change, field=key)


@require_POST
@of_product
def save(request: PageRequest, product: Product) -> HttpResponse:
    """The whole form at once, from a browser without scripts. What was not changed in the form is not written."""
    state = state_of(request, product)
    wanted = {
        key: raw
        for key in state.decisions
        if key in request.POST and (raw := raw_value(state.domain(key), request.POST.getlist(key))) != state.raw(key)
    }
    try:
        drafts.edit_draft(state.draft, by=request.actor, now=request.now, seen=seen(request), settings=wanted)
    except REFUSALS as error:
        key = next(iter(error.fields), "").removeprefix("settings.")
        typed = tuple((key, value) for value in request.POST.getlist(key))
        return show(request, product, refused=Refused(key, wanted.get(key), typed, error), status=error.status)
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


@require_GET
@of_product
def watch(request: PageRequest, product: Product) -> HttpResponse:
    """What others changed since the page was shown; nothing (204) if nobody did."""
    draft, shown = draft_of(request, product), seen_in(request.GET)
    if draft.revision <= shown:
        return HttpResponse(status=204)
    then, edits = queries.draft_before(draft, shown)
    after = read_state(product, draft, request.now)
    before = after.with_draft(then)
    fields = {edit.field.removeprefix(WINDOWS) for edit in edits}
    text = _("%(name)s changed the draft.") % {"name": edits[-1].by} if edits else ""
    page = build_editor(after, request.actor, keys=after.touched(before) | fields)
    response = fragment(request, "#watch_answer", page, row=None, also=page.all_rows, text=INSTRUCTIONS in fields)
    return trigger_client_event(response, "say", {"text": text})


# Reading


def seen(request: PageRequest) -> int:
    """The draft's revision that the form's page showed."""
    return seen_in(request.POST)


def is_reset(request: PageRequest) -> bool:
    return bool(request.GET.get("reset") or request.POST.get("reset"))


def draft_of(request: PageRequest, product: Product) -> Draft:
    """The product's draft, which came with it."""
    product.draft.product = product
    return product.draft


def state_of(request: PageRequest, product: Product) -> State:
    return read_state(product, draft_of(request, product), request.now)


# Answering


def show(request: PageRequest, product: Product, *, status: int = 200, fragment: str = "", **more: Any) -> HttpResponse:
    """The page (or a fragment of it) as the draft is now."""
    if more:  # after a refusal: somebody may have changed it meanwhile
        product.draft.refresh_from_db()
    state = state_of(request, product)
    query, filtered = request.GET.get("q", "")[:100], request.GET.get("show", "")
    page = build_editor(state, request.actor, query=query, show=filtered, **more)
    return render_page(
        request,
        TEMPLATE + fragment,
        page,
        current="profile",
        product=product,
        status=status,
        has_draft=state.is_changed,
    )


def write(
    request: PageRequest,
    before: State,
    field: str,
    wanted: tuple[str, Any, Any],
    change: Callable[..., Draft],
    /,
    **given: Any,
) -> HttpResponse:
    """Change one field by an action, and answer with its row or with why not. ``wanted`` is what ``Refused`` keeps."""
    try:
        draft = change(before.draft, by=request.actor, now=request.now, seen=seen(request), **given)
    except REFUSALS as error:
        if field != INSTRUCTIONS and field.removeprefix(WINDOWS) not in before.domains:
            raise
        return refuse(request, before.product, Refused(*wanted, error))
    if not request.htmx:
        messages.success(request, _("Draft saved. Nothing is live yet."))
        return redirect(f"{reverse('product_edit', args=[before.product.slug])}#{field.removeprefix(WINDOWS)}")
    return answer(request, before, before.with_draft(draft), {field}, _("Draft saved"))


def answer(request: PageRequest, before: State, after: State, fields: Iterable[str], say: str) -> HttpResponse:
    """After a write: the rows of the fields that it changed, what stands around them, and what a rule changed with
    them."""
    fields = set(fields)
    keys = {field.removeprefix(WINDOWS) for field in fields}
    opened = next((field.removeprefix(WINDOWS) for field in fields if field.startswith(WINDOWS)), "")
    page = build_editor(after, request.actor, keys=after.touched(before) | keys, opened=opened)
    main = page.row(next(iter(keys))) if len(fields) == 1 else None
    also = [row for row in page.all_rows if row is not main]
    text = INSTRUCTIONS in fields
    response = fragment(request, "#instructions_answer" if text else "#answer", page, row=main, also=also)
    return trigger_client_event(response, "say", {"text": say})


def refuse(request: PageRequest, product: Product, refused: Refused) -> HttpResponse:
    """After a refused write: the same place with the sentence, both values, and nothing lost."""
    key = refused.field.removeprefix(WINDOWS)
    opened = key if refused.field.startswith(WINDOWS) else ""
    if not request.htmx:
        return show(request, product, refused=refused, opened=opened, status=refused.error.status)
    product.draft.refresh_from_db()
    page = build_editor(state_of(request, product), request.actor, refused=refused, keys=[key], opened=opened)
    # 412 is the API's word for it; pages say 409, which their forms know how to show.
    status = 409 if isinstance(refused.error, StaleDraft) else refused.error.status
    name = "#instructions_answer" if refused.field == INSTRUCTIONS else "#answer"
    response = fragment(request, name, page, row=page.row(key), also=[], status=status)
    return trigger_client_event(response, "say", {"text": refused.error.message})


def fragment(
    request: PageRequest, name: str, page: EditorPage, *, row: Any, also: Iterable[Any], status: int = 200, **more: Any
) -> HttpResponse:
    return render_page(request, TEMPLATE + name, page, current="profile", status=status, row=row, also=also, **more)
