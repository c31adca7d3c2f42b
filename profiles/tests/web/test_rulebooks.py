"""Rulebooks as everybody who is signed in reads them, and the API in words."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from profiles.actions.rulebooks import publish_rulebook
from profiles.models import RulebookRevision
from profiles.rulebook.model import Kind, Stance
from profiles.tests import cast as some
from profiles.tests.cast import LIBRARY, SYSTEM, Cast
from profiles.web.pages import rulebooks as build
from profiles.web.presenters.rulebooks import RuleEntry

pytestmark = pytest.mark.django_db

SHELF = "/rulebooks/"
BOOK = "/rulebooks/reference/2026-11-01/"
HTMX = {"HX-Request": "true", "HX-Target": "div#book"}
HOSTILE = "<script>alert(1)</script>"


@pytest.fixture
def acme() -> Cast:
    return some.make_cast()


@pytest.fixture
def editor(acme: Cast, client: Client) -> Client:
    client.force_login(acme.users["editor"])
    return client


def text() -> str:
    return (LIBRARY / "reference-2026-11.toml").read_text("utf-8")


def publish(toml: str) -> RulebookRevision:
    return publish_rulebook(toml, by=SYSTEM, now=timezone.now())[0]


def page(client: Client, address: str, **headers: str) -> str:
    response = client.get(address, headers=headers)
    assert response.status_code == 200
    return response.content.decode()


# The shelf


def test_the_shelf_says_which_text_it_is_and_whose_reading(editor: Client) -> None:
    found = page(editor, SHELF)
    revision = RulebookRevision.objects.get()
    assert revision.digest in found
    assert "not the policy of any model vendor" in found
    assert f'href="{BOOK}"' in found
    assert "1 Nov 2026" in found


def test_without_a_rulebook_the_shelf_says_so(client: Client, acme: Cast) -> None:
    assert build.build_shelves([], timezone.now()).shelves == ()


def test_a_stranger_signs_in_first(client: Client, acme: Cast) -> None:
    for address in (SHELF, BOOK):
        response = client.get(address)
        assert (response.status_code, response["Location"]) == (302, f"/sign-in/?next={address}")


# One revision


def test_every_behavior_rule_and_kind_of_attestation_is_on_the_page(editor: Client) -> None:
    found = page(editor, BOOK)
    book = RulebookRevision.objects.get().rulebook()
    for key, behavior in book.behaviors.items():
        assert f'<article class="beh" id="{key}"' in found
        assert behavior.because[:40].split("'")[0] in found
    for rule in book.rules:
        assert f'id="rule-{rule.id}"' in found
    for conflict in book.conflicts:
        assert f'id="conflict-{conflict.id}"' in found
    for key in book.attestations:
        assert f'id="attestation-{key}"' in found


def test_a_behavior_says_what_who_and_where(acme: Cast) -> None:
    book = RulebookRevision.objects.get().rulebook()
    entry = build.behavior_entry(book.behaviors["content.explicit"], book)
    assert [(value.text, value.default) for value in entry.values] == [("Off", True), ("On", False)]
    assert entry.windows == (("Every layer", "Off to On"),)
    assert entry.source.section == "4. Softcoded"
    assert entry.source.whose == "The summary is ours."
    assert "#rule-explicit-needs-adults-only" in {link.href for link in entry.narrowed}
    assert [phrase.value for phrase in entry.phrasing] == ["Off", "On"]


def test_nobody_changes_a_bright_line_and_users_alone_a_waiver(acme: Cast) -> None:
    book = RulebookRevision.objects.get().rulebook()
    who = {key: build.who_words(behavior) for key, behavior in book.behaviors.items()}
    assert who["safety.child_sexual_abuse"].startswith("Nobody")
    assert who["persona.break_character"].startswith("Users may waive it")
    assert "unless the operator narrows it" in who["tone.profanity"]
    assert "as far as the operator allows" in who["persona.romantic"]
    for key, behavior in book.behaviors.items():
        if behavior.kind is Kind.BRIGHT_LINE or behavior.stance is not Stance.STATED:
            assert who[key].startswith("Nobody")


def rule(name: str) -> RuleEntry:
    book = RulebookRevision.objects.get().rulebook()
    return next(build.rule_entry(each, book) for each in book.rules if each.id == name)


@pytest.mark.parametrize(
    ("name", "when", "then"),
    [
        ("explicit-needs-adults-only", "Without the attestation “Adults only”", "only Off"),
        ("gore-needs-adults-only", "Without the attestation “Adults only”", "at most Moderate"),
        ("jurisdiction-eu-ai-notice", "Where the product is offered in “EU”", "only On"),
        # A longer hold is stricter, so its floor is the most that may be asked for.
        ("surface-voice-hold-stays-short", "Where the surface is “Voice”", "at most 5 minutes"),
        (
            "nothing-irreversible-spend-nothing",
            "While “Actions that cannot be undone” is Never",
            "only 0 EUR per action",
        ),
    ],
)
def test_a_rule_reads_as_a_sentence(acme: Cast, name: str, when: str, then: str) -> None:
    entry = rule(name)
    assert (entry.when, entry.then) == (when, then)


def test_a_stance_is_advice_and_offers_no_value(acme: Cast) -> None:
    book = RulebookRevision.objects.get().rulebook()
    entry = build.behavior_entry(book.behaviors["limits.hard_cases"], book)
    assert entry.stance
    assert entry.advice
    assert (entry.values, entry.windows, entry.default) == ((), (), "")


def test_the_filter_narrows_behaviors_and_rules_alike(editor: Client) -> None:
    found = page(editor, f"{BOOK}?q=spend")
    assert 'id="agents.spend_limit"' in found
    assert 'id="rule-minimal-permissions-spend-nothing"' in found
    assert 'id="content.explicit"' not in found
    assert "1 of 47 behaviors" in found
    assert "Nothing here matches" in page(editor, f"{BOOK}?q=no+such+thing")


def test_htmx_gets_the_entries_alone(editor: Client) -> None:
    found = page(editor, f"{BOOK}?q=spend", **HTMX)
    assert "<html" not in found
    assert 'id="agents.spend_limit"' in found


def test_a_hostile_filter_is_text(editor: Client) -> None:
    found = page(editor, f"{BOOK}?q={HOSTILE}")
    assert HOSTILE not in found
    assert "&lt;script&gt;" in found


def test_two_texts_of_one_date_are_told_apart_by_digest(editor: Client) -> None:
    first = RulebookRevision.objects.get()
    second = publish(text().replace('title = "Brightline reference rulebook"', 'title = "Second text"'))
    assert first.digest != second.digest
    assert "<h1>Second text</h1>" in page(editor, BOOK)
    assert "<h1>Brightline reference rulebook</h1>" in page(editor, f"{BOOK}?digest={first.digest}")
    found = page(editor, SHELF)
    assert f"{BOOK}?digest={first.digest.replace(':', '%3A')}" in found
    assert "tell them apart by their digests" in found


def test_an_older_revision_says_that_it_is_one(editor: Client) -> None:
    publish(text().replace("published = 2026-11-01", "published = 2026-11-15"))
    assert "Older revision" in page(editor, BOOK)
    assert "Newest" in page(editor, "/rulebooks/reference/2026-11-15/")


@pytest.mark.parametrize(
    "address",
    [
        "/rulebooks/reference/2026-11-02/",
        "/rulebooks/reference/20261101/",
        "/rulebooks/reference/latest/",
        "/rulebooks/nobody/2026-11-01/",
        f"{BOOK}?digest=sha256:00",
    ],
)
def test_what_was_never_published_is_not_found(editor: Client, address: str) -> None:
    assert editor.get(address).status_code == 404


def test_hostile_text_of_a_rulebook_is_text(editor: Client) -> None:
    hostile = text().replace('name = "Explicit sexual content"', f'name = "{HOSTILE}"')
    publish(hostile.replace('title = "Brightline reference rulebook"', f'title = "{HOSTILE}"'))
    for address in (SHELF, BOOK):
        found = page(editor, address)
        assert HOSTILE not in found
        assert "&lt;script&gt;" in found


def test_the_shelf_dates_what_it_shows(acme: Cast) -> None:
    revision = RulebookRevision.objects.get()
    line = build.build_shelves([revision], revision.loaded_at + timedelta(days=2)).shelves[0].revisions[0]
    assert line.loaded.ago == "2 days ago"
    assert line.pill is not None


# The API in words


def test_everybody_may_read_how_the_api_works(client: Client) -> None:
    found = page(client, "/docs/api/")
    assert "/api/v1/profile" in found
    assert "curl -H" in found
    assert "no_active_profile" in found
    assert 'href="/api/schema/"' in found
    assert "<script>" not in found
