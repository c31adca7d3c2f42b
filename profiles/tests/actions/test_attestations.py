"""Evidence and renewals of attestations, and what is known beforehand of their end."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from audits.models import Entry
from profiles import evidence, queries
from profiles.actions.attestations import grant_attestation, request_attestation, revoke_attestation
from profiles.errors import Forbidden, InvalidInput, WrongState
from profiles.models import Attestation
from profiles.tests import cast as some
from profiles.tests.cast import Cast

pytestmark = pytest.mark.django_db
FILE = ("license.pdf", b"%PDF-1.7 license")


@pytest.fixture
def acme(tmp_path: Path, settings) -> Cast:
    settings.EVIDENCE_DIR = str(tmp_path / "evidence")
    return some.make_cast()


def ask(acme: Cast, by: str = "editor", **given: Any) -> Attestation:
    return request_attestation(
        acme.product, **{"kind": "adults_only", "evidence": "", "by": acme.actor(by), "now": timezone.now(), **given}
    )


def grant(acme: Cast, row: Attestation, until: datetime) -> Attestation:
    return grant_attestation(row, expires_at=until, by=acme.actor("steward"), now=timezone.now())


def in_days(days: int) -> datetime:
    return timezone.now() + timedelta(days=days)


# Evidence


def test_a_file_is_kept_and_the_trail_names_its_digest(acme: Cast) -> None:
    row = ask(acme, evidence="See file.", link="https://register.example/12345", file=FILE)
    assert (row.file_name, row.file_type, row.file_size) == ("license.pdf", "application/pdf", 16)
    assert evidence.read(row.file_digest) == FILE[1]
    entry = Entry.objects.get(kind="attestation.requested", outcome="done")
    assert row.file_digest in bytes(entry.leaf).decode()
    assert entry.content()["data"]["link"] == "https://register.example/12345"


@pytest.mark.parametrize("given", [{"evidence": "Registered."}, {"link": "https://register.example/1"}, {"file": FILE}])
def test_one_of_text_link_and_file_is_enough(acme: Cast, given: dict[str, Any]) -> None:
    assert ask(acme, **given).state == "requested"


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({}, "evidence"),
        ({"evidence": " \n "}, "evidence"),
        ({"link": "http://register.example/1"}, "link"),
        ({"link": "javascript:alert(1)"}, "link"),
        ({"link": "https://"}, "link"),
        ({"link": "https://register.example/\u202e"}, "link"),
        ({"link": "https://register.example/" + "x" * 500}, "link"),
        ({"file": ("virus.pdf", b"MZ\x90\x00")}, "file"),
        ({"file": ("empty.txt", b"")}, "file"),
    ],
)
def test_what_is_no_evidence_is_refused_at_its_field(
    acme: Cast, tmp_path: Path, given: dict[str, Any], field: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        ask(acme, **given)
    assert list(refused.value.fields) == [field]
    assert not Attestation.objects.exists()
    assert not (tmp_path / "evidence").exists()


def test_whoever_may_not_request_leaves_no_file(acme: Cast, tmp_path: Path) -> None:
    with pytest.raises(Forbidden):
        ask(acme, by="auditor", file=FILE)
    assert not (tmp_path / "evidence").exists()


# Renewing


def test_a_request_beside_a_claim_that_counts_renews_it(acme: Cast) -> None:
    assert ask(acme, evidence="First.").renews is None
    first = grant(acme, Attestation.objects.get(), in_days(20))
    renewal = ask(acme, evidence="Second.")
    assert renewal.renews == first
    assert [row.pk for row in queries.expiring(acme.actor("editor"), timezone.now())] == []
    grant(acme, renewal, in_days(200))
    first.refresh_from_db()
    assert first.state == "granted"


def test_what_ended_is_requested_again_and_not_renewed(acme: Cast) -> None:
    row = grant(acme, ask(acme, evidence="First."), in_days(20))
    revoke_attestation(row, comment="Misused.", by=acme.actor("steward"), now=timezone.now())
    assert ask(acme, evidence="Second.").renews is None


def test_one_renewal_waits_at_a_time(acme: Cast) -> None:
    grant(acme, ask(acme, evidence="First."), in_days(20))
    ask(acme, evidence="Second.")
    with pytest.raises(WrongState, match="waits for a steward"):
        ask(acme, evidence="Third.")


# What its end will change


def attested(acme: Cast, days: int = 20) -> Attestation:
    """Granted, with an active version that uses what it opens."""
    row = grant(acme, ask(acme, evidence="Ids are checked."), in_days(days))
    some.make_active(acme, content__explicit="on", safety__danger_caveats="off")
    return row


def said(row: Attestation, *, revoked: bool = False) -> list[tuple[str, Any, Any]]:
    found = queries.fall_backs([row], timezone.now(), revoked=revoked).get(row.pk)
    return [(change.behavior, change.before, change.after) for change in found.changes] if found else []


def test_the_end_is_known_before_it_comes_and_a_revocation_before_it_is_made(acme: Cast) -> None:
    row = attested(acme)
    assert said(row) == [("content.explicit", "on", "off")]
    assert said(row, revoked=True) == said(row)
    assert [change.behavior for change in queries.at_expiry(row, timezone.now())] == ["content.explicit"]


def test_what_is_set_otherwise_does_not_fall_back(acme: Cast) -> None:
    row = grant(acme, ask(acme, evidence="Ids are checked."), in_days(20))
    assert said(row) == []  # nothing is active
    some.make_active(acme, safety__danger_caveats="off")
    assert "content.explicit" not in [key for key, _before, after in said(row) if after != _before]


def test_a_granted_renewal_leaves_nothing_to_fall_back(acme: Cast) -> None:
    row = attested(acme)
    grant(acme, ask(acme, evidence="Again."), in_days(200))
    assert said(row) == []
    assert said(row, revoked=True) == []


def test_a_claim_that_does_not_count_has_no_end_to_come(acme: Cast) -> None:
    row = attested(acme)
    revoke_attestation(row, comment="Misused.", by=acme.actor("steward"), now=timezone.now())
    row.refresh_from_db()
    assert said(row) == []
    assert said(ask(acme, evidence="Again.")) == []


def test_many_claims_cost_no_more_queries(acme: Cast, django_assert_num_queries) -> None:
    rows = [attested(acme)]
    grant(acme, ask(acme, kind="security_research", evidence="A lab."), in_days(9))
    rows = queries.attestations_for(acme.actor("editor"))
    assert len(rows) == 2
    with django_assert_num_queries(6):
        queries.fall_backs(rows, timezone.now())
