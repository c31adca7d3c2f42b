"""Through pages: restoring and rebasing with the difference shown first, comments, schedules and emergencies."""

from __future__ import annotations

import html
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from profiles.actions.restoring import restore_version
from profiles.actions.reviews import comment_version, decline_version
from profiles.models import Activation, Comment, Schedule, Version
from profiles.tests import cast as some
from profiles.tests.cast import Cast

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}
HOSTILE = '<script>alert("x")</script>'
Open = Callable[[str, str], str]


@pytest.fixture
def acme() -> Cast:
    """Version 1, caveats off, is live in production."""
    cast = some.make_cast()
    some.make_active(cast, safety__danger_caveats="off")
    return cast


@pytest.fixture
def stale(acme: Cast) -> Version:
    """Version 3, beside which version 2 went live; both say something of the length of answers."""
    some.set_values(acme, tone__profanity="on", format__length="brief")
    second = some.submit(acme)
    some.approve(acme, second)
    some.set_values(acme, tone__profanity=None, format__length="thorough")
    third = some.submit(acme)
    some.activate(acme, second)
    return third


def path(number: int, what: str = "") -> str:
    return f"/products/helper/versions/{number}/{what}"


def as_(client: Client, acme: Cast, who: str) -> Client:
    client.force_login(acme.users[who])
    return client


def text_of(response: Any, status: int = 200) -> str:
    assert response.status_code == status
    return html.unescape(response.content.decode())


def show(client: Client, acme: Cast, who: str, address: str) -> str:
    return text_of(as_(client, acme, who).get(address))


def restored(acme: Cast, number: int) -> Version:
    earlier = Version.objects.select_related("product__organization").get(number=number)
    return restore_version(earlier, note_text="Back.", by=acme.actor("editor"), now=timezone.now())


# Restoring


def test_before_a_version_comes_back_the_page_shows_what_would_change(client: Client, acme: Cast) -> None:
    some.make_active(acme, safety__danger_caveats="on", tone__profanity="on")
    text = show(client, acme, "editor", path(1, "restore/"))
    assert "Compared with version 2, which is active." in text
    assert "<del>On</del>" in text
    assert "looser and stricter" in text
    assert "may go live without in an emergency" in text
    assert Version.objects.count() == 2
    response = client.post(path(1, "restore/submit/"), {"note": "It was better."})
    assert response.headers["Location"] == path(3)
    assert "restores v1" in text_of(client.get(path(3)))


def test_the_page_of_an_earlier_version_leads_there_for_those_who_may(client: Client, acme: Cast) -> None:
    some.make_active(acme, safety__danger_caveats="on")
    assert "Restore version 1" in show(client, acme, "editor", path(1))
    assert "Restore version 1" not in show(client, acme, "approver", path(1))
    assert "Go back to version 1" in show(client, acme, "editor", "/products/helper/")
    assert "Go back to version 1" not in show(client, acme, "compliance", "/products/helper/")


def test_a_restore_without_a_reason_is_refused_at_the_field(client: Client, acme: Cast) -> None:
    some.make_active(acme, safety__danger_caveats="on")
    text = text_of(as_(client, acme, "editor").post(path(1, "restore/submit/"), {"note": " "}), 422)
    assert 'href="#note"' in text
    assert 'aria-invalid="true"' in text


@pytest.mark.parametrize("role", ["approver", "compliance", "auditor"])
def test_whose_role_does_not_submit_sees_the_difference_and_why_there_is_no_form(
    client: Client, acme: Cast, role: str
) -> None:
    some.make_active(acme, safety__danger_caveats="on")
    text = show(client, acme, role, path(1, "restore/"))
    assert "Administrator, Editor" in text
    assert "Submit it as a new version" not in text
    assert client.post(path(1, "restore/submit/"), {"note": "Now."}).status_code == 403


def test_what_is_active_says_why_it_cannot_be_restored(client: Client, acme: Cast) -> None:
    assert "says the same and is active everywhere" in show(client, acme, "editor", path(1, "restore/"))


# Rebasing


