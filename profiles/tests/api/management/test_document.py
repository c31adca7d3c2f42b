"""Every operation of the document, once for each answer that it promises: found there, so none is forgotten."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

import pytest
from django.db import connection
from django.utils import timezone

from audits.checks.protocols import Sampling
from audits.conformance.execute import execute
from audits.ledger.pruning import prune_nightly
from audits.ledger.sequence import place
from audits.models import Alarm, Check, Entry, Leaf, Protocol, Run, RunSchedule, Suite
from audits.tests.conformance.runs import ended, loose_suite, small_suite
from audits.tests.ledger.old import happened, keep_for
from profiles.access import Scope
from profiles.actions.attestations import request_attestation
from profiles.actions.endpoints import Reached, create_endpoint
from profiles.actions.run_schedules import Wish, schedule_runs
from profiles.actions.runs import Plan, fix_protocol, request_run
from profiles.api import authentication
from profiles.api.schema import description
from profiles.models import Attestation, Version
from profiles.serving.limits import Limiter
from profiles.tests import cast as some
from profiles.tests.api.management.program import ALL, Program, client_program, program
from profiles.tests.cast import Cast

JSON: Final = "application/json"
AI, CAVEATS = "protection.admit_being_ai", "safety.danger_caveats"


@dataclass(frozen=True)
class World:
    """Version 1 is active, and a run raised an alarm of it; version 2 is approved, the draft says something else, and a
    claim waits."""

    acme: Cast
    script: Program
    protocols: tuple[Protocol, Protocol]  # of the first one a run is going on

    @property
    def newest(self) -> Version:
        return Version.objects.filter(product=self.acme.product).latest("number")


@dataclass(frozen=True)
class Told:
    """An operation of the document."""

    path: str
    method: str
    about: dict[str, Any]

    def __str__(self) -> str:
        return str(self.about["operationId"])

    @property
    def statuses(self) -> list[int]:
        return [int(status) for status in self.about["responses"]]

    @property
    def scope(self) -> str:
        return next((scope for scope in ALL if f"Needs the scope {scope}." in self.about["description"]), "")


def operations() -> Iterator[Told]:
    for path, methods in description()["paths"].items():
        for method, about in methods.items():
            if about["security"] == [{"organizationKey": []}]:
                yield Told(path, method.upper(), about)


OPERATIONS: Final = list(operations())
CASES: Final = [(told, status) for told in OPERATIONS for status in told.statuses if status != 503]
each_operation = pytest.mark.parametrize("told", OPERATIONS, ids=str)

GOOD: Final[dict[str, Callable[[World], Any]]] = {
    "draft_change": lambda world: {"settings": {"safety.danger_caveats": "on"}},
    "draft_simulate": lambda world: {"beside": "live"},
    "products_create": lambda world: {
        "slug": "second",
        "name": "Second",
        "facts": {"audience": "adults"},
        "platforms": ["reference"],
    },
    "products_change": lambda world: {"facts": {"audience": "minors"}},
    "versions_submit": lambda world: {"reason": "Because."},
    "reviews_create": lambda world: {"decision": "approved", "digest": world.newest.digest},
    "activations_create": lambda world: {"version": 2, "environment": "production", "reason": "Agreed."},
    "attestations_request": lambda world: {"product": "helper", "kind": "security_research", "evidence": "E."},
    "evidence_take": lambda _world: {"disclose": ["names"]},
    "protocols_fix": lambda world: protocol_wanted(world, max_tokens=300),
    "suites_take": lambda _world: {
        "form": "inspect",
        "content": '{"input": "Hi?", "target": "A greeting"}',
        "name": "ours",
        "title": "Ours",
        "behavior": "tone.insults",
    },
    "runs_request": lambda world: {"protocol": world.protocols[1].pk},
    "runs_cancel": lambda _world: {"state": "cancelled"},
    "alarms_acknowledge": lambda _world: {"reason": "The model is being replaced."},
    "alarms_tighten": lambda _world: {"behaviors": [CAVEATS]},
    "run_schedules_create": lambda world: schedule_wanted(world, environment="staging"),
    "run_schedules_change": lambda _world: {"every_days": 1},
    "budget_limits_change": lambda _world: {"trials_a_month": 500},
}
OTHER: Final[dict[str, Any]] = {
    "products_create": {"name": "Third"},
    "versions_submit": {"reason": "Another."},
    "activations_create": {"reason": "Another."},
    "attestations_request": {"evidence": "Another."},
    "runs_request": {"protocol": 1},
    "suites_take": {"title": "Another"},
    "run_schedules_create": {"at_hour": 5},
}
UNACCEPTABLE: Final[dict[str, Any]] = {
    "draft_change": {"settings": {"content.explicit": "on"}},
    "products_change": {"platforms": ["moon"]},
    "evidence_take": {"product": "nobodys"},
    "protocols_fix": {"platform": "moon"},
    "suites_take": {"behavior": "no key"},
    "reviews_create": {"decision": "declined", "digest": "sha256:" + "0" * 64},
    "alarms_acknowledge": {"reason": " "},
    "alarms_tighten": {"behaviors": ["tone.profanity"]},
    "run_schedules_change": {"suites": ["no-such"]},
    "budget_limits_change": {"requests_a_minute": 1},
}


def make_world(*, alarm: bool = True) -> World:
    """
    Args:
        alarm: whether there is one; a run takes its time.
    """
    acme = some.make_cast()
    version = some.make_active(acme, format__length="brief")
    if alarm:
        ended(acme, version, broken=[AI, CAVEATS], suite=loose_suite())
    some.set_values(acme, tone__insults="on")
    some.approve(acme, some.submit(acme))
    some.set_values(acme, safety__danger_caveats="off")
    request_attestation(acme.product, kind="adults_only", evidence="E.", by=acme.actor("editor"), now=timezone.now())
    execute(Check.objects.latest("pk").pk, now=timezone.now())
    place(now=timezone.now())
    return World(acme, program(acme), conformance(acme))


def conformance(acme: Cast) -> tuple[Protocol, Protocol]:
    """Two protocols, a run of the first that no worker has begun, and a schedule for production."""
    endpoint = create_endpoint(
        acme.organization,
        name="Ours",
        reached=Reached("openai", "https://models.example/v1", "tested"),
        by=acme.actor("administrator"),
        now=timezone.now(),
    )
    version, by = acme.product.versions.get(number=1), acme.actor("compliance")
    found = []
    for most in (100, 200):
        plan = Plan(version.platforms[0], small_suite(), endpoint, sampling=Sampling(max_tokens=most))
        found.append(fix_protocol(version, plan=plan, by=by, now=timezone.now())[0])
    request_run(found[0], by=by, now=timezone.now())
    wish = Wish(version.platforms[0], (small_suite(),), endpoint, every_days=7)
    schedule_runs(acme.product, environment=acme.production, wish=wish, by=by, now=timezone.now())
    return found[0], found[1]


def another_finished_run(world: World) -> str:
    """There are two of one protocol then, and the newest is compared with the other."""
    version = world.acme.product.versions.get(number=1)
    while Run.objects.filter(state=Run.State.FINISHED).count() < 2:
        ended(world.acme, version)
    return f"?with={Run.objects.filter(state=Run.State.FINISHED).earliest('pk').pk}"


QUERIES: dict[str, Callable[[World], str]] = {"runs_compare": another_finished_run}


def protocol_wanted(world: World, **more: Any) -> dict[str, Any]:
    first = world.protocols[0]
    ids = {"suite": first.suite_id, "endpoint": first.endpoint_id}
    return {"product": "helper", "version": 1, "platform": first.platform, **ids, **more}


def schedule_wanted(world: World, **more: Any) -> dict[str, Any]:
    first = world.protocols[0]
    wish = {"platform": first.platform, "suites": ["small"], "endpoint": first.endpoint_id, "every_days": 7}
    return {"product": "helper", "environment": "production", **wish, **more}


def address(told: Told, *, missing: bool = False) -> str:
    rows: dict[str, Any] = {
        "/attestations/": Attestation.objects,
        "/trail/": Entry.objects.filter(organization="acme"),
        "/checks/": Check.objects,
        "/runs/": Run.objects,
        "/protocols/": Protocol.objects,
        "/suites/": Suite.objects,
        "/alarms/": Alarm.objects,
        "/run-schedules/": RunSchedule.objects,
    }
    pk = next((found.latest("pk").pk for part, found in rows.items() if part in told.path), 0)
    parts = {
        "slug": "acme" if "/organizations/" in told.path else "helper",
        "number": 2,
        "pk": pk,
        "platform": "reference",
        "revision": "2026-11-01",
    }
    gone: dict[str, Any] = {"slug": "no-such", "number": 99, "pk": 99_999_999, "platform": "moon", "revision": "x"}
    return told.path.format(**(parts | gone if missing else parts))


def ask(world: World, told: Told, *, by: Program | None = None, **more: Any) -> Any:
    """The operation as it should be asked, with whatever is to be different."""
    good = GOOD.get(str(told), lambda _world: None)(world)
    headers = {"If_Match": "*"} if told.method != "GET" else {}
    headers |= more.pop("headers", {})
    query = more.pop("query", None) or QUERIES.get(str(told), lambda _world: "")(world)
    place = address(told, missing=more.pop("missing", False)) + query
    return (by or world.script).ask(told.method, place, more.pop("body", good), **headers)


@pytest.fixture
def world(request: pytest.FixtureRequest) -> World:
    return world_for(request)


def world_for(request: pytest.FixtureRequest) -> World:
    """With an alarm where the operation is about one."""
    given = request.node.callspec.params if hasattr(request.node, "callspec") else {}
    return make_world(alarm="told" in given and "/alarms" in given["told"].path)


# One way to each status


def good(world: World, told: Told) -> Any:
    return ask(world, told)


def unchanged(world: World, told: Told) -> Any:
    return ask(world, told, headers={"If_None_Match": ask(world, told)["ETag"]})


def unknown_parameter(world: World, told: Told) -> Any:
    return ask(world, told, query="?color=red")


def no_key(world: World, told: Told) -> Any:
    return ask(world, told, headers={"Authorization": ""})


def no_scope(world: World, told: Told) -> Any:
    assert ask(world, told, by=client_program(world.acme)).status_code == 403
    scopes = [scope for scope in ALL if scope != (told.scope or Scope.READ)]
    return ask(world, told, by=program(world.acme, scopes))


def not_there(world: World, told: Told) -> Any:
    more: dict[str, Any] = {}
    if str(told) == "attestations_request":  # it names its product in the body
        more["body"] = {"product": "no-such", "kind": "k", "evidence": "E."}
    if str(told) == "protocols_fix":
        more["body"] = protocol_wanted(world) | {"suite": 99_999_999}
    if str(told) == "run_schedules_create":
        more["body"] = schedule_wanted(world, product="no-such")
    if str(told) == "runs_request":
        more["body"] = {"protocol": 99_999_999}
    return ask(world, told, missing=True, **more)


def pruned(_world: World, told: Told) -> Any:
    """An entry of another organization's, which kept it for six months."""
    happened("older", 256, days=365)
    place(now=timezone.now())
    older = some.make_cast("older", "thing")
    keep_for("older", 6)
    assert prune_nightly(now=timezone.now()) == 256
    return program(older).ask(told.method, f"trail/{Leaf.objects.get(log__organization='older', index=7).pk}")


