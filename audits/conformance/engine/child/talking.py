"""The run: an Inspect task whose samples are our conversations.

Of Inspect we take what it does well: clients of vendors, retries, waiting for connections. Its scores, its status and
its log are nobody's evidence here, so there are no scores, the status is not looked at, and the log stays empty.
"""

from __future__ import annotations

import asyncio
import gc
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

import anyio
from inspect_ai import Task
from inspect_ai import eval as inspect_eval
from inspect_ai.dataset import MemoryDataset, Sample
from inspect_ai.model import (
    ChatMessage,
    ChatMessageAssistant,
    ChatMessageSystem,
    ChatMessageUser,
    GenerateConfig,
    Model,
)
from inspect_ai.solver import Generate, Solver, TaskState, solver

from audits.conformance.engine.child.answers import answer_of
from audits.conformance.engine.child.faults import Fault, failure_of
from audits.conformance.engine.child.models import model_for
from audits.conformance.engine.child.parent import Parent
from audits.conformance.engine.child.transport import counting
from audits.conformance.engine.shapes import (
    Answer,
    Conversation,
    Dialect,
    Endpoint,
    Failure,
    Judge,
    Limits,
    Question,
    Reply,
    Sampling,
    Vote,
)


@dataclass
class Run:
    endpoint: Endpoint
    sampling: Sampling
    limits: Limits
    judge: Judge | None
    conversations: list[Conversation]
    parent: Parent

    def __post_init__(self) -> None:
        self._models: dict[str, Model] = {}
        self._asked: Model | None = None
        if self.judge:
            self._asked = model_for(self.judge.endpoint, self.judge.sampling, self.limits, stopped=self.parent.stopped)

    def hold(self) -> None:
        """Returns when every conversation was handed over or Inspect gave up, which the parent finds out by itself."""
        samples = [Sample(id=index + 1, input="(in Brightline)") for index in range(len(self.conversations))]
        # A million objects were imported and stay: looking through them again and again takes a tenth of all time.
        gc.collect()
        gc.freeze()
        logs = inspect_eval(
            Task(dataset=MemoryDataset(samples), solver=_held(self), name="conversations"),
            model=self.model(self.conversations[0].vendor_settings),
            display="none",
            ctl_server=False,
            acp_server=False,
            log_level="error",
            log_samples=False,
            log_realtime=False,
            log_model_api=False,
            fail_on_error=False,
            score=False,
            score_display=False,
            # While as many as may wait for an answer, others get ready; and one that the judge looks at holds up none.
            max_samples=self.limits.max_connections * (3 if self.judge else 2),
        )
        if logs and logs[0].error:
            self.parent.say(problem=str(logs[0].error.message).strip().splitlines()[-1][:300])

    def model(self, settings: Mapping[str, Any]) -> Model:
        """The model under test, which has its vendor's settings built in."""
        name = repr(sorted(settings.items()))
        if name not in self._models:
            self._models[name] = model_for(
                self.endpoint,
                self.sampling,
                self.limits,
                stopped=self.parent.stopped,
                vendor_settings=settings,
            )
        return self._models[name]

    async def converse(self, conversation: Conversation) -> None:
        """Hold one conversation, have it judged, and hand it over, whatever happens."""
        began = time.monotonic()
        reply = await self._answered(conversation)
        if self._asked:
            reply = replace(reply, votes=await self._votes(await self.parent.questions(reply)))
        self.parent.say(reply=asdict(replace(reply, seconds=time.monotonic() - began)))

    async def _answered(self, conversation: Conversation) -> Reply:
        answers: list[Answer] = []
        failure: Failure | None = _took_too_long(self.limits)
        with counting() as requests, anyio.move_on_after(self.limits.time_limit):
            failure = await self._say_turns(conversation, answers)
        retries = max(0, requests.count - len(answers) - (failure is not None))
        return Reply(conversation.key, tuple(answers), failure, retries=retries)

    async def _say_turns(self, conversation: Conversation, answers: list[Answer]) -> Failure | None:
        """Turn by turn. Where a filter or an empty answer ends it, there is nothing to say the next turn to."""
        messages = _messages(conversation.system)
        try:
            model, seed = self.model(conversation.vendor_settings), _moved(self.sampling.seed, conversation.epoch)
            for turn in conversation.turns:
                messages.append(ChatMessageUser(content=turn))
                answer = await _ask(model, messages, seed, self.endpoint.dialect)
                answers.append(answer)
                if answer.filtered or not answer.text:
                    break
                messages.append(ChatMessageAssistant(content=answer.text))
        except Exception as error:  # noqa: BLE001 - whatever an endpoint makes of a request, it is what became of it
            return failure_of(error)
        return None

    async def _votes(self, questions: list[Question]) -> tuple[Vote, ...]:
        return tuple(await asyncio.gather(*(self._vote(*each) for each in enumerate(questions))))

    async def _vote(self, number: int, question: Question) -> Vote:
        assert self.judge is not None
        assert self._asked is not None
        messages = _messages(question.system)
        messages.append(ChatMessageUser(content=question.user))
        try:
            seed = _moved(self.judge.sampling.seed, number)
            answer = await _ask(self._asked, messages, seed, self.judge.endpoint.dialect)
        except Exception as error:  # noqa: BLE001 - as above
            return Vote(number, failure=failure_of(error))
        return Vote(number, answer)


@solver
def _held(run: Run) -> Solver:
    async def solve(state: TaskState, generate: Generate) -> TaskState:
        conversation = run.conversations[int(state.sample_id) - 1]
        if run.parent.stopped():
            failure = failure_of(Fault("stopped", "The run was stopped before."))
            run.parent.say(reply=asdict(Reply(conversation.key, failure=failure)))
        else:
            await run.converse(conversation)
        return state

    return solve


def _messages(system: str) -> list[ChatMessage]:
    return [ChatMessageSystem(content=system)] if system else []


def _moved(seed: int | None, by: int) -> int | None:
    return None if seed is None else seed + by


async def _ask(model: Model, messages: list[ChatMessage], seed: int | None, dialect: Dialect) -> Answer:
    began = time.monotonic()
    output = await model.generate(messages, config=GenerateConfig(seed=seed))
    return answer_of(output, dialect, output.time or time.monotonic() - began)


def _took_too_long(limits: Limits) -> Failure:
    return Failure("timeout", f"The conversation was not over within {limits.time_limit:g} seconds.")
