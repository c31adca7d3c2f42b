"""The budget of an organization: what its runs may take, and what they took this month."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Self

from django.http import QueryDict
from django.urls import reverse
from django.utils import dateformat
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.utils.translation import ngettext

from audits.checks import budgets as pure
from audits.checks.budgets import Caps
from audits.checks.prices import amount, written
from audits.web.pages.conformance import words
from audits.web.presenters.rechecks import Bar
from audits.web.presenters.schedules import BudgetField, BudgetPage, CapLine
from profiles.access import Actor, Permission
from profiles.actions import budgets
from profiles.errors import InvalidInput
from profiles.web.pages.typed import TypedForm, texts
from profiles.web.presenters.parts import Crumb

_LABELS: Final = {
    "trials": lazy("Trials a month"),
    "tokens": lazy("Tokens a month"),
    "requests": lazy("Requests a minute"),
    "money": lazy("Money a month"),
    "currency": lazy("Currency"),
}
_WHOLE: Final = ("trials", "tokens", "requests")
_HINTS: Final = {
    "trials": lazy("Conversations with a model that runs may hold. Empty is without a limit."),
    "tokens": lazy(
        "In and out, of these conversations and of judges, as far as their endpoints report them. A run stops when it "
        "is reached, and what is under way then still ends."
    ),
    "requests": lazy("To models and judges together, at least 10. Runs wait for their turn instead of being refused."),
    "money": lazy(
        "By the prices of endpoints, such as 250.00. What has no prices costs nothing here, and what is priced in "
        "another currency cannot be run."
    ),
    "currency": lazy("Three capital letters, such as USD or EUR."),
}


@dataclass(frozen=True, slots=True)
class TypedBudget(TypedForm):
    trials: str = ""
    tokens: str = ""
    requests: str = ""
    money: str = ""
    currency: str = ""

    @classmethod
    def read(cls, form: QueryDict) -> Self:
        return cls(**texts(form, *_LABELS))

    @classmethod
    def of(cls, caps: Caps) -> Self:
        shown = {name: "" if value is None else str(value) for name, value in budgets.shown(caps).items()}
        money = "" if caps.money is None else written(caps.money)
        return cls(
            trials=shown["trials"],
            tokens=shown["tokens"],
            requests=shown["requests"],
            money=money,
            currency=caps.currency,
        )

    def caps(self) -> Caps:
        """
        Raises:
            InvalidInput: something is no number.
        """
        texts = {name: getattr(self, name).replace(",", "").replace(" ", "") for name in _LABELS}
        wrong = {
            name: [_("Give a whole number, or nothing.")]
            for name in _WHOLE
            if texts[name] and not _is_whole(texts[name])
        }
        if texts["money"] and amount(texts["money"]) is None:
            wrong["money"] = [_("Give an amount with a point and at most six decimals, such as 250.00.")]
        if wrong:
            raise InvalidInput(next(iter(wrong.values()))[0], fields=wrong)
        trials, tokens, requests = (int(texts[name]) if texts[name] else None for name in _WHOLE)
        return Caps(trials, tokens, requests, amount(texts["money"]), texts["currency"])


def _is_whole(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 16


def build_budget(actor: Actor, typed: TypedBudget | None, now: datetime) -> BudgetPage:
    """
    Args:
        typed: what was refused; None shows what holds.
    """
    assert actor.organization_id is not None
    caps = budgets.caps_of(actor.organization_id)
    typed = typed or TypedBudget.of(caps)
    return BudgetPage(
        crumbs=(Crumb(_("All settings"), reverse("settings")), Crumb(_("Conformance"), reverse("conformance"))),
        month=_("%(month)s, UTC") % {"month": dateformat.format(pure.month_of(now), "F Y")},
        lines=tuple(_lines(actor.organization_id, caps, now)),
        fields=tuple(_fields(typed)) if actor.may(Permission.SET_BUDGET) else (),
        problems=typed.problems("trials"),
    )


def _lines(organization: int, caps: Caps, now: datetime) -> Iterator[CapLine]:
    spent, planned = budgets.spent(organization, now, caps.currency), budgets.committed(organization, caps.currency)
    for name in ("trials", "tokens"):
        most, taken, open_ = getattr(caps, name), getattr(spent, name), getattr(planned, name)
        told = {"taken": _grouped(taken), "planned": _grouped(open_), "most": _grouped(most or 0)}
        yield _line(name, told, None if most is None else (min(taken, most), most))
    if caps.money is not None:
        amounts = {"taken": spent.money, "planned": planned.money, "most": caps.money}
        told = {name: words.money(value, caps.currency) for name, value in amounts.items()}
        cents = [int(value * 100) for value in (min(spent.money, caps.money), caps.money)]
        yield _line("money", told, (cents[0], cents[1]))
    pace = _("Without a limit") if caps.requests is None else _("At most %(most)s") % {"most": _grouped(caps.requests)}
    yield CapLine(str(_LABELS["requests"]), pace)
    if count := budgets.unmetered(organization, now):
        text = ngettext("of %(n)s answer; it is not counted", "of %(n)s answers; they are not counted", count)
        yield CapLine(_("Tokens not reported"), text % {"n": words.number(count)})


def _line(name: str, told: dict[str, str], bar: tuple[int, int] | None) -> CapLine:
    if bar is None:
        text = _("%(taken)s used, up to %(planned)s planned by runs that are going on; without a limit") % told
        return CapLine(str(_LABELS[name]), text)
    text = _("%(taken)s of %(most)s used, up to %(planned)s planned by runs that are going on") % told
    return CapLine(str(_LABELS[name]), text, Bar(*bar, text))


def _grouped(value: int) -> str:
    return number_format(value, force_grouping=True) if value >= 10_000 else words.number(value)


def _fields(typed: TypedBudget) -> Iterator[BudgetField]:
    for name, label in _LABELS.items():
        yield BudgetField(name, str(label), str(_HINTS[name]), getattr(typed, name), typed.errors.get(name, ""))
