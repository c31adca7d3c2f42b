"""Evidence that is taken away, and checked by somebody who is not signed in."""

from __future__ import annotations

import hashlib
import json
import tracemalloc
from datetime import timedelta
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from audits.ledger import keys
from audits.ledger.bundle import bundle_of
from audits.ledger.sequence import place
from audits.log import notes, proofs, verify
from audits.models import Entry, Log
from audits.trail.kinds import Kind
from audits.trail.record import entry_of, record, record_all
from profiles.actions.api_keys import create_api_key
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


def taken(cast: Cast, **wanted: Any) -> bytes:
    answer = signed_in(cast).post("/trail/evidence/take/", wanted)
    if wanted:
        return body_of(answer)
    size = Log.objects.get(organization="acme").size
    assert answer.headers["Content-Disposition"] == f'attachment; filename="evidence-acme-{size}.zip"'
    return body_of(answer)


def body_of(answer: Any) -> bytes:
    assert answer.status_code == 200, answer.content
    return b"".join(answer)


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
    size = verify.verify(data).size
    sha256 = hashlib.sha256(data).hexdigest()
    assert told["data"] == {"sha256": sha256, "entries": size, "start": 0, "size": size}
    assert told["actor"]["name"] == acme.users["auditor"].name
    page = signed_in(acme).get("/trail/").content.decode()
    assert "took an evidence bundle of" in page


def test_nothing_of_another_organization_is_in_it(acme: Cast) -> None:
    other = some.make_cast("other", "thing")
    place(now=timezone.now())
    assert b'"organization":"other"' not in taken(acme)
    assert signed_in(other).post("/trail/evidence/take/").status_code == 200


def test_before_anything_is_signed_it_says_so() -> None:
    cast = some.make_cast()
    answer = signed_in(cast).post("/trail/evidence/take/")
    assert (answer.status_code, "Try again in a few seconds" in answer.content.decode()) == (409, True)
    assert not Entry.objects.filter(kind="evidence.exported").exists()


def test_the_trail_says_what_is_signed_and_what_is_not_yet(acme: Cast) -> None:
    size = Log.objects.get(organization="acme").size
    assert f"{size} entries, {size} of them signed on" in signed_in(acme).get("/trail/").content.decode()
    record(Kind.CHECK_REQUESTED, who=SYSTEM, at=timezone.now(), organization="acme", target="later")
    page = signed_in(acme).get("/trail/").content.decode()
    assert f"{size + 1} entries, {size} of them signed on" in page
    assert "1 waits to be signed." in page


# Of a product, a version, or days


def test_a_version_with_all_that_happened_to_it(acme: Cast) -> None:
    second = some.make_active(acme, format__length="brief")
    record(Kind.CHECK_REQUESTED, who=SYSTEM, at=timezone.now(), organization="acme", target="later")
    place(now=timezone.now())
    data = taken(acme, product="helper", version="2", kept="5")
    files = verify.unpack(data)
    entries = [json.loads(line) for line in files[verify.ENTRIES].splitlines()]
    kinds = [entry["kind"] for entry in entries]
    for kind in ("profile.draft.edited", "profile.version.submitted", "profile.version.approved"):
        assert kind in kinds
    assert "profile.version.activated" in kinds
    assert "product.created" not in kinds
    verdict = verify.verify(data, key())
    said = "\n".join(verdict.checked)
    digest = second.digest.removeprefix("sha256:")
    assert f"versions/{digest}.json is the document" in said
    assert json.loads(files[f"versions/{digest}.json"])["settings"]["format.length"] == "brief"
    assert len([name for name in files if name.startswith("rulebooks/")]) == len(second.rulebooks)
    assert len([name for name in files if name.startswith("profiles/")]) >= 1
    assert "Of version 2 of helper," in said
    assert "proofs of single entries lead" in said
    assert b"What happened to this version" in files["report.html"]
    told = Entry.objects.filter(kind="evidence.exported").get().content()["data"]
    assert (told["product"], told["version"], told["entries"]) == ("helper", 2, len(entries))
    first = verify.unpack(taken(acme, product="helper", version="1"))
    assert json.loads(first[verify.ENTRIES].splitlines()[0])["kind"] == "product.created"


def test_each_proof_in_a_bundle_is_one_that_public_tools_take(acme: Cast) -> None:
    files = verify.unpack(taken(acme, product="helper", version="1"))
    leaves = {json.loads(line)["id"]: line for line in files[verify.ENTRIES].splitlines()}
    names = [name for name in files if name.startswith(verify.PROOFS)]
    assert names
    for name in names:
        event = name.removeprefix(verify.PROOFS).removesuffix(".tlog-proof")
        verifier = keys.verifiers(Log.objects.get(organization="acme").origin)[0]
        assert (
            proofs.check(leaves[event], files[name].decode(), verifier).size
            == Log.objects.get(organization="acme").size
        )


def test_days_and_a_product(acme: Cast) -> None:
    today = timezone.now().date().isoformat()
    assert verify.verify(taken(acme, since=today, until=today), key())
    assert verify.verify(taken(acme, product="helper"), key())
    nothing = signed_in(acme).post("/trail/evidence/take/", {"since": "2020-01-01", "until": "2020-01-02"})
    assert (nothing.status_code, "No signed entry fits this" in nothing.content.decode()) == (409, True)


