"""The organization baseline: windows that hold for all products of an organization."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from audits.log.disclosures import personal
from audits.trail.kinds import Kind
from profiles.access import Actor, Permission
from profiles.actions.base import action, note
from profiles.actions.publishing import republish_all
from profiles.actions.text import clean_text
from profiles.actions.values import points_everywhere
from profiles.errors import InvalidInput, StaleDraft
from profiles.models import Organization

_BOUNDS = ("floor", "ceiling")


@action(Kind.BASELINE_CHANGED)
def change_baseline(
    organization: Organization,
    *,
    windows: Mapping[str, Mapping[str, Any] | None],
    seen: Mapping[str, Any],
    reason: str,
    by: Actor,
    now: datetime,
) -> Organization:
    """Narrow behaviors for all products of an organization, or stop narrowing them.

    A lower ceiling takes effect at once on everything that is active. What loosens (a higher ceiling, a raised floor)
    waits for each product's next version, since somebody else has to review it.

    Args:
        windows: by behavior key: ``{"floor": raw, "ceiling": raw}``, either may be missing; None takes it back.
        seen: the windows of these behaviors that the writer looked at.

    Raises:
        InvalidInput: a behavior that no rulebook states, or a value that is not one of its values.
        StaleDraft: somebody else changed one of these windows meanwhile.
    """
    by.require(Permission.MANAGE_BASELINE)
    reason = clean_text(reason, field="reason", most=1_000, required=True)
    organization = Organization.objects.select_for_update(no_key=True).get(pk=organization.pk)
    before = {key: organization.windows.get(key) for key in windows}
    if any(before[key] != seen.get(key) for key in windows):
        raise StaleDraft(_("Somebody changed the baseline meanwhile. Look at it again."))
    for key, bounds in windows.items():
        if bounds is None:
            organization.windows.pop(key, None)
            continue
        _need_window(key, bounds)
        organization.windows[key] = dict(bounds)
    organization.save(update_fields=["windows"])
    note(
        Kind.BASELINE_CHANGED,
        organization,
        by=by,
        now=now,
        before=before,
        after=dict(windows),
        data={"reason": personal(reason)},
    )
    republish_all(organization, because=gettext_noop("The organization's baseline changed."), by=by, now=now)
    return organization


def _need_window(key: str, bounds: Mapping[str, Any]) -> None:
    field = f"windows.{key}"
    found = points_everywhere(key, {n: bounds[n] for n in _BOUNDS if n in bounds}, unknown=field, malformed=field)
    if not bounds or set(bounds) - set(_BOUNDS):
        message = _("Give a floor, a ceiling or both.")
        raise InvalidInput(message, fields={field: [message]})
    if any(len(points) == 2 and not one.domain.leq(points["floor"], points["ceiling"]) for one, points in found):
        message = _("The floor must be at least as strict as the ceiling.")
        raise InvalidInput(message, fields={field: [message]})
