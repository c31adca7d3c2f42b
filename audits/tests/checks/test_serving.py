"""Whether what was answered is what was approved: whatever differs is named, and nothing passes unmeasured."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from audits.checks import serving
from audits.checks.results import Outcome, Result
from audits.checks.serving import Answered, Stored, Unanswered, read_keys
from profiles.resolution import jws
from profiles.resolution.document import canonical, document_digest

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
(KEY,) = jws.parse_keys(jws.new_key())
KEYS = read_keys(json.dumps(jws.key_set([KEY])).encode())


def document(**more: object) -> bytes:
    said = {"product": "helper", "version": 3, **more}
    return canonical({**said, "digest": document_digest(said)})


BODY = document()
DIGEST = json.loads(BODY)["digest"]
STORED = Stored("reference", 3, BODY, DIGEST, None, frozenset({DIGEST}), KEY.kid)
SIGNED = jws.attached(jws.sign(BODY, KEY), BODY)
ANSWER = Answered(BODY, BODY, SIGNED, 60, is_stale=False)
OTHER = document(values="others")
OLDER = document(version=2)
SOON = NOW + timedelta(seconds=20)


def judged(stored: Stored = STORED, answer: Answered | Unanswered = ANSWER, keys: serving.Keys = KEYS) -> Result:
    return Result.of(serving.judge(stored, answer, keys, NOW))


def test_what_was_approved_passes_with_its_signature() -> None:
    found = judged()
    assert [point.code for point in found.points] == ["as_approved", "signature_holds"]
    assert found.outcome is Outcome.PASS


FAULTS = {
    "other_bytes": (STORED, replace(ANSWER, body=OTHER)),
    "other_version": (STORED, replace(ANSWER, body=OLDER, compressed=OLDER)),
    "stored_bytes_changed": (replace(STORED, body=BODY.replace(b"helper", b"keeper")), ANSWER),
    "not_in_the_trail": (replace(STORED, published=frozenset()), ANSWER),
    "past_its_end": (replace(STORED, valid_until=NOW), ANSWER),
    "kept_past_its_end": (replace(STORED, valid_until=SOON), ANSWER),
    "signature_missing": (STORED, replace(ANSWER, jws=None)),
    "signature_fails": (STORED, replace(ANSWER, jws=jws.attached(jws.sign(OTHER, KEY), BODY))),
}


@pytest.mark.parametrize("code", FAULTS)
def test_each_fault_is_named_and_fails(code: str) -> None:
    found = judged(*FAULTS[code])
    assert code in {point.code for point in found.points if point.outcome is Outcome.FAIL}
    assert found.outcome is Outcome.FAIL


def test_a_compressed_form_is_compared_as_well() -> None:
    assert judged(answer=replace(ANSWER, compressed=OTHER)).points[0].code == "other_bytes"


def test_a_key_that_is_not_published_verifies_nothing() -> None:
    assert judged(keys={}).points[0].code == "key_not_published"


@pytest.mark.parametrize("answer", [Unanswered("https://brightline.example"), Unanswered("https://b.example", 503)])
def test_what_did_not_answer_is_not_measured_and_passes_nothing(answer: Unanswered) -> None:
    found = judged(answer=answer)
    assert found.outcome is Outcome.NOT_MEASURED
    assert all(point.outcome is not Outcome.PASS for point in found.points)


def test_a_changed_row_fails_even_where_nothing_answers() -> None:
    changed = replace(STORED, body=BODY.replace(b"helper", b"keeper"))
    assert judged(changed, Unanswered("https://brightline.example")).outcome is Outcome.FAIL


def test_a_copy_from_while_the_database_was_away_is_inconclusive() -> None:
    assert judged(answer=replace(ANSWER, is_stale=True)).outcome is Outcome.INCONCLUSIVE


def test_where_entries_were_pruned_the_trail_says_nothing_of_it() -> None:
    assert judged(replace(STORED, published=None)).outcome is Outcome.PASS


GARBAGE = [b"", b"null", b"[1]", b"\xff", b"[" * 5_000, b'{"version": "x"}', b"<html>"]


@pytest.mark.parametrize("garbage", GARBAGE, ids=range(len(GARBAGE)))
def test_whatever_is_answered_nothing_raises(garbage: bytes) -> None:
    assert judged(answer=Answered(garbage, garbage, garbage, 0, is_stale=False)).outcome is Outcome.FAIL
    assert judged(replace(STORED, body=garbage)).outcome is Outcome.FAIL
    assert read_keys(garbage) == {}


def test_clients_that_do_not_ask_again_need_attention_and_fail_nothing() -> None:
    assert serving.of_clients(3, 1).outcome is Outcome.ATTENTION
    assert [serving.of_clients(n, 0).code for n in (3, 0)] == ["clients_current", "clients_unknown"]
