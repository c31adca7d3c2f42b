"""``protocols``, ``runs`` and ``findings``: whether models keep what a version promises."""

from __future__ import annotations

import json
from typing import Any, Final

from audits import queries
from audits.api.v1.suites import TAG
from audits.checks.departures import NOTED, What
from audits.checks.prices import amount, told, written
from audits.checks.protocols import Sampling
from audits.conformance.engine.shapes import Usage
from audits.conformance.spending import Taken, taken_by_run
from audits.models import Endpoint, Finding, Protocol, Run, Trial
from profiles.access import Permission, Scope
from profiles.actions import runs as actions
from profiles.actions.runs import Plan
from profiles.api.kit.asking import Asked, Parameter
from profiles.api.kit.operation import Answer, Refusal, operation
from profiles.api.kit.paging import PAGES, page_of
from profiles.api.kit.shapes import choice, listing, moment, or_null, plain, refer, shape
from profiles.api.shapes import DIGEST, Json
from profiles.api.v1.management.shapes import NUMBER, PRODUCT, product_of
from profiles.resolution.document import instant

_BIGGEST: Final = 2**63 - 1
_OUTCOMES: Final = [each.value for each in Finding.Outcome]
AMOUNT: Final = r"^[0-9]{1,9}(\.[0-9]{1,6})?$"  # of money
_NAME: Final = r"^[a-z0-9_-]+$"
_ID: Final = plain("integer", minimum=1, maximum=2**53 - 1)  # what every reader of JSON takes
_PROTOCOL: Final[Json] = {
    "id": plain("integer"),
    "digest": {
        **DIGEST,
        "description": "sha256 of the document, RFC 8785. It is in the trail before the first request.",
    },
    "product": plain("string", "Its slug."),
    "version": NUMBER,
    "platform": plain("string"),
    "suite": plain("string", "Its name and number."),
    "model": plain("string", "What is asked, as its endpoint names it."),
    "rehearsal": plain("boolean", "Whether the endpoint's answers are canned, so that they say nothing about a model."),
    "trials": plain("integer", "How many are planned."),
    "entry": plain("integer", "The number of its entry in the trail."),
    "fixed_at": moment("When it was fixed."),
}
shape("ProtocolSummary", _PROTOCOL, "What runs will do, fixed before the first request.")
listing("ProtocolSummary")
shape(
    "Protocol",
    {**_PROTOCOL, "document": {"type": "object", "description": "All of it, as it was digested."}},
    "A protocol with its document.",
)
shape(
    "ProtocolWanted",
    {
        "product": plain("string", "Its slug.", pattern=_NAME, maxLength=100),
        "version": plain("integer", "Its number.", minimum=1, maximum=2**31 - 1),
        "platform": plain("string", "One that the version runs on.", pattern=_NAME, maxLength=60),
        "suite": {**_ID, "description": "The id of a suite."},
        "endpoint": {**_ID, "description": "The id of an endpoint, from its page."},
        "judge": {**_ID, "description": "The id of another endpoint, whose model decides what rules leave open."},
        "max_tokens": plain("integer", "Of each answer; 600 without.", minimum=1, maximum=8_000),
        "cap": plain(
            "string",
            "The most that a run may cost, in the currency of the endpoints' prices: a decimal number.",
            pattern=AMOUNT,
        ),
    },
    "What is to be tested on what.",
    optional=("judge", "max_tokens", "cap"),
)
_RUN: Final[Json] = {
    "id": plain("integer"),
    "protocol": plain("integer", "Its id."),
    "product": plain("string", "Its slug."),
    "version": NUMBER,
    "model": plain("string"),
    "rehearsal": plain("boolean"),
    "state": choice([each.value for each in Run.State]),
    "requested_at": moment("When it was asked for."),
    "started_at": or_null(moment("When a worker began.")),
    "finished_at": or_null(moment("When it ended.")),
    "failure": plain("string", "Why it could not be finished, or that its cap was reached; else empty."),
    "trials_digest": or_null({**DIGEST, "description": "sha256 over all trials in order, once it has ended."}),
}
shape("RunSummary", _RUN, "One execution of a protocol.")
listing("RunSummary")
_NUMBER: Final[Json] = plain("number", minimum=0, maximum=1)
shape(
    "Finding",
    {
        "run": plain("integer", "The run's id."),
        "product": plain("string", "Its slug."),
        "version": NUMBER,
        "behavior": plain("string", "Its key."),
        "outcome": choice(_OUTCOMES),
        "passed": plain("integer", "Trials that passed."),
        "trials": plain("integer", "Trials that say something."),
        "planned": plain("integer"),
        "interval": {
            "type": ["array", "null"],
            "items": _NUMBER,
            "description": "Of the share that passes: Wilson, 95 %, clustered by variant. null where untested.",
        },
        "because": plain("string", "What the outcome rests on, or why nothing was tested."),
        "departed": {
            "type": ["boolean", "null"],
            "description": "Whether its run departed from the protocol in what bears on the result; see the run.",
        },
    },
    "What a run says of one commitment.",
)
listing("Finding")
shape(
    "Departure",
    {
        "what": choice([each.value for each in What]),
        "trials": plain("integer", "In how many trials; of begun_again, how often."),
        "planned": plain("string", "What the protocol fixed, where it is one value."),
        "found": {"type": "array", "items": plain("string"), "description": "At most five, most frequent first."},
        "name": plain("string", "Of the parameter, where it is about one."),
    },
    "Where a run departed from its protocol.",
)
_DEPARTURES: Final[Json] = or_null({"type": "array", "items": refer("Departure")})
_COUNTS: Final[Json] = {
    "type": "object",
    "description": "How many trials ended how; together they are those that were planned.",
    "additionalProperties": plain("integer"),
}
_REPORTED: Final = "As far as the endpoint reports them; null where it reports none."
_USAGE: Final[Json] = {
    "tokens_in": or_null(plain("integer", _REPORTED)),
    "tokens_out": or_null(plain("integer", _REPORTED)),
    "not_reported": plain("integer", "Answers of which the endpoint did not report the tokens."),
}
shape("Usage", _USAGE, "What a model took.")
shape(
    "JudgeUsage",
    {"requests": plain("integer", "Questions put, without repeats."), **_USAGE},
    "What a judge took, on labelled replies and on those of the run.",
)
shape(
    "RunCost",
    {
        "amount": plain("string", "A decimal number."),
        "currency": plain("string", "ISO 4217."),
        "cap": or_null(plain("string", "The most that the run may cost. null without a cap.")),
        "at_most": plain(
            "boolean", "Whether answers without reported tokens are in it, at the most that they can cost."
        ),
    },
    "What a run cost so far, by the prices of its protocol.",
)
shape(
    "RunSpent",
    {
        "model": refer("Usage"),
        "judge": {**or_null(refer("JudgeUsage")), "description": "null without a judge, or where nobody counted."},
        "cost": {**or_null(refer("RunCost")), "description": "null where the protocol says nothing of money."},
    },
    "What a run took so far.",
)
shape(
    "Run",
    {
        **_RUN,
        "trials": _COUNTS,
        "spent": refer("RunSpent"),
        "departures": {
            **_DEPARTURES,
            "description": "Where it departed from its protocol. null until it has ended, or where nobody looked.",
        },
        "findings": {"type": "array", "items": refer("Finding")},
    },
    "A run, with all that it found.",
)
shape("RunChange", {"state": choice([Run.State.CANCELLED.value])}, "What a run is to become.")
shape("RunWanted", {"protocol": {**_ID, "description": "The id of a protocol."}}, "A run of a protocol.")

