"""Sending entries on: real HTTP to a receiver and to a bucket that checks each signature, with deaths in between."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone
from standardwebhooks import Webhook as Verifier

from audits.exporting import pushing
from audits.exporting.pushing import push, sweep
from audits.ledger.sequence import place
from audits.models import Batch, Destination, Entry, Leaf, Log
from audits.telling import outgoing
from audits.telling.outgoing import Answer
from audits.tests.exporting.bucket import ACCESS_KEY, REGION, SECRET_KEY, Bucket, storing
from audits.tests.telling.receiver import Got, receiving
from audits.trail.kinds import Kind
from audits.trail.record import entry_of, record_all
from profiles.actions import destinations as actions
from profiles.actions.destinations import Place
from profiles.errors import Forbidden, InvalidInput, NotFound, WrongState
from profiles.tests import cast as some
from profiles.tests.cast import SYSTEM, Cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def acme(monkeypatch: pytest.MonkeyPatch) -> Cast:
    monkeypatch.setattr(pushing, "MOST", 10)
    cast = some.make_cast()
    happen(25)
    return cast


def happen(times: int) -> None:
    told: dict[str, Any] = {"who": SYSTEM, "at": timezone.now(), "organization": "acme"}
    record_all(Kind.CHECK_REQUESTED, [entry_of(Kind.CHECK_REQUESTED, **told) for _n in range(times)])
    place(now=timezone.now())


def size() -> int:
    return Log.objects.get(organization="acme").size


def expected(start: int = 0) -> list[int]:
    rows = Leaf.objects.filter(log__organization="acme", index__gte=start).order_by("index")
    return list(rows.values_list("entry_id", flat=True))


def make_webhook(cast: Cast, url: str) -> tuple[Destination, str]:
    told: Any = {"by": cast.actor("administrator"), "now": timezone.now()}
    return actions.create_destination(cast.organization, kind="webhook", place=Place(url, "jsonl"), **told)


def make_bucket(cast: Cast, bucket: Bucket, secret: str = SECRET_KEY) -> Destination:
    typed = Place(bucket.url, "jsonl", "trails", "brightline/2026", REGION, ACCESS_KEY, secret)
    told: Any = {"by": cast.actor("administrator"), "now": timezone.now()}
    return actions.create_destination(cast.organization, kind="bucket", place=typed, **told)[0]


def sent_at(got: Got) -> datetime:
    return datetime.fromtimestamp(int(got.headers["webhook-timestamp"]), UTC)


def again(row: Destination) -> Destination:
    row.refresh_from_db()
    return row


def test_a_webhook_gets_every_entry_in_signed_batches(acme: Cast) -> None:
    with receiving() as receiver:
        row, secret = make_webhook(acme, receiver.url)
        place(now=timezone.now())
        assert push(row.pk, now=timezone.now()) == -(-size() // 10)
        got = [json.loads(line)["number"] for each in receiver.got for line in each.body.splitlines()]
        for each in receiver.got:
            assert each.headers["webhook-signature"] == Verifier(secret).sign(
                each.id, sent_at(each), each.body.decode()
            )
    assert got == expected()
    assert receiver.got[0].id == f"acme-{row.pk}-000000000000000-000000000000009"
    assert len({each.id for each in receiver.got}) == len(receiver.got)
    assert {each.headers["content-type"] for each in receiver.got} == {"application/jsonl"}
    assert (again(row).position, row.tries, row.status, row.answer) == (size(), 0, 200, "")
    assert push(row.pk, now=timezone.now()) == 0


def test_a_bucket_gets_objects_whose_names_sort_as_the_entries(acme: Cast) -> None:
    with storing() as bucket:
        row = make_bucket(acme, bucket)
        push(row.pk, now=timezone.now())
    assert bucket.numbers() == expected()
    assert not bucket.refused
    assert min(bucket.objects) == "/trails/brightline/2026/acme/000000000000000-000000000000009.jsonl.jsonl.gz"


def test_a_wrong_secret_is_noticed_and_nothing_is_skipped(acme: Cast) -> None:
    with storing() as bucket:
        row = make_bucket(acme, bucket, secret="wrong" + SECRET_KEY)
        assert push(row.pk, now=timezone.now()) == 0
        assert (again(row).status, row.position, bool(bucket.objects)) == (403, 0, False)
        assert push(row.pk, now=timezone.now()) == 0  # it is not due yet
        assert len(bucket.puts) == 1
        told: Any = {"by": acme.actor("administrator"), "now": timezone.now()}
        typed = Place(bucket.url, "jsonl", "trails", "", REGION, ACCESS_KEY, SECRET_KEY)
        actions.change_destination(row, place=typed, **told)
        push(row.pk, now=timezone.now())
        assert bucket.numbers() == expected()[: len(bucket.numbers())]
    assert Entry.objects.filter(kind=Kind.DESTINATION_CHANGED).get().content()["data"] == {"secret": "changed"}
    assert not any(SECRET_KEY.encode() in bytes(leaf) for leaf in Entry.objects.values_list("leaf", flat=True))


def test_a_failure_is_tried_again_later_and_the_names_stay(acme: Cast) -> None:
    with storing() as bucket:
        row = make_bucket(acme, bucket)
        bucket.fails, bucket.stores_then_fails = 1, True
        push(row.pk, now=timezone.now())
        assert (again(row).position, row.failing_since is None, row.due_at > timezone.now()) == (0, False, True)
        happen(7)  # the log grows meanwhile, and the batch that was cut stays as it is
        push(row.pk, now=row.due_at)
        assert bucket.puts[0] == bucket.puts[1]
    assert bucket.numbers() == expected()
    assert again(row).failing_since is None


class Killed(BaseException):
    """A worker that is gone from one instant to the next."""


@pytest.mark.parametrize("when", ["before it is sent", "after it arrived"])
def test_a_worker_that_dies_in_the_middle_neither_skips_nor_renames(
    acme: Cast, when: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, count = outgoing.post, 0

    def dying(*given: Any, **more: Any) -> Answer:
        nonlocal count
        count += 1
        if count % 2:
            if when == "after it arrived":
                real(*given, **more)
            raise Killed
        return real(*given, **more)

    with storing() as bucket:
        row = make_bucket(acme, bucket)
        place(now=timezone.now())
        monkeypatch.setattr(outgoing, "post", dying)
        for _death in range(30):
            try:
                push(row.pk, now=timezone.now())
            except Killed:
                continue
            break
        assert count > 4
    assert bucket.numbers() == expected()  # each once: what came twice has one name
    assert len(bucket.objects) == Batch.objects.count()


def test_two_workers_do_not_send_at_once(acme: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    """While one sends, another that is told to send finds that somebody is at it. (Its lock is taken here by hand.)"""
    with storing() as bucket:
        row = make_bucket(acme, bucket)
        monkeypatch.setattr(pushing, "_locked", lambda _pk: None)
        assert push(row.pk, now=timezone.now()) == 0
        assert not bucket.puts


def test_after_days_of_failures_it_stops_and_says_so(acme: Cast) -> None:
    with receiving("500") as receiver:
        row, _secret = make_webhook(acme, receiver.url)
        push(row.pk, now=timezone.now())
        long_ago = timezone.now() - timedelta(days=3)
        Destination.objects.filter(pk=row.pk).update(failing_since=long_ago, due_at=timezone.now())
        push(row.pk, now=timezone.now())
        assert (again(row).stopped_because, row.answer) == ("failing", "It answered with 500.")
        told = Entry.objects.get(kind=Kind.DESTINATION_CHANGED).content()
        assert told["data"] == {"change": "stopped", "stopped_because": "failing", "answer": "It answered with 500."}
        place(now=timezone.now())
        assert sweep(now=timezone.now() + timedelta(days=1)) == 0
        receiver.mode = "ok"
        actions.start_destination(row, by=acme.actor("administrator"), now=timezone.now())
        place(now=timezone.now())
        push(row.pk, now=timezone.now())
        got = [json.loads(line)["number"] for each in receiver.got[2:] for line in each.body.splitlines()]
    assert got == expected()


def test_everything_again_from_a_place_or_a_time_under_the_same_names(acme: Cast) -> None:
    with storing() as bucket:
        row = make_bucket(acme, bucket)
        push(row.pk, now=timezone.now())
        once = dict(bucket.objects)
        told: Any = {"by": acme.actor("administrator"), "now": timezone.now()}
        actions.replay_destination(again(row), place=13, **told)
        assert again(row).position == 10  # where the batch that holds it begins
        push(row.pk, now=timezone.now())
        assert {name: bucket.objects[name] for name in once} == once
        assert Entry.objects.get(kind=Kind.DESTINATION_REPLAYED).content()["data"]["from"] == 10
        first = Entry.objects.filter(organization="acme").earliest("pk")
        actions.replay_destination(again(row), place=None, since=first.at, **told)
        assert again(row).position == 0
        place(now=timezone.now())
        push(row.pk, now=timezone.now())
        for wrong in ({"place": 10_000}, {"place": -1}, {"place": None}):
            with pytest.raises(InvalidInput):
                actions.replay_destination(again(row), **wrong, **told)
    assert bucket.numbers() == expected()


def test_the_sweep_asks_once_for_each_that_something_waits_for(acme: Cast) -> None:
    with receiving() as receiver:
        row, _secret = make_webhook(acme, receiver.url)
        other = some.make_cast("other", "thing")
        make_webhook(other, receiver.url)  # nothing of its log is signed yet
        later = timezone.now() + timedelta(minutes=2)
        assert sweep(now=later) == 1
        assert sweep(now=later) == 0
        place(now=later)
        push(row.pk, now=later)
        assert sweep(now=later + timedelta(seconds=1)) in (1, 2)


def test_what_is_refused(acme: Cast) -> None:
    told: Any = {"by": acme.actor("administrator"), "now": timezone.now()}
    good = {"bucket": "trails", "region": REGION, "access_key": ACCESS_KEY, "secret": SECRET_KEY}
    for kind, typed, field in (
        ("webhook", {"url": ""}, "url"),
        ("webhook", {"url": "ftp://a.example/"}, "url"),
        ("webhook", {"url": "https://a.example/", "form": "pdf"}, "form"),
        ("pigeon", {"url": "https://a.example/"}, "kind"),
        ("bucket", {**good, "url": "https://s3.example/?x=1"}, "url"),
        ("bucket", {**good, "url": "https://s3.example", "bucket": "No"}, "bucket"),
        ("bucket", {**good, "url": "https://s3.example", "prefix": "a b"}, "prefix"),
        ("bucket", {**good, "url": "https://s3.example", "region": ""}, "region"),
        ("bucket", {**good, "url": "https://s3.example", "access_key": "\n"}, "access_key"),
        ("bucket", {**good, "url": "https://s3.example", "secret": ""}, "secret"),
    ):
        with pytest.raises(InvalidInput) as refusal:
            actions.create_destination(acme.organization, kind=kind, place=Place(**typed), **told)
        assert list(refusal.value.fields) == [field], (kind, typed)
    row, _secret = make_webhook(acme, "https://a.example/")
    with pytest.raises(Forbidden):
        actions.remove_destination(row, by=acme.actor("auditor"), now=timezone.now())
    with pytest.raises(NotFound):
        actions.remove_destination(row, by=some.make_cast("other", "x").actor("administrator"), now=timezone.now())
    actions.stop_destination(row, **told)
    with pytest.raises(WrongState):
        actions.stop_destination(row, **told)
    actions.remove_destination(row, **told)
    assert again(row).sealed == ""
    with pytest.raises(WrongState):
        actions.start_destination(row, **told)
    for _n in range(actions.MOST):
        make_webhook(acme, "https://a.example/")
    with pytest.raises(WrongState):
        make_webhook(acme, "https://a.example/")
