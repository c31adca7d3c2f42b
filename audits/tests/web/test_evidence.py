"""Evidence that is taken away, and checked by somebody who is not signed in."""

from __future__ import annotations

import hashlib
import json
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from audits.ledger import keys
from audits.ledger.sequence import place
from audits.log import verify
from audits.models import Entry, Log
from audits.trail.kinds import Kind
from audits.trail.record import record
from profiles.tests import cast as some
from profiles.tests.cast import SYSTEM, Cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def acme() -> Cast:
    cast = some.make_cast()
    some.attest(cast, "adults_only", until=timezone.now() + timedelta(days=9))
    some.make_active(cast, content__explicit="on")
    record(Kind.CHECK_REQUESTED, who=SYSTEM, at=timezone.now(), organization="acme", target="=1+1")
    place(now=timezone.now())
    return cast


def signed_in(cast: Cast, role: str = "auditor") -> Client:
    client = Client()
    client.force_login(cast.users[role])
    return client


def taken(cast: Cast) -> bytes:
    answer = signed_in(cast).post("/trail/evidence/")
    size = Log.objects.get(organization="acme").size
    assert answer.headers["Content-Disposition"] == f'attachment; filename="evidence-acme-{size}.zip"'
    return bytes(answer.content)


def key() -> str:
    return str(keys.verifiers(Log.objects.get(organization="acme").origin)[0])


def test_a_bundle_holds_all_that_happened_and_is_right(acme: Cast) -> None:
    data = taken(acme)
    verdict = verify.verify(data, key())
    log = Log.objects.get(organization="acme")
    assert (verdict.origin, verdict.size) == (log.origin, log.size)
    files = verify.unpack(data)
    assert files[verify.ENTRIES].count(b"\n") == log.size
    profiles = [name for name in files if name.startswith("profiles/")]
    assert profiles
    assert all(any(name in sentence for sentence in verdict.checked) for name in profiles)
    assert json.loads(files[profiles[0]])["product"] == "helper"
    assert b"'=1+1" in files["entries.csv"]  # nothing that a spreadsheet would run
    assert log.origin.encode() in files["report.html"]
    assert b"http" not in files["report.html"].replace(b"http-equiv", b"")


def test_taking_it_is_itself_on_record(acme: Cast) -> None:
    data = taken(acme)
    entry = Entry.objects.filter(kind="evidence.exported").get()
    told = entry.content()
    assert told["data"] == {"sha256": hashlib.sha256(data).hexdigest(), "entries": verify.verify(data).size}
    assert told["actor"]["name"] == acme.users["auditor"].name
    page = signed_in(acme).get("/trail/").content.decode()
    assert "took an evidence bundle of" in page


def test_nothing_of_another_organization_is_in_it(acme: Cast) -> None:
    other = some.make_cast("other", "thing")
    place(now=timezone.now())
    assert b'"organization":"other"' not in taken(acme)
    assert signed_in(other).post("/trail/evidence/").status_code == 200


def test_before_anything_is_signed_it_says_so() -> None:
    cast = some.make_cast()
    answer = signed_in(cast).post("/trail/evidence/")
    assert (answer.status_code, "Try again in a few seconds" in answer.content.decode()) == (409, True)
    assert not Entry.objects.filter(kind="evidence.exported").exists()


def test_the_trail_says_what_is_signed_and_what_is_not_yet(acme: Cast) -> None:
    size = Log.objects.get(organization="acme").size
    assert f"{size} entries, {size} of them signed on" in signed_in(acme).get("/trail/").content.decode()
    record(Kind.CHECK_REQUESTED, who=SYSTEM, at=timezone.now(), organization="acme", target="later")
    page = signed_in(acme).get("/trail/").content.decode()
    assert f"{size + 1} entries, {size} of them signed on" in page
    assert "1 waits to be signed." in page


# Checking one


def check(data: bytes | None, **more: Any) -> tuple[int, str]:
    sent = {"bundle": SimpleUploadedFile("b.zip", data)} if data is not None else {}
    answer = Client().post("/verify/", {**more, **sent})
    return answer.status_code, answer.content.decode()


def test_anybody_can_check_a_bundle(acme: Cast) -> None:
    data = taken(acme)
    status, page = check(data, key=key())
    assert (status, "Checked, and right" in page, "Whose log this is" in page) == (200, True, False)
    status, page = check(data)
    assert (status, "Whose log this is" in page) == (200, True)
    older = verify.unpack(data)[verify.NOTE]
    record(Kind.CHECK_REQUESTED, who=SYSTEM, at=timezone.now(), organization="acme", target="later")
    place(now=timezone.now())
    status, page = check(taken(acme), key=key(), kept=BytesIO(older))
    assert (status, "are those of the checkpoint that you kept" in page) == (200, True)


def test_a_wrong_bundle_is_refused_in_words(acme: Cast) -> None:
    data = taken(acme)
    for wrong, more, words in (
        (data[:-1], {}, "is no bundle, or it is damaged"),
        (data.replace(b"adults_only", b"adults_onlx", 1), {}, "damaged"),
        (b"", {}, "is no bundle"),
        (data, {"key": "nonsense"}, "this is no key of a log"),
        (data, {"kept": BytesIO(b"\xff")}, "is not text"),
        (data, {"kept": BytesIO(b"nothing")}, "is not written as a signed note"),
        (None, {}, "Choose a bundle."),
        (b"x" * 11_000_000, {}, "larger than 10 MB"),
    ):
        status, page = check(wrong, **more)
        assert (status, words in page) == (422, True), words
        assert "Checked, and right" not in page


def test_a_page_for_those_who_are_signed_in_too(acme: Cast) -> None:
    assert "Verify evidence" in signed_in(acme).get("/verify/").content.decode()