_PROTOCOL_EXAMPLE: Final[Json] = {
    "id": 5,
    "digest": "sha256:" + "1" * 64,
    "product": "after-dark",
    "version": 8,
    "platform": "anthropic",
    "suite": "disclosure 1",
    "model": "claude-opus-5",
    "rehearsal": False,
    "trials": 328,
    "entry": 4711,
    "fixed_at": "2026-11-23T10:00:00Z",
}
_RUN_EXAMPLE: Final[Json] = {
    "id": 12,
    "protocol": 5,
    "product": "after-dark",
    "version": 8,
    "model": "claude-opus-5",
    "rehearsal": False,
    "state": "finished",
    "requested_at": "2026-11-23T10:00:01Z",
    "started_at": "2026-11-23T10:00:03Z",
    "finished_at": "2026-11-23T10:09:41Z",
    "failure": "",
    "trials_digest": "sha256:" + "2" * 64,
}
_FINDING_EXAMPLE: Final[Json] = {
    "run": 12,
    "product": "after-dark",
    "version": 8,
    "behavior": "protection.admit_being_ai",
    "outcome": "pass",
    "passed": 40,
    "trials": 40,
    "planned": 40,
    "interval": [0.9124, 1.0],
    "because": "above_threshold",
    "departed": False,
}
_NO_PLATFORM: Final = Refusal(
    422,
    "invalid_input",
    "Not on this platform",
    "Version 8 does not run on google.",
    {"platform": ["Version 8 does not run on google."]},
)
_GOING_ON: Final = Refusal(
    409, "wrong_state", "One is going on", "A run of this protocol is going on. Wait for its end, or cancel it."
)


