"""Attestations: requested by those who may, decided by a steward, refused with the sentence and the input kept."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import dateformat, timezone

from audits.models import Entry
from profiles.access import Role
from profiles.actions import members
from profiles.actions.attestations import request_attestation, revoke_attestation
from profiles.evidence import MOST_BYTES
from profiles.models import Attestation
from profiles.tests import cast as some
from profiles.tests.cast import SYSTEM, Cast
from profiles.web.pages.attestations import soon_words
from profiles.web.pages.dates import last_day

pytestmark = pytest.mark.django_db

PAGE = "/attestations/"
REQUEST = "/attestations/request/"
HOSTILE = '<script>alert("x")</script>'


@pytest.fixture
def acme() -> Cast:
    return some.make_cast()


def as_(client: Client, acme: Cast, who: str) -> Client:
    client.force_login(acme.users[who])
    return client


def page(client: Client, address: str = PAGE) -> str:
    response = client.get(address)
    assert response.status_code == 200
    return response.content.decode()


def claim(acme: Cast, kind: str = "adults_only", evidence: str = "Registration 12345.") -> Attestation:
    return request_attestation(acme.product, kind=kind, evidence=evidence, by=acme.actor("editor"), now=timezone.now())


def ask(client: Client, **form: Any) -> Any:
    return client.post(REQUEST, {"product": "helper", "kind": "adults_only", "evidence": "Age check by Z.", **form})


def decide(client: Client, which: Attestation, decision: str, **form: str) -> Any:
    return client.post(f"/attestations/{which.pk}/decide/", {"decision": decision, **form})


def in_days(days: int) -> str:
    return (timezone.now() + timedelta(days=days)).date().isoformat()


# Reading


def test_a_claim_shows_evidence_expiry_and_what_it_opens(client: Client, acme: Cast) -> None:
    some.attest(acme, "adults_only", until=timezone.now() + timedelta(days=9, hours=1))
    found = page(as_(client, acme, "auditor"))
    assert "Registration 12345." in found
    assert "Expires in 9 days" in found
    assert "Explicit sexual content (without it only Off)" in found
    assert 'href="/rulebooks/reference/2026-11-01/#content.explicit"' in found
    assert "Granted by Steward" in found


@pytest.mark.parametrize(
    ("left", "said"),
    [
        (timedelta(days=40), ""),
        (timedelta(days=9, hours=2), "Expires in 9 days"),
        (timedelta(days=1), "Expires in 1 day"),
        (timedelta(hours=3), "Expires within a day"),
        (timedelta(), ""),
    ],
)
def test_only_a_near_expiry_is_a_warning(left: timedelta, said: str) -> None:
    now = timezone.now()
    assert soon_words(now + left, now) == said


def test_an_expired_and_a_revoked_claim_have_ended(client: Client, acme: Cast) -> None:
    gone = some.attest(acme, "adults_only", until=timezone.now() + timedelta(days=2))
    Attestation.objects.filter(pk=gone.pk).update(expires_at=timezone.now() - timedelta(minutes=1))
    taken = some.attest(acme, "security_research", until=timezone.now() + timedelta(days=2))
    revoke_attestation(taken, comment="Misused.", by=acme.actor("steward"), now=timezone.now())
    found = page(as_(client, acme, "compliance"))
    ended = found[found.index('id="ended"') :]
    for word in ("Expired", "Revoked", "Misused."):
        assert word in ended


def test_another_organization_is_not_visible(client: Client, acme: Cast) -> None:
    claim(acme, evidence="Secret of Acme")
    rival = some.make_cast("rival", "other")
    assert "Secret of Acme" not in page(as_(client, rival, "administrator"))


def test_a_steward_sees_those_of_all_organizations(client: Client, acme: Cast) -> None:
    rival = some.make_cast("rival", "other")
    claim(acme, evidence="From Acme")
    claim(rival, evidence="From the rival")
    found = page(as_(client, acme, "steward"))
    assert "From Acme" in found
    assert "From the rival" in found
    assert found.count('value="grant"') == 2


def test_signed_out_leads_to_signing_in(client: Client, acme: Cast) -> None:
    assert client.get(PAGE)["Location"] == f"/sign-in/?next={PAGE}"
    assert ask(client).status_code == 302
    assert not Attestation.objects.exists()


def test_somebody_in_no_organization_is_told_what_it_needs(client: Client, acme: Cast) -> None:
    acme.organization.members.all().delete()
    assert as_(client, acme, "editor").get(PAGE).status_code == 403


# Requesting


def test_an_editor_requests_and_the_trail_keeps_it(client: Client, acme: Cast) -> None:
    response = ask(as_(client, acme, "editor"))
    assert (response.status_code, response["Location"]) == (302, PAGE)
    made = Attestation.objects.get()
    assert (made.kind, made.state, made.evidence) == ("adults_only", "requested", "Age check by Z.")
    assert Entry.objects.filter(kind="attestation.requested", outcome="done").count() == 1
    assert "A steward decides" in page(client)


def test_the_editors_link_chooses_product_and_kind(client: Client, acme: Cast) -> None:
    found = page(as_(client, acme, "editor"), f"{PAGE}?product=helper&kind=security_research")
    assert '<option value="helper" selected>' in found
    chosen = found[found.index('value="security_research"') :][:60]
    assert "checked" in chosen


@pytest.mark.parametrize(
    ("form", "sentence"),
    [
        ({"product": ""}, "Choose a product."),
        ({"product": "no slug"}, "Choose a product."),
        ({"kind": ""}, "Choose what you claim."),
        ({"kind": "be_nice"}, "No rulebook of this product asks for be_nice."),
        ({"evidence": "   "}, "Please fill this in."),
        ({"evidence": "a\x07b"}, "Take out the control characters"),
        ({"evidence": "x" * 4001}, "Use at most 4000 characters"),
    ],
)
def test_a_refused_request_says_why_and_keeps_the_input(
    client: Client, acme: Cast, form: dict[str, str], sentence: str
) -> None:
    response = ask(as_(client, acme, "editor"), **form)
    found = response.content.decode()
    assert response.status_code == 422
    assert found.count(sentence) == 2  # in the summary and at the field
    assert "<title>Error:" in found
    if "evidence" not in form:
        assert "Age check by Z." in found
    assert not Attestation.objects.exists()


def test_one_request_waits_at_a_time(client: Client, acme: Cast) -> None:
    claim(acme)
    response = ask(as_(client, acme, "editor"), evidence="Once more")
    assert response.status_code == 409
    assert "waits for a steward" in response.content.decode()
    assert "Once more" in response.content.decode()
    assert Attestation.objects.count() == 1


@pytest.mark.parametrize("who", ["approver", "compliance", "auditor"])
def test_others_may_not_request_and_the_refusal_is_on_record(client: Client, acme: Cast, who: str) -> None:
    assert "<form" not in page(as_(client, acme, who)).split('<main id="main"')[1]
    assert ask(client).status_code == 403
    assert not Attestation.objects.exists()
    assert Entry.objects.filter(kind="attestation.requested", outcome="refused").count() == 1


def test_a_strangers_product_does_not_exist(client: Client, acme: Cast) -> None:
    rival = some.make_cast("rival", "other")
    assert ask(as_(client, rival, "editor")).status_code == 404
    assert not Attestation.objects.exists()


def test_a_product_of_another_organization_of_mine_is_mine(client: Client, acme: Cast) -> None:
    rival = some.make_cast("rival", "other")
    members.add_member(rival.organization, user=acme.users["editor"], role=Role.EDITOR, by=SYSTEM, now=timezone.now())
    assert ask(as_(client, acme, "editor"), product="other").status_code == 302
    assert Attestation.objects.get().organization == rival.organization


# Deciding


def test_a_steward_grants_until_the_end_of_a_day(client: Client, acme: Cast) -> None:
    waiting = claim(acme)
    day = in_days(30)
    response = decide(as_(client, acme, "steward"), waiting, "grant", expires=day, comment="Checked.")
    assert (response.status_code, response["Location"]) == (302, PAGE)
    waiting.refresh_from_db()
    assert (waiting.state, waiting.decision_note, waiting.decided_by) == ("granted", "Checked.", "Steward")
    assert waiting.expires_at is not None
    assert waiting.expires_at.isoformat() == f"{day}T23:59:59+00:00"


def test_a_steward_declines_with_a_comment_that_the_operator_reads(client: Client, acme: Cast) -> None:
    waiting = claim(acme)
    assert decide(as_(client, acme, "steward"), waiting, "decline", comment="No register number.").status_code == 302
    found = page(as_(client, acme, "editor"))
    assert "Declined by Steward" in found
    assert "No register number." in found


def test_a_steward_revokes_and_it_stops_counting(client: Client, acme: Cast) -> None:
    granted = some.attest(acme, "adults_only", until=timezone.now() + timedelta(days=60))
    assert decide(as_(client, acme, "steward"), granted, "revoke", comment="Age check is gone.").status_code == 302
    granted.refresh_from_db()
    assert granted.state == "revoked"
    assert Entry.objects.filter(kind="attestation.revoked", outcome="done").count() == 1


@pytest.mark.parametrize(
    ("decision", "form", "sentence"),
    [
        ("", {}, "Choose whether to grant or to decline."),
        ("approve", {}, "Choose whether to grant or to decline."),
        ("grant", {"expires": ""}, "Write a date as year-month-day"),
        ("grant", {"expires": "31.12.2027"}, "Write a date as year-month-day"),
        ("grant", {"expires": "2020-01-01"}, "Choose an expiry in the future, at most 365 days away."),
        ("grant", {"expires": "9999-12-31"}, "Choose an expiry in the future, at most 365 days away."),
        ("decline", {"comment": ""}, "Please fill this in."),
    ],
)
def test_a_refused_decision_says_why_and_keeps_the_input(
    client: Client, acme: Cast, decision: str, form: dict[str, str], sentence: str
) -> None:
    waiting = claim(acme)
    response = decide(as_(client, acme, "steward"), waiting, decision, **({"comment": "My thoughts"} | form))
    found = response.content.decode()
    assert response.status_code == 422
    assert found.count(sentence) == 2  # in the summary and at the field
    if "comment" not in form:
        assert "My thoughts" in found
    waiting.refresh_from_db()
    assert waiting.state == "requested"


def test_what_was_decided_meanwhile_is_said(client: Client, acme: Cast) -> None:
    granted = some.attest(acme, "adults_only", until=timezone.now() + timedelta(days=60))
    response = decide(as_(client, acme, "steward"), granted, "decline", comment="Too late")
    assert response.status_code == 409
    assert "This attestation is granted." in response.content.decode()


@pytest.mark.parametrize("decision", ["grant", "decline", "revoke", "nonsense"])
def test_nobody_else_decides(client: Client, acme: Cast, decision: str) -> None:
    waiting = claim(acme)
    for who in ("administrator", "editor", "approver", "compliance", "auditor"):
        response = decide(as_(client, acme, who), waiting, decision, expires=in_days(9), comment="c")
        assert response.status_code == 403
    rival = some.make_cast("rival", "other")
    assert decide(as_(client, rival, "administrator"), waiting, decision, comment="c").status_code == 404
    waiting.refresh_from_db()
    assert waiting.state == "requested"


def test_a_steward_decides_for_any_organization(client: Client, acme: Cast) -> None:
    rival = some.make_cast("rival", "other")
    waiting = claim(rival)
    assert decide(as_(client, acme, "steward"), waiting, "grant", expires=in_days(5)).status_code == 302


def test_the_form_offers_the_last_day_that_is_accepted(client: Client, acme: Cast) -> None:
    waiting = claim(acme)
    latest = last_day(timezone.now(), 365).isoformat()
    assert f'max="{latest}"' in page(as_(client, acme, "steward"))
    assert decide(client, waiting, "grant", expires=latest).status_code == 302


def test_the_last_day_ends_inside_the_limit() -> None:
    noon = datetime(2026, 11, 23, 12, tzinfo=UTC)
    assert last_day(noon, 1).isoformat() == "2026-11-23"
    assert last_day(datetime(2026, 11, 23, 23, 59, 59, tzinfo=UTC), 1).isoformat() == "2026-11-24"


def test_hostile_text_is_text(client: Client, acme: Cast) -> None:
    claim(acme, evidence=HOSTILE)
    for who in ("editor", "steward"):
        found = page(as_(client, acme, who))
        assert HOSTILE not in found
        assert "&lt;script&gt;" in found


# Evidence


def sent(name: str, data: bytes) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, data)


@pytest.fixture
def evidence_folder(tmp_path: Path, settings) -> Path:
    settings.EVIDENCE_DIR = str(tmp_path / "evidence")
    return tmp_path / "evidence"


PDF = b"%PDF-1.7 license"


def test_a_file_and_a_link_reach_the_steward(client: Client, acme: Cast, evidence_folder: Path) -> None:
    response = ask(
        as_(client, acme, "editor"), evidence="", link="https://register.example/12345", file=sent("license.pdf", PDF)
    )
    assert response.status_code == 302
    row = Attestation.objects.get()
    for who in ("steward", "auditor"):
        found = page(as_(client, acme, who))
        assert 'rel="noopener noreferrer">https://register.example/12345</a>' in found
        assert "license.pdf" in found
        assert "PDF, 16 bytes" in found
        assert row.file_digest in found
        got = client.get(f"/attestations/{row.pk}/evidence/")
        assert got.status_code == 200
        assert got.content == PDF


def test_a_file_is_saved_and_never_shown(client: Client, acme: Cast, evidence_folder: Path) -> None:
    ask(as_(client, acme, "editor"), file=sent("pr\u00fcfung.txt", b"<script>alert(1)</script>"))
    got = client.get(f"/attestations/{Attestation.objects.get().pk}/evidence/")
    assert got["Content-Type"] == "text/plain"
    assert got["Content-Disposition"] == "attachment; filename*=utf-8''pr%C3%BCfung.txt"
    assert got["X-Content-Type-Options"] == "nosniff"
    assert got["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert got["Cache-Control"] == "private, no-store"
    assert client.post(f"/attestations/{Attestation.objects.get().pk}/evidence/").status_code == 405


def test_evidence_of_another_organization_looks_like_none(client: Client, acme: Cast, evidence_folder: Path) -> None:
    ask(as_(client, acme, "editor"), file=sent("license.pdf", PDF))
    row = Attestation.objects.get()
    rival = some.make_cast("rival", "other")
    as_(client, rival, "administrator")
    theirs, nothing = (client.get(f"/attestations/{pk}/evidence/") for pk in (row.pk, row.pk + 99))
    assert theirs.status_code == nothing.status_code == 404
    same = [re.sub(r'value="[^"]+"|"X-CSRFToken": "[^"]+"', "", each.content.decode()) for each in (theirs, nothing)]
    assert same[0].replace(f"/{row.pk}/", "/N/") == same[1].replace(f"/{row.pk + 99}/", "/N/")
    client.logout()
    assert client.get(f"/attestations/{row.pk}/evidence/").status_code == 302


def test_a_claim_without_a_file_has_none(client: Client, acme: Cast) -> None:
    assert as_(client, acme, "editor").get(f"/attestations/{claim(acme).pk}/evidence/").status_code == 404


def test_a_file_that_is_gone_or_damaged_is_said_so(client: Client, acme: Cast, evidence_folder: Path) -> None:
    ask(as_(client, acme, "editor"), file=sent("license.pdf", PDF))
    address = f"/attestations/{Attestation.objects.get().pk}/evidence/"
    place = next(path for path in evidence_folder.rglob("*") if path.is_file())
    place.write_bytes(b"other")
    assert "This file is damaged" in client.get(address).content.decode()
    place.unlink()
    got = client.get(address)
    assert got.status_code == 404
    assert "not in the evidence folder any more" in got.content.decode()


@pytest.mark.parametrize(
    ("form", "sentence"),
    [
        ({"link": "http://register.example"}, "Give a whole address that begins with https://."),
        ({"file": ("virus.pdf", b"MZ\x90\x00")}, "Choose a PDF, PNG, JPEG or plain text file"),
        ({"file": ("empty.txt", b"")}, "The file has 0 bytes."),
        ({"file": ("big.txt", b"x" * (MOST_BYTES + 1))}, "The file is larger than 10 MB."),
        ({"evidence": ""}, "Please fill this in."),
    ],
)
def test_refused_evidence_says_why_at_its_field_and_keeps_the_text(
    client: Client, acme: Cast, evidence_folder: Path, form: dict[str, Any], sentence: str
) -> None:
    if "file" in form:
        form = {"file": sent(*form["file"])}
    response = ask(
        as_(client, acme, "editor"), **({"link": "https://register.example/7"} if "file" in form else {}) | form
    )
    found = response.content.decode()
    assert response.status_code == 422
    assert found.count(sentence) == 2  # in the summary and at the field
    assert 'value="adults_only" id="kind" checked' in found or 'value="adults_only" checked' in found
    if "evidence" not in form:
        assert "Age check by Z." in found
    if "file" in form:
        assert 'value="https://register.example/7"' in found
        assert "Choose it again" in found
    assert not Attestation.objects.exists()
    assert not evidence_folder.exists()


def test_a_file_of_exactly_ten_megabytes_is_taken(client: Client, acme: Cast, evidence_folder: Path) -> None:
    assert ask(as_(client, acme, "editor"), file=sent("full.txt", b"x" * MOST_BYTES)).status_code == 302
    assert Attestation.objects.get().file_size == MOST_BYTES


def test_what_is_too_large_is_not_read_to_its_end(client: Client, acme: Cast) -> None:
    boundary = "xxx"
    fields = {"product": "helper", "kind": "adults_only", "evidence": "Age check by Z."}
    head = "".join(
        f'--{boundary}\r\nContent-Disposition: form-data; name="{k}"\r\n\r\n{v}\r\n' for k, v in fields.items()
    )
    head += f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\n'
    body = Endless(head.encode())
    given: dict[str, Any] = {"wsgi.input": body}
    response = as_(client, acme, "editor").generic(
        "POST",
        REQUEST,
        CONTENT_TYPE=f"multipart/form-data; boundary={boundary}",
        CONTENT_LENGTH=str(10**12),
        **given,
    )
    assert response.status_code == 422
    assert "Age check by Z." in response.content.decode()
    assert body.given < MOST_BYTES + 2 * 65536


class Endless:
    """A body of a terabyte."""

    def __init__(self, head: bytes) -> None:
        self.head, self.given = head, 0

    def read(self, size: int = -1) -> bytes:
        part, self.head = self.head[:size], self.head[size:]
        part += b"x" * (size - len(part))
        self.given += len(part)
        return part

    readline = read


# Renewing, and what the end will change


def attested(acme: Cast, days: int = 9) -> Attestation:
    row = some.attest(acme, "adults_only", until=timezone.now() + timedelta(days=days, hours=1))
    some.make_active(acme, content__explicit="on")
    return row


def end_of(row: Attestation) -> str:
    assert row.expires_at is not None
    return dateformat.format(row.expires_at, "j M Y")


def test_a_granted_claim_is_renewed_with_product_and_kind_fixed(client: Client, acme: Cast) -> None:
    row = attested(acme)
    found = page(as_(client, acme, "editor"))
    assert f'href="/attestations/?renew={row.pk}#request"' in found
    form = page(client, f"{PAGE}?renew={row.pk}")
    form = form[form.index('id="request"') :]
    assert "Renew attestation" in form
    assert '<input type="hidden" name="kind" value="adults_only">' in form
    assert 'type="radio"' not in form
    assert "<select" not in form
    refused = ask(client, renew=str(row.pk), evidence="").content.decode()
    assert "Renew attestation" in refused
    assert ask(client, renew=str(row.pk), evidence="Still checked.").status_code == 302
    found = page(client)
    day = end_of(row)
    assert f"renews the one that ends on {day}" in found
    assert "Its renewal waits for a steward." in found
    assert "?renew=" not in found
    assert f"renews the one that ends on {day}" in page(as_(client, acme, "steward"))


def test_a_granted_renewal_is_said_at_the_claim_that_it_renewed(client: Client, acme: Cast) -> None:
    attested(acme)
    later = some.attest(acme, "adults_only", until=timezone.now() + timedelta(days=200))
    found = page(as_(client, acme, "editor"))
    assert f"Renewed until {end_of(later)}." in found
    assert found.count("?renew=") == 1


@pytest.mark.parametrize("renew", ["", "x", "0", "99999999999999999999", "-1"])
def test_a_renewal_of_nothing_is_a_plain_request(client: Client, acme: Cast, renew: str) -> None:
    assert "Request attestation" in page(as_(client, acme, "editor"), f"{PAGE}?renew={renew}")


def test_nobody_renews_what_is_another_organizations(client: Client, acme: Cast) -> None:
    row = attested(acme)
    rival = some.make_cast("rival", "other")
    assert "Renew attestation" not in page(as_(client, rival, "editor"), f"{PAGE}?renew={row.pk}")


def test_only_those_who_may_request_are_offered_a_renewal(client: Client, acme: Cast) -> None:
    attested(acme)
    for who in ("approver", "compliance", "auditor", "steward"):
        assert "?renew=" not in page(as_(client, acme, who))


def test_what_falls_back_is_said_before_it_happens(client: Client, acme: Cast) -> None:
    attested(acme)
    for who in ("auditor", "steward"):
        found = page(as_(client, acme, who))
        part = found[found.index("When it ends") :]
        assert "1 setting falls back" in part
        assert "Explicit sexual content" in part
        assert "in version 1, which is active" in part
        assert "When you revoke it" in found if who == "steward" else "When you revoke it" not in found


def test_where_nothing_falls_back_that_is_said_too(client: Client, acme: Cast) -> None:
    some.attest(acme, "adults_only", until=timezone.now() + timedelta(days=9))
    assert "Nothing of Helper is active." in page(as_(client, acme, "editor"))