def test_a_stale_version_leads_its_reader_to_the_choices(client: Client, acme: Cast, stale: Version) -> None:
    text = show(client, acme, "editor", path(3))
    assert "Version 2 became active since this was submitted." in text
    assert f'href="{path(3, "rebase/")}"' in text
    assert "must be rebased" in show(client, acme, "editor", "/")
    assert "must be rebased" in show(client, acme, "editor", "/reviews/")
    assert "Version 3 of Helper" not in show(client, acme, "approver", "/reviews/").split("Asked by you")[0]
    page = show(client, acme, "editor", path(3, "rebase/"))
    assert "Both changed this." in page
    assert "Only version 2 changed this." in page
    assert page.count("checked") == 1, "what one side alone changed is suggested, the rest is not"


def test_the_choices_make_the_next_version(client: Client, acme: Cast, stale: Version) -> None:
    choices = {"choice.tone.profanity": "theirs", "choice.format.length": "mine"}
    response = as_(client, acme, "editor").post(path(3, "rebase/submit/"), {"live": "2", "note": "On top.", **choices})
    assert response.headers["Location"] == path(4)
    text = text_of(client.get(path(4)))
    assert "rebased" in text
    assert "Compared with version 2" in text


def test_a_missing_choice_is_refused_at_its_behavior_and_the_others_are_kept(
    client: Client, acme: Cast, stale: Version
) -> None:
    form = {"live": "2", "note": "My long reason.", "choice.tone.profanity": "theirs"}
    text = text_of(as_(client, acme, "editor").post(path(3, "rebase/submit/"), form), 422)
    assert 'href="#c-format.length"' in text
    assert "Choose which value stays." in text
    assert "My long reason." in text
    assert text.count(" checked") == 1


def test_choices_against_another_live_version_are_asked_for_again(client: Client, acme: Cast, stale: Version) -> None:
    form = {"live": "1", "note": "N.", "choice.tone.profanity": "theirs", "choice.format.length": "mine"}
    text = text_of(as_(client, acme, "editor").post(path(3, "rebase/submit/"), form), 409)
    assert "Look at the differences again." in text
    assert text.count(" checked") == 2


@pytest.mark.parametrize("live", ["", "x", "9" * 40, "²"])
def test_a_live_version_that_is_none_is_no_failure_of_ours(
    client: Client, acme: Cast, stale: Version, live: str
) -> None:
    response = as_(client, acme, "editor").post(path(3, "rebase/submit/"), {"live": live, "note": "N."})
    assert response.status_code == 409


def test_what_needs_no_rebasing_says_so(client: Client, acme: Cast) -> None:
    assert "was made against what is live" in show(client, acme, "editor", path(1, "rebase/"))


# Comments


def test_a_comment_stands_at_its_behavior_in_the_difference(client: Client, acme: Cast) -> None:
    form = {"behavior": "safety.danger_caveats", "text": "Who asked for this?"}
    response = as_(client, acme, "approver").post(path(1, "comment/"), form)
    comment = Comment.objects.get()
    assert response.headers["Location"] == f"{path(1)}#comment-{comment.pk}"
    text = text_of(client.get(path(1)))
    row = text.split('id="safety.danger_caveats"', 1)[1].split("</table>", 1)[0]
    assert "Who asked for this?" in row
    assert text.count("Who asked for this?") == 1


def test_what_is_said_of_the_rest_stands_in_threads(client: Client, acme: Cast) -> None:
    as_(client, acme, "editor")
    client.post(path(1, "comment/"), {"behavior": "", "text": "About all of it."})
    client.post(path(1, "comment/"), {"behavior": "tone.profanity", "text": "And this?"})
    threads = text_of(client.get(path(1))).split('id="comments"', 1)[1]
    assert threads.index("About all of it.") < threads.index("And this?")
    assert "tone.profanity" in threads.split("And this?")[0]


def test_with_htmx_the_thread_alone_comes_back_with_an_empty_field(client: Client, acme: Cast) -> None:
    form = {"behavior": "safety.danger_caveats", "text": "First."}
    as_(client, acme, "editor")
    client.post(path(1, "comment/"), form)
    response = client.post(path(1, "comment/"), form | {"text": "Second."}, headers=HTMX)
    text = text_of(response)
    assert text.index("First.") < text.index("Second.")
    assert "<html" not in text
    assert 'id="thread-safety-danger_caveats"' in text
    assert json.loads(response.headers["HX-Trigger"])["say"]["text"] == "Your comment is kept."
    assert text.count("Second.") == 1, "the field is empty"


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_a_comment_that_is_refused_is_not_lost(client: Client, acme: Cast, headers: dict[str, str]) -> None:
    form = {"behavior": "safety.danger_caveats", "text": "x\x07y"}
    text = text_of(as_(client, acme, "editor").post(path(1, "comment/"), form, headers=headers), 422)
    assert "x\x07y" in text
    assert "control characters" in text
    assert not Comment.objects.exists()