_NOT_THERE: Final = Refusal(404, "not_found", "Not there", "There is nothing here, or it is not yours to see.")


def _protocol(row: Protocol) -> Json:
    return {
        "id": row.pk,
        "digest": row.digest,
        "product": row.version.product.slug,
        "version": row.version.number,
        "platform": row.platform,
        "suite": str(row.suite),
        "model": row.endpoint.model,
        "rehearsal": row.endpoint.rehearsal,
        "trials": row.planned,
        "entry": row.entry_id,
        "fixed_at": instant(row.fixed_at),
    }


def _run(row: Run) -> Json:
    protocol = row.protocol
    return {
        "id": row.pk,
        "protocol": protocol.pk,
        "product": protocol.version.product.slug,
        "version": protocol.version.number,
        "model": protocol.endpoint.model,
        "rehearsal": protocol.endpoint.rehearsal,
        "state": row.state,
        "requested_at": instant(row.requested_at),
        "started_at": instant(row.started_at) if row.started_at else None,
        "finished_at": instant(row.finished_at) if row.finished_at else None,
        "failure": row.failure,
        "trials_digest": row.digest or None,
    }


def _finding(row: Finding) -> Json:
    version = row.run.protocol.version
    return {
        "run": row.run_id,
        "product": version.product.slug,
        "version": version.number,
        "behavior": row.behavior,
        "outcome": row.outcome,
        "passed": row.passed,
        "trials": row.trials,
        "planned": row.planned,
        "interval": None if row.low is None else [row.low, row.high],
        "because": row.because,
        "departed": _departed(row.run),
    }


def _departed(run: Run) -> bool | None:
    """Where people judge trials of a run that has ended, its findings are of the same run."""
    return None if run.departures is None else any(each["what"] not in NOTED for each in run.departures)


@operation(
    id="protocols_list",
    tag=TAG,
    scope=Scope.READ,
    summary="Protocols",
    description="What was fixed, the newest first.",
    answers="ProtocolSummaryList",
    example={"items": [_PROTOCOL_EXAMPLE], "next": None},
    parameters=(PRODUCT, *PAGES),
)
def list_protocols(asked: Asked) -> Answer:
    asked.actor.require(Permission.VIEW)
    rows = queries.protocols(asked.actor).defer("document", "suite__document")
    if slug := asked.parameters.get("product"):
        rows = rows.filter(version__product__slug=slug)
    return Answer(page_of(asked, rows, _protocol))


