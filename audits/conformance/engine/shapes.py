"""What goes into a conversation with a model and what comes out, as plain data."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal, Self

Dialect = Literal["openai", "anthropic", "google"]
DIALECTS: Final[tuple[Dialect, ...]] = ("openai", "anthropic", "google")

# Why a reply is missing. Pages put them into words; the sentence beside it is English, for logs.
Kind = Literal[
    "unauthorized",  # the key is wrong, or may not use this model
    "unknown_model",
    "refused_request",  # the endpoint takes requests, but not this one
    "rate_limited",  # still, after all retries
    "server_error",  # still, after all retries
    "timeout",
    "unreachable",  # no such name, nobody listens, the connection broke
    "tls",
    "private",  # an address that this installation does not let endpoints have
    "redirect",
    "too_long",
    "not_an_answer",  # something came that is no answer of a model: HTML, other JSON, nothing
    "stopped",  # the run was stopped before
    "engine",  # a fault of ours
]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a model answers. The key is in no text that is made of it."""

    dialect: Dialect
    base_url: str  # as the vendor's SDK takes it: https://api.openai.com/v1, https://api.anthropic.com, …
    model: str
    api_key: str = field(default="", repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)  # sent along; they may hold secrets too
    # Networks besides the public internet that this installation lets endpoints be in, and plain HTTP with them.
    networks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Sampling:
    """How answers are drawn. None leaves it to the endpoint."""

    max_tokens: int = 512
    temperature: float | None = None
    top_p: float | None = None
    seed: int | None = None  # of the first epoch; it moves with the epoch, else each would get the same answer


