"""From environments to their pages, and what the forms for them held."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from profiles.access import Actor, Permission
from profiles.actions.environments import MOST_APPROVALS, MOST_DAYS
from profiles.models import Environment
from profiles.web.pages.baseline import needs
from profiles.web.pages.typed import TypedForm, texts
from profiles.web.presenters.environments import EnvironmentForm, EnvironmentLine, EnvironmentPage, EnvironmentsPage
from profiles.web.presenters.parts import Crumb, Message, Problem

_DIGITS = 3  # more than any number of approvals has


@dataclass(frozen=True, slots=True)
class TypedEnvironment(TypedForm):
    """What a form for an environment held, kept after a refusal."""

    slug: str = ""
    name: str = ""
    approvals: str = "1"
    at_once: bool = True
    run_days: str = ""
    reason: str = ""
    seen: str = ""

    @classmethod
    def of(cls, form: QueryDict) -> Self:
        return cls(at_once="at_once" in form, **texts(form, "slug", "name", "approvals", "run_days", "reason", "seen"))

    @classmethod
    def stored(cls, row: Environment) -> Self:
        approvals = str(row.approvals_needed)
        days = str(row.run_days or "")
        return cls(
            name=row.name, approvals=approvals, at_once=row.tightening_at_once, run_days=days, seen=row.rules_tag
        )

    @property
    def number(self) -> int:
        """0, which the action refuses with its sentence, for what is no number."""
        return _number(self.approvals)

    @property
    def days(self) -> int | None:
        """None where it was left empty, which asks for no run."""
        return _number(self.run_days) if self.run_days.strip() else None


def _number(typed: str) -> int:
    typed = typed.strip()
    return int(typed) if typed.isascii() and typed.isdecimal() and len(typed) <= _DIGITS else 0


def build_environments(
    rows: Sequence[Environment], serving: Mapping[int, int], typed: TypedEnvironment, actor: Actor, reviewers: int
) -> EnvironmentsPage:
    may = actor.may(Permission.MANAGE_ENVIRONMENTS)
    return EnvironmentsPage(
        lead=_(
            "Where versions become active, in the order in which they go through. What is active in the last of them "
            "is what drafts are compared with."
        ),
        lines=tuple(_line(row, rows, serving, actor) for row in rows),
        form=_form(typed, reviewers) if may else None,
        no_form="" if may else needs(Permission.MANAGE_ENVIRONMENTS),
        may_move=may and len(rows) > 1,
        problems=_problems(typed, "environments"),
    )


def build_environment(
    row: Environment,
    rows: Sequence[Environment],
    serving: Mapping[int, int],
    typed: TypedEnvironment,
    actor: Actor,
    reviewers: int,
) -> EnvironmentPage:
    may = actor.may(Permission.MANAGE_ENVIRONMENTS)
    home = Crumb(row.organization.name, reverse("home"))
    return EnvironmentPage(
        line=_line(row, rows, serving, actor),
        crumbs=(home, Crumb(_("Environments"), reverse("settings_environments"))),
        form=_form(typed, reviewers) if may else None,
        no_form="" if may else needs(Permission.MANAGE_ENVIRONMENTS),
        trail_href=f"{reverse('trail')}?kind=organization.environment.changed",
        problems=_problems(typed, "environment"),
    )


def _line(row: Environment, rows: Sequence[Environment], serving: Mapping[int, int], actor: Actor) -> EnvironmentLine:
    count = serving.get(row.pk, 0)
    served = ngettext("Serves %(n)d product", "Serves %(n)d products", count) % {"n": count}
    return EnvironmentLine(
        slug=row.slug,
        name=row.name,
        asks=approvals_words(row.approvals_needed),
        tightening=_("What only becomes stricter may go live before that.")
        if row.tightening_at_once
        else _("What only becomes stricter waits as well."),
        proof=run_words(row.run_days) if row.run_days else "",
        serves=served if count else _("Serves nothing yet"),
        href=reverse("settings_environment", args=[row.slug]),
        first=row.pk == rows[0].pk,
        last=row.pk == rows[-1].pk,
    )


def approvals_words(number: int) -> str:
    text = ngettext(
        "Asks for %(n)d approval by somebody else than the author.",
        "Asks for %(n)d approvals by others than the author.",
        number,
    )
    return text % {"n": number}


def run_words(days: int) -> str:
    text = ngettext(
        "Asks for a passing run that is not older than %(n)d day.",
        "Asks for a passing run that is not older than %(n)d days.",
        days,
    )
    return text % {"n": days}


def _form(typed: TypedEnvironment, reviewers: int) -> EnvironmentForm:
    return EnvironmentForm(
        name=typed.name,
        approvals=typed.approvals,
        most=MOST_APPROVALS,
        at_once=typed.at_once,
        run_days=typed.run_days,
        most_days=MOST_DAYS,
        seen=typed.seen,
        slug=typed.slug,
        reason=typed.reason,
        name_error=typed.errors.get("name", ""),
        slug_error=typed.errors.get("slug", ""),
        approvals_error=typed.errors.get("approvals_needed", ""),
        days_error=typed.errors.get("run_days", ""),
        reason_error=typed.errors.get("reason", ""),
        message=_people(reviewers),
    )


def _people(reviewers: int) -> Message:
    text = ngettext(
        "%(n)d person here may review. Whoever wrote a version does not count for it.",
        "%(n)d people here may review. Whoever wrote a version does not count for it.",
        reviewers,
    )
    return Message("note", text % {"n": reviewers})


def _problems(typed: TypedEnvironment, page: str) -> tuple[Problem, ...]:
    labels = {
        "name": _("Name"),
        "slug": _("Name in addresses"),
        "approvals_needed": _("Approvals"),
        "run_days": _("A passing run"),
        "reason": _("Why?"),
    }
    return typed.problems(page, labels=labels, ids={"approvals_needed": "approvals"})
