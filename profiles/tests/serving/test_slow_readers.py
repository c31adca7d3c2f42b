"""Clients of streams that read slowly or not at all, from a real process over real HTTP, while much is published: every
change is told, which otherwise are told together."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from threading import Thread

import pytest
from django.db import transaction
from django.utils import timezone

from config.processes import until
from config.tests import support
from profiles.actions.publishing import republish
from profiles.models import Product, PublishedProfile
from profiles.serving.events import SEND_SECONDS
from profiles.tests import cast as some
from profiles.tests.cast import SYSTEM, Cast
from profiles.tests.serving.streams import Listener, Process, Sleeper, events_process
from profiles.tests.serving.web import new_key

pytestmark = pytest.mark.django_db(transaction=True)
SLEEPERS = 40
PUBLICATIONS = 320  # some 90 kB of events for each stream: more than fits on the way to a sleeper


@pytest.fixture
def acme() -> Cast:
    cast = some.make_cast()
    some.make_active(cast, safety__danger_caveats="off")
    return cast


class Publisher:
    """Publishes the active version again, each time with other bytes."""

    def __init__(self, cast: Cast) -> None:
        self.cast, self.count = cast, 0

    def publish(self) -> str:
        """The digest of what holds from now on."""
        self.count += 1
        with support.unrecorded():
            Product.objects.filter(pk=self.cast.product.pk).update(slug=f"helper-{self.count}")
        self.cast.product.refresh_from_db()
        with transaction.atomic():
            republish(self.cast.product, because="Said anew.", by=SYSTEM, now=timezone.now())
        return PublishedProfile.objects.latest("id").digest


class Heard:
    """When a client heard of which digest, by the monotonic clock."""

    def __init__(self, client: Listener) -> None:
        self.at: dict[str, float] = {}
        self._client = client
        Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        with suppress(OSError, ValueError, AttributeError):  # closed at the end of the test
            while told := self._client.event():
                self.at[told["data"]["digest"]] = time.monotonic()


@contextmanager
def sleepers(process: Process, key: str, count: int) -> Iterator[list[Sleeper]]:
    found = [Sleeper(process.port, key) for _n in range(count)]
    try:
        yield found
    finally:
        for one in found:
            one.close()


def test_who_does_not_read_costs_nothing_delays_nobody_and_hears_the_newest_state(acme: Cast) -> None:
    _row, key = new_key(acme)
    publisher = Publisher(acme)
    with events_process(BRIGHTLINE_EVENTS_DELAY="0") as process, closing(Listener(process.port, key=key)) as awake:
        awake.event()
        with sleepers(process, key, SLEEPERS) as asleep:
            publisher.publish()
            awake.event()
            before, heard, newest = process.memory(), Heard(awake), ""
            published: dict[str, float] = {}
            for _n in range(PUBLICATIONS):
                newest = publisher.publish()
                published[newest] = time.monotonic()
            assert until(lambda: newest in heard.at, seconds=5)
            assert process.memory() - before < 10
            waits = [at - published[digest] for digest, at in heard.at.items() if digest in published]
            assert len(waits) > PUBLICATIONS / 2
            assert statistics.median(waits) < 0.1
            assert max(waits) < 2
            for one in asleep:
                told, has_ended = one.told(newest)
                assert not has_ended
                assert told[-1]["digest"] == newest
                assert len(told) < len(heard.at)  # what did not matter any more was not told
        last = publisher.publish()
        assert until(lambda: last in heard.at, seconds=5)


def test_who_takes_nothing_for_long_is_left_and_who_is_quiet_hears_that_the_stream_lives(acme: Cast) -> None:
    other = some.make_cast("globex", product="clerk")
    some.make_active(other, safety__danger_caveats="off")
    keys = [new_key(cast)[1] for cast in (acme, other)]
    with (
        events_process(BRIGHTLINE_EVENTS_STREAMS="2", BRIGHTLINE_EVENTS_DELAY="0") as process,
        closing(Listener(process.port, key=keys[1])) as quiet,
        closing(Sleeper(process.port, keys[0])) as asleep,
    ):
        quiet.event()
        assert Listener(process.port, key=keys[0]).status == 503
        begun, publisher = time.monotonic(), Publisher(acme)
        for _n in range(PUBLICATIONS + 80):
            publisher.publish()
        assert [quiet.line(), quiet.line()] == [": ", ""]  # a comment, which no client takes for an event
        assert time.monotonic() - begun > 14
        assert until(lambda: Listener(process.port, key=keys[0]).status == 200, seconds=SEND_SECONDS + 10, every=0.5)
        _told, has_ended = asleep.told()
        assert has_ended
        assert [quiet.line(), quiet.line()] == [": ", ""]
        assert time.monotonic() - begun > 29