# What stands in the way of these is that it was done already.
TWICE: Final = {"runs_cancel", "budget_limits_change"}


def still_going_on(world: World, told: Told) -> Any:
    """Somebody else holds what the first request with this name would hold; or there is nothing yet to answer with."""
    if str(told) == "evidence_take":
        return ask(world, told, body={"until": "1999-01-01"})
    if str(told) in TWICE:
        assert ask(world, told).status_code == 200
        return ask(world, told)
    if str(told) == "run_schedules_change":
        assert ask(world, told, body={"state": "ended"}).status_code == 200
        return ask(world, told)
    text = f"{world.script.key.pk} deploy-1"
    number = int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big", signed=True)
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s::bigint)", [number])
        return ask(world, told, headers={"Idempotency_Key": "deploy-1"})
    finally:
        other.close()


def stale(world: World, told: Told) -> Any:
    assert ask(world, told, headers={"If_Match": ""}).json()["error"]["code"] == "precondition_required"
    return ask(world, told, headers={"If_Match": '"another"'})


def too_large(world: World, told: Told) -> Any:
    return ask(world, told, body=b" " * 1_100_000)


def other_type(world: World, told: Told) -> Any:
    return ask(world, told, headers={"Content_Type": "text/plain"})


def unacceptable(world: World, told: Told) -> Any:
    if str(told) in UNACCEPTABLE:
        return ask(world, told, body=UNACCEPTABLE[str(told)] | _rest(world, told))
    assert ask(world, told, headers={"Idempotency_Key": "deploy-1"}).status_code == 201
    other = GOOD[str(told)](world) | OTHER[str(told)]
    return ask(world, told, body=other, headers={"Idempotency_Key": "deploy-1"})


