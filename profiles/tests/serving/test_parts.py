"""The parts of serving by themselves: codings, validators, freshness, limits, and what is held. No database."""

from __future__ import annotations

import gzip
import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from profiles.resolution import encodings
from profiles.resolution.flags import Flags, Published
from profiles.serving import answers, ofrep
from profiles.serving.answers import Held, answer, coding_of, freshness, represent
from profiles.serving.limits import Limiter
from profiles.serving.memory import Forms, LiveKey, Memory, Slot
from profiles.serving.ofrep import Asking
from profiles.serving.receipts import Receipts

TAG = "01" * 16  # of the row with the number 1
BODY = json.dumps({"instructions": {"text": "Be kind."}, "vendor_settings": {}}).encode()


def held(number: int = 1, starts: float = 0, ends: float = math.inf, platform: str = "reference") -> Held:
    return Held(
        number, platform, starts, ends, bytes([number] * 32), encodings.gzip(BODY), encodings.br(BODY), "h", "s"
    )


@pytest.mark.parametrize(
    ("header", "coding"),
    [
        ("", ""),
        ("gzip", "gzip"),
        ("GZIP", "gzip"),
        ("br, gzip", "br"),
        ("gzip, deflate, br", "br"),
        ("gzip;q=1.0, br;q=0.5", "gzip"),
        ("br;q=0, gzip", "gzip"),
        ("br;q=0, gzip;q=0.000", ""),
        ("*", "br"),
        ("*;q=0", ""),
        ("*, br;q=0", "gzip"),
        ("identity", ""),
        ("identity;q=1, br;q=0.5", ""),
        ("deflate, zstd", ""),
        ("br;q=nonsense", ""),
        ("gzip;q=2", ""),
        (",;,=;q", ""),
    ],
)
def test_a_client_gets_the_smallest_form_that_it_takes(header: str, coding: str) -> None:
    assert coding_of(header) == coding


@given(st.text(max_size=80))
def test_no_header_of_a_client_is_a_failure(text: str) -> None:
    assert coding_of(text) in {"br", "gzip", ""}
    assert answer(represent(held(), "profile", ""), held(), 1.0, text).status in {200, 304}


def test_a_copy_is_never_fresh_past_its_end() -> None:
    assert freshness(held(), 0.0, None) == "private, max-age=60"
    assert freshness(held(ends=60.0), 0.0, None) == "private, max-age=60"
    assert freshness(held(ends=60.0), 0.001, None) == "private, max-age=59"
    assert freshness(held(ends=60.0), 59.9, None) == "private, max-age=0"
    assert freshness(held(), 0.0, 3.0) == "private, max-age=0"


@given(st.floats(0, 1000), st.floats(0, 1000))
def test_freshness_ends_before_the_document_does(now: float, left: float) -> None:
    seconds = int(freshness(held(ends=now + left), now, None).rpartition("=")[2])
    assert 0 <= seconds <= min(60, now + left - now)


def test_what_was_matched_is_repeated() -> None:
    shown = represent(held(), "profile", "gzip")
    assert shown.etag == f'"{TAG}-gzip"'
    assert gzip.decompress(shown.body) == BODY
    for given_tag, status in (
        (f'"{TAG}"', 304),
        (f'W/"{TAG}-br"', 304),
        (f'"{TAG[:-1]}"', 200),
        (f'"{TAG}-gzip', 200),
        (TAG, 200),
    ):
        assert answer(shown, held(), 1.0, given_tag).status == status
    assert dict(answer(shown, held(), 1.0, f'"{TAG}-br"').headers)["ETag"] == f'"{TAG}-br"'


def test_an_answer_that_may_be_stale_says_for_how_long() -> None:
    headers = dict(answer(represent(held(), "profile", ""), held(), 1.0, "", stale=2.1).headers)
    assert headers[answers.STALE_HEADER] == "3"


def test_forms_are_told_apart_by_their_tags() -> None:
    tags = {represent(held(), what, coding).etag for what in answers.WHATS for coding in ("",)}
    assert len(tags) == len(answers.WHATS)


def test_a_key_may_ask_so_often_and_then_waits() -> None:
    clock = [0.0]
    limiter = Limiter(2, lambda: clock[0])
    assert [limiter.take(1) for _time in range(5)] == [0, 0, 0, 0, 1]  # a burst of two seconds
    assert limiter.take(2) == 0  # another key
    clock[0] = 0.5
    assert [limiter.take(1), limiter.take(1)] == [0, 1]
    assert [Limiter(0).take(1) for _time in range(1000)] == [0] * 1000


