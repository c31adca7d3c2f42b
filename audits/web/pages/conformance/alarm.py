"""An alarm: what a model breaks of what is active, and honest ways to answer it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from audits.models import Alarm
from audits.web.presenters.alarm import AlarmPage, Broken, Tightened
from profiles.access import Actor, Permission
from profiles.actions.alarms import answer_refusal
from profiles.errors import DomainError
from profiles.queries import Ways
from profiles.web.pages import words
from profiles.web.pages.alerts import alarm_words
from profiles.web.presenters.parts import Action, Crumb, Message, Pill, Problem, When

_KINDS: Final = {
    "bright_line": lazy("Bright line: nobody may allow it"),
    "protection": lazy("Protection: no operator may take it away"),
}
_STATES: Final = {
    Alarm.State.OPEN: ("bad", lazy("open")),
    Alarm.State.ACKNOWLEDGED: ("warn", lazy("acknowledged")),
    Alarm.State.PASSED: ("ok", lazy("passed since")),
    Alarm.State.REPLACED: ("neutral", lazy("not active any more")),
}


@dataclass(frozen=True, slots=True)
class Typed:
    """An acknowledgement that was refused, as it was typed."""

    reason: str = ""
    error: DomainError | None = None


def build_alarm(actor: Actor, row: Alarm, found: Ways, now: datetime, typed: Typed | None = None) -> AlarmPage:
    typed = typed or Typed()
    product, is_open = row.version.product, row.state == Alarm.State.OPEN
    refusal = answer_refusal(row, by=actor)
    tone, state = _STATES[Alarm.State(row.state)]
    errors = {name: " ".join(text) for name, text in typed.error.fields.items()} if typed.error else {}
    return AlarmPage(
        pk=row.pk,
        title=_("Alarm %(number)d of %(product)s") % {"number": row.pk, "product": product.name},
        crumbs=(
            Crumb(_("Conformance"), reverse("conformance")),
            Crumb(product.name, reverse("product", args=[product.slug])),
        ),
        pill=Pill(tone, str(state)),
        lead=alarm_words(row) if is_open else _past_words(row),
        when=When.of(row.raised_at, now),
        run=Action(_("Run %(number)d") % {"number": row.run_id}, reverse("run", args=[row.run_id]), "chart"),
        broken=tuple(_broken(row, each) for each in row.behaviors),
        answer=None if is_open else _answer(row),
        answered=When.of(row.answered_at, now) if row.answered_at else None,
        refusal=Message("bad", typed.error.message) if typed.error and not errors else None,
        errors=errors,
        problems=tuple(Problem(text, f"#{name}") for name, text in errors.items()),
        reason=typed.reason,
        **(_options(actor, row, found) if is_open else {}),
        acknowledge_href=reverse("alarm_acknowledge", args=[row.pk]) if refusal is None else "",
        cannot=refusal.message if is_open and refusal else "",
    )


def _past_words(row: Alarm) -> str:
    told = {"number": row.version.number, "model": row.run.protocol.endpoint.model}
    return _("While version %(number)d was active, the model %(model)s broke what nobody may break.") % told


def _broken(row: Alarm, each: dict[str, Any]) -> Broken:
    query = urlencode({"outcome": "fail", "behavior": each["behavior"]})
    told = {"passed": each["passed"], "trials": each["trials"]}
    return Broken(
        name=each["name"],
        key=each["behavior"],
        kind=str(_KINDS.get(each["kind"], each["kind"])),
        share=_("%(passed)d of %(trials)d trials keep it") % told,
        href=f"{reverse('run_trials', args=[row.run_id])}?{query}",
    )


def _answer(row: Alarm) -> Message:
    if row.state == Alarm.State.PASSED:
        look = Action(_("Run %(number)d") % {"number": row.answer_id}, reverse("run", args=[row.answer_id]), "chart")
        return Message("ok", _("A later run, or what people judged since, shows that the model keeps it."), action=look)
    if row.state == Alarm.State.REPLACED:
        return Message("note", _("Another version is active everywhere since."))
    return Message("warn", row.reason, lead=_("%(name)s:") % {"name": row.answered_by})


def _options(actor: Actor, row: Alarm, found: Ways) -> dict[str, Any]:
    tightened = tuple(_tightened(found))
    may_edit = actor.may(Permission.EDIT_DRAFT)
    return {
        "honest": _(
            "The instructions told the model so, and it did not follow. A bright line or a protection is at its "
            "strictest already, and no text of a profile enforces it."
        ),
        "tightened": tightened,
        "tighten_href": reverse("alarm_tighten", args=[row.pk]) if tightened and may_edit else "",
        "no_tightening": "" if tightened else _("Nothing that this run fails can be set stricter than it is."),
        **_back(actor, row, found),
        "stop": _(
            "Brightline hands out a profile and stops no model. To stop it, take the model out of service where it "
            "runs, or run the product on another one; without keys its programs get no profile."
        ),
        "actions": tuple(_actions(actor, row)),
    }


def _tightened(found: Ways) -> Iterator[Tightened]:
    for key, each in found.tightenings.items():
        behavior = each.decision.behavior
        before = words.value_words(behavior.domain, each.decision.operator_raw)
        yield Tightened(behavior.name, key, before, words.value_words(behavior.domain, each.value))


def _back(actor: Actor, row: Alarm, found: Ways) -> dict[str, Any]:
    if found.back is None:
        return {"back": _("No other version was found to keep this on the same model.")}
    told = {"number": found.back.version, "run": found.back.run}
    here = reverse("version_restore", args=[row.version.product.slug, found.back.version])
    action = Action(_("Go back to version %(number)d") % told, here, "undo")
    return {
        "back": _("Version %(number)d kept all of this on the same model, in run %(run)d.") % told,
        "back_action": action if actor.may(Permission.SUBMIT) else None,
    }


def _actions(actor: Actor, row: Alarm) -> Iterator[Action]:
    product = row.version.product
    if actor.may(Permission.MANAGE_KEYS):
        yield Action(_("API keys"), reverse("settings_api_keys"), "key")
    yield Action(_("Where it runs"), reverse("product_place", args=[product.slug]), "globe")
    if actor.may(Permission.RUN_CHECK):
        query = urlencode({"product": product.slug, "version": row.version.number})
        yield Action(_("Run it again"), f"{reverse('conformance_start')}?{query}", "play")
