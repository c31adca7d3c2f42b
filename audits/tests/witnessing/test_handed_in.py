"""Cosignatures that an auditor hands in: hostile input first. Nobody is signed in here."""

from __future__ import annotations

import time
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from audits.ledger import keys, read
from audits.log import notes, tree
from audits.models import Cosignature, Entry, Halt, Log
from audits.tests.ledger.test_sequence import happen, place_all
from audits.witnessing import handed_in
from profiles.actions.auditors import add_auditor
from profiles.tests import cast as some
from profiles.tests.cast import SYSTEM, Cast

pytestmark = pytest.mark.django_db
KEY = Ed25519PrivateKey.from_private_bytes(b"a" * 32)
NAME = "auditor.example"
VKEY = str(notes.verifier_of(NAME, KEY, notes.COSIGNATURE))


@pytest.fixture
def acme() -> Cast:
    cast = some.make_cast()
    add_auditor(cast.organization, name="Ida Brandt", key=VKEY, by=SYSTEM, now=some.NOW)
    place_all()
    return cast


@pytest.fixture
def log(acme: Cast) -> Log:
    return Log.objects.get(organization="acme")


def checkpoint(log: Log) -> str:
    newest = read.latest(log)
    assert newest is not None
    return notes.parse_note(newest.note).text


def signed(text: str, key: Ed25519PrivateKey = KEY, name: str = NAME, at: int | None = None) -> str:
    return f"{text}\n{notes.cosign(text, name, key, time=at or int(time.time()))}\n"


def send(body: str | bytes, slug: str = "acme") -> tuple[int, str]:
    answer = Client(enforce_csrf_checks=True).post(f"/log/{slug}/cosignature", body, content_type="text/plain")
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    return answer.status_code, answer.content.decode()


# What is refused


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        (b"", 400, "Send the checkpoint as you got it"),
        (b"\xff\xfe\x00", 400, "Send the checkpoint as you got it"),
        ("— auditor.example AAAA\n", 400, "Send the checkpoint as you got it"),
        ("a\n\n— auditor.example AAAAAAA=\n", 400, "This is no checkpoint"),
        ("x/log\n7\nAAAA\n\n— auditor.example AAAAAAA=\n", 400, "This is no checkpoint"),
        (b"x" * 20_000, 413, "at most 16384 bytes"),
        ("\n".join(["a", *["— x AAAAAAA="] * 100]) + "\n", 400, "Send the checkpoint as you got it"),
        ("\x00" * 100, 400, "Send the checkpoint as you got it"),
    ],
)
def test_what_is_no_checkpoint_is_refused(acme: Cast, body: str | bytes, status: int, said: str) -> None:
    got = send(body)
    assert (got[0], said in got[1]) == (status, True), got
    assert not Cosignature.objects.exists()


def test_who_is_not_known_is_told_so(log: Log) -> None:
    stranger = Ed25519PrivateKey.generate()
    for body in (
        signed(checkpoint(log), stranger, "stranger.example"),
        signed(checkpoint(log), stranger),  # another key under the same name
        str(notes.Note(checkpoint(log), (notes.sign(checkpoint(log), NAME, KEY),))),  # not as a cosignature
    ):
        status, said = send(body)
        assert (status, "adds keys on its page" in said) == (403, True)
    assert not Cosignature.objects.exists()


def test_a_wrong_signature_of_a_known_key_is_refused(log: Log) -> None:
    good = notes.parse_note(signed(checkpoint(log))).signatures[0]
    wrong = notes.Signature(good.name, good.key_id, good.blob[:-1] + bytes([good.blob[-1] ^ 1]))
    status, said = send(str(notes.Note(checkpoint(log), (wrong,))))
    assert (status, said) == (422, "A signature is wrong: the signature of auditor.example is wrong.\n")