def test_a_comment_on_what_does_not_exist_is_refused(client: Client, acme: Cast) -> None:
    as_(client, acme, "editor")
    for headers in ({}, HTMX):
        response = client.post(path(1, "comment/"), {"behavior": HOSTILE, "text": "Hm."}, headers=headers)
        assert response.status_code == 422
        assert HOSTILE not in response.content.decode()


def test_who_only_reads_sees_comments_and_no_form(client: Client, acme: Cast) -> None:
    version = Version.objects.select_related("product__organization").get(number=1)
    comment_version(version, text=HOSTILE, by=acme.actor("editor"), now=timezone.now())
    text = as_(client, acme, "auditor").get(path(1)).content.decode()
    assert "&lt;script&gt;" in text
    assert HOSTILE not in text
    assert "Send comment" not in text


# Deciding


def test_a_decline_is_for_good_and_the_page_says_so(client: Client, acme: Cast) -> None:
    some.set_values(acme, tone__profanity="on")
    version = some.submit(acme)
    form = {"digest": version.digest, "decision": "decline"}
    text = text_of(as_(client, acme, "approver").post(path(2, "review/"), form), 422)
    assert "Say why it never goes live." in text
    client.post(path(2, "review/"), form | {"comment": "Not for schools."})
    text = show(client, acme, "approver2", path(2))
    assert "Approver of Acme declined this version, for good." in text
    assert "Send decision" not in text
    assert "Not for schools." in text
    assert "declined" in show(client, acme, "editor", "/")


def test_the_difference_is_there_as_json_too(client: Client, acme: Cast) -> None:
    some.set_values(acme, tone__profanity="on")
    some.submit(acme)
    text = show(client, acme, "approver", path(2))
    assert '<ins><span class="vh">added </span>    "tone.profanity": "on"</ins>' in text


# Later


def soon(**span: int) -> str:
    return (timezone.now() + timedelta(**span)).strftime("%Y-%m-%dT%H:%M")


@pytest.fixture
def approved(acme: Cast) -> Version:
    some.set_values(acme, tone__profanity="on")
    version = some.submit(acme)
    some.approve(acme, version)
    return version


def send(client: Client, acme: Cast, what: str, who: str = "editor", **fields: str) -> Any:
    return as_(client, acme, who).post(path(2, what), {"environment": "production", "reason": "Monday.", **fields})


def test_an_activation_is_scheduled_shown_everywhere_and_called_off(
    client: Client, acme: Cast, approved: Version
) -> None:
    due = soon(days=2)
    assert send(client, acme, "schedule/", due_at=due).headers["Location"] == path(2)
    row = Schedule.objects.get()
    assert f"{row.due_at:%Y-%m-%dT%H:%M}" == due, "UTC is this person's zone"
    text = text_of(client.get(path(2)))
    assert "Version 2 becomes active here at" in text
    assert "Cancel this" in text
    assert "Version 2 follows on" in show(client, acme, "auditor", "/products/helper/")
    assert "Cancel this" not in show(client, acme, "auditor", path(2))
    assert "Version 2 of Helper" in show(client, acme, "approver", "/reviews/").split('id="scheduled"')[1]
    assert as_(client, acme, "approver").post(f"/schedules/{row.pk}/cancel/").status_code == 302
    assert "canceled" in text_of(client.get(path(2)))
    assert client.post(f"/schedules/{row.pk}/cancel/").status_code == 409


@pytest.mark.parametrize("typed", ["", "tomorrow", "2020-01-01T10:00", "0001-01-01T00:00", "9999-12-31T23:59+14:00"])
def test_a_time_that_is_none_is_refused_at_the_field_and_the_reason_kept(
    client: Client, acme: Cast, approved: Version, typed: str
) -> None:
    text = text_of(send(client, acme, "schedule/", due_at=typed, reason="My reason."), 422)
    assert 'href="#due-production"' in text
    assert "My reason." in text
    assert typed in text
    assert not Schedule.objects.exists()


