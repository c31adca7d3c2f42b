"""What runs take, in words: before they begin and after, in tokens and, where endpoints have prices, in money."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from audits.checks.prices import Money
from audits.conformance.engine.shapes import Usage
from audits.conformance.spending import Taken
from audits.models import Trial
from audits.web.pages.conformance import words


def estimated(document: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What a run of a protocol is estimated to take."""
    estimate = document["estimate"]
    judge = estimate.get("judge")
    yield _("Requests"), words.number(estimate["requests"])
    yield _("Tokens, at most about"), words.tokens(estimate["tokens_in"], estimate["tokens_out"])
    if judge:
        yield _("Requests to the judge, at most"), words.number(judge["requests"])
        yield _("Its tokens, at most about"), words.tokens(judge["tokens_in"], judge["tokens_out"])
    if money := Money.of(document):
        yield _("Cost, at most about"), _estimated_cost(money, has_judge=judge is not None)
        yield _("Cap"), words.price(money.cap, money.currency) if money.cap is not None else _("none")


def _estimated_cost(money: Money, *, has_judge: bool) -> str:
    told = {"cost": words.money(money.estimate, money.currency)}
    if money.target is None:
        return _("%(cost)s for the judge; the endpoint of the model has no prices") % told
    if has_judge and money.judge is None:
        return _("%(cost)s for the model; the endpoint of the judge has no prices") % told
    return told["cost"]


def spent(taken: Taken, *, has_judge: bool) -> Iterator[tuple[str, str]]:
    """What a run took so far."""
    yield _("Tokens of the model"), usage_words(taken.model)
    if taken.judge is not None:
        told = {"count": words.number(taken.judge.requests)}
        text = ngettext("%(count)s request", "%(count)s requests", taken.judge.requests) % told
        yield _("Asked of the judge"), text
        yield _("Tokens of the judge"), usage_words(taken.judge)
    elif has_judge:
        yield _("Tokens of the judge"), _("not counted when this run was made")
    if taken.money:
        yield _("Cost"), _cost(taken, taken.money)


def of_trial(trial: Trial, money: Money | None) -> Iterator[tuple[str, str]]:
    """What one trial took."""
    yield _("Tokens"), usage_words(Usage(0, trial.tokens_in, trial.tokens_out, trial.unmetered or 0))
    if trial.judge_requests:
        judge = Usage(0, trial.judge_tokens_in or 0, trial.judge_tokens_out or 0, trial.judge_unmetered or 0)
        yield _("Tokens of the judge"), usage_words(judge)
    if money and trial.cost is not None:
        yield _("Cost"), words.money(trial.cost, money.currency)


def usage_words(usage: Usage) -> str:
    told = {"tokens": words.tokens(usage.tokens_in, usage.tokens_out), "count": words.number(usage.unmetered)}
    if not usage.unmetered:
        return told["tokens"]
    if not (usage.tokens_in or usage.tokens_out):
        return _("not reported by the endpoint")
    text = ngettext(
        "%(tokens)s; of %(count)s answer not reported by the endpoint",
        "%(tokens)s; of %(count)s answers not reported by the endpoint",
        usage.unmetered,
    )
    return text % told


def _cost(taken: Taken, money: Money) -> str:
    cost = words.money(taken.cost, money.currency)
    if taken.at_most:
        cost = _("at most %(cost)s: answers without reported tokens count as much as they can cost") % {"cost": cost}
    if money.cap is None:
        return cost
    return _("%(cost)s (cap: %(cap)s)") % {"cost": cost, "cap": words.price(money.cap, money.currency)}