def test_of_rows_the_newest_that_holds_counts() -> None:
    slot = Slot(("reference", "google"), (held(3, 20), held(2, 10, 20), held(1, 0, 30), held(4, 0, platform="google")))
    assert [found.id if (found := slot.holding("reference", now)) else 0 for now in (5, 10, 19.9, 20, 99)] == [
        1,
        2,
        2,
        3,
        3,
    ]
    assert slot.holding("openai", 5) is None


ROWS = st.lists(
    st.tuples(st.sampled_from(["reference", "google"]), st.integers(0, 9), st.integers(1, 9)).map(
        lambda told: held(starts=told[1], ends=told[1] + told[2], platform=told[0])
    ),
    max_size=6,
)


@given(ROWS, st.integers(0, 20))
def test_what_holds_is_the_same_until_it_may_be_another(rows: list[Held], now: int) -> None:
    slot = Slot(("reference", "google"), tuple(rows))
    until = slot.until("reference", now)
    assert until > now
    for later in range(now, min(int(min(until, 30)), 30)):
        assert slot.holding("reference", later) is slot.holding("reference", now)


def test_what_is_replaced_leaves_nothing_behind() -> None:
    memory = Memory(most=10_000, clock=lambda: 7.0)
    memory.replace_slots({(1, 1): Slot(("reference",), (held(1),)), (2, 1): Slot(("reference",), (held(2),))})
    full = memory.room()
    memory.put_product(1, {(1, 2): Slot(("reference",), (held(3),))})
    assert set(memory.slots) == {(1, 2), (2, 1)}
    assert memory.room() == full
    memory.put_product(1, {})
    memory.put_product(2, {})
    assert (memory.slots, memory.room()) == ({}, 10_000)


def test_a_key_that_is_revoked_or_gone_is_not_held() -> None:
    memory = Memory(most=1)
    memory.put_key(1, b"one", LiveKey(1, (1, 1), math.inf))
    memory.put_key(2, b"two", LiveKey(2, (1, 1), math.inf))
    memory.put_key(1, b"one", None)
    memory.put_key(2, None, None)
    memory.put_key(3, None, None)
    assert memory.keys == {}


def test_ready_answers_are_bounded() -> None:
    forms = Forms(most=len(BODY) * 3)
    for number in range(20):
        assert forms.of(held(number), "profile", "").body == BODY
    assert len(forms._made) <= 3


def test_receipts_that_could_not_be_written_are_kept() -> None:
    import psycopg

    class Away:
        def execute(self, *_arguments: object) -> None:
            raise psycopg.OperationalError

    receipts = Receipts()
    receipts.note(1, 2, 200, 5.0)
    with pytest.raises(psycopg.OperationalError):
        receipts.flush(Away())  # type: ignore[arg-type]
    receipts.note(1, 2, 304, 6.0)
    assert receipts._counted == {(1, 2): [5.0, 6.0, 1, 1]}


class OneFlag(Flags):
    """One flag of a document that needs no rulebook."""

    def __init__(self) -> None:
        self._items, self._published = {"a.b": '{"key":"a.b"}'}, Published({"version": 1}, {})


def test_the_event_streams_address_is_told_and_changes_no_validator() -> None:
    asking = Asking("tag1", 1)
    urls = ("https://a/1", "https://a/2", "")
    first, second, none = (ofrep.all_flags(OneFlag(), {}, asking, url, None) for url in urls)
    assert json.loads(first.body)["eventStreams"] == [
        {"type": "sse", "url": "https://a/1", "inactivityDelaySec": 120},
    ]
    assert "eventStreams" not in json.loads(none.body)
    assert dict(first.headers)["ETag"] == dict(second.headers)["ETag"] == dict(none.headers)["ETag"]


def test_a_stale_set_of_flags_says_so() -> None:
    told = dict(ofrep.all_flags(OneFlag(), {}, Asking("tag1", 1), "", 3.2).headers)
    assert told[answers.STALE_HEADER] == "4"


@pytest.mark.parametrize(
    ("query", "rest", "announced"),
    [
        ("", "", ""),
        ("platform=a", "platform=a", ""),
        ("flagConfigEtag=%22x%22&platform=a", "platform=a", "x"),
        ("flagConfigLastModified=1&flagConfigEtag=x", "", "x"),
        ("flagConfigEtag=x&flagConfigEtag=y", "flagConfigEtag=y", "x"),
        ("flagConfigLastModified=soon", "flagConfigLastModified=soon", ""),
    ],
)
def test_what_an_event_told_is_read_out_of_the_address(query: str, rest: str, announced: str) -> None:
    assert ofrep.split_query(query) == (rest, announced)
