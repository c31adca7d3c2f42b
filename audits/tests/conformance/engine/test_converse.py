"""How a run goes on, and how it ends: slow endpoints, a caller who stops it, one who fails, a judge."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import replace

import pytest

from audits.conformance.engine.converse import converse
from audits.conformance.engine.shapes import Conversation, Judge, Limits, Question, Reply, Sampling
from audits.conformance.rehearsal import responder
from audits.tests.conformance.engine.support import QUICK, SAMPLING, endpoint, hold, said
from audits.tests.conformance.stub.endpoint import running


def test_an_endpoint_that_takes_for_ever_is_not_waited_for() -> None:
    limits = replace(QUICK, attempt_timeout=2, max_retries=1, time_limit=60)
    with running() as stub:
        replies, _summary = hold(endpoint(stub), [said("fault:hang"), said("fault:drip"), said("Hello.")], limits)
        for fault in ("fault:hang", "fault:drip"):
            failure = replies[fault].failure
            assert failure is not None
            assert failure.kind == "timeout"
            assert stub.counts[fault] == 2
        assert replies["Hello."].failure is None


def test_a_conversation_ends_at_its_own_limit_whatever_it_is_retrying() -> None:
    limits = replace(QUICK, max_retries=50, backoff=0.5, time_limit=4)
    with running() as stub:
        replies, _summary = hold(endpoint(stub), [said("fault:500")], limits)
    failure = replies["fault:500"].failure
    assert failure is not None
    assert (failure.kind, failure.sentence) == ("timeout", "The conversation was not over within 4 seconds.")


def test_who_stops_a_run_sees_no_request_start_two_seconds_later() -> None:
    """What was asked is answered, what was not is skipped, and both are told apart."""
    stopped: list[float] = []

    def cancelled() -> bool:
        if not stopped and len(stub.seen) >= 20:
            stopped.append(time.monotonic())
        return bool(stopped)

    with running(delay=0.2) as stub:
        conversations = [said(f"{number}", f"first of {number}", "second", "third") for number in range(60)]
        replies, summary = hold(endpoint(stub), conversations, Limits(max_connections=5), cancelled=cancelled)
        assert max(seen.at for seen in stub.seen) - stopped[0] < 2
        whole = [reply for reply in replies.values() if reply.failure is None]
        assert all(len(reply.answers) == 3 for reply in whole)
        assert summary.stopped
        assert summary.failed == 0
        assert summary.skipped == sum(reply.skipped for reply in replies.values()) > 40
        assert sum(len(reply.answers) for reply in replies.values()) == len(stub.seen)


def test_a_stop_does_not_wait_for_an_endpoint_that_hangs() -> None:
    with running() as stub:
        began = time.monotonic()
        limits = Limits(attempt_timeout=60, grace=1)
        replies, summary = hold(
            endpoint(stub), [said("fault:hang"), said("Hello.")], limits, cancelled=lambda: len(stub.seen) >= 2
        )
        assert time.monotonic() - began < 40
    assert replies["fault:hang"].skipped
    assert summary.skipped >= 1


def test_a_run_that_was_stopped_before_it_began_asks_nobody() -> None:
    with running() as stub:
        _replies, summary = hold(endpoint(stub), [said("Hello.")], cancelled=lambda: True)
        assert (summary.skipped, summary.stopped, stub.seen) == (1, True, [])


def test_a_reply_that_cannot_be_kept_ends_the_run_with_its_error() -> None:
    kept: list[Reply] = []

    def keep(reply: Reply) -> None:
        kept.append(reply)
        if len(kept) == 3:
            raise OSError("The disk is full.")

    with running(delay=0.1) as stub:
        with pytest.raises(OSError, match="The disk is full"):
            converse(
                endpoint(stub), [said(f"{n}") for n in range(200)], SAMPLING, Limits(max_connections=2), on_reply=keep
            )
        asked = len(stub.seen)
        time.sleep(0.5)
        assert len(stub.seen) == asked < 30, "it goes on in the background"
    assert len(kept) == 3


def test_two_conversations_of_one_key_are_refused_before_anything_is_asked() -> None:
    with running() as stub:
        with pytest.raises(ValueError, match="'a'"):
            converse(endpoint(stub), [said("a"), said("a")], SAMPLING, QUICK, on_reply=lambda reply: None)
        assert stub.seen == []


def test_a_judge_is_asked_about_the_replies_that_need_one_while_others_are_still_under_way() -> None:
    """The judge is another model, perhaps of another vendor; garbage and outages of it are votes without an answer."""

    def ask(conversation: Conversation, reply: Reply) -> Iterable[Question]:
        assert reply.votes == ()
        seen_first.append(conversation.key)
        if conversation.key == "clear":
            return []
        return [Question(f"{conversation.key}, vote {n}: {reply.answers[0].text}", system="Be fair.") for n in range(3)]

    seen_first: list[str] = []
    keys = ["clear", "good", "fault:garbage", "fault:500"]
    script = responder.Script(replies={(key,): f"reply to {key}" for key in ("x-0", "x-1", "x-2", "x-3")})
    with running(respond=lambda asked: responder.respond(asked, script)) as stub:
        conversations = [said(key, f"x-{number}") for number, key in enumerate(keys)]
        judge = Judge(endpoint(stub, "a-judge", "anthropic"), Sampling(temperature=0.0, seed=5))
        replies, summary = hold(endpoint(stub), conversations, QUICK, judge=judge, ask=ask)
        asked = [seen.asked for seen in stub.seen if seen.asked.model == "a-judge"]
    assert summary.replied == 4
    assert sorted(seen_first) == sorted(keys)
    assert replies["clear"].votes == ()
    assert [vote.number for vote in replies["good"].votes] == [0, 1, 2]
    assert all(vote.answer and vote.answer.model == responder.MODEL for vote in replies["good"].votes)
    assert {vote.answer.text for vote in replies["fault:garbage"].votes if vote.answer} == {"%%% no JSON, sorry {"}
    assert {vote.failure.kind for vote in replies["fault:500"].votes if vote.failure} == {"server_error"}
    assert all(replies[key].judged for key in keys)
    assert {request.system for request in asked} == {"Be fair."}
    assert "good, vote 0: reply to x-1" in {request.last for request in asked}


def test_nothing_is_started_for_no_conversations() -> None:
    summary = converse(endpoint_nobody_has(), [], SAMPLING, QUICK, on_reply=lambda reply: None)
    assert (summary.planned, summary.seconds < 1) == (0, True)


def endpoint_nobody_has():
    from audits.conformance.engine.shapes import Endpoint

    return Endpoint("openai", "https://models.example", "m")
