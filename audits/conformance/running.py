"""Carrying a run out, slice by slice: take its lock, ask what has no answer yet, keep each outcome as it comes.

A slice lasts two minutes, so that runs of several organizations take turns, and so that no task is long. A message says
that some run wants a slice; which one gets it, `serve` decides: one of the organization that was served least recently.
Whatever ends a slice early (a killed worker, a lost database, the program's own end), the trials that have an outcome
keep it and the others are asked in the next one.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final

import psycopg
from django.db import connection, transaction
from django.db.models import F, Max, Q
from django.utils import timezone

from audits import dispatch
from audits.checks import probes
from audits.checks.budgets import Caps, Cost, Excess, used_up
from audits.checks.grading import Transcript, grade
from audits.checks.prices import NOTHING, Money
from audits.checks.probes import Probe
from audits.checks.protocols import canaries
from audits.conformance import concluding
from audits.conformance.auditions import JUDGING, EngineBrokeDown, try_judge
from audits.conformance.engine import shapes as engine
from audits.conformance.engine.converse import converse
from audits.conformance.reaching import cannot_ask, reached
from audits.conformance.spending import CapReached, Spending
from audits.conformance.trials import conversation_of, outcome_of, questions, taken_by, transcript_of
from audits.conformance.waiting import SWEEP_AFTER, look_after
from audits.models import Budget, Leaf, Run, Trial
from profiles.actions import budgets

logger = logging.getLogger(__name__)

SLICE: Final = timedelta(seconds=120)
_LOOK_SECONDS: Final = 0.5  # between two looks at whether somebody asked for the end
_BEAT_SECONDS: Final = 5.0
_CHECKPOINT_SECONDS: Final = 20.0  # the sequencer needs two
_TOKENS: Final = ("tokens_in", "tokens_out", "judge_tokens_in", "judge_tokens_out")
_REMEMBERED: Final = timedelta(hours=1)  # how long an organization's last slice counts against it
_LOCK: Final = "SELECT pg_try_advisory_xact_lock(hashtext('brightline.run'), %s)"
_PACE: Final = "SELECT pg_try_advisory_xact_lock(hashtext('brightline.pace'), %s)"


class BudgetUsedUp(Exception):
    """The organization's month has nothing left; what was answered is kept, and the run can be resumed."""


def serve(run_id: int) -> int | None:
    """One slice for whoever's turn it is; returns the id of the run that got it, None if no run can go on.

    Args:
        run_id: whose message it is. There are as many messages as open runs, and each is worth one slice of any.
    """
    for pk in _turns(run_id, timezone.now()):
        with _alone(pk) as alone:
            if alone:
                _slice(pk)
                return pk
    return None


def _turns(run_id: int, now: datetime) -> list[int]:
    """Open runs that nobody is at, in the order of their turns: first those whose end somebody asked for, then by when
    their organization began its last slice, then by when they themselves did."""
    rows = Run.objects.filter(_idle(now), state=Run.State.OPEN).annotate(owner=F(Run.ORGANIZATION))
    waiting = list(rows.values_list("pk", "owner", "cancel_at", "served_at", "sent_at"))
    if len(waiting) == 1:
        return [waiting[0][0]]
    served = Run.objects.filter(served_at__gt=now - _REMEMBERED).order_by()
    last = dict(served.values_list(Run.ORGANIZATION).annotate(last=Max("served_at")))
    long_ago = now - _REMEMBERED

    def turn(row: tuple[int, int, datetime | None, datetime | None, datetime]) -> tuple[Any, ...]:
        pk, owner, cancel_at, served_at, sent_at = row
        is_own = pk == run_id  # among equals, the one that the message is about
        return cancel_at is None, last.get(owner, long_ago), served_at or long_ago, not is_own, sent_at, pk

    return [row[0] for row in sorted(waiting, key=turn)]


def carry_on(run_id: int, *, all_of_it: bool = False) -> bool:
    """One slice of a run, whoever's turn it would be; returns whether it has ended.

    Args:
        all_of_it: not only a slice, for a command in the foreground.
    """
    with _alone(run_id) as alone:
        return alone and _slice(run_id, all_of_it=all_of_it)


def _slice(run_id: int, *, all_of_it: bool = False) -> bool:
    run = _begin(run_id)
    if run is None:
        return False
    if not _is_on_record(run):
        Run.objects.filter(pk=run_id, state=Run.State.OPEN).update(heartbeat_at=None)
        return False  # the sweep asks again
    if run.cancel_at is None and (refusal := cannot_ask(run)):
        concluding.fail(run, refusal, now=timezone.now())
        return True
    until = timezone.now() + (timedelta(days=30) if all_of_it else SLICE)
    try:
        done = run.cancel_at is not None or _ask(run, until)
    except BudgetUsedUp as end:
        concluding.stop_short(run_id, str(end), now=timezone.now())
        return True
    except CapReached as end:
        return concluding.conclude(run_id, because=str(end), now=timezone.now())
    if done:
        concluding.conclude(run_id, now=timezone.now())
    else:
        _pass_on(run_id)
    return done


