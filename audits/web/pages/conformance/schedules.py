"""Runs that start themselves: what is scheduled, what came of it, and the form that sets it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Self

from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.utils.translation import ngettext
from msgspec import Struct
from msgspec.structs import replace

from audits import queries
from audits.conformance import reads
from audits.models import Endpoint, Occasion, Run, RunSchedule
from audits.web.presenters.schedules import OccasionLine, ScheduleCard, SchedulePage, SchedulesPage
from audits.web.presenters.trail import Choice
from profiles.access import Actor, Permission
from profiles.actions.occasions import start_refusal
from profiles.actions.run_schedules import Wish
from profiles.errors import InvalidInput
from profiles.models import Environment, Product
from profiles.web.pages import words as said
from profiles.web.pages.typed import TypedForm, texts
from profiles.web.presenters.parts import Action, Crumb, Pill, Problem, When

_OCCASIONS: Final = 5  # of each schedule that are shown
_STATES: Final = {
    Occasion.State.WAITING: ("draft", lazy("waiting for its turn")),
    Occasion.State.STARTED: ("ok", lazy("started")),
    Occasion.State.LAPSED: ("bad", lazy("did not start")),
}
CAUSES: Final = {
    Run.Trigger.REQUEST.value: lazy("When somebody asked for it"),
    Run.Trigger.COMMAND.value: lazy("By a command"),
    Run.Trigger.SCHEDULE.value: lazy("By its schedule"),
    Run.Trigger.SUBMISSION.value: lazy("When the version was submitted"),
    Run.Trigger.DRIFT.value: lazy("When something had drifted"),
}
_ASKED: Final = {
    Run.Trigger.SCHEDULE.value: lazy("By time: “%(suite)s”"),
    Run.Trigger.SUBMISSION.value: lazy("Version %(number)s was submitted: “%(suite)s”"),
    Run.Trigger.DRIFT.value: lazy("Something drifted: “%(suite)s”"),
}


# All of them


def build_schedules(actor: Actor, now: datetime) -> SchedulesPage:
    products = list(Product.objects.of(actor).select_related("organization").order_by("name"))
    places = list(Environment.objects.of(actor).order_by("position"))
    rows = {(row.product_id, row.environment_id): row for row in standing(actor)}
    cards = [_card(actor, product, place, rows, now) for product in products for place in places]
    return SchedulesPage(
        crumbs=(Crumb(_("Conformance"), reverse("conformance")),),
        schedules=tuple(card for card in cards if card.is_set),
        others=tuple(card for card in cards if not card.is_set and card.change),
        empty=_("Nothing is scheduled. Runs start only when somebody starts them."),
        budget=Action(_("Budget"), reverse("settings_budget"), "chart"),
    )


def standing(actor: Actor) -> Iterable[RunSchedule]:
    rows = RunSchedule.objects.of(actor).filter(removed_at=None)
    return rows.select_related("product__organization", "environment", "endpoint", "judge", "set_by")


def _card(
    actor: Actor, product: Product, place: Environment, rows: dict[tuple[int, int], RunSchedule], now: datetime
) -> ScheduleCard:
    row = rows.get((product.pk, place.pk))
    here = reverse("run_schedule", args=[product.slug, place.slug])
    way = Action(_("Change") if row else _("Schedule"), here, "clock") if actor.may(Permission.RUN_CHECK) else None
    empty = ScheduleCard(
        key=f"{product.slug}-{place.slug}",
        product=product.name,
        product_href=reverse("product", args=[product.slug]),
        environment=place.name,
        is_set=False,
        change=way,
    )
    if row is None:
        return empty
    return replace(
        empty,
        is_set=True,
        what=_what(actor, row),
        triggers=tuple(_triggers(row)),
        next=When.of(row.due_at, now) if row.due_at else None,
        by=row.set_by.name,
        trouble=refusal.message if (refusal := start_refusal(row, now)) else "",
        rehearsal=row.endpoint.rehearsal,
        occasions=tuple(_occasion(each, now) for each in _recent(actor, row)),
    )


def _what(actor: Actor, row: RunSchedule) -> str:
    titles = queries.suites(actor).filter(pk__in=row.suites).order_by("title").values_list("title", flat=True)
    told = {
        "suites": ", ".join(titles),
        "model": row.endpoint.model,
        "platform": said.platform_words(row.platform),
    }
    if row.judge is None:
        return _("%(suites)s, asked of the model %(model)s for %(platform)s, without a judge") % told
    told["judge"] = row.judge.model
    return _("%(suites)s, asked of the model %(model)s for %(platform)s, judged by %(judge)s") % told


def _triggers(row: RunSchedule) -> Iterator[str]:
    if row.every_days:
        text = ngettext("Every day at %(hour)s UTC", "Every %(days)d days at %(hour)s UTC", row.every_days)
        yield text % {"days": row.every_days, "hour": f"{row.at_hour:02}:00"}
    if row.on_submission:
        yield _("When a version is submitted: that version")
    if row.on_drift:
        yield _("When something drifted: the active version again")


def _recent(actor: Actor, row: RunSchedule) -> Iterable[Occasion]:
    rows = Occasion.objects.of(actor).filter(schedule=row)
    return rows.select_related("run", "suite", "version").defer("suite__document").order_by("-pk")[:_OCCASIONS]


def _occasion(row: Occasion, now: datetime) -> OccasionLine:
    tone, text = _STATES[Occasion.State(row.state)]
    told = {"suite": row.suite.title, "number": row.version.number if row.version else ""}
    return OccasionLine(
        text=str(_ASKED[row.cause]) % told,
        when=When.of(row.ended_at or row.asked_at, now),
        pill=Pill(tone, str(text)),
        run_href=reverse("run", args=[row.run_id]) if row.run_id else "",
        run_text=_("Run %(number)d") % {"number": row.run_id} if row.run_id else "",
        because=row.because,
    )


# The form


@dataclass(frozen=True, slots=True)
class TypedSchedule(TypedForm):
    """What the form held; ids and numbers as text."""

    platform: str = ""
    endpoint: str = ""
    judge: str = ""
    suites: tuple[str, ...] = ()
    every_days: str = ""
    at_hour: str = "3"
    on_submission: bool = False
    on_drift: bool = False

    @classmethod
    def read(cls, form: QueryDict) -> Self:
        return cls(
            **texts(form, "platform", "endpoint", "judge", "every_days", "at_hour"),
            suites=tuple(form.getlist("suites")[:100]),
            on_submission=form.get("on_submission") == "on",
            on_drift=form.get("on_drift") == "on",
        )

    @classmethod
    def of(cls, row: RunSchedule) -> Self:
        return cls(
            platform=row.platform,
            endpoint=str(row.endpoint_id),
            judge=str(row.judge_id or ""),
            suites=tuple(str(pk) for pk in row.suites),
            every_days=str(row.every_days or ""),
            at_hour=str(row.at_hour),
            on_submission=row.on_submission,
            on_drift=row.on_drift,
        )


class Choosing(Struct, frozen=True):
    """Everything that the form offers for one product in one environment."""

    actor: Actor
    product: Product
    environment: Environment
    row: RunSchedule | None
    typed: TypedSchedule

    def wish(self) -> Wish:
        """
        Raises:
            InvalidInput: a number is none, or no endpoint was chosen.
        """
        typed = self.typed
        endpoint = _chosen(reads.endpoints(self.actor), typed.endpoint)
        if endpoint is None:
            raise _refusal("endpoint", _("Choose an endpoint."))
        return Wish(
            platform=typed.platform,
            suites=tuple(row for row in reads.suites(self.actor) if str(row.pk) in typed.suites),
            endpoint=endpoint,
            judge=_chosen(reads.endpoints(self.actor), typed.judge),
            every_days=_number(typed.every_days or "0", "every_days"),
            at_hour=_number(typed.at_hour, "at_hour"),
            on_submission=typed.on_submission,
            on_drift=typed.on_drift,
        )


def _chosen(rows: list[Endpoint], text: str) -> Endpoint | None:
    return next((row for row in rows if str(row.pk) == text), None)


def _number(text: str, field: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < 7):
        raise _refusal(field, _("Give a whole number."))
    return int(text)


def _refusal(field: str, sentence: str) -> InvalidInput:
    return InvalidInput(sentence, fields={field: [sentence]})


def build_schedule(look: Choosing) -> SchedulePage:
    typed, endpoints = look.typed, reads.endpoints(look.actor)
    arguments = [look.product.slug, look.environment.slug]
    named = {"product": look.product.name, "environment": look.environment.name}
    missing, way = _missing(look, endpoints)
    chosen = typed.platform or look.product.platforms[0]
    return SchedulePage(
        title=_("Runs of %(product)s in %(environment)s") % named,
        crumbs=(
            Crumb(_("Conformance"), reverse("conformance")),
            Crumb(_("Schedules of runs"), reverse("run_schedules")),
        ),
        action=reverse("run_schedule_set", args=arguments),
        end_action=reverse("run_schedule_end", args=arguments) if look.row else "",
        platforms=tuple(Choice(each, said.platform_words(each), each == chosen) for each in look.product.platforms),
        endpoints=tuple(_endpoint(row, typed.endpoint) for row in endpoints),
        judges=(
            Choice("", _("None: rules alone decide"), not typed.judge),
            *(_endpoint(row, typed.judge) for row in endpoints),
        ),
        suites=tuple(_suites(look)),
        hours=tuple(Choice(str(n), f"{n:02}:00 UTC", str(n) == typed.at_hour) for n in range(24)),
        every_days=typed.every_days,
        on_submission=typed.on_submission,
        on_drift=typed.on_drift,
        errors=typed.errors,
        problems=tuple(_problems(typed)),
        missing=missing,
        missing_action=way,
    )


def _missing(look: Choosing, endpoints: list[Endpoint]) -> tuple[str, Action | None]:
    """What has to be there first, and where it is added."""
    if endpoints:
        return "", None
    if look.actor.may(Permission.MANAGE_ENDPOINTS):
        text = _("There is no endpoint yet: the address of a model that can be asked.")
        return text, Action(_("Add an endpoint"), reverse("settings_endpoints"), "globe")
    return _("There is no endpoint yet. An administrator adds one."), None


def _endpoint(row: Endpoint, chosen: str) -> Choice:
    text = _("%(name)s: %(model)s (rehearsal)") if row.rehearsal else _("%(name)s: %(model)s")
    return Choice(str(row.pk), text % {"name": row.name, "model": row.model}, str(row.pk) == chosen)


def _suites(look: Choosing) -> Iterator[Choice]:
    """The newest of each; chosen if any number of it is."""
    ids = [int(text) for text in look.typed.suites if text.isascii() and text.isdecimal() and len(text) < 19]
    chosen = set(queries.suites(look.actor).filter(pk__in=ids).values_list("organization", "slug"))
    for row in reads.suites(look.actor):
        yield Choice(str(row.pk), row.title, (row.organization_id, row.slug) in chosen)


def _problems(typed: TypedSchedule) -> Iterator[Problem]:
    for name, text in typed.errors.items():
        yield Problem(text, f"#{name}")
    if typed.sentence:
        yield Problem(typed.sentence, "#platform")
