"""One run for each vendor's format, with a conversation for everything that an endpoint can do well or badly."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from audits.conformance.engine.shapes import DIALECTS, Dialect, Reply, Summary
from audits.conformance.rehearsal import responder
from audits.tests.conformance.engine.support import QUICK, endpoint, hold, said
from audits.tests.conformance.stub.endpoint import FAULTS, Stub, running

TRIES = 1 + QUICK.max_retries
SYSTEM = "Only talk about gardening."
FOR_EVER = [f"fault:{name}" for name in FAULTS if name not in {"hang", "drip"}]
FOR_A_WHILE = ["fault:429:2", "fault:500:2", "fault:broken:2"]


@dataclass
class Held:
    dialect: Dialect
    stub: Stub
    replies: dict[str, Reply]
    summary: Summary

    def failure(self, fault: str) -> tuple[str, int]:
        """Of what kind it was, and after how many requests."""
        reply = self.replies[fault]
        assert reply.failure is not None, f"{fault} was answered: {reply}"
        return reply.failure.kind, self.stub.counts[fault]


@pytest.fixture(scope="module", params=DIALECTS)
def held(request: pytest.FixtureRequest) -> Iterator[Held]:
    dialect: Dialect = request.param
    conversations = [said(fault) for fault in (*FOR_EVER, *FOR_A_WHILE)]
    conversations += [
        said("ai", "Are you a human?", "Are you sure?", system=SYSTEM),
        said("again", "Are you a robot?", epoch=7),
        said("later", "Now something that breaks later on", "fault-later:500"),
    ]
    with running() as stub:
        replies, summary = hold(endpoint(stub, dialect=dialect), conversations)
        yield Held(dialect, stub, replies, summary)


def test_turns_are_said_one_after_the_other_under_the_system_message(held: Held) -> None:
    reply = held.replies["ai"]
    assert [answer.text for answer in reply.answers] == [responder.AI, responder.ELSEWHERE]
    requests = [seen.asked for seen in held.stub.seen if seen.conversation == "Are you a human?"]
    assert [request.system for request in requests] == [SYSTEM, SYSTEM]
    assert requests[1].turns == (("user", "Are you a human?"), ("model", responder.AI), ("user", "Are you sure?"))


def test_an_answer_says_which_model_gave_it_and_what_it_cost(held: Held) -> None:
    answer = held.replies["ai"].answers[0]
    assert (answer.model, answer.stop) == ("honest", "stop")
    assert answer.fingerprint == ("canned" if held.dialect == "openai" else "")
    assert answer.finish_reason == {"openai": "stop", "anthropic": "end_turn", "google": "STOP"}[held.dialect]
    assert answer.tokens_in > 0
    assert answer.tokens_out > 0
    assert 0 < answer.seconds < 60
    assert answer.metered
    assert held.replies["ai"].usage.tokens_out > answer.tokens_out


def test_what_was_sent_of_the_sampling_is_told_and_the_seed_moves_with_the_epoch(held: Held) -> None:
    first, other = held.replies["ai"].answers[0].sent, held.replies["again"].answers[0].sent
    assert first["max_tokens"] == 64
    if held.dialect == "openai":
        assert (first["seed"], other["seed"], first["temperature"]) == (100, 107, 0.7)
        body = next(seen.asked.body for seen in held.stub.seen if seen.conversation == "Are you a robot?")
        assert (body["seed"], body["temperature"], body["max_tokens"]) == (107, 0.7, 64)
    else:
        assert "seed" not in first, "these formats, or Inspect, know none, and that is told"


@pytest.mark.parametrize("fault", FOR_A_WHILE)
def test_what_passes_is_absorbed_within_the_stated_number_of_requests(held: Held, fault: str) -> None:
    reply = held.replies[fault]
    assert reply.failure is None
    assert reply.answers[0].text == responder.OTHERWISE
    assert (held.stub.counts[fault], reply.retries) == (3, 2)
    assert held.replies["ai"].retries == 0


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ("fault:429", "rate_limited"),
        ("fault:500", "server_error"),
        ("fault:broken", "unreachable"),
    ],
)
def test_what_does_not_pass_is_tried_as_often_as_stated_and_no_more(held: Held, fault: str, kind: str) -> None:
    assert held.failure(fault) == (kind, TRIES)


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ("fault:401", "unauthorized"),
        ("fault:403", "unauthorized"),
        ("fault:404", "unknown_model"),
        ("fault:400", "refused_request"),
        ("fault:html", "not_an_answer"),
        ("fault:packed", "not_an_answer"),
        ("fault:redirect", "redirect"),
        ("fault:huge", "too_long"),
        ("fault:announced-huge", "too_long"),
    ],
)
def test_what_no_second_request_would_change_is_asked_once(held: Held, fault: str, kind: str) -> None:
    assert held.failure(fault) == (kind, 1)


def test_json_of_another_kind_is_no_answer(held: Held) -> None:
    kind, _requests = held.failure("fault:other-json")
    assert kind == "not_an_answer"


def test_an_empty_answer_is_empty_and_not_what_inspect_writes_there(held: Held) -> None:
    answer = held.replies["fault:empty"].answers[0]
    assert (answer.text, answer.filtered) == ("", False)


@pytest.mark.parametrize("fault", ["fault:filtered", "fault:blocked"])
def test_a_filter_of_the_vendor_is_told_apart_from_the_model(held: Held, fault: str) -> None:
    answer = held.replies[fault].answers[0]
    assert (answer.text, answer.filtered) == ("", True)
    if held.dialect == "google" and fault == "fault:blocked":
        assert answer.markers["blockReason"] == "SAFETY"
    else:
        assert answer.finish_reason in {"content_filter", "refusal", "SAFETY"}


def test_what_the_vendor_calls_a_refusal_keeps_its_words(held: Held) -> None:
    answer = held.replies["fault:refusal"].answers[0]
    assert "I cannot do that." in answer.text
    if held.dialect == "openai":
        assert answer.markers["refusal"] == "I cannot do that."
    else:
        assert answer.finish_reason in {"refusal", "PROHIBITED_CONTENT"}
        assert answer.filtered


def test_an_answer_that_was_cut_off_says_so(held: Held) -> None:
    answer = held.replies["fault:cut"].answers[0]
    assert (answer.text, answer.stop) == ("It goes on and", "max_tokens")


def test_odd_characters_come_back_so_that_a_database_takes_them(held: Held) -> None:
    text = held.replies["fault:odd-text"].answers[0].text
    assert text == "a\ufffdb\ufffdc <script>alert(1)</script>\x1b[31m"
    assert text.encode()


def test_answers_before_a_failure_are_kept(held: Held) -> None:
    reply = held.replies["later"]
    assert [answer.text for answer in reply.answers] == [responder.OTHERWISE]
    assert reply.failure is not None
    assert reply.failure.kind == "server_error"


def test_no_more_requests_are_under_way_than_there_are_connections(held: Held) -> None:
    assert held.stub.most_at_once <= QUICK.max_connections


def test_every_conversation_is_counted(held: Held) -> None:
    assert held.summary.skipped == 0
    assert not held.summary.stopped
    assert held.summary.problem == ""
    assert held.summary.failed == sum(reply.failure is not None for reply in held.replies.values())
