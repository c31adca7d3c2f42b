"""What a version's page offers for each environment: activate now, at a time, at once, in an emergency, or why not."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from msgspec import Struct

from profiles import queries
from profiles.access import Actor, Permission
from profiles.actions.activations import Basis, activation_refusal, basis_of
from profiles.actions.lacking import missing_words
from profiles.actions.restoring import rebase_refusal, restore_refusal
from profiles.errors import DomainError, InvalidInput
from profiles.models import Activation, Schedule, Version
from profiles.queries import Readiness
from profiles.web.presenters.parts import Action, When
from profiles.web.presenters.version import ActivationForm, Scheduled


class Tried(Struct, frozen=True):
    """An activation that was refused, as it was typed. ``environment`` is a slug."""

    environment: str
    error: DomainError
    reason: str = ""
    due_at: str = ""
    emergency: bool = False

    def error_at(self, name: str) -> str:
        """The sentence at a field; one that was left empty is told what it is for."""
        if name not in self.error.fields:
            return ""
        if name == "reason" and not self.reason.strip():
            return _("Say why it becomes active.")
        return " ".join(self.error.fields[name])


def activation_form(
    ready: Readiness,
    current: Activation | None,
    waiting: Schedule | None,
    *,
    actor: Actor,
    now: datetime,
    tried: Tried | None,
) -> ActivationForm:
    version, environment = ready.version, ready.environment
    names = {"number": version.number, "environment": environment.name}
    refusal = activation_refusal(ready, by=actor)
    emergency = refusal is not None and activation_refusal(ready, by=actor, break_glass=True) is None
    mine = tried if tried and tried.environment == environment.slug else None
    return ActivationForm(
        environment=environment.slug,
        name=environment.name,
        active=_serves(version, current, now),
        button=activate_words(ready) % names,
        is_active=current is not None and current.version_id == version.pk,
        can=refusal is None,
        why_not=refusal.message if refusal else "",
        effect=_("Clients of %(environment)s get version %(number)d with their next request.") % names,
        at_once=_at_once(ready) if refusal is None else "",
        untested=_untested(ready) if refusal is None else "",
        break_glass=_("Activate version %(number)d without approval") % names if emergency else "",
        emergency=_emergency(ready) if emergency else "",
        scheduled=_scheduled(waiting, now, cancel=actor.may(Permission.ACTIVATE)) if waiting else None,
        can_schedule=refusal is None and waiting is None and actor.user_id is not None,
        due_hint=_due_hint(),
        is_open=bool(mine and (refusal is None or mine.emergency)),
        due_at=mine.due_at if mine else "",
        due_error=mine.error_at("due_at") if mine else "",
        reason=mine.reason if mine else "",
        reason_error=mine.error_at("reason") if mine else "",
    )


def activate_words(ready: Readiness) -> str:
    """What goes on to the next environment is promoted."""
    if ready.is_promotion:
        return _("Promote version %(number)d to %(environment)s")
    return _("Activate version %(number)d in %(environment)s")


def _serves(version: Version, current: Activation | None, now: datetime) -> str:
    if current is None:
        return _("Serves nothing yet.")
    if current.version_id == version.pk:
        return " ".join(
            filter(None, [_("Since %(when)s.") % {"when": When.of(current.at, now).shown}, basis_words(current)])
        )
    return _("Serves version %(number)d.") % {"number": current.version.number}


def basis_words(row: Activation) -> str:
    """How an activation came about, where that was not by approval."""
    if row.basis == Basis.TIGHTENING:
        return _("Live at once, since it only became stricter.")
    if row.basis == Basis.BREAK_GLASS:
        return _("Activated without approval, in an emergency.")
    return ""


def _at_once(ready: Readiness) -> str:
    if basis_of(ready, break_glass=False) is not Basis.TIGHTENING:
        return ""
    return _("Everything only becomes stricter, so it may go live before its review. It is reviewed afterwards.")


def _untested(ready: Readiness) -> str:
    """What goes live without the run that is asked for, since it only becomes stricter."""
    if not ready.untested:
        return ""
    lead = _("It goes live without the run that is asked for here, since it only becomes stricter. Run it afterwards.")
    return " ".join([lead, *(missing_words(each, ready.names) for each in ready.untested)])


def _due_hint() -> str:
    text = _("In the time zone %(zone)s. It is judged again then: what has lost its approval does not go live.")
    return text % {"zone": timezone.get_current_timezone_name()}


def _emergency(ready: Readiness) -> str:
    what = (
        _("It only makes things stricter.")
        if ready.tightens
        else _("It restores what was approved and active here before.")
    )
    rest = _(
        "In an emergency it may go live without approval. Everybody concerned is told, and it is reviewed afterwards."
    )
    return f"{what} {rest}"


def _scheduled(row: Schedule, now: datetime, *, cancel: bool) -> Scheduled:
    text = _("Version %(number)d becomes active here at %(when)s, asked for by %(name)s.") % {
        "number": row.version.number,
        "when": When.of(row.due_at, now).shown,
        "name": row.by.name,
    }
    return Scheduled(text, row.reason, reverse("schedule_cancel", args=[row.pk]) if cancel else "")


def promotions(found: Iterable[Readiness], actor: Actor) -> tuple[Action, ...]:
    """To the forms by which what one environment serves goes on to the next."""
    return tuple(
        Action(
            _("Promote to %(environment)s") % {"environment": ready.environment.name},
            f"#in-{ready.environment.slug}",
            "arrow",
        )
        for ready in found
        if ready.is_promotion and activation_refusal(ready, by=actor) is None
    )


def ways_back(version: Version, current: Collection[Activation], actor: Actor) -> tuple[Action, ...]:
    """What can be made of a version that does not go live as it is: rebased, or restored."""
    if not actor.may(Permission.SUBMIT):
        return ()
    slug, number, live = version.product.slug, version.number, queries.furthest(current)
    found = []
    if rebase_refusal(version, live) is None:
        found.append(Action(_("Rebase"), reverse("version_rebase", args=[slug, number]), "compare"))
    if any(row.version.number > number for row in current) and restore_refusal(version, current) is None:
        label = _("Restore version %(number)d") % {"number": number}
        found.append(Action(label, reverse("version_restore", args=[slug, number]), "undo"))
    return tuple(found)


def instant(typed: str, field: str) -> datetime:
    """An instant as a browser's field gives it, in the person's own zone.

    Raises:
        InvalidInput: it is none.
    """
    try:
        found = datetime.fromisoformat(typed.strip())
        return found if found.tzinfo else timezone.make_aware(found)
    except (ValueError, OverflowError):
        message = _("Give a date and a time, such as 2026-05-03 14:00.")
        raise InvalidInput(message, fields={field: [message]}) from None


def no_time(typed: str) -> None:
    """
    Raises:
        InvalidInput: a time was given beside the button that activates now.
    """
    if typed.strip():
        message = _("You gave a time. Choose “Schedule”, or take the time away to activate it now.")
        raise InvalidInput(message, fields={"due_at": [message]})
