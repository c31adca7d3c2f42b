"""Deliveries to a real receiver: signed, retried, logged, disabled, replayed."""

import threading
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connections
from django.test import override_settings
from django.utils import timezone

from audits.models import Entry
from audits.telling import deliveries, fan_out, outgoing, sweep
from audits.tests.telling.receiver import Receiver, receiving
from audits.trail.kinds import Kind
from audits.trail.record import Recorded, record
from profiles.actions import webhooks as actions
from profiles.errors import Forbidden, InvalidInput, WrongState
from profiles.models import Attempt, Delivery, Notice, Webhook
from profiles.telling.retries import DELAYS, MOST_TRIES
from profiles.tests import cast as some
from profiles.tests.cast import SYSTEM, Cast

pytestmark = pytest.mark.django_db
EVENT = "hold.placed"


@pytest.fixture
def acme() -> Cast:
    return some.make_cast("acme", "helper")


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as it:
        yield it


def hook_to(acme: Cast, url: str, *events: str) -> tuple[Webhook, str]:
    return actions.create_webhook(
        acme.organization, url=url, chosen=events or (EVENT,), by=acme.actor("administrator"), now=timezone.now()
    )


def happen(target: str = "tone.profanity", *, at: datetime | None = None) -> Recorded:
    return record(
        Kind.HOLD_PLACED, who=SYSTEM, at=at or timezone.now(), organization="acme", target=f"hold {target}",
        after={"ceiling": "off"}, data={"reason": "R."},
    )  # fmt: skip


def tell() -> None:
    fan_out.tell(now=timezone.now())


def attempt(row: Delivery, *, now: datetime | None = None) -> Delivery:
    deliveries.deliver(row.pk, now=now or timezone.now())
    row.refresh_from_db()
    return row


def one(hook: Webhook) -> Delivery:
    return Delivery.objects.get(webhook=hook)


def test_an_event_arrives_signed_and_says_what_happened(acme: Cast, receiver: Receiver) -> None:
    hook, secret = hook_to(acme, receiver.url)
    entry = happen()
    tell()
    row = attempt(one(hook))
    assert row.state == Delivery.State.DELIVERED
    (said,) = receiver.verify(secret)
    assert said["type"] == EVENT
    assert (said["data"]["behavior"], said["data"]["ceiling"]) == ("tone.profanity", "off")
    assert receiver.got[0].id == entry.event_id == row.event_id
    assert receiver.got[0].headers["content-type"] == "application/json"
    (tried,) = row.attempts.all()
    assert (tried.number, tried.status, tried.failure, tried.answer) == (1, 200, "", "thank you")
    assert tried.milliseconds is not None


def test_a_second_message_finds_the_work_done(acme: Cast, receiver: Receiver) -> None:
    hook, _secret = hook_to(acme, receiver.url)
    happen()
    tell()
    row = one(hook)
    assert deliveries.deliver(row.pk, now=timezone.now())
    assert not deliveries.deliver(row.pk, now=timezone.now())
    assert len(receiver.got) == 1


def test_what_fails_is_tried_again_for_a_day_each_time_under_the_same_id(acme: Cast, receiver: Receiver) -> None:
    receiver.mode = "500"
    hook, secret = hook_to(acme, receiver.url)
    happen()
    tell()
    row, now, waits = one(hook), timezone.now(), []
    for _ in range(MOST_TRIES):
        assert not deliveries.deliver(row.pk, now=now - timedelta(seconds=1)) or row.tries == 0
        row = attempt(row, now=now)
        waits.append(row.due_at - now)
        now = row.due_at
    assert row.state == Delivery.State.FAILED
    assert row.attempts.count() == len(receiver.got) == MOST_TRIES
    assert len({got.id for got in receiver.got}) == 1
    assert all(0.8 <= wait.total_seconds() / delay <= 1.2 for wait, delay in zip(waits, DELAYS, strict=False))
    assert timedelta(hours=19) < now - row.created_at < timedelta(hours=30)
    assert [each.failure for each in row.attempts.all()] == ["It answered with 500."] * MOST_TRIES
    hook.refresh_from_db()
    assert hook.failing_since is not None
    del secret


def test_the_sweep_asks_for_what_is_due_and_for_nothing_else(acme: Cast, receiver: Receiver) -> None:
    receiver.mode = "503"
    hook, _secret = hook_to(acme, receiver.url)
    happen()
    tell()
    row = attempt(one(hook))
    assert sweep.sweep(now=timezone.now()) == 0
    assert sweep.sweep(now=row.due_at) == 1
    assert sweep.sweep(now=row.due_at + timedelta(seconds=5)) == 0
    assert sweep.sweep(now=row.due_at + timedelta(seconds=40)) == 1  # the message was lost


