"""Changing several settings of a draft at once: a bulk set, taking one edit back, and copying from elsewhere."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from profiles.access import Permission
from profiles.actions import drafts
from profiles.actions.copying import copy_settings
from profiles.errors import DomainError, InvalidInput, OutsideLimits, StaleDraft, WrongState
from profiles.models import Draft, Product
from profiles.web.frame import PageRequest, of_product, render_page
from profiles.web.pages.bulk import bulk_values, done, refused
from profiles.web.pages.copying import copy_page, source_of
from profiles.web.pages.editor import build_editor
from profiles.web.pages.state import State
from profiles.web.views.editor import REFUSALS, TEMPLATE, draft_of, seen, show, state_of


@require_POST
@of_product
def bulk(request: PageRequest, product: Product) -> HttpResponse:
    """Set the picked behaviors: all of them or none."""
    request.actor.require(Permission.EDIT_DRAFT)
    before = state_of(request, product)
    picked, choice = request.POST.getlist("pick"), request.POST.get("to", "")
    tried = {"open": True, "picked": frozenset(picked), "choice": choice}
    try:
        draft = drafts.edit_draft(
            before.draft,
            by=request.actor,
            now=request.now,
            seen=seen(request),
            settings=bulk_values(before, picked, choice),
            origin={"bulk": choice},
        )
    except REFUSALS as error:
        return _answer(request, product, {**tried, **refused(before, error)}, error)
    return _answer(request, product, {"done": done(before, draft)})


@require_POST
@of_product
def undo_edit(request: PageRequest, product: Product, revision: int) -> HttpResponse:
    """Take one edit back as a whole."""
    before = state_of(request, product)
    try:
        drafts.undo_edit(before.draft, revision=revision, by=request.actor, now=request.now)
    except (StaleDraft, OutsideLimits) as error:
        return _answer(request, product, refused(before, error), error)
    messages.success(request, _("All of it is undone."))
    if not request.htmx:
        return redirect("product_edit", product.slug)
    return _answer(request, product, {})


def _answer(
    request: PageRequest, product: Product, said: dict[str, Any], error: DomainError | None = None
) -> HttpResponse:
    """The rows with what was done, or why it was not."""
    if not request.htmx:
        return show(request, product, bulk=said, status=error.status if error else 200)
    draft = Draft.objects.of(request.actor).one(product=product)
    page = build_editor(state_of(request, product).with_draft(draft), request.actor, bulk=said)
    status = 200 if error is None else 409 if isinstance(error, StaleDraft) else error.status
    return render_page(request, TEMPLATE + "#bulk_answer", page, current="profile", status=status, also=[])


@require_GET
@of_product
def copy(request: PageRequest, product: Product) -> HttpResponse:
    """What would be taken over from another product or version."""
    request.actor.require(Permission.EDIT_DRAFT)
    return _copy_page(request, state_of(request, product), request.GET.get("from", "")[:100])


@require_POST
@of_product
def copy_take(request: PageRequest, product: Product) -> HttpResponse:
    """Take it over."""
    request.actor.require(Permission.EDIT_DRAFT)
    named, before = request.POST.get("from", "")[:100], state_of(request, product)
    try:
        if not named:
            raise InvalidInput(_("Choose what to copy from."))
        draft = copy_settings(
            draft_of(request, product),
            source=source_of(request.actor, product, named),
            tag=request.POST.get("tag", ""),
            with_text="text" in request.POST,
            by=request.actor,
            now=request.now,
            seen=seen(request),
        )
    except (StaleDraft, OutsideLimits, InvalidInput, WrongState) as error:
        product.draft.refresh_from_db()
        return _copy_page(request, state_of(request, product), named, error=error.message, status=error.status)
    count = draft.edits.filter(revision=draft.revision).count() if draft.revision > before.draft.revision else 0
    text = ngettext("%(n)d setting was taken over.", "%(n)d settings were taken over.", count) % {"n": count}
    messages.success(request, text)
    return redirect("product_edit", product.slug)


def _copy_page(request: PageRequest, state: State, named: str, *, error: str = "", status: int = 200) -> HttpResponse:
    page = copy_page(state, request.actor, named, error=error)
    return render_page(
        request,
        "profiles/copy.html",
        page,
        current="profile",
        product=state.product,
        has_draft=state.is_changed,
        status=status,
    )
