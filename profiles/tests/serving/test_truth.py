"""Under fire: while activations, revocations and expiries run at twenty a second, no client of two web processes ever
gets what was not approved for its key at that moment.

The truth is what the database held: of every publication and every key the instants before and after its transaction.
An answer is right if it was true at some moment between the request and the answer, or at most ``BOUND`` seconds before
the request: so long a change may be on its way (the README says one second).
"""

from __future__ import annotations

import hashlib
import json
import math
import random
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from django.db import connection
from django.utils import timezone

from profiles.actions.api_keys import revoke_api_key
from profiles.actions.attestations import revoke_attestation
from profiles.errors import DomainError
from profiles.models import ApiKey, Attestation, PublishedProfile, Version
from profiles.tests import cast as some
from profiles.tests.cast import SYSTEM, Cast
from profiles.tests.serving.web import Answer, Web, new_key, web_process

pytestmark = pytest.mark.django_db(transaction=True)
SECONDS = 12
WRITES_A_SECOND = 20  # on a machine that is not busy with something else
WRITERS = 4
BOUND = 1.0  # seconds


@dataclass
class KeyTruth:
    """When a key surely opened something, and when it surely did not."""

    text: str
    place: str
    lives_from: float
    dies_at: float = math.inf  # after this nobody may get anything with it


@dataclass
class Seen:
    key: str
    web: int
    asked: float
    answered: float
    answer: Answer


@dataclass
class Field:
    """What the writers know and the readers saw."""

    cast: Cast
    approved: list[Version] = field(default_factory=list)
    keys: list[KeyTruth] = field(default_factory=list)
    seen: list[Seen] = field(default_factory=list)
    writes: list[tuple[float, float]] = field(default_factory=list)  # from before its beginning to after its end
    over: bool = False

    def committed(self, moment: datetime) -> float:
        """By when a publication of this ``now`` was committed at the latest: when the writes of that time had ended."""
        at = moment.timestamp()
        return max((end for begun, end in self.writes if begun <= at <= end), default=at)


