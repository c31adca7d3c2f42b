"""Looking at endpoints: a few fixed questions a day, where a schedule wants to know of drift."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

from django.db import transaction
from django.utils import timezone

from audits import dispatch
from audits.checks.drift import QUESTIONS, TIMES, Seen
from audits.conformance import drifting
from audits.conformance.engine import shapes as engine
from audits.conformance.engine.converse import converse
from audits.conformance.reaching import reached
from audits.conformance.waiting import begin
from audits.models import Endpoint, Look
from profiles.actions import budgets
from profiles.sealing import Unreadable

_SAMPLING: Final = engine.Sampling(max_tokens=80, temperature=0.0)
_PATIENCE: Final = timedelta(minutes=4)
REQUESTS: Final = len(QUESTIONS) * TIMES


def request_due(*, now: datetime) -> int:
    """Have each endpoint looked at that was not yet today, if a schedule is to start runs on its drift; returns how
    many. A clock that jumps back finds the day's look there already."""
    day = now.astimezone(UTC).date()
    wanted = Endpoint.objects.filter(
        removed_at=None,
        run_schedules__removed_at=None,
        run_schedules__on_drift=True,
        run_schedules__product__removed_at=None,
    )
    ids = wanted.exclude(looks__day__gte=day).distinct().values_list("pk", flat=True)
    return sum(_request(pk, now) for pk in list(ids))


def _request(endpoint_id: int, now: datetime) -> bool:
    with transaction.atomic():
        day = now.astimezone(UTC).date()
        row, is_new = Look.objects.get_or_create(endpoint_id=endpoint_id, day=day, defaults={"sent_at": now})
        if is_new:
            dispatch.send_look(row.pk)
    return is_new


def look(look_id: int, *, now: datetime) -> bool:
    """Ask, and compare; returns whether there was something to do. Two at once would ask twice, and keep one answer."""
    if not begin(Look.objects.all(), look_id):
        return False
    row = Look.objects.select_related("endpoint__organization").get(pk=look_id)
    Look.objects.filter(pk=look_id).update(sent_at=now + _PATIENCE)  # nobody sends it again while this one asks
    seen, failure = _ask(row.endpoint)
    with transaction.atomic():
        kept = Look.objects.select_for_update().filter(pk=look_id, state=Look.State.WAITING).first()
        if kept is None:
            return False
        row.seen, row.failure, row.finished_at = seen.told(), failure[:500], timezone.now()
        row.state = Look.State.FAILED if failure else Look.State.FINISHED
        row.save(update_fields=["seen", "failure", "finished_at", "state"])
        if not failure:
            drifting.after_look(row, now=now)
    return True


def give_up(row: Look, now: datetime) -> None:
    row.state, row.finished_at = Look.State.FAILED, now
    row.failure = f"It did not finish in {row.attempts} attempts."
    row.save()


def _ask(endpoint: Endpoint) -> tuple[Seen, str]:
    """What was seen, and why there is nothing to see."""
    if endpoint.removed_at is not None:
        return Seen(), "The endpoint was removed."
    replies: list[engine.Reply] = []
    conversations = [
        engine.Conversation(f"{at}/{time}", (question,))
        for at, question in enumerate(QUESTIONS)
        for time in range(TIMES)
    ]
    paced = engine.Limits.paced(budgets.caps_of(endpoint.organization_id).requests)
    limits = replace(paced, attempt_timeout=30.0, max_retries=1, time_limit=_PATIENCE.total_seconds() / 2)
    try:
        converse(reached(endpoint), conversations, _SAMPLING, limits, on_reply=replies.append)
    except Unreadable:
        return Seen(), "Its key cannot be read any more."
    answered = [(reply.key.partition("/")[0], reply.answers[-1]) for reply in replies if reply.answers]
    if not answered:
        return Seen(), next((reply.failure.sentence for reply in replies if reply.failure), "It gave no answer.")
    reported = [(answer.model, answer.fingerprint) for _question, answer in answered]
    return Seen.of(reported, [(question, answer.text) for question, answer in answered]), ""