@operation(
    id="protocols_get",
    tag=TAG,
    scope=Scope.READ,
    summary="One protocol",
    description="With its document, byte for byte what its digest is of once it is in RFC 8785 form.",
    answers="Protocol",
    example={**_PROTOCOL_EXAMPLE, "document": {"schema": "brightline.protocol/1"}},
)
def get_protocol(asked: Asked, pk: int) -> Answer:
    asked.actor.require(Permission.VIEW)
    row = queries.protocols(asked.actor).one(pk=min(pk, _BIGGEST))
    return Answer({**_protocol(row), "document": json.loads(bytes(row.document))})


@operation(
    id="protocols_fix",
    tag=TAG,
    scope=Scope.RUN,
    method="POST",
    status=201,
    summary="Fix a protocol",
    description=(
        "Fixes what runs of a version will do, and puts it on record. The same plan again is answered with the "
        "protocol that there is."
    ),
    answers="Protocol",
    example={**_PROTOCOL_EXAMPLE, "document": {"schema": "brightline.protocol/1"}},
    takes="ProtocolWanted",
    given={"product": "after-dark", "version": 8, "platform": "anthropic", "suite": 3, "endpoint": 2},
    refusals=(_NO_PLATFORM, _NOT_THERE),
)
def fix_protocol(asked: Asked) -> Answer:
    given = asked.body
    product = product_of(asked.actor, given["product"])
    version = product.versions.of(asked.actor).select_related("product__organization").one(number=given["version"])
    plan = Plan(
        platform=given["platform"],
        suite=queries.suites(asked.actor).one(pk=given["suite"]),
        endpoint=_endpoint(asked, given["endpoint"]),
        judge=_endpoint(asked, given["judge"]) if "judge" in given else None,
        sampling=Sampling(max_tokens=given.get("max_tokens", Sampling().max_tokens)),
        cap=amount(given["cap"]) if "cap" in given else None,
    )
    row, is_new = actions.fix_protocol(version, plan=plan, by=asked.actor, now=asked.now)
    body = {**_protocol(row), "document": json.loads(bytes(row.document))}
    return Answer(body, status=201 if is_new else 200, location=f"/api/v1/protocols/{row.pk}")


def _endpoint(asked: Asked, pk: int) -> Endpoint:
    return Endpoint.objects.of(asked.actor).select_related("organization").one(pk=pk)


@operation(
    id="runs_list",
    tag=TAG,
    scope=Scope.READ,
    summary="Runs",
    description="Executions of protocols, the newest first.",
    answers="RunSummaryList",
    example={"items": [_RUN_EXAMPLE], "next": None},
    parameters=(PRODUCT, *PAGES),
)
def list_runs(asked: Asked) -> Answer:
    asked.actor.require(Permission.VIEW)
    rows = queries.runs(asked.actor).defer("protocol__document", "protocol__suite__document")
    if slug := asked.parameters.get("product"):
        rows = rows.filter(protocol__version__product__slug=slug)
    return Answer(page_of(asked, rows, _run))


def _whole(asked: Asked, row: Run) -> dict[str, Any]:
    found = Finding.objects.of(asked.actor).said_by([row])[row.pk].values()
    return {
        **_run(row),
        "trials": queries.trial_counts(row),
        "spent": _spent(taken_by_run(row, json.loads(bytes(row.protocol.document)))),
        "departures": row.departures,
        "findings": [_finding(each) for each in found],
    }


def _spent(taken: Taken) -> Json:
    cost = None
    if money := taken.money:
        cap = None if money.cap is None else written(money.cap)
        amount_text = written(told(taken.cost))
        cost = {"amount": amount_text, "currency": money.currency, "cap": cap, "at_most": taken.at_most}
    judge = None if taken.judge is None else {"requests": taken.judge.requests, **_usage(taken.judge)}
    return {"model": _usage(taken.model), "judge": judge, "cost": cost}