def approved_versions(cast: Cast, number: int) -> Iterator[Version]:
    """Ready to be activated, one after the other; each differs from the one before."""
    for n in range(number):
        some.set_values(
            cast, format__length=("standard", "thorough")[n % 2], content__explicit=("on", "off")[n // 2 % 2]
        )
        version = some.submit(cast, why=f"Number {n}.")
        some.approve(cast, version)
        yield version


def write(ground: Field, chosen: random.Random) -> None:
    """One change, by the action that a page would call."""
    kind = chosen.choice(["activate", "activate", "revoke", "make", "expiring", "attest", "withdraw"])
    cast = ground.cast
    if kind == "activate" and ground.approved:
        some.activate(cast, ground.approved.pop(0))
    elif kind == "attest":
        some.attest(cast, "adults_only", until=timezone.now() + timedelta(seconds=chosen.choice([0.7, 1.5, 60])))
    elif kind == "withdraw":
        claims = [
            claim
            for claim in Attestation.objects.filter(product=cast.product)
            if claim.revoked_at is None and claim.expires_at and claim.expires_at > timezone.now()
        ]
        if claims:
            revoke_attestation(claims[-1], comment="Withdrawn.", by=cast.actor("steward"), now=timezone.now())
    elif kind == "revoke":
        living = [key for key in ground.keys[1:] if key.dies_at == math.inf]
        if len(living) > 3:
            truth = living[0]
            row = ApiKey.objects.get(digest=hashlib.sha256(truth.text.encode()).digest())
            revoke_api_key(row, by=SYSTEM, now=timezone.now())
            truth.dies_at = time.time()
    else:
        end = time.time() + 0.8 if kind == "expiring" else math.inf
        expires = timezone.now() + timedelta(seconds=end - time.time()) if kind == "expiring" else None
        _row, text = new_key(cast, expires_at=expires)
        ground.keys.append(KeyTruth(text, "production", time.time(), expires.timestamp() if expires else math.inf))


def read(ground: Field, webs: list[Web], seed: int) -> None:
    chosen = random.Random(seed)
    while not ground.over:
        key, number = chosen.choice(ground.keys[-8:] + ground.keys[:1]), chosen.randrange(len(webs))
        asked = time.time()
        answer = webs[number].ask(key.text)
        ground.seen.append(Seen(key.text, number, asked, time.time(), answer))


def keep_writing(ground: Field, seed: int, until: float) -> None:
    chosen = random.Random(seed)
    try:
        while (begun := time.time()) < until:
            with suppress(DomainError):  # without the attestation a version that needs it is refused, as it should be
                write(ground, chosen)
            ground.writes.append((begun, time.time()))
            time.sleep(max(0.0, begun + WRITERS / WRITES_A_SECOND - time.time()))
    finally:
        connection.close()


def fire(ground: Field, webs: list[Web]) -> None:
    end = time.time() + SECONDS
    readers = [threading.Thread(target=read, args=[ground, webs, seed], daemon=True) for seed in range(4)]
    writers = [threading.Thread(target=keep_writing, args=[ground, seed, end], daemon=True) for seed in range(WRITERS)]
    for thread in (*readers, *writers):
        thread.start()
    for writer in writers:
        writer.join(SECONDS + 20)
    time.sleep(BOUND)
    ground.over = True
    for reader in readers:
        reader.join(15)


@dataclass(frozen=True)
class Stretch:
    """A row, and when it was the one that holds: from when it may be seen, and until when at the latest."""

    first: float
    last: float


def truth_of_rows(ground: Field) -> dict[bytes, list[Stretch]]:
    """For each document that was ever published, when it was what clients of production were to get.

    Rows of one publication follow each other, in the order in which publications took the lock; those of the next one
    take their place once it is committed, which the writer saw.
    """
    rows = PublishedProfile.objects.filter(environment=ground.cast.production).order_by("id")
    batches: dict[datetime, list[PublishedProfile]] = {}
    for row in rows:
        batches.setdefault(row.published_at, []).append(row)
    found: dict[bytes, list[Stretch]] = {}
    for start, following in pairwise([*batches, None]):
        replaced = ground.committed(following) + BOUND if following else math.inf
        for row in batches[start] if start else ():
            end = row.valid_until.timestamp() if row.valid_until else math.inf
            # Replaced: for so long as the change may be on its way. Ended by itself: at that instant.
            last = min(end, replaced)
            if last > row.valid_from.timestamp():
                found.setdefault(bytes(row.body), []).append(Stretch(row.valid_from.timestamp(), last))
    return found


def test_no_client_ever_gets_what_was_not_approved_for_it_then() -> None:
    cast = some.make_cast()
    some.make_active(cast, format__length="brief")
    some.attest(cast, "adults_only", until=timezone.now() + timedelta(hours=1))
    ground = Field(cast, approved=list(approved_versions(cast, SECONDS * WRITES_A_SECOND // 3)))
    ground.keys.append(KeyTruth(new_key(cast)[1], "production", time.time()))
    with web_process() as one, web_process() as other:
        fire(ground, [one, other])
    connection.close()
    stretches, keys = truth_of_rows(ground), {key.text: key for key in ground.keys}
    wrong: list[str] = []
    served = 0
    for seen in ground.seen:
        key = keys[seen.key]
        if seen.answer.status == 200:
            served += 1
            if seen.asked > key.dies_at + BOUND:
                wrong.append(f"a key that was dead for {seen.asked - key.dies_at:.2f} s got something")
            right = [s for s in stretches.get(seen.answer.body, ()) if s.first <= seen.answered and seen.asked < s.last]
            if not right:
                wrong.append(f"version {json.loads(seen.answer.body)['version']} was not the approved one")
            until = json.loads(seen.answer.body)["valid_until"]
            if until and seen.asked > _seconds(until):
                wrong.append("past valid_until")
        elif key.lives_from + BOUND < seen.asked and seen.answered < key.dies_at:
            wrong.append(f"a living key got {seen.answer.status}: {seen.answer.body[:200]!r}")
    print(f"{len(ground.writes)} writes, {len(ground.seen)} answers, {served} of them profiles")
    assert not wrong, (len(wrong), wrong[:5])
    assert len(ground.writes) > SECONDS * 3
    assert served > 500
    assert len(stretches) > 10
    assert any(seen.answer.status == 401 for seen in ground.seen)


def _seconds(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()
