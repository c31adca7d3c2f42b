"""The page of a log, for everybody who reads its trail."""

from __future__ import annotations

from django.http import HttpResponse
from django.views.decorators.http import require_safe

from audits.ledger import read
from audits.models import Log
from audits.web.pages.auditors import TypedAuditor
from audits.web.pages.log_page import build_log
from profiles.access import Permission, Role
from profiles.models import Member
from profiles.web.frame import PageRequest, render_page, signed_in

MOST_DIGITS = 18


@require_safe
@signed_in
def log_page(request: PageRequest) -> HttpResponse:
    """How the log is of the organization that is looked at; for a steward who looks at none, the installation's."""
    request.actor.require(Permission.VIEW_TRAIL)
    return show(request, TypedAuditor())


def show(request: PageRequest, typed: TypedAuditor, status: int = 200) -> HttpResponse:
    """
    Args:
        typed: what the form holds that adds an auditor.
    """
    before = request.GET.get("before", "")
    number = int(before) if before.isascii() and before.isdecimal() and len(before) <= MOST_DIGITS else None
    needed = Permission.MANAGE_AUDITORS if request.membership else Permission.MANAGE_ORGANIZATIONS
    members = _auditing(request) if request.actor.may(needed) else None
    page = build_log(own_log(request), before=number, members=members, typed=typed, now=request.now)
    return render_page(request, "audits/log.html", page, current="trail", status=status)


def _auditing(request: PageRequest) -> list[str]:
    """The addresses of members whose role it is to audit, whom one may want to name."""
    rows = Member.objects.of(request.actor).filter(role=Role.AUDITOR)
    return list(rows.order_by("user__email").values_list("user__email", flat=True))


def own_log(request: PageRequest) -> Log | None:
    """
    Returns:
        None if it has not begun, or if this person may read none.
    """
    slug = request.actor.organization_slug
    if not slug and not request.actor.may(Permission.MANAGE_ORGANIZATIONS):
        return None
    return read.log_of_organization(slug)