def test_a_receiver_that_asks_for_patience_gets_it(acme: Cast) -> None:
    with receiving("429", Retry_After="3600") as receiver:
        hook, _secret = hook_to(acme, receiver.url)
        happen()
        tell()
        row = attempt(one(hook))
    assert timedelta(minutes=59) < row.due_at - timezone.now() < timedelta(minutes=61)


def test_a_receiver_that_is_gone_is_disabled_and_administrators_are_told(acme: Cast, receiver: Receiver) -> None:
    receiver.mode = "410"
    hook, _secret = hook_to(acme, receiver.url)
    happen()
    happen("tone.humor")
    tell()
    first, second = Delivery.objects.filter(webhook=hook).order_by("pk")
    attempt(first)
    hook.refresh_from_db()
    second.refresh_from_db()
    assert hook.disabled_because == "gone"
    assert (first.state, second.state) == ("stopped", "stopped")
    tell()
    (notice,) = Notice.objects.filter(entry__kind=Kind.WEBHOOK_CHANGED)
    assert notice.user == acme.users["administrator"]


def test_days_of_failure_disable_a_webhook_and_a_success_forgives(acme: Cast, receiver: Receiver) -> None:
    receiver.mode = "500"
    hook, _secret = hook_to(acme, receiver.url)
    happen()
    tell()
    row = attempt(one(hook))
    Webhook.objects.update(failing_since=timezone.now() - timedelta(days=2, hours=23))
    row = attempt(row, now=row.due_at)
    hook.refresh_from_db()
    assert hook.disabled_at is None
    receiver.mode = "ok"
    row = attempt(row, now=row.due_at)
    hook.refresh_from_db()
    assert (row.state, hook.failing_since) == ("delivered", None)

    receiver.mode = "500"
    happen("tone.humor")
    tell()
    newer = attempt(Delivery.objects.filter(webhook=hook).latest("pk"))
    Webhook.objects.update(failing_since=timezone.now() - timedelta(days=3, minutes=1))
    attempt(newer, now=newer.due_at)
    hook.refresh_from_db()
    assert hook.disabled_because == "failing"
    entry = Entry.objects.filter(kind=Kind.WEBHOOK_CHANGED).latest("pk")
    assert (entry.actor_type, entry.organization) == ("system", "acme")


def test_a_receiver_that_does_not_answer_is_spared_not_asked_for_each_event(
    acme: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outgoing, "CONNECT", 0.3)
    hook, _secret = hook_to(acme, "http://127.0.0.1:9/")
    for number in range(5):
        happen(f"h.{number}")
    tell()
    rows = list(Delivery.objects.filter(webhook=hook).order_by("pk"))
    now = timezone.now()
    assert deliveries.deliver(rows[0].pk, now=now)
    assert [deliveries.deliver(row.pk, now=now + timedelta(seconds=2)) for row in rows[1:]] == [False] * 4
    assert deliveries.deliver(rows[1].pk, now=now + timedelta(minutes=2))


def test_two_workers_at_one_delivery_send_it_once(transactional_db: None, receiver: Receiver) -> None:
    acme = some.make_cast("acme", "helper")
    receiver.mode = "slow"
    hook, _secret = hook_to(acme, receiver.url)
    happen()
    tell()
    row = one(hook)
    done: list[bool] = []

    def run() -> None:
        done.append(deliveries.deliver(row.pk, now=timezone.now()))
        connections.close_all()

    first = threading.Thread(target=run)
    first.start()
    while not receiver.got:
        time.sleep(0.02)
    assert not deliveries.deliver(row.pk, now=timezone.now())
    receiver.let_go.set()
    first.join()
    row.refresh_from_db()
    assert (done, row.state, len(receiver.got), row.attempts.count()) == ([True], "delivered", 1, 1)


# Secrets


def test_a_secret_is_shown_once_sealed_in_the_database_and_not_in_the_trail(acme: Cast, receiver: Receiver) -> None:
    hook, secret = hook_to(acme, receiver.url + "?token=also-secret")
    _hook, newer = actions.rotate_secret(hook, by=acme.actor("administrator"), now=timezone.now())
    hook.refresh_from_db()
    everything = b"".join(bytes(entry.leaf) for entry in Entry.objects.all())
    for text in (secret, newer, secret.removeprefix("whsec_"), "also-secret"):
        assert text.encode() not in everything
        assert text not in hook.sealed + hook.sealed_before


