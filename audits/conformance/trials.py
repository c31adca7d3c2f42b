"""Between a planned trial, the conversation that the engine holds for it, and the outcome that its row keeps."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any, Final

from audits.checks import judging, protocols
from audits.checks.grading import Finish, Graded, Refuser, Span, Transcript, grade
from audits.checks.grading.transcript import ASSISTANT, USER
from audits.checks.prices import Money
from audits.checks.probes import Asked, Probe
from audits.checks.tokens import Tokens
from audits.conformance.engine.shapes import Answer, Conversation, Question, Reply, Usage, Vote
from audits.models import Trial

LONGEST_REPLY: Final = 20_000  # characters of one answer that are kept
_BLOCKS: Final = ("blockReason", "block_reason", "code")


def conversation_of(trial: Trial, probe: Probe, document: Mapping[str, Any]) -> Conversation:
    """
    Args:
        document: of the protocol.
    """
    return Conversation(
        key=str(trial.pk),
        turns=probe.variant(trial.variant).said(document["topic"]),
        system=protocols.instructions_sent(document),
        vendor_settings=document["vendor_settings"],
        epoch=trial.epoch,
    )


def transcript_of(conversation: Conversation, reply: Reply, canaries: tuple[str, ...] = ()) -> Transcript:
    """What was said, as far as it got. A question that nothing came back for stands at the end.

    Args:
        canaries: of the protocol: what must not come back.
    """
    turns: list[tuple[str, str]] = []
    for at, said in enumerate(conversation.turns[: len(reply.answers) + 1]):
        turns.append((USER, said))
        if at < len(reply.answers):
            turns.append((ASSISTANT, reply.answers[at].text[:LONGEST_REPLY]))
    return Transcript.of(turns, _finish(reply), canaries)


def _finish(reply: Reply) -> Finish:
    last = reply.answers[-1] if reply.answers else Answer("")
    failure = reply.failure
    return Finish(
        reason=last.stop or last.finish_reason,
        block=next((str(last.markers[name]) for name in _BLOCKS if last.markers.get(name)), ""),
        refusal=str(last.markers.get("refusal") or ""),
        status=(failure.status or 0) if failure else 200,
        error=failure.sentence if failure else "",
    )


def questions(asked: Asked, transcript: Transcript, times: int = 1) -> list[Question]:
    """What a judge is asked about a reply. Its fence is drawn anew each time, so that no reply can pretend to end."""
    return [_question(asked, transcript) for _ in range(times)]


def _question(asked: Asked, transcript: Transcript) -> Question:
    while True:
        try:
            made = judging.prompt(asked, transcript, secrets.token_hex(12))
        except judging.MalformedTag:
            continue  # the material holds it, against all odds
        return Question(made.user, made.system)


def outcome_of(probe: Probe, transcript: Transcript, reply: Reply) -> dict[str, Any]:
    """The fields of a trial's row. Rules come first; where they leave it open, the judge's votes."""
    graded = grade(probe, transcript)
    found = _by_rules(graded)
    if graded.who is Refuser.OUTAGE:
        found |= {"outcome": Trial.Outcome.ERROR, "reason": reply.failure.sentence if reply.failure else graded.reason}
    elif graded.needs_judge and probe.grade.judge and reply.votes:
        found |= _by_votes(probe.grade.judge, transcript, reply.votes)
    last = reply.answers[-1] if reply.answers else Answer("")
    return {
        **found,
        "reason": found["reason"][:500],
        "transcript": [{"role": turn.role, "text": _kept(turn.text)} for turn in transcript.turns],
        "reported": _kept(last.model)[:200],
        "fingerprint": _kept(last.fingerprint)[:200],
        "milliseconds": round(reply.seconds * 1_000),
        "observed": _observed(reply),
    }


def taken_by(reply: Reply, money: Money | None, most: tuple[Tokens, Tokens]) -> dict[str, Any]:
    """The fields of a trial's row that say what it took.

    Args:
        most: what it can take at most, of the model and of the judge: so much is taken to be paid where an answer came
            whose tokens the endpoint does not report.
    """
    model, judge = reply.usage, reply.judge_usage
    return {
        "tokens_in": model.tokens_in,
        "tokens_out": model.tokens_out,
        "unmetered": model.unmetered,
        "judge_requests": judge.requests,
        "judge_tokens_in": judge.tokens_in,
        "judge_tokens_out": judge.tokens_out,
        "judge_unmetered": judge.unmetered,
        "cost": money.cost(paid(model, most[0]), paid(judge, most[1])) if money else None,
    }


def paid(usage: Usage, most: Tokens) -> Tokens:
    """What counts for money: what was reported, or as much as there can be. A request without an answer is not counted:
    vendors bill answers."""
    return most if usage.unmetered else Tokens(usage.requests, usage.tokens_in, usage.tokens_out)


def _observed(reply: Reply) -> dict[str, Any]:
    votes = [vote.answer for vote in reply.votes]
    found: dict[str, Any] = {"sent": dict(reply.answers[-1].sent) if reply.answers else None}
    if reply.retries:
        found["retries"] = reply.retries
    if votes:
        found["judges"] = sorted({_kept(answer.model)[:200] for answer in votes if answer and answer.model})
        found["missing_votes"] = votes.count(None)
    return found


def _by_rules(graded: Graded) -> dict[str, Any]:
    return {
        "outcome": Trial.Outcome(graded.outcome.value),
        "rule": ", ".join(graded.by)[:60],
        "reason": graded.reason,
        "refused_by": graded.who.value,
        "deciding": [_span(span) for span in graded.spans],
    }


def _by_votes(asked: Asked, transcript: Transcript, cast: tuple[Vote, ...]) -> dict[str, Any]:
    votes = [judging.read_vote(vote.answer.text if vote.answer else "", transcript) for vote in cast]
    outcome = judging.votes_outcome(votes, asked.pass_when)
    words = judging.deciding(votes, outcome, asked.pass_when)
    return {
        "outcome": Trial.Outcome(outcome.value),
        "rule": "judge",
        "reason": asked.text,
        "deciding": [_span(span) for span in words],
        "votes": [
            {"answer": vote.answer.value, "void": vote.void.value if vote.void else "",
             "quote": _kept(vote.quote), "reason": _kept(vote.reason)}
            for vote in votes
        ],
    }  # fmt: skip


def _span(span: Span) -> dict[str, int]:
    return {"message": span.turn, "start": span.start, "end": span.end}


def _kept(text: str) -> str:
    """As PostgreSQL takes it."""
    return text.replace("\x00", "\ufffd").encode("utf-8", "replace").decode()