def test_nobody_activates_now_by_accident_what_was_to_happen_later(
    client: Client, acme: Cast, approved: Version
) -> None:
    text = text_of(send(client, acme, "activate/", due_at=soon(days=2)), 422)
    assert "take the time away to activate it now" in text
    assert Activation.objects.count() == 1


def test_what_staging_serves_is_promoted(client: Client, acme: Cast, approved: Version) -> None:
    some.activate(acme, approved, environment="staging")
    text = show(client, acme, "editor", path(2))
    assert "Promote to Production" in text
    assert "Promote version 2 to Production" in text
    assert "Promote version 2 to Production" in show(client, acme, "editor", "/products/helper/")
    assert "Promote version 2" not in show(client, acme, "auditor", "/products/helper/")
    send(client, acme, "activate/")
    assert "Promote" not in show(client, acme, "editor", "/products/helper/")


# At once, and in an emergency


def bars(text: str) -> str:
    return text.split('class="alerts"', 1)[1].split("</div>", 1)[0] if 'class="alerts"' in text else ""


def test_what_went_live_at_once_is_marked_on_every_page_until_it_is_reviewed(client: Client, acme: Cast) -> None:
    some.set_values(acme, safety__danger_caveats="on")
    version = some.submit(acme)
    assert "Everything only becomes stricter" in show(client, acme, "editor", path(2))
    send(client, acme, "activate/")
    for address in ("/", "/products/helper/", path(2)):
        text = bars(show(client, acme, "approver", address))
        assert "Editor of Acme activated version 2 of Helper in Production" in text
        assert "msg-warn" in text
    assert "live already, reviewed afterwards" in show(client, acme, "approver", "/reviews/")
    assert "Send decision" in show(client, acme, "approver", path(2))
    some.approve(acme, version)
    assert not any(bars(show(client, acme, "approver", address)) for address in ("/", "/products/helper/", path(2)))


def test_an_emergency_is_offered_to_those_who_may_and_marked_in_red(client: Client, acme: Cast) -> None:
    some.make_active(acme, safety__danger_caveats="on")
    version = restored(acme, 1)
    assert "In an emergency" not in show(client, acme, "editor", path(3))
    assert "It restores what was approved and active here before." in show(client, acme, "approver", path(3))
    as_(client, acme, "approver")
    form = {"environment": "production", "break_glass": "on"}
    text = text_of(client.post(path(3, "activate/"), form | {"reason": ""}), 422)
    assert 'href="#reason-production"' in text
    assert '<details class="glass" open>' in text
    assert client.post(path(3, "activate/"), form | {"reason": "People are harmed."}).status_code == 302
    assert Activation.objects.latest("id").basis == "break_glass"
    for address in ("/", "/products/helper/", path(3)):
        text = bars(show(client, acme, "auditor", address))
        assert "without approval" in text
        assert "msg-bad" in text
    decline_version(version, digest=version.digest, comment="No.", by=acme.actor("approver2"), now=timezone.now())
    assert "declined it since: restore an earlier version" in bars(show(client, acme, "editor", "/"))


def test_an_emergency_that_is_none_is_refused_with_a_sentence(client: Client, acme: Cast, approved: Version) -> None:
    some.set_values(acme, views__balanced="off")
    some.submit(acme)
    as_(client, acme, "approver")
    assert "In an emergency" not in text_of(client.get(path(3)))
    response = client.post(
        path(3, "activate/"), {"environment": "production", "break_glass": "on", "reason": "I want it."}
    )
    assert "Without approval only what makes everything stricter" in text_of(response, 409)


def test_alerts_of_another_organization_are_not_shown(client: Client, acme: Cast) -> None:
    rival = some.make_cast("rival", "other")
    some.make_active(rival, safety__danger_caveats="off")
    some.set_values(rival, safety__danger_caveats="on")
    some.activate(rival, some.submit(rival))
    assert not bars(show(client, acme, "approver", "/"))


def test_a_long_list_of_comments_costs_no_more_queries(
    client: Client, acme: Cast, django_assert_max_num_queries: Any
) -> None:
    version = Version.objects.select_related("product__organization").get(number=1)
    for number in range(12):
        comment_version(version, text=f"Number {number}.", by=acme.actor("editor"), now=timezone.now())
    as_(client, acme, "approver")
    with django_assert_max_num_queries(45):
        client.get(path(1))