def test_while_a_secret_changes_old_and_new_receivers_are_satisfied(acme: Cast, receiver: Receiver) -> None:
    hook, old = hook_to(acme, receiver.url)
    _hook, new = actions.rotate_secret(hook, by=acme.actor("administrator"), now=timezone.now())
    happen()
    tell()
    attempt(one(hook))
    assert receiver.verify(old) == receiver.verify(new)

    Webhook.objects.update(both_until=timezone.now())
    happen("tone.humor")
    tell()
    attempt(Delivery.objects.filter(webhook=hook).latest("pk"))
    assert receiver.got[-1].headers["webhook-signature"].count("v1,") == 1


def test_under_another_secret_key_the_log_says_what_to_do(acme: Cast, receiver: Receiver) -> None:
    hook, _secret = hook_to(acme, receiver.url)
    happen()
    tell()
    with override_settings(SECRET_KEY="x" * 60):
        row = attempt(one(hook))
    assert "Make a new one" in row.attempts.get().failure
    assert receiver.got == []
    with override_settings(SECRET_KEY="y" * 60, SECRET_KEY_FALLBACKS=[_key()]):
        row = attempt(row, now=row.due_at)
    assert row.state == Delivery.State.DELIVERED


def _key() -> str:
    from django.conf import settings

    return settings.SECRET_KEY


# What people do