@contextmanager
def _alone(run_id: int) -> Iterator[bool]:
    """Whether nobody else is at it, nor at another run of an organization whose requests are limited by the minute. The
    locks have a connection of their own, since outcomes are committed one by one while they are held; they end with
    their process."""
    options = {name: value for name, value in connection.get_connection_params().items() if name not in _DJANGO_ONLY}
    limited = Budget.objects.filter(requests__isnull=False).values("organization")
    paced = Run.objects.filter(pk=run_id, **{f"{Run.ORGANIZATION}__in": limited}).values_list(Run.ORGANIZATION)
    wanted = [(_LOCK, run_id), *((_PACE, organization) for (organization,) in paced)]
    with psycopg.connect(**options) as own:
        yield all((own.execute(lock, [key]).fetchone() or (False,))[0] for lock, key in wanted)


_DJANGO_ONLY: Final = {"cursor_factory", "context", "prepare_threshold"}


def _begin(run_id: int) -> Run | None:
    """Count an attempt, in a transaction of its own; None if the run has ended."""
    now = timezone.now()
    with transaction.atomic():
        row = Run.objects.select_for_update().filter(pk=run_id, state=Run.State.OPEN).first()
        if row is None:
            return None
        row.restarts += row.heartbeat_at is not None  # of a slice that did not come through
        row.attempts += 1
        row.heartbeat_at, row.served_at, row.started_at = now, now, row.started_at or now
        row.save(update_fields=["attempts", "restarts", "heartbeat_at", "served_at", "started_at"])
    rows = Run.objects.select_related(
        "protocol__version__product__organization", "protocol__suite", "protocol__endpoint", "protocol__judge"
    )
    return rows.get(pk=run_id)


def _is_on_record(run: Run) -> bool:
    """Whether a signed checkpoint covers the protocol: no request may precede it."""
    ends = time.monotonic() + _CHECKPOINT_SECONDS
    while not Leaf.objects.filter(entry_id=run.protocol.entry_id).exists():
        if time.monotonic() > ends:
            logger.warning("Run %s waits: its protocol is in no checkpoint yet.", run.pk)
            return False
        time.sleep(_LOOK_SECONDS)
    return True


def _ask(run: Run, until: datetime) -> bool:
    """Have the judge tried, then hold the conversations that have no outcome yet; returns whether all have one, or
    somebody asked for the end.

    Raises:
        BudgetUsedUp: the month has nothing left for the rest.
        CapReached: the run may cost no more.
        EngineBrokeDown: what it had is kept.
    """
    try_judge(run)
    asking = _Asking(run, until)
    asking.need_budget()
    summary = converse(
        reached(run.protocol.endpoint),
        asking.conversations.values(),
        asking.sampling,
        engine.Limits.paced(asking.caps.requests),
        on_reply=asking.keep,
        cancelled=asking.should_end,
        judge=asking.judge,
        ask=asking.questions,
    )
    if summary.problem and not asking.ended:
        raise EngineBrokeDown(summary.problem)
    if asking.over and not asking.cancelled and run.trials.filter(outcome=Trial.Outcome.PLANNED).exists():
        raise BudgetUsedUp(budgets.used_up(asking.over))
    return asking.cancelled or not run.trials.filter(outcome=Trial.Outcome.PLANNED).exists()


