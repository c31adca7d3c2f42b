"""Telling with real workers on a real queue; some are killed in the middle."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from django.utils import timezone

from audits.models import Untold
from audits.telling.sweep import sweep
from audits.telling.waiting import ASK_AGAIN
from audits.tests.telling.receiver import receiving
from audits.trail.kinds import Kind
from audits.trail.record import record
from config.processes import until
from config.tests.support import Worker
from profiles.actions.webhooks import create_webhook
from profiles.models import Delivery, Letter, Notice, Webhook
from profiles.tests import cast as some
from profiles.tests.cast import SYSTEM, Cast

Start = Callable[..., AbstractContextManager[Worker]]
LATER = ASK_AGAIN + timedelta(seconds=5)


@pytest.fixture
def acme(broker: str) -> Cast:
    cast = some.make_cast()
    Untold.objects.all().delete()
    ask(broker, "SELECT pgmq.purge_queue('brightline')")
    return cast


def ask(dsn: str, question: str) -> Any:
    with psycopg.connect(dsn, autocommit=True) as connection:
        row = connection.execute(question).fetchone()
    return row[0] if row else None


def in_queue(dsn: str) -> Any:
    return ask(dsn, "SELECT count(*) FROM pgmq.q_brightline")


def nobody_holds(dsn: str, table: str) -> bool:
    return not ask(dsn, f"SELECT count(*) FROM pg_locks WHERE relation = '{table}'::regclass")


def happen(target: str = "tone.profanity") -> None:
    record(Kind.HOLD_PLACED, who=SYSTEM, at=timezone.now(), organization="acme", target=f"hold {target}")


def hook_to(acme: Cast, url: str) -> tuple[Webhook, str]:
    return create_webhook(
        acme.organization, url=url, chosen=["hold.placed"], by=acme.actor("administrator"), now=timezone.now()
    )


def test_a_worker_tells_people_sends_mail_and_delivers(broker: str, worker: Start, acme: Cast) -> None:
    some.set_values(acme, safety__danger_caveats="off")
    with receiving() as receiver, worker() as running:
        hook, secret = hook_to(acme, receiver.url)
        happen()
        some.submit(acme)
        arrived = Delivery.objects.filter(webhook=hook, state="delivered")
        sent = Letter.objects.filter(notice__topic="reviews", state="sent")
        assert until(lambda: arrived.exists() and sent.count() == 3, seconds=20), running.log.read_text()
        assert until(lambda: in_queue(broker) == 0, seconds=10)
        assert "Subject: Editor of Acme submitted version 1 of Helper" in running.log.read_text()
        (said,) = receiver.verify(secret)
    assert said["type"] == "hold.placed"
    assert not Untold.objects.exists()


def test_a_worker_that_is_killed_while_it_tells_loses_nothing_and_doubles_nothing(
    broker: str, worker: Start, acme: Cast
) -> None:
    hook, _secret = hook_to(acme, "https://hooks.example.com/")
    happen("a.first")
    happen("b.second")
    # It has the entry, and waits for the table that deliveries go into, after it wrote the notices.
    with psycopg.connect(broker) as obstacle:
        obstacle.execute("LOCK TABLE profiles_delivery IN ACCESS EXCLUSIVE MODE")
        waits = "SELECT count(*) FROM pg_locks WHERE relation = 'profiles_delivery'::regclass AND NOT granted"
        with worker() as running:
            assert until(lambda: ask(broker, waits), seconds=20), running.log.read_text()
            running.kill()
        obstacle.rollback()
    assert until(lambda: nobody_holds(broker, "profiles_notice"), seconds=20)
    assert Untold.objects.count() == 2
    assert not Notice.objects.exists()

    assert sweep(now=timezone.now() + LATER) >= 2
    people = acme.organization.members.count()
    assert Notice.objects.count() == 2 * people
    assert Delivery.objects.filter(webhook=hook).count() == 2
    with worker() as running:
        # The first messages become visible again at last: the work is done already.
        ask(broker, "SELECT count(*) FROM pgmq.q_brightline, pgmq.set_vt('brightline', msg_id, 0)")
        assert until(lambda: in_queue(broker) == 0, seconds=30), running.log.read_text()
    assert Notice.objects.count() == 2 * people
    assert Delivery.objects.filter(webhook=hook).count() == 2


def test_a_worker_that_is_killed_while_it_delivers_leaves_an_attempt_without_an_end_and_the_next_one_arrives(
    broker: str, worker: Start, acme: Cast
) -> None:
    with receiving("slow") as receiver:
        hook, secret = hook_to(acme, receiver.url)
        happen()
        with worker() as running:
            assert until(lambda: bool(receiver.got), seconds=20), running.log.read_text()
            running.kill()
        assert until(lambda: nobody_holds(broker, "profiles_delivery"), seconds=20)
        row = Delivery.objects.get(webhook=hook)
        assert (row.state, row.tries) == ("waiting", 1)
        assert [(each.number, each.milliseconds) for each in row.attempts.all()] == [(1, None)]

        receiver.mode = "ok"
        assert sweep(now=timezone.now() + LATER) == 1
        with worker() as running:
            arrived = Delivery.objects.filter(pk=row.pk, state="delivered")
            assert until(arrived.exists, seconds=20), running.log.read_text()
            ask(broker, "SELECT count(*) FROM pgmq.q_brightline, pgmq.set_vt('brightline', msg_id, 0)")
            assert until(lambda: in_queue(broker) == 0, seconds=20), running.log.read_text()
        first, second = receiver.got
        assert first.id == second.id == row.event_id
        assert len(receiver.verify(secret)) == 2
    attempts = [(each.number, each.status) for each in row.attempts.all()]
    assert attempts == [(1, None), (2, 200)]
