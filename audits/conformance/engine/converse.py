"""Holding conversations with a model, many at once, each handed over as soon as it is done."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field, replace
from typing import Final

from audits.conformance.engine.process import Child, EngineDied
from audits.conformance.engine.shapes import (
    Conversation,
    Endpoint,
    Failure,
    Judge,
    Limits,
    Question,
    Reply,
    Sampling,
    Summary,
    Vote,
    failure_from,
    reply_from,
)

_LOOK: Final = 0.5  # seconds

OnReply = Callable[[Reply], None]
Ask = Callable[[Conversation, Reply], Iterable[Question]]
Cancelled = Callable[[], bool]


def converse(
    endpoint: Endpoint,
    conversations: Iterable[Conversation],
    sampling: Sampling,
    limits: Limits,
    *,
    on_reply: OnReply,
    cancelled: Cancelled = lambda: False,
    judge: Judge | None = None,
    ask: Ask | None = None,
) -> Summary:
    """Hold each conversation once and hand over what became of it, in the order in which they end.

    To go on with a run that ended early, give those conversations that have no reply yet.

    Args:
        on_reply: called in this thread, exactly once for each conversation. What it raises ends the run.
        cancelled: asked twice a second. Once it says yes no request starts any more; answers under way are
            waited for as long as ``limits.grace``, and everything else comes back as skipped.
        judge: asked the questions that ``ask`` makes of a reply, all at once, before the reply is handed over.
        ask: called in this thread with a reply that has no votes yet; no questions, no judge. As good a place as any to
            show the reply. What it raises ends the run.

    Raises:
        ValueError: two conversations have the same key.
    """
    run = _Run(_by_key(conversations), limits, on_reply, cancelled, ask if judge else None)
    if run.waiting and not cancelled():
        with Child() as child:
            run.hold(child, endpoint, sampling, judge)
    return run.finish()


def _by_key(conversations: Iterable[Conversation]) -> dict[str, Conversation]:
    found: dict[str, Conversation] = {}
    for each in conversations:
        if each.key in found:
            raise ValueError(f"Two conversations have the key {each.key!r}.")
        found[each.key] = each
    return found


@dataclass
class _Run:
    waiting: dict[str, Conversation]  # those that were not handed over yet
    limits: Limits
    on_reply: OnReply
    cancelled: Cancelled
    ask: Ask | None
    counts: Counter[str] = field(default_factory=Counter)
    began: float = field(default_factory=time.monotonic)
    stopped: float | None = None  # when
    looked: float = 0.0  # when it was last asked whether to stop
    problem: str = ""
    fault: Failure | None = None  # why the engine did not even begin
    planned: int = 0
    said: dict[str, Reply] = field(default_factory=dict)  # replies that the judge is being asked about

    def __post_init__(self) -> None:
        self.planned = len(self.waiting)

    def hold(self, child: Child, endpoint: Endpoint, sampling: Sampling, judge: Judge | None) -> None:
        try:
            self._tell(child, endpoint, sampling, judge)
            for message in child.messages():
                if message is not None:
                    self._take(child, message)
                if self._should_end(child):
                    break
        except EngineDied as death:
            self.problem = str(death)

    def finish(self) -> Summary:
        """Hand over what the engine did not, and count."""
        stopped = self.stopped is not None or self.cancelled()
        failure = self.fault or self._loss(stopped=stopped)
        for key in list(self.waiting):
            said = self.said.get(key)
            self._hand_over(replace(said, votes=(Vote(0, failure=failure),)) if said else Reply(key, failure=failure))
        return Summary(
            planned=self.planned,
            replied=self.counts["replied"],
            failed=self.counts["failed"],
            skipped=self.counts["skipped"],
            stopped=stopped,
            seconds=time.monotonic() - self.began,
            problem=self.problem,
        )

    def _loss(self, *, stopped: bool) -> Failure:
        """Why the engine did not say what became of a conversation."""
        if stopped and not self.problem:
            return Failure("stopped", "The run was stopped before.")
        return Failure("engine", self.problem or "The engine ended without a word about this conversation.")

    def _tell(self, child: Child, endpoint: Endpoint, sampling: Sampling, judge: Judge | None) -> None:
        child.say(
            job="converse",
            endpoint=asdict(endpoint),
            sampling=asdict(sampling),
            limits=asdict(self.limits),
            judge=judge and asdict(judge),
        )
        systems: dict[str, int] = {}
        for each in self.waiting.values():
            if each.system not in systems:
                systems[each.system] = len(systems)
                child.say(system=each.system)
            child.say(conversation={**asdict(each), "system": systems[each.system]})
        child.say(begin=True)

    def _take(self, child: Child, message: dict[str, object]) -> None:
        match message:
            case {"reply": dict(data)}:
                self._hand_over(reply_from(data))
            case {"said": dict(data)}:
                self._ask_about(child, reply_from(data))
            case {"fault": dict(data)}:
                self.fault = failure_from(data)
            case {"problem": str(problem)}:
                self.problem = problem

    def _ask_about(self, child: Child, reply: Reply) -> None:
        conversation = self.waiting[reply.key]
        questions = list(self.ask(conversation, reply)) if self.ask else []
        if questions:
            self.said[reply.key] = reply
        child.say(questions=[asdict(question) for question in questions], key=reply.key)

    def _hand_over(self, reply: Reply) -> None:
        if self.waiting.pop(reply.key, None) is None:
            return  # it was already
        self.said.pop(reply.key, None)
        self.counts["skipped" if reply.skipped else "failed" if reply.failure else "replied"] += 1
        self.on_reply(reply)

    def _should_end(self, child: Child) -> bool:
        """Whether there is nothing left to wait for."""
        now = time.monotonic()
        if self.stopped is None and now - self.looked > _LOOK:
            self.looked = now
            if self.cancelled():
                self.stopped = now
                child.say(stop=True)
        return not self.waiting or (self.stopped is not None and now - self.stopped > self.limits.grace)