def test_another_text_or_log_or_size_is_refused(log: Log) -> None:
    text = checkpoint(log)
    elsewhere = text.replace("/log/acme", "/log/other")
    assert send(signed(elsewhere))[0] == 422
    larger = notes.Checkpoint(log.origin, log.size + 1, tree.EMPTY_ROOT).text
    assert send(signed(larger)) == (404, f"This log signed no checkpoint of {log.size + 1} entries.\n")
    huge = notes.Checkpoint(log.origin, 10**30, tree.EMPTY_ROOT).text
    assert send(signed(huge))[0] == 404
    other_root = notes.Checkpoint(log.origin, log.size, tree.EMPTY_ROOT).text
    status, said = send(signed(other_root))
    assert (status, "has another root" in said) == (409, True)
    assert not Cosignature.objects.exists()
    assert not Halt.objects.exists()


def test_a_time_that_has_yet_to_come_is_refused(log: Log) -> None:
    for at in (int(time.time()) + 3_600, 2**63, 2**64 - 1):
        status, said = send(signed(checkpoint(log), at=at))
        assert (status, "has yet to come" in said) == (422, True)


def test_there_is_no_such_log(acme: Cast) -> None:
    assert send("x", "nobody") == (404, "There is no such log.\n")


def test_a_key_that_was_removed_counts_no_more(acme: Cast, log: Log) -> None:
    acme.organization.auditors.update(removed_at=some.NOW)
    assert send(signed(checkpoint(log)))[0] == 403


def test_a_key_of_one_organization_is_not_known_to_another_one(acme: Cast, log: Log) -> None:
    some.make_cast("other", "thing")
    place_all()
    other = Log.objects.get(organization="other")
    assert send(signed(checkpoint(other)), "other")[0] == 403


def test_whoever_sends_nonsense_costs_little(log: Log) -> None:
    lines = "".join(f"{notes.cosign('x', f'x{n}.example', KEY, time=1)}\n" for n in range(60))
    with CaptureQueriesContext(
        connection,
    ) as asked:
        assert send(f"{checkpoint(log)}\n{lines}")[0] == 403
    assert len(asked) <= 6


# What is kept


def test_it_is_kept_and_served_with_the_checkpoint(log: Log) -> None:
    body = signed(checkpoint(log))
    status, answer = send(body)
    assert status == 200
    served = Client().get(f"/log/acme/checkpoint/{log.size}")
    assert served.content.decode() == answer
    key = notes.parse_verifier(VKEY)
    found, lines = notes.opened(answer, keys.verifiers(log.origin)[0], {key.name: key})
    assert (found.size, len(lines)) == (log.size, 1)
    assert send(signed(checkpoint(log), at=1_700_000_000)) == (200, answer)  # the first one stays
    assert Cosignature.objects.count() == 1


def test_the_whole_note_with_everybodys_lines_may_come(log: Log) -> None:
    newest = read.latest(log)
    assert newest is not None
    line = notes.cosign(checkpoint(log), NAME, KEY, time=int(time.time()))
    assert send(f"{newest.note}{line}\n")[0] == 200
    assert send(f"{newest.note}{line}\n".replace("\n", "\r\n"))[0] == 200


def test_an_older_checkpoint_can_be_cosigned_too(log: Log) -> None:
    older = checkpoint(log)
    happen("acme", 5)
    place_all()
    assert send(signed(older))[0] == 200
    row = Cosignature.objects.get()
    assert row.checkpoint.size == log.size


def test_a_form_will_do(log: Log) -> None:
    answer = Client().post("/log/acme/cosignature", {"note": signed(checkpoint(log))})
    assert answer.status_code == 200


def test_whoever_shows_what_this_log_signed_and_lost_stops_it(log: Log, settings: Any, tmp_path: Any) -> None:
    settings.BRIGHTLINE_LOG_PUBLISHED = str(tmp_path)
    text = notes.Checkpoint(log.origin, log.size, tree.hash_leaf(b"as it was")).text
    body = f"{text}\n" + "".join(f"{line}\n" for line in keys.sign(text, log.origin))
    status, said = send(body)
    assert (status, "Keep what you have" in said) == (409, True)
    assert Halt.objects.get().because == "differs"
    told = Entry.objects.filter(kind="log.disputed").get().content()
    assert (told["data"]["because"], told["data"]["size"]) == ("fork", log.size)


def test_the_limit_is_what_the_view_reads(log: Log) -> None:
    assert send("x" * handed_in.MOST)[0] == 400
    assert send("x" * (handed_in.MOST + 1))[0] == 413
    assert send("x" * 3_000_000)[0] == 413
