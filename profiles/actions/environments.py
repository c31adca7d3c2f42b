"""Environments: where versions become active, in which order, and what each of them asks for."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from django.utils.translation import gettext as _

from audits.log.disclosures import personal
from audits.trail.kinds import Kind
from profiles.access import Actor, Permission
from profiles.actions.base import action, note
from profiles.actions.text import clean_text, need_slug, once
from profiles.errors import InvalidInput, NotFound, StaleDraft, WrongState
from profiles.models import Environment, Organization

MOST: Final = 10  # environments of an organization
MOST_APPROVALS: Final = 9
MOST_DAYS: Final = 365  # that a run may be old


@action(Kind.ENVIRONMENT_CREATED)
def add_environment(
    organization: Organization,
    *,
    slug: str,
    name: str,
    approvals_needed: int,
    tightening_at_once: bool,
    run_days: int | None = None,
    by: Actor,
    now: datetime,
) -> Environment:
    """Another environment, after all the others: what is active there counts as furthest along.

    Args:
        run_days: how old the passing run may be that a version needs there; None asks for none.

    Raises:
        InvalidInput: slug, name or number are not acceptable.
        WrongState: there are enough.
    """
    by.require(Permission.MANAGE_ENVIRONMENTS)
    organization = Organization.objects.select_for_update().get(pk=organization.pk)
    there = list(organization.environments.all())
    need_slug(slug, taken=slug in {item.slug for item in there}, most=40)
    if len(there) >= MOST:
        raise WrongState(_("An organization has at most %(n)d environments.") % {"n": MOST})
    with once(slug, "slug"):
        environment = Environment.objects.create(
            organization=organization,
            slug=slug,
            name=clean_text(name, field="name", most=60, required=True),
            approvals_needed=_approvals(approvals_needed),
            tightening_at_once=tightening_at_once,
            run_days=_days(run_days),
            position=max((item.position for item in there), default=-1) + 1,
        )
    note(Kind.ENVIRONMENT_CREATED, environment, by=by, now=now, after=environment.rules)
    return environment


@action(Kind.ENVIRONMENT_CHANGED)
def change_environment(
    environment: Environment,
    *,
    name: str,
    approvals_needed: int,
    tightening_at_once: bool,
    run_days: int | None,
    reason: str,
    seen: str,
    by: Actor,
    now: datetime,
) -> Environment:
    """Say anew what an environment asks for. It holds for every activation from then on, whenever its version was
    approved: an activation is judged by what is asked for at that moment.

    Args:
        reason: why; may be empty unless this asks for less than before (``loosens``).
        seen: ``rules_tag`` of what the writer looked at.

    Raises:
        InvalidInput: name or number are not acceptable, or a reason is missing.
        StaleDraft: somebody else changed it meanwhile.
    """
    by.require(Permission.MANAGE_ENVIRONMENTS)
    environment = _locked(environment)
    if environment.rules_tag != seen:
        raise StaleDraft(_("Somebody changed this environment meanwhile. Look at it again."))
    before = environment.rules
    lower = loosens(
        environment, approvals_needed=approvals_needed, tightening_at_once=tightening_at_once, run_days=run_days
    )
    environment.name = clean_text(name, field="name", most=60, required=True)
    environment.approvals_needed = _approvals(approvals_needed)
    environment.tightening_at_once = tightening_at_once
    environment.run_days = _days(run_days)
    reason = clean_text(reason, field="reason", most=1_000, required=lower)
    if (after := environment.rules) != before:
        environment.save(update_fields=["name", "approvals_needed", "tightening_at_once", "run_days"])
        data = {"reason": personal(reason), "loosens": lower}
        note(Kind.ENVIRONMENT_CHANGED, environment, by=by, now=now, before=before, after=after, data=data)
    return environment


def loosens(
    environment: Environment, *, approvals_needed: int, tightening_at_once: bool, run_days: int | None = None
) -> bool:
    """Whether an environment would ask for less than it does."""
    fewer = approvals_needed < environment.approvals_needed
    older = environment.run_days is not None and (run_days is None or run_days > environment.run_days)
    return fewer or older or (tightening_at_once and not environment.tightening_at_once)


@action(Kind.ENVIRONMENT_CHANGED)
def move_environment(environment: Environment, *, later: bool, by: Actor, now: datetime) -> Environment:
    """Swap an environment with the one before or after it. The last one that serves a product says what is live.

    Raises:
        WrongState: it is the first or the last already.
    """
    by.require(Permission.MANAGE_ENVIRONMENTS)
    environment = _locked(environment)
    rows = list(environment.organization.environments.all())
    before = [row.slug for row in rows]
    place = before.index(environment.slug)
    other = place + (1 if later else -1)
    if not 0 <= other < len(rows):
        raise WrongState(_("%(name)s cannot go further that way.") % {"name": environment.name})
    rows[place], rows[other] = rows[other], rows[place]
    for position, row in enumerate(rows):
        row.position = position
    Environment.objects.bulk_update(rows, ["position"])
    after = [row.slug for row in rows]
    note(Kind.ENVIRONMENT_CHANGED, environment, by=by, now=now, before={"order": before}, after={"order": after})
    return environment


def _locked(environment: Environment) -> Environment:
    organization = Organization.objects.select_for_update().get(pk=environment.organization_id)
    row = Environment.objects.select_for_update().filter(pk=environment.pk).first()
    if row is None:
        raise NotFound(_("There is no such environment."))
    row.organization = organization
    return row


def _approvals(number: int) -> int:
    if not 1 <= number <= MOST_APPROVALS:
        message = _("Ask for 1 to %(most)d approvals: nobody approves their own work, so none is not enough.") % {
            "most": MOST_APPROVALS
        }
        raise InvalidInput(message, fields={"approvals_needed": [message]})
    return number


def _days(number: int | None) -> int | None:
    if number is not None and not 1 <= number <= MOST_DAYS:
        message = _("Give 1 to %(most)d days, or leave it empty to ask for no run.") % {"most": MOST_DAYS}
        raise InvalidInput(message, fields={"run_days": [message]})
    return number
