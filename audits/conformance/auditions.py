"""Trying a judge on labelled replies before it judges any other."""

from __future__ import annotations

import json
from dataclasses import asdict

from audits.checks import judging, probes, tokens
from audits.conformance.engine import shapes as engine
from audits.conformance.engine.converse import converse
from audits.conformance.reaching import reached
from audits.conformance.spending import Spending
from audits.conformance.trials import questions
from audits.models import Run
from profiles.actions import budgets


class EngineBrokeDown(Exception):
    """The process that talks to models ended by itself; a fault of ours, which says nothing about a model."""


JUDGING = engine.Sampling(temperature=0.0, max_tokens=judging.LONGEST)


def try_judge(run: Run) -> None:
    """Let the judge answer the labelled replies, unless it did or there is none; which of its questions count is kept
    with the run, and what it took.

    Raises:
        CapReached: it could cost more than the run may.
        EngineBrokeDown: it is tried again.
    """
    judge = run.protocol.judge
    if judge is None or run.agreement is not None:
        return
    suite = probes.parse_json(bytes(run.protocol.suite.document))
    spending = Spending(run, json.loads(bytes(run.protocol.document)))
    spending.need_room_to_try(suite)
    sets = judging.golden_sets(suite.probes)
    asked = {f"{name}/{at}": item for name, items in sets.items() for at, item in enumerate(items)}
    said: dict[str, judging.Answer] = {}

    def keep(reply: engine.Reply) -> None:
        item = asked[reply.key]
        spending.count_try(engine.Usage.of(reply.answers, 1), tokens.of_labelled(item, tokens.AT_MOST))
        text = reply.answers[-1].text if reply.answers else ""
        said[reply.key] = judging.read_vote(text, item.transcript).answer

    paced = engine.Limits.paced(budgets.caps_of(run.protocol.version.product.organization_id).requests)
    labelled = [_labelled(key, item) for key, item in asked.items()]
    summary = converse(reached(judge), labelled, JUDGING, paced, on_reply=keep)
    if summary.problem:
        raise EngineBrokeDown(summary.problem)
    run.agreement = {
        name: asdict(judging.agreement(name, items, [said[f"{name}/{at}"] for at in range(len(items))]))
        for name, items in sets.items()
    }
    run.save(update_fields=["agreement"])


def _labelled(key: str, item: judging.Labelled) -> engine.Conversation:
    (made,) = questions(item.asked, item.transcript)
    return engine.Conversation(key, (made.user,), system=made.system)