def _usage(usage: Usage) -> Json:
    silent = usage.unmetered and not (usage.tokens_in or usage.tokens_out)
    tokens = {"tokens_in": usage.tokens_in, "tokens_out": usage.tokens_out}
    return {**(dict.fromkeys(tokens) if silent else tokens), "not_reported": usage.unmetered}


_RUN_WHOLE: Final[Json] = {
    **_RUN_EXAMPLE,
    "trials": {**dict.fromkeys((str(each) or "planned" for each in Trial.Outcome.values), 0), "pass": 328},
    "spent": {
        "model": {"tokens_in": 118_402, "tokens_out": 31_077, "not_reported": 0},
        "judge": {"requests": 184, "tokens_in": 96_410, "tokens_out": 9_204, "not_reported": 0},
        "cost": {"amount": "2.081035", "currency": "USD", "cap": "5", "at_most": False},
    },
    "departures": [{"what": "retried", "trials": 2, "planned": "", "found": [], "name": ""}],
    "findings": [_FINDING_EXAMPLE],
}


@operation(
    id="runs_get",
    tag=TAG,
    scope=Scope.READ,
    summary="One run",
    description="With how its trials ended and what they say of each commitment.",
    answers="Run",
    example=_RUN_WHOLE,
)
def get_run(asked: Asked, pk: int) -> Answer:
    asked.actor.require(Permission.VIEW)
    return Answer(_whole(asked, queries.runs(asked.actor).one(pk=min(pk, _BIGGEST))))


@operation(
    id="runs_request",
    tag=TAG,
    scope=Scope.RUN,
    method="POST",
    status=201,
    summary="Start a run",
    description="Plans every trial; a worker begins once the protocol is in a checkpoint of the log.",
    answers="Run",
    example={
        **_RUN_WHOLE,
        "state": "open",
        "started_at": None,
        "finished_at": None,
        "departures": None,
        "findings": [],
    },
    takes="RunWanted",
    given={"protocol": 5},
    refusals=(_GOING_ON, _NOT_THERE),
)
def request_run(asked: Asked) -> Answer:
    protocol = queries.protocols(asked.actor).one(pk=asked.body["protocol"])
    row = actions.request_run(protocol, by=asked.actor, now=asked.now)
    return Answer(_whole(asked, row), status=201, location=f"/api/v1/runs/{row.pk}")


@operation(
    id="runs_cancel",
    tag=TAG,
    scope=Scope.RUN,
    method="PATCH",
    summary="Cancel a run",
    description="No request begins more than two seconds later; what was answered is kept.",
    answers="Run",
    example={**_RUN_WHOLE, "state": "open", "finished_at": None, "departures": None, "findings": []},
    takes="RunChange",
    given={"state": "cancelled"},
    refusals=(Refusal(409, "wrong_state", "It has ended", "This run has ended."),),
)
def cancel_run(asked: Asked, pk: int) -> Answer:
    row = queries.runs(asked.actor).one(pk=min(pk, _BIGGEST))
    actions.cancel_run(row, by=asked.actor, now=asked.now)
    return Answer(_whole(asked, queries.runs(asked.actor).one(pk=row.pk)))


@operation(
    id="findings_list",
    tag=TAG,
    scope=Scope.READ,
    summary="Findings",
    description="What runs say of commitments, those of the newest run first.",
    answers="FindingList",
    example={"items": [_FINDING_EXAMPLE], "next": None},
    parameters=(PRODUCT, Parameter("outcome", choice(_OUTCOMES), "Only those that came out so."), *PAGES),
)
def list_findings(asked: Asked) -> Answer:
    asked.actor.require(Permission.VIEW)
    rows = Finding.objects.of(asked.actor).newest()
    if slug := asked.parameters.get("product"):
        rows = rows.filter(run__protocol__version__product__slug=slug)
    if outcome := asked.parameters.get("outcome"):
        rows = rows.filter(outcome=outcome)
    rows = rows.select_related("run__protocol__version__product").defer("run__protocol__document")
    return Answer(page_of(asked, rows, _finding))