def _rest(world: World, told: Told) -> Any:
    """What stands beside the unacceptable, where an operation needs it."""
    good = GOOD[str(told)](world) if str(told) in ("protocols_fix", "suites_take") else {}
    return {name: value for name, value in good.items() if name not in UNACCEPTABLE[str(told)]}


WAYS: Final[dict[int, Callable[[World, Told], Any]]] = {
    200: good,
    201: good,
    304: unchanged,
    400: unknown_parameter,
    401: no_key,
    403: no_scope,
    404: not_there,
    409: still_going_on,
    410: pruned,
    412: stale,
    413: too_large,
    415: other_type,
    422: unacceptable,
}


@pytest.mark.django_db
@pytest.mark.parametrize(("told", "status"), CASES, ids=str)
def test_each_answer_of_the_document_is_given(
    world: World, told: Told, status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    if status == 429:
        slow = Limiter(0.001)
        monkeypatch.setattr(authentication, "limiter", lambda: slow)
        ask(world, told)
        response = ask(world, told)
        assert int(response["Retry-After"]) > 0
    else:
        response = WAYS[status](world, told)
    assert response.status_code == status, response.content


@pytest.mark.django_db(transaction=True)
def test_without_a_database_every_operation_says_so() -> None:
    world = make_world()
    places = {str(told): address(told) for told in OPERATIONS}
    other = connection.copy()
    try:
        for told in OPERATIONS:
            body = GOOD[str(told)](world) if str(told) in GOOD else None
            connection.ensure_connection()
            with other.cursor() as cursor:
                pid = connection.connection.info.backend_pid
                cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])
            response = world.script.ask(told.method, places[str(told)], body, If_Match="*")
            assert (response.status_code, response["Retry-After"]) == (503, "1"), str(told)
            connection.close()
    finally:
        other.close()


@each_operation
def test_each_operation_has_an_example_of_every_answer(told: Told) -> None:
    for status, said in told.about["responses"].items():
        if status != "304" and JSON in said["content"]:
            assert said["content"][JSON]["examples"], status
    if told.method != "GET":
        assert told.about["requestBody"]["content"][JSON]["examples"]
