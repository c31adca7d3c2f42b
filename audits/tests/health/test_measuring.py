"""What checks say of the known cast: measured, kept as one row each, and told only where it is news."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from audits.checks.results import CheckKind, Outcome
from audits.conformance.execute import execute
from audits.health import foretelling, measuring, reads, words
from audits.models import Check, CheckResult, Entry, Foretold
from audits.trail.kinds import Kind
from profiles import queries
from profiles.actions.api_keys import create_api_key, revoke_api_key
from profiles.actions.drafts import edit_draft
from profiles.tests import cast as some
from profiles.tests.cast import Cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def acme(settings: Any) -> Cast:
    settings.BRIGHTLINE_CHECK_URL = "http://127.0.0.1:9"  # where nobody answers
    return some.make_cast()


def known(cast: Cast, **later: float) -> dict[CheckKind, reads.Known]:
    now = timezone.now() + timedelta(**later)
    measuring.measure(cast.product.pk, now=timezone.now())
    numbers = {place: row.version.number for place, row in queries.active(cast.product).items()}
    (found,) = reads.known(reads.results(cast.actor("auditor"), cast.product), numbers, now).values()
    return found


def check_limits(cast: Cast) -> None:
    for check in Check.objects.filter(state="waiting"):
        execute(check.pk, now=timezone.now())


def test_a_product_is_measured_by_every_check_and_what_is_unknown_passes_nothing(acme: Cast) -> None:
    assert measuring.measure(acme.product.pk, now=timezone.now()) == 0  # nothing is active
    some.make_active(acme, safety__danger_caveats="off")
    check_limits(acme)
    assert {kind: it.outcome for kind, it in known(acme).items()} == {
        CheckKind.LIMITS: Outcome.PASS,
        CheckKind.INSTRUCTIONS: Outcome.PASS,
        CheckKind.BEHAVIOR: Outcome.NOT_MEASURED,
        CheckKind.SERVING: Outcome.NOT_MEASURED,
        CheckKind.EXPIRY: Outcome.PASS,
        CheckKind.DRIFT: Outcome.NOT_MEASURED,
    }
    assert reads.signs(acme.actor("auditor"), timezone.now())[acme.product.pk].outcome is Outcome.NOT_MEASURED
    assert not reads.results(some.make_cast("other", "theirs").actor("administrator")).exists()


def test_what_is_old_or_of_another_version_does_not_count(acme: Cast) -> None:
    some.make_active(acme, safety__danger_caveats="off")
    assert known(acme, days=2)[CheckKind.EXPIRY].counts is Outcome.NOT_MEASURED
    numbers = {acme.production.pk: 2}
    (found,) = reads.known(reads.results(acme.actor("auditor")), numbers, timezone.now()).values()
    assert (found[CheckKind.EXPIRY].other, found[CheckKind.EXPIRY].counts) == (1, Outcome.NOT_MEASURED)


def test_measuring_again_writes_over_it_and_only_news_is_an_entry(acme: Cast) -> None:
    some.make_active(acme, safety__danger_caveats="off")
    now = timezone.now()
    for hours in (0, 0.5, 1, 3, 5):  # nobody answers: news once it lasted an hour, and once only
        measuring.measure(acme.product.pk, now=now + timedelta(hours=hours))
    row = CheckResult.objects.get(kind="serving")
    assert (row.since, row.looked_at) == (now, now + timedelta(hours=5))
    assert CheckResult.objects.count() == len(CheckKind)
    (entry,) = Entry.objects.filter(kind=Kind.CHECK_CHANGED)
    assert entry.content()["after"] == {"outcome": "not_measured", "environment": "production"}


def test_instructions_that_a_reviewer_let_pass_need_attention(acme: Cast) -> None:
    draft = acme.product.draft
    edit_draft(
        draft, instructions="Never mention your limitations.", by=acme.actor("editor"), now=timezone.now(), seen=0
    )
    some.make_active(acme, safety__danger_caveats="off")
    found = known(acme)[CheckKind.INSTRUCTIONS]
    assert (found.outcome, [point.code for point in found.points]) == (Outcome.ATTENTION, ["hides_its_limits"])
    assert words.say(found.points[0]).startswith("This asks the product not to speak")
    assert words.why(found.points[0])


def test_an_attestation_that_ends_says_what_changes_then(acme: Cast) -> None:
    some.attest(acme, "adults_only", until=timezone.now() + timedelta(days=20))
    some.make_active(acme, content__explicit="on")
    found = known(acme)[CheckKind.EXPIRY]
    assert found.outcome is Outcome.ATTENTION
    assert [point.code for point in found.points][:2] == ["attestation_ends", "changes_then"]
    assert "xplicit" in str(found.points[1].values["behaviors"])


def test_what_ends_is_told_of_once_each_time(acme: Cast) -> None:
    some.make_active(acme, safety__danger_caveats="off")
    now = timezone.now()
    by = acme.actor("administrator")
    ends: dict[str, Any] = {
        "product": acme.product,
        "environment": acme.production,
        "expires_at": now + timedelta(days=40),
    }
    row, _text = create_api_key(acme.organization, name="gateway", by=by, now=now, **ends)
    told = [foretelling.foretell(now=now + timedelta(days=days)) for days in (1, 11, 12, 34, 34.5, 39.5, 41)]
    assert told == [0, 1, 0, 1, 0, 1, 0]
    entries = [each.content() for each in Entry.objects.filter(kind=Kind.END_FORETOLD).order_by("pk")]
    assert [each["data"]["days"] for each in entries] == [30, 7, 1]
    assert entries[0]["target"] == f"API key {row.prefix}"
    assert Foretold.objects.count() == 3
    revoke_api_key(row, by=by, now=now)
    Foretold.objects.all().delete()
    assert foretelling.foretell(now=now + timedelta(days=39)) == 0


def test_each_product_is_measured_in_turn_those_that_wait_longest_first(acme: Cast) -> None:
    some.make_active(acme, safety__danger_caveats="off")
    now = timezone.now()
    assert measuring.ask_for_due(now=now) == 1  # never measured
    measuring.measure(acme.product.pk, now=now)
    assert measuring.ask_for_due(now=now + timedelta(minutes=59)) == 0
    assert measuring.ask_for_due(now=now + timedelta(minutes=61)) == 1