def test_only_those_who_manage_webhooks_make_them(acme: Cast) -> None:
    for role in ("editor", "approver", "compliance", "auditor", "steward"):
        with pytest.raises(Forbidden):
            actions.create_webhook(
                acme.organization, url="https://a.example/", chosen=[EVENT], by=acme.actor(role), now=timezone.now()
            )


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("ftp://a.example/", "https://"),
        ("https://u:p@a.example/", "name or a password"),
        ("https://10.1.2.3/", "inside a network"),
        ("nonsense", "https://"),
        ("https://", "web address"),
        ("https://a.example/" + "a" * 600, "at most"),
    ],
)
def test_an_address_that_cannot_be_is_refused_at_its_field(acme: Cast, url: str, words: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        hook_to(acme, url)
    assert words in refusal.value.fields["url"][0]


def test_outside_the_embedded_mode_neither_http_nor_this_machine_is_fine(acme: Cast, receiver: Receiver) -> None:
    with override_settings(EMBEDDED=False):
        for url in (receiver.url, f"https://127.0.0.1:{receiver.port}/", "https://[::1]/"):
            with pytest.raises(InvalidInput):
                hook_to(acme, url)
        Webhook.objects.all().delete()
    hook, _secret = hook_to(acme, receiver.url)
    happen()
    tell()
    with override_settings(EMBEDDED=False):
        row = attempt(one(hook))
    assert row.attempts.get().failure == "The address must begin with https://."
    assert receiver.got == []


def test_events_are_chosen_among_those_that_there_are(acme: Cast) -> None:
    for chosen in ([], ["session.started"], ["hold.placed", "x"]):
        with pytest.raises(InvalidInput) as refusal:
            actions.create_webhook(
                acme.organization,
                url="https://a.example/",
                chosen=chosen,
                by=acme.actor("administrator"),
                now=timezone.now(),
            )
        assert "events" in refusal.value.fields


def test_an_organization_has_at_most_so_many(acme: Cast) -> None:
    for _ in range(actions.MOST):
        hook_to(acme, "https://a.example/")
    with pytest.raises(WrongState):
        hook_to(acme, "https://a.example/")


def test_a_disabled_webhook_gets_nothing_and_later_what_it_missed(acme: Cast, receiver: Receiver) -> None:
    by = acme.actor("administrator")
    hook, secret = hook_to(acme, receiver.url)
    began = timezone.now()
    happen("a.before")
    tell()
    actions.disable_webhook(hook, by=by, now=timezone.now())
    assert one(hook).state == Delivery.State.STOPPED
    happen("b.while")
    tell()
    assert Delivery.objects.filter(webhook=hook).count() == 1

    with pytest.raises(WrongState):
        actions.replay_since(hook, since=began, by=by, now=timezone.now())
    actions.enable_webhook(hook, by=by, now=timezone.now())
    happen("c.after")
    tell()
    assert actions.replay_since(hook, since=began, by=by, now=timezone.now()) == 2
    for row in Delivery.objects.filter(webhook=hook).order_by("pk"):
        attempt(row)
    said = receiver.verify(secret)
    assert {each["data"]["behavior"] for each in said} == {"a.before", "b.while", "c.after"}
    assert len(said) == 3
    assert actions.replay_since(hook, since=began, by=by, now=timezone.now()) == 0


def test_what_arrived_can_be_sent_again_by_itself_under_its_id(acme: Cast, receiver: Receiver) -> None:
    hook, _secret = hook_to(acme, receiver.url)
    happen()
    tell()
    row = attempt(one(hook))
    again = actions.replay_delivery(hook, delivery=row, by=acme.actor("administrator"), now=timezone.now())
    with pytest.raises(WrongState):
        actions.replay_delivery(hook, delivery=row, by=acme.actor("administrator"), now=timezone.now())
    row = attempt(again)
    assert [got.id for got in receiver.got] == [row.event_id] * 2
    assert [each.number for each in row.attempts.all()] == [1, 2]


def test_a_replay_is_bounded(acme: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    hook, _secret = hook_to(acme, "https://a.example/")
    by, now = acme.actor("administrator"), timezone.now()
    for since in (now - timedelta(days=31), now + timedelta(hours=1)):
        with pytest.raises(InvalidInput):
            actions.replay_since(hook, since=since, by=by, now=now)
    monkeypatch.setattr(actions, "MOST_REPLAYED", 2)
    for number in range(3):
        happen(f"h.{number}")
    with pytest.raises(InvalidInput):
        actions.replay_since(hook, since=now - timedelta(hours=1), by=by, now=timezone.now())
    assert not Delivery.objects.exists()


def test_a_replay_takes_nothing_of_another_organization(acme: Cast) -> None:
    some.make_cast("rival", "thing")
    record(Kind.HOLD_PLACED, who=SYSTEM, at=timezone.now(), organization="rival", target="hold theirs.alone")
    hook, _secret = hook_to(acme, "https://a.example/")
    now = timezone.now()
    assert actions.replay_since(hook, since=now - timedelta(hours=1), by=acme.actor("administrator"), now=now) == 0


def test_a_test_event_arrives(acme: Cast, receiver: Receiver) -> None:
    hook, secret = hook_to(acme, receiver.url)
    row = attempt(actions.send_test(hook, by=acme.actor("administrator"), now=timezone.now()))
    (said,) = receiver.verify(secret)
    assert (said["type"], said["data"]["organization"], row.state) == ("webhook.test", "acme", "delivered")


def test_what_is_removed_is_silent_and_forgets_its_secret(acme: Cast, receiver: Receiver) -> None:
    by = acme.actor("administrator")
    hook, _secret = hook_to(acme, receiver.url)
    happen()
    tell()
    actions.remove_webhook(hook, by=by, now=timezone.now())
    row = attempt(one(hook))
    assert (row.state, receiver.got) == ("stopped", [])
    hook.refresh_from_db()
    assert hook.sealed == ""
    for act in (actions.send_test, actions.rotate_secret, actions.enable_webhook, actions.remove_webhook):
        with pytest.raises(WrongState):
            act(hook, by=by, now=timezone.now())


def test_a_changed_address_gets_what_waits(acme: Cast, receiver: Receiver) -> None:
    hook, _secret = hook_to(acme, "http://127.0.0.1:9/")
    happen()
    tell()
    row = attempt(one(hook))
    actions.change_webhook(
        hook, url=receiver.url, chosen=[EVENT], description="Moved.", by=acme.actor("administrator"), now=timezone.now()
    )
    assert attempt(row, now=row.due_at).state == Delivery.State.DELIVERED


def test_old_deliveries_are_forgotten_with_their_attempts_and_what_waits_is_not(acme: Cast, receiver: Receiver) -> None:
    hook, _secret = hook_to(acme, receiver.url)
    for number in range(2):
        happen(f"h.{number}")
    tell()
    done, waits = Delivery.objects.filter(webhook=hook).order_by("pk")
    attempt(done)
    Delivery.objects.update(created_at=timezone.now() - timedelta(days=61))
    sweep.forget(now=timezone.now())
    assert list(Delivery.objects.all()) == [waits]
    assert not Attempt.objects.exists()


def test_hostile_text_in_a_receivers_answer_is_kept_as_text(acme: Cast) -> None:
    hostile: dict[str, Any] = {"X_Evil": "<script>"}
    with receiving("400", **hostile) as receiver:
        hook, _secret = hook_to(acme, receiver.url)
        happen()
        tell()
        row = attempt(one(hook))
    (tried,) = row.attempts.all()
    assert tried.answer == "no \ufffd\ufffd[31m, sorry"