def test_what_was_typed_stays_and_every_mistake_is_named(acme: Cast) -> None:
    client = signed_in(acme)
    for typed, words in (
        ({"version": "x"}, "Write the number of a version"),
        ({"version": "3"}, "Choose the product that the version is of."),
        ({"product": "helper", "version": "77"}, "There is no version 77 of this product."),
        ({"product": "nobodys"}, "There is no product nobodys."),
        ({"since": "soon"}, "Write a day such as"),
        ({"since": "2026-02-02", "until": "2026-02-01"}, "The last day is before the first one."),
        ({"kept": "many"}, "Write the numbers of entries"),
    ):
        answer = client.post("/trail/evidence/take/", {**typed, "disclose": "names"})
        page = answer.content.decode()
        assert (answer.status_code, words in page) == (422, True), words
        assert all(f'value="{text}"' in page for name, text in typed.items() if name != "product"), typed
        assert 'value="names" checked' in page
    assert not Entry.objects.filter(kind="evidence.exported", outcome="done").exists()


def test_the_form_can_be_linked_to(acme: Cast) -> None:
    page = signed_in(acme).get("/trail/evidence/?product=helper&version=1").content.decode()
    assert 'value="helper" selected' in page
    assert 'name="version" type="text" value="1"' in page


def test_a_bundle_of_before_is_continued_by_the_next_one(acme: Cast) -> None:
    first = verify.unpack(taken(acme))[verify.NOTE].decode()
    some.make_active(acme, format__length="brief")
    place(now=timezone.now())
    later = taken(acme, product="helper", version="2")
    assert json.loads(verify.unpack(later)[verify.RANGE])["start"] > 0
    assert any("that you kept" in told for told in verify.verify(later, key(), first).checked)


def test_the_file_is_the_one_form_of_its_contents(acme: Cast) -> None:
    """It is written piece by piece, and yet byte for byte what the verifier packs."""
    data = taken(acme, product="helper")
    assert verify.pack(verify.unpack(data)) == data


def test_a_bundle_of_many_entries_is_not_held_in_memory(acme: Cast) -> None:
    told: dict[str, Any] = {"who": SYSTEM, "at": timezone.now(), "organization": "acme", "data": {"why": "x" * 500}}
    for _time in range(4):
        record_all(Kind.CHECK_REQUESTED, [entry_of(Kind.CHECK_REQUESTED, **told) for _n in range(5_000)])
        place(now=timezone.now())
    log = Log.objects.get(organization="acme")
    bundle_of(log)  # what is imported and cached the first time
    tracemalloc.start()
    made = bundle_of(log)
    _now, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert made is not None
    with made.file:
        assert made.length > 20_000_000
    assert most < 8_000_000


def test_by_command(acme: Cast, tmp_path: Path) -> None:
    out = tmp_path / "bundle.zip"
    call_command("export_evidence", organization="acme", product="helper", version=1, out=str(out), stdout=StringIO())
    assert "Of version 1 of helper" in "\n".join(verify.verify(out.read_bytes(), key()).checked)
    said = StringIO()
    call_command(
        "export_evidence", "--organization", "acme", "--from", "2026-01-01", "-o", str(out), "--json", stdout=said
    )
    told = json.loads(said.getvalue())
    assert told["sha256"] == hashlib.sha256(out.read_bytes()).hexdigest()
    entry = Entry.objects.filter(kind="evidence.exported").first()
    assert entry is not None
    assert entry.content()["actor"]["id"] == "export_evidence"
    for wrong, words in (
        (["--organization", "nobody", "-o", str(out)], "There is no organization nobody"),
        (["--organization", "acme", "-o", str(tmp_path / "no" / "x.zip")], "cannot be written"),
        (["--organization", "acme", "--product", "x", "-o", str(out)], "There is no product x"),
    ):
        with pytest.raises(CommandError, match=words):
            call_command("export_evidence", *wrong)


def test_by_api(acme: Cast) -> None:
    key_text = create_api_key(
        acme.organization, name="Auditor", scopes=["read"], by=acme.actor("administrator"), now=timezone.now()
    )[1]
    headers = {"Authorization": f"Bearer {key_text}"}
    found = Client().get("/api/v1/checkpoints?limit=1", headers=headers).json()
    note = found["items"][0]["note"]
    assert notes.opened(note, keys.verifiers(Log.objects.get(organization="acme").origin)[0])
    asked = {"product": "helper", "version": 1, "kept": [3], "disclose": ["names"], "until": "2099-01-01"}
    answer = Client().post("/api/v1/evidence", asked, content_type="application/json", headers=headers)
    assert answer.headers["Content-Type"] == "application/zip"
    assert "Of version 1 of helper" in "\n".join(verify.verify(body_of(answer), key(), note).checked)
    for wrong, status in (
        ({"product": "x"}, 422),
        ({"since": "2026-02-31"}, 400),
        ({"color": 1}, 400),
        ({"since": "1999-01-01", "until": "1999-01-01"}, 409),
    ):
        refused = Client().post("/api/v1/evidence", wrong, content_type="application/json", headers=headers)
        assert refused.status_code == status, wrong


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
