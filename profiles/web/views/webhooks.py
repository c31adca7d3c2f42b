"""Webhooks: their addresses hold secrets now and then, so all of it is for those who manage them."""

from __future__ import annotations

from datetime import UTC

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_POST, require_safe

from profiles import queries
from profiles.access import Permission
from profiles.actions import webhooks as actions
from profiles.errors import InvalidInput, Malformed, WrongState
from profiles.models import Delivery, Organization, Webhook
from profiles.web.frame import PageRequest, render_page, signed_in
from profiles.web.pages.dates import read_moment
from profiles.web.pages.inbox import AskedInbox
from profiles.web.pages.webhooks import TypedReplay, TypedWebhook, build_delivery, build_webhook, build_webhooks

SIZE = 25
REFUSALS = (InvalidInput, Malformed, WrongState)


@require_safe
@signed_in
def webhooks(request: PageRequest) -> HttpResponse:
    return show_all(request, TypedWebhook())


@sensitive_variables("secret")
@require_POST
@signed_in
def create(request: PageRequest) -> HttpResponse:
    """Make one. The answer is the only place where its secret ever stands."""
    request.actor.require(Permission.MANAGE_WEBHOOKS)
    typed = typed_of(request)
    try:
        webhook, secret = actions.create_webhook(
            Organization.objects.of(request.actor).one(),
            url=typed.url,
            chosen=typed.events,
            description=typed.description,
            by=request.actor,
            now=request.now,
        )
    except REFUSALS as error:
        return show_all(request, typed.refused(error), status=error.status)
    return show(request, webhook, secret=secret)


@require_safe
@signed_in
def webhook(request: PageRequest, pk: int) -> HttpResponse:
    return show(request, one(request, pk))


@require_POST
@signed_in
def change(request: PageRequest, pk: int) -> HttpResponse:
    row, typed = one(request, pk), typed_of(request)
    try:
        actions.change_webhook(
            row,
            url=typed.url,
            chosen=typed.events,
            description=typed.description,
            by=request.actor,
            now=request.now,
        )
    except REFUSALS as error:
        return show(request, row, typed.refused(error), status=error.status)
    messages.success(request, _("Saved. It holds from the next event on."))
    return redirect("settings_webhook", pk)


@sensitive_variables("secret")
@require_POST
@signed_in
def rotate(request: PageRequest, pk: int) -> HttpResponse:
    """Make a new secret, shown in this answer alone."""
    row, secret = actions.rotate_secret(one(request, pk), by=request.actor, now=request.now)
    return show(request, row, secret=secret)


@require_POST
@signed_in
def test(request: PageRequest, pk: int) -> HttpResponse:
    row = one(request, pk)
    try:
        sent = actions.send_test(row, by=request.actor, now=request.now)
    except WrongState as error:
        return show(request, row, TypedWebhook.of(row).refused(error), status=error.status)
    messages.success(request, _("A test event is on its way. Reload this page to see what came of it."))
    return redirect("webhook_delivery", pk, sent.pk)


@require_POST
@signed_in
def switch(request: PageRequest, pk: int) -> HttpResponse:
    """Enable or disable."""
    row = one(request, pk)
    act = actions.enable_webhook if request.POST.get("to") == "enabled" else actions.disable_webhook
    try:
        act(row, by=request.actor, now=request.now)
    except WrongState as error:
        return show(request, row, TypedWebhook.of(row).refused(error), status=error.status)
    return redirect("settings_webhook", pk)


@require_POST
@signed_in
def remove(request: PageRequest, pk: int) -> HttpResponse:
    actions.remove_webhook(one(request, pk), by=request.actor, now=request.now)
    messages.success(request, _("Removed. Nothing is sent there any more."))
    return redirect("settings_webhooks")


@require_POST
@signed_in
def replay(request: PageRequest, pk: int) -> HttpResponse:
    """Send one delivery again, or everything since a time that did not arrive."""
    row, typed = one(request, pk), TypedReplay(request.POST.get("since", ""))
    wanted = request.POST.get("delivery", "")
    try:
        if wanted:
            found = queries.delivery_for(
                request.actor, row, int(wanted) if wanted.isdecimal() and wanted.isascii() else 0
            )
            actions.replay_delivery(row, delivery=found, by=request.actor, now=request.now)
            return redirect("webhook_delivery", pk, found.pk)
        count = actions.replay_since(
            row, since=read_moment(typed.since, "since", zone=UTC), by=request.actor, now=request.now
        )
    except REFUSALS as error:
        return show(request, row, replay=typed.refused(error), status=error.status)
    text = ngettext("%(n)d event is sent again.", "%(n)d events are sent again.", count) % {"n": count}
    messages.success(request, text if count else _("Everything since then has arrived."))
    return redirect("settings_webhook", pk)


@require_safe
@signed_in
def delivery(request: PageRequest, pk: int, delivery: int) -> HttpResponse:
    row = one(request, pk)
    page = build_delivery(queries.delivery_for(request.actor, row, delivery), row, request.now)
    return render_page(request, "profiles/webhook_delivery.html", page, current="webhooks")


def one(request: PageRequest, pk: int) -> Webhook:
    found = queries.webhook_for(request.actor, pk)  # first: to strangers it is not there
    request.actor.require(Permission.MANAGE_WEBHOOKS)
    return found


def typed_of(request: PageRequest) -> TypedWebhook:
    post = request.POST
    return TypedWebhook(post.get("url", "").strip(), post.get("description", ""), tuple(post.getlist("events")))


def show_all(request: PageRequest, typed: TypedWebhook, *, status: int = 200) -> HttpResponse:
    request.actor.require(Permission.MANAGE_WEBHOOKS)
    rows = queries.webhooks_for(request.actor)
    page = build_webhooks(rows, queries.delivery_counts(rows), typed, request.now)
    return render_page(request, "profiles/webhooks.html", page, current="webhooks", status=status)


def show(
    request: PageRequest,
    row: Webhook,
    typed: TypedWebhook | None = None,
    replay: TypedReplay | None = None,
    *,
    secret: str = "",
    status: int = 200,
) -> HttpResponse:
    asked = AskedInbox.of(request.GET)
    rows = Delivery.objects.of(request.actor).filter(webhook=row).prefetch_related("attempts")
    piece = queries.slice_of(rows, before=asked.before, after=asked.after, size=SIZE)
    page = build_webhook(row, piece, typed or TypedWebhook.of(row), replay or TypedReplay(), request.now, secret=secret)
    return render_page(request, "profiles/webhook.html", page, current="webhooks", status=status)