@dataclass
class _Asking:
    """What a slice knows while it lasts."""

    run: Run
    until: datetime
    cancelled: bool = False
    ended: bool = False
    document: Mapping[str, Any] = field(init=False)
    probes: dict[str, Probe] = field(init=False)
    trials: dict[str, Trial] = field(init=False)  # without an outcome, by their conversation's key
    conversations: dict[str, engine.Conversation] = field(init=False)
    looked: float = 0.0
    beaten: float = 0.0
    over: Excess | None = None  # the budget that is used up
    caps: Caps = field(init=False)
    spending: Spending = field(init=False)
    spent: Cost = field(init=False)  # of the organization's month; counted on here, and read anew with each heartbeat

    def __post_init__(self) -> None:
        self._read_budget()
        self.document = json.loads(bytes(self.run.protocol.document))
        suite = probes.parse_json(bytes(self.run.protocol.suite.document))
        self.probes = {probe.id: probe for probe in suite.probes}
        rows = self.run.trials.filter(outcome=Trial.Outcome.PLANNED).order_by("position")[: self._trials_left()]
        self.spending = Spending(self.run, self.document)
        self.trials = {str(row.pk): row for row in self.spending.affordable(list(rows), self.probes)}
        self.conversations = {
            key: conversation_of(row, self.probes[row.probe], self.document) for key, row in self.trials.items()
        }

    @property
    def organization(self) -> int:
        return self.run.protocol.version.product.organization_id

    def _trials_left(self) -> int | None:
        """How many trials the month still has; None without a limit. No more are begun, so none is too many."""
        return None if self.caps.trials is None else max(self.caps.trials - self.spent.trials, 0)

    def _read_budget(self) -> None:
        self.caps = budgets.caps_of(self.organization)
        limited, currency = self.caps.limit_months, self.caps.currency
        self.spent = budgets.spent(self.organization, timezone.now(), currency) if limited else Cost()
        self.over = used_up(self.caps, self.spent)

    def need_budget(self) -> None:
        """
        Raises:
            BudgetUsedUp: nothing can be asked any more this month.
        """
        if self.over and self.run.trials.filter(outcome=Trial.Outcome.PLANNED).exists():
            raise BudgetUsedUp(budgets.used_up(self.over))

    @property
    def sampling(self) -> engine.Sampling:
        return engine.Sampling(**self.document["sampling"])

    @property
    def judge(self) -> engine.Judge | None:
        judge = self.run.protocol.judge
        return engine.Judge(reached(judge), JUDGING) if judge else None

    def should_end(self) -> bool:
        """Asked several times a second; looks at the database twice a second at most."""
        now = time.monotonic()
        if not self.ended and now - self.looked >= _LOOK_SECONDS:
            self.looked = now
            self._look(now)
        return self.ended

    def _look(self, now: float) -> None:
        rows = Run.objects.filter(pk=self.run.pk, state=Run.State.OPEN)
        self.cancelled = not rows.filter(cancel_at=None).exists()
        if now - self.beaten >= _BEAT_SECONDS:
            self.beaten = now
            rows.update(heartbeat_at=timezone.now())
            self._read_budget()
        self.ended = self.cancelled or self.over is not None or timezone.now() >= self.until

    def questions(self, conversation: engine.Conversation, reply: engine.Reply) -> list[engine.Question]:
        """What the judge is asked about a reply: nothing where rules decide, or where it may not judge the question."""
        probe, transcript = self._of(conversation, reply)
        asked = probe.grade.judge
        if asked is None or not grade(probe, transcript).needs_judge or not self._may_judge(asked.question.id):
            return []
        return questions(asked, transcript, self.document["judge"]["votes"])

    def _may_judge(self, question_id: str) -> bool:
        return bool((self.run.agreement or {}).get(question_id, {}).get("counts"))

    def keep(self, reply: engine.Reply) -> None:
        """What became of a conversation, at once and for good. One that was only put off stays planned."""
        if reply.skipped or not reply.judged or (reply.failure and reply.failure.kind == "engine"):
            return
        probe, transcript = self._of(self.conversations[reply.key], reply)
        money = self.spending.money
        taken = taken_by(reply, money, self.spending.most(self.trials[reply.key], probe))
        fields = outcome_of(probe, transcript, reply) | taken
        self.spent += Cost(1, sum(taken[name] for name in _TOKENS), self._paid(taken["cost"], money))
        self.over = self.over or used_up(self.caps, self.spent)
        rows = Trial.objects.filter(pk=int(reply.key), outcome=Trial.Outcome.PLANNED)
        rows.update(**fields, ended_at=timezone.now())

    def _paid(self, cost: Decimal | None, money: Money | None) -> Decimal:
        """In the currency of the budget."""
        return cost if cost and money and money.currency == self.caps.currency else NOTHING

    def _of(self, conversation: engine.Conversation, reply: engine.Reply) -> tuple[Probe, Transcript]:
        transcript = transcript_of(conversation, reply, canaries(self.document))
        return self.probes[self.trials[conversation.key].probe], transcript


# Afterwards


def _pass_on(run_id: int) -> None:
    """A slice that came through is no failed attempt; the next one is somebody else's turn first."""
    Run.objects.filter(pk=run_id, state=Run.State.OPEN).update(attempts=0, sent_at=timezone.now(), heartbeat_at=None)
    with transaction.atomic():
        dispatch.send_run(run_id)


def sweep(*, now: datetime) -> int:
    """Ask again for open runs that nobody is at; one whose workers died time and again is interrupted. Returns for how
    many a message was sent."""
    rows = Run.objects.filter(_idle(now), state=Run.State.OPEN)
    return look_after(rows, dispatch.send_run, concluding.interrupt, now)


def _idle(now: datetime) -> Q:
    """That no worker's heart beats in it."""
    return Q(heartbeat_at=None) | Q(heartbeat_at__lt=now - SWEEP_AFTER)
