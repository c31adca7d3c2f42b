"""Between a planned trial, the conversation that the engine holds for it, and the outcome that its row keeps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from audits.checks import judging
from audits.checks.grading import Finish, Graded, Refuser, Transcript, grade
from audits.checks.grading.transcript import ASSISTANT, USER
from audits.checks.probes import Probe
from audits.conformance.engine.shapes import Answer, Conversation, Reply
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
        system=document["instructions"]["text"],
        vendor_settings=document["vendor_settings"],
        epoch=trial.epoch,
    )


def transcript_of(conversation: Conversation, reply: Reply) -> Transcript:
    """What was said, as far as it got. A question that nothing came back for stands at the end."""
    turns: list[tuple[str, str]] = []
    for at, said in enumerate(conversation.turns[: len(reply.answers) + 1]):
        turns.append((USER, said))
        if at < len(reply.answers):
            turns.append((ASSISTANT, reply.answers[at].text[:LONGEST_REPLY]))
    return Transcript.of(turns, _finish(reply))


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


def questions_for(probe: Probe, transcript: Transcript, tag: str) -> list[str]:
    """What a judge is asked: nothing, where the rules have decided or the probe has no question.

    Args:
        tag: random, so that no reply can pretend to end.
    """
    asked = probe.grade.judge
    if asked is None or not grade(probe, transcript).needs_judge:
        return []
    return [judging.prompt(asked, transcript, tag)]


def outcome_of(probe: Probe, transcript: Transcript, reply: Reply) -> dict[str, Any]:
    """The fields of a trial's row. Rules come first; where they leave it open, the judge's votes; else it is unclear."""
    graded = grade(probe, transcript)
    found = _by_rules(graded)
    if graded.who is Refuser.OUTAGE:
        found |= {"outcome": Trial.Outcome.ERROR, "reason": reply.failure.sentence if reply.failure else graded.reason}
    elif graded.needs_judge and probe.grade.judge and reply.votes:
        found |= _by_votes(probe, transcript, reply)
    tokens_in, tokens_out = reply.tokens
    last = reply.answers[-1] if reply.answers else Answer("")
    return {
        **found,
        "reason": found["reason"][:500],
        "transcript": [{"role": turn.role, "text": _kept(turn.text)} for turn in transcript.turns],
        "reported": last.model[:200],
        "fingerprint": last.fingerprint[:200],
        "tokens_in": tokens_in,
        "tokens_out": tokens_out,
        "milliseconds": round(reply.seconds * 1_000),
    }


def _by_rules(graded: Graded) -> dict[str, Any]:
    return {
        "outcome": Trial.Outcome(graded.outcome.value),
        "rule": ", ".join(graded.by)[:60],
        "reason": graded.reason,
        "refused_by": graded.who.value,
        "deciding": [{"message": span.turn, "start": span.start, "end": span.end} for span in graded.spans],
    }


def _by_votes(probe: Probe, transcript: Transcript, reply: Reply) -> dict[str, Any]:
    assert probe.grade.judge is not None
    votes = [
        judging.read_vote(vote.answer.text if vote.answer else "", transcript.last_reply) for vote in reply.votes
    ]
    decided = judging.decide(probe.grade.judge, votes)
    return {
        "outcome": Trial.Outcome(decided.outcome.value),
        "rule": "judge",
        "reason": decided.reason,
        "deciding": [{"message": len(transcript.turns) - 1, "start": a, "end": b} for a, b in decided.spans],
        "votes": [vote.as_dict() for vote in votes],
    }


def _kept(text: str) -> str:
    """As PostgreSQL takes it."""
    return text.replace("\x00", "\ufffd").encode("utf-8", "replace").decode()
