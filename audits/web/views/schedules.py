"""Runs that start themselves: all schedules of an organization, setting one, ending one."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from audits.web.pages.conformance.schedules import (
    Choosing,
    TypedSchedule,
    build_schedule,
    build_schedules,
    standing,
)
from profiles.access import Permission
from profiles.actions import run_schedules as actions
from profiles.errors import InvalidInput, WrongState
from profiles.models import Environment, Product
from profiles.web.frame import PageRequest, of_product, render_page, signed_in


@require_safe
@signed_in
def schedules(request: PageRequest) -> HttpResponse:
    request.actor.require(Permission.VIEW)
    return render_page(
        request, "audits/run_schedules.html", build_schedules(request.actor, request.now), current="conformance"
    )


@require_safe
@of_product
def schedule(request: PageRequest, product: Product, environment: str) -> HttpResponse:
    return _show(request, _choosing(request, product, environment, None))


@require_POST
@of_product
def set_schedule(request: PageRequest, product: Product, environment: str) -> HttpResponse:
    look = _choosing(request, product, environment, TypedSchedule.read(request.POST))
    try:
        actions.schedule_runs(
            product, environment=look.environment, wish=look.wish(), by=request.actor, now=request.now
        )
    except (InvalidInput, WrongState) as refusal:
        typed = look.typed.refused(refusal)
        return _show(request, _choosing(request, product, environment, typed), status=refusal.status)
    messages.success(request, _("Saved. Runs start by themselves from now on, in your name."))
    return redirect("run_schedules")


@require_POST
@of_product
def end_schedule(request: PageRequest, product: Product, environment: str) -> HttpResponse:
    look = _choosing(request, product, environment, None)
    if look.row is None:
        raise WrongState(_("This schedule was ended already."))
    actions.unschedule_runs(look.row, by=request.actor, now=request.now)
    messages.success(request, _("Ended. What it started stays, and nothing starts by itself any more."))
    return redirect("run_schedules")


def _choosing(request: PageRequest, product: Product, slug: str, typed: TypedSchedule | None) -> Choosing:
    request.actor.require(Permission.RUN_CHECK)
    environment = Environment.objects.of(request.actor).one(slug=slug)
    row = standing(request.actor).filter(product=product, environment=environment).first()
    return Choosing(
        request.actor, product, environment, row, typed or (TypedSchedule.of(row) if row else TypedSchedule())
    )


def _show(request: PageRequest, look: Choosing, *, status: int = 200) -> HttpResponse:
    page = build_schedule(look)
    return render_page(request, "audits/run_schedule.html", page, current="conformance", status=status)