@dataclass(frozen=True, slots=True)
class Limits:
    """What a run may take. Seconds, unless they say otherwise."""

    max_connections: int = 10  # requests under way at once, to each endpoint
    attempt_timeout: float = 60.0  # one request
    time_limit: float = 600.0  # one conversation with its retries, before the judge is asked
    max_retries: int = 3  # so at most four requests for one answer
    backoff: float = 3.0  # before the first retry; doubles with each
    max_reply_bytes: int = 1_048_576  # one answer, as it comes over the wire
    per_minute: int | None = None  # requests that leave, retries and those to the judge among them
    grace: float = 10.0  # how long answers under way may still come once the run is stopped

    @classmethod
    def paced(cls, per_minute: int | None) -> Limits:
        """With few enough conversations under way that none runs out of time while it waits for its turn."""
        if per_minute is None:
            return cls()
        return cls(per_minute=per_minute, max_connections=max(1, min(cls().max_connections, per_minute // 10)))


@dataclass(frozen=True, slots=True)
class Conversation:
    """What is said to the model. The caller knows it by its key, which is unique in a run."""

    key: str
    turns: tuple[str, ...]  # of the user, each said after the answer to the one before
    system: str = ""
    vendor_settings: Mapping[str, Any] = field(default_factory=dict)  # for Gemini, thresholds by category of harm
    epoch: int = 0


@dataclass(frozen=True, slots=True)
class Judge:
    """The model that is asked about replies."""

    endpoint: Endpoint
    sampling: Sampling = Sampling(temperature=0.0)  # its seed moves with the number of the question


@dataclass(frozen=True, slots=True)
class Question:
    """What the judge is asked, once. Who wants three votes asks three times, each with a fence of its own."""

    user: str
    system: str = ""


@dataclass(frozen=True, slots=True)
class Failure:
    """Why there is no answer, or no further one."""

    kind: Kind
    sentence: str
    status: int | None = None  # of HTTP, if it was that


@dataclass(frozen=True, slots=True)
class Answer:
    """What the model said in one turn, and what the endpoint says about it."""

    text: str
    stop: str = ""  # stop, max_tokens, content_filter, …: one vocabulary for all vendors
    finish_reason: str = ""  # in the vendor's own word
    # What the vendor says of a refusal that it made itself, in its own words: a blockReason, a category, ratings.
    markers: Mapping[str, Any] = field(default_factory=dict)
    model: str = ""  # as the endpoint names it
    fingerprint: str = ""
    sent: Mapping[str, Any] = field(default_factory=dict)  # the sampling that was really in the request
    tokens_in: int = 0
    tokens_out: int = 0
    metered: bool = False  # whether the endpoint reported the tokens; else there are none, which does not mean 0
    seconds: float = 0.0

    @property
    def filtered(self) -> bool:
        """Whether a filter of the vendor's, and not the model, ended it."""
        return self.stop == "content_filter"


@dataclass(frozen=True, slots=True)
class Usage:
    """What some answers took.

    Args:
        requests: that were put, without repeats of those that failed.
        unmetered: answers of which the endpoint did not report the tokens.
    """

    requests: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    unmetered: int = 0

    @classmethod
    def of(cls, answers: Sequence[Answer], requests: int | None = None) -> Self:
        return cls(
            len(answers) if requests is None else requests,
            sum(each.tokens_in for each in answers),
            sum(each.tokens_out for each in answers),
            sum(not each.metered for each in answers),
        )


@dataclass(frozen=True, slots=True)
class Vote:
    """What the judge answered to one question."""

    number: int  # of the question, among those asked about this reply
    answer: Answer | None = None
    failure: Failure | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    """What became of one conversation. With a failure, the answers are those that came before it."""

    key: str
    answers: tuple[Answer, ...] = ()
    failure: Failure | None = None
    votes: tuple[Vote, ...] = ()
    seconds: float = 0.0
    retries: int = 0  # requests to the model under test beyond one a turn

    @property
    def skipped(self) -> bool:
        """Whether it was given up because the run was stopped. Nothing is wrong with it: hold it anew."""
        return self.failure is not None and self.failure.kind == "stopped"

    @property
    def judged(self) -> bool:
        """Whether each vote was put; one that was put may still have failed."""
        return not any(vote.failure and vote.failure.kind == "stopped" for vote in self.votes)

    @property
    def usage(self) -> Usage:
        """Of the conversation alone."""
        return Usage.of(self.answers)

    @property
    def judge_usage(self) -> Usage:
        """Of what was asked about it."""
        return Usage.of([vote.answer for vote in self.votes if vote.answer], len(self.votes))


@dataclass(frozen=True, slots=True)
class Summary:
    """How a run ended. Which replies there are, only the replies say."""

    planned: int
    replied: int  # came back with all their answers
    failed: int
    skipped: int
    stopped: bool  # the caller asked for it
    seconds: float
    problem: str = ""  # what ended the engine early, if anything did


@dataclass(frozen=True, slots=True)
class Connection:
    """What came of trying an endpoint out."""

    ok: bool
    sentence: str  # English, for logs
    failure: Failure | None = None
    answer: str = ""  # what the model said
    model: str = ""  # as the endpoint names it
    models: tuple[str, ...] = ()  # what else there is, where the endpoint tells
    seconds: float = 0.0


# As JSON -------------------------------------------------------------------------------------------------------------


def answer_from(data: Mapping[str, Any]) -> Answer:
    return Answer(**data)


def failure_from(data: Mapping[str, Any] | None) -> Failure | None:
    return None if data is None else Failure(**data)


def vote_from(data: Mapping[str, Any]) -> Vote:
    answer = data["answer"]
    return Vote(data["number"], None if answer is None else answer_from(answer), failure_from(data["failure"]))


def reply_from(data: Mapping[str, Any]) -> Reply:
    """A reply out of what `dataclasses.asdict` made of one, also after a way through JSON."""
    return Reply(
        data["key"],
        tuple(answer_from(each) for each in data["answers"]),
        failure_from(data["failure"]),
        tuple(vote_from(each) for each in data["votes"]),
        data["seconds"],
        data["retries"],
    )


def endpoint_from(data: Mapping[str, Any]) -> Endpoint:
    return Endpoint(**{**data, "networks": tuple(data["networks"])})


def judge_from(data: Mapping[str, Any] | None) -> Judge | None:
    if data is None:
        return None
    return Judge(endpoint_from(data["endpoint"]), Sampling(**data["sampling"]))


def conversation_from(data: Mapping[str, Any]) -> Conversation:
    return Conversation(**{**data, "turns": tuple(data["turns"])})


def line(**message: Any) -> bytes:
    """One message between the two processes."""
    return json.dumps(message, separators=(",", ":")).encode() + b"\n"
