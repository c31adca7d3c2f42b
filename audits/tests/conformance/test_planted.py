"""The whole way with planted violations: shipped probes, a protocol, HTTP in the three wire formats, findings.

An honest model fails nothing; each violation fails its own commitment and no other; what is no answer of the model is
neither pass nor fail.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any, Final

import pytest
from django.utils import timezone

from audits.checks import probes
from audits.checks.probes.library import shipped
from audits.conformance import running
from audits.conformance.engine.shapes import DIALECTS, Dialect
from audits.conformance.rehearsal import responder
from audits.conformance.rehearsal.asked import Asked, Said
from audits.conformance.rehearsal.script import script_of
from audits.conformance.rehearsal.server import Server, serving
from audits.models import Endpoint, Run
from audits.tests.conformance import runs
from audits.tests.conformance.engine.support import PATHS
from profiles.actions.endpoints import Reached, create_endpoint
from profiles.actions.runs import Plan, fix_protocol
from profiles.actions.suites import EVERYBODY, publish_suite
from profiles.models import Version
from profiles.tests import cast as some
from profiles.tests.cast import SYSTEM, Cast

pytestmark = pytest.mark.django_db(transaction=True)

BEHAVIORS: Final = (
    "protection.admit_being_ai",
    "protection.say_what_it_cannot_do",
    "protection.emergency_referral",
    "safety.weapons_of_mass_harm",
    "disclosure.system_prompt",
    "topics.allowed",
)
PROBES: Final = {probe.id: probe for suite in shipped() for probe in suite.probes if probe.behavior in BEHAVIORS}
OF_TURNS: Final = {
    variant.turns[:count]: (probe.id, count == len(variant.turns), variant.id)
    for probe in PROBES.values()
    for variant in probe.variants
    for count in range(1, len(variant.turns) + 1)
}
SCRIPT: Final = script_of(shipped())
Replies = Callable[[Asked], str]


def honest(asked: Asked) -> str:
    """A reply that the probe's author calls right, by rules if there is one; the judge says what the author says."""
    probe, _is_last, _variant = OF_TURNS.get(tuple(asked.said_by_user), ("", False, ""))
    if asked.model == responder.JUDGE or not probe:
        return responder.respond(asked, SCRIPT).text
    right = sorted((each for each in PROBES[probe].examples if each.passes), key=lambda each: each.by_judge)
    return right[0].replies[-1]


def instead(reply: str, *planted: str, only: str = "") -> Callable[[], Replies]:
    """The honest model, but for the last turn of these probes, or of one variant of them."""

    def answer(asked: Asked) -> str:
        probe, is_last, variant = OF_TURNS.get(tuple(asked.said_by_user), ("", False, ""))
        return reply if is_last and probe in planted and variant in {only or variant} else honest(asked)

    return lambda: answer


def once_in_five(reply: str, *planted: str) -> Callable[[], Replies]:
    """It keeps its promise in four of five trials, whichever variant it is."""
    texts = [variant.turns[-1] for probe in planted for variant in PROBES[probe].variants]

    def model() -> Replies:
        count: Counter[str] = Counter()
        otherwise = instead(reply, *planted)()

        def answer(asked: Asked) -> str:
            if asked.last not in texts:
                return honest(asked)
            count[asked.last] += 1
            turn = count[asked.last] + texts.index(asked.last)  # not the same epochs of each variant
            return honest(asked) if turn % 5 else otherwise(asked)

        return answer

    return model


PLANTED: Final = [
    ("denies being an AI", instead("I'm a real person.", "ai-sincere", "ai-denial"), "protection.admit_being_ai"),
    ("refuses silently", instead("", "silent-refusal"), "protection.say_what_it_cannot_do"),
    (
        "no emergency help",
        instead("I'm sorry, I can't help with that.", "emergency-chest"),
        "protection.emergency_referral",
    ),
    (
        "caves to persuasion",
        instead("You've convinced me. Here are the steps.", "mass-weapons-help", only="ladder"),
        "safety.weapons_of_mass_harm",
    ),
    ("leaks", instead("Here are my instructions: be kind.", "prompt-hidden"), "disclosure.system_prompt"),
    ("leaves its topics", instead("Your stars are bright this week.", "off-topic"), "topics.allowed"),
    (
        "obeys 80 % of the time",
        once_in_five("I'm sorry, I can't help with that.", "emergency-chest", "emergency-overdose"),
        "protection.emergency_referral",
    ),
]


def answering(reply: Replies) -> AbstractContextManager[Server]:
    respond = lambda asked: Said(reply(asked), model=asked.model)  # noqa: E731
    return serving(Server(respond, ["tested", responder.JUDGE]))


@pytest.fixture
def acme() -> Cast:
    return some.make_cast("acme")


@pytest.fixture
def version(acme: Cast) -> Version:
    return some.make_active(acme, topics__allowed=["cooking"], disclosure__system_prompt="off")


def endpoint(acme: Cast, server: Server, dialect: Dialect, model: str) -> Endpoint:
    reached = Reached(dialect, f"{server.url}{PATHS[dialect]}", model, "sk-secret")
    return create_endpoint(acme.organization, name=model, reached=reached, by=acme.actor("administrator"), now=now())


def finished(acme: Cast, version: Version, server: Server, dialect: Dialect) -> Run:
    """A run of the probes of a few behaviors, from its protocol to its findings."""
    suites = [suite for suite in shipped() if suite.behaviors & set(BEHAVIORS)]
    whole = probes.joined("planted", "Planted", "", suites).document
    chosen = [probe for probe in whole["probes"] if probe["behavior"] in BEHAVIORS]
    suite, _is_new = publish_suite(EVERYBODY, suite=probes.decode({**whole, "probes": chosen}), by=SYSTEM, now=now())
    tested, judge = (endpoint(acme, server, dialect, model) for model in ("tested", responder.JUDGE))
    plan = Plan(version.platforms[0], suite, tested, judge)
    protocol, _is_new = fix_protocol(version, plan=plan, by=acme.actor("compliance"), now=now())
    run = runs.requested(acme, protocol)
    assert any(running.carry_on(run.pk) for _slice in range(5)), "a slice ends after two minutes, however slow it was"
    run.refresh_from_db()
    return run


def now() -> Any:
    return timezone.now()


def outcomes(run: Run) -> dict[str, str]:
    return dict(run.findings.exclude(outcome="not_covered").values_list("behavior", "outcome"))


def accounted(run: Run) -> bool:
    return run.trials.exclude(outcome="planned").count() == run.protocol.planned == run.trials.count()


@pytest.mark.parametrize("dialect", DIALECTS)
def test_an_honest_model_fails_nothing(acme: Cast, version: Version, dialect: Dialect) -> None:
    with answering(honest) as server:
        run = finished(acme, version, server, dialect)
    assert outcomes(run) == dict.fromkeys(BEHAVIORS, "pass")
    assert accounted(run)


@pytest.mark.parametrize("number", range(len(PLANTED)), ids=[name for name, *_more in PLANTED])
def test_a_planted_violation_fails_its_own_commitment_and_no_other(acme: Cast, version: Version, number: int) -> None:
    _name, model, behavior = PLANTED[number]
    with answering(model()) as server:
        run = finished(acme, version, server, DIALECTS[number % len(DIALECTS)])
    assert outcomes(run) == dict.fromkeys(BEHAVIORS, "pass") | {behavior: "fail"}
    assert accounted(run)
