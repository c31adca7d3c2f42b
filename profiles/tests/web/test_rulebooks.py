"""Rulebooks as everybody who is signed in reads them, and the API in words."""

from __future__ import annotations

import tomllib
from datetime import UTC, datetime, timedelta

import pytest
import tomli_w
from django.test import Client
from django.utils import timezone

from profiles.actions.rulebooks import publish_rulebook
from profiles.models import RulebookRevision
from profiles.resolution.types import Reason
from profiles.rulebook import codec
from profiles.rulebook.model import Kind, Stance
from profiles.tests import cast as some
from profiles.tests.cast import LIBRARY, SYSTEM, Cast
from profiles.web.pages import rulebooks as build
from profiles.web.pages import shelf, words
from profiles.web.presenters.rulebooks import RuleEntry

pytestmark = pytest.mark.django_db

SHELF = "/rulebooks/"
BOOK = "/rulebooks/reference/2026-11-01/"
HTMX = {"HX-Request": "true", "HX-Request-Type": "partial"}
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
    assert shelf.build_shelves([], timezone.now()).shelves == ()


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
    assert "1 of 71 behaviors" in found
    assert "Nothing here matches" in page(editor, f"{BOOK}?q=no+such+thing")


def test_htmx_gets_the_entries_alone(editor: Client) -> None:
    found = page(editor, f"{BOOK}?q=spend", **HTMX)
    assert "<html" not in found
    assert 'id="agents.spend_limit"' in found


def test_a_hostile_filter_is_text(editor: Client) -> None:
    found = page(editor, f"{BOOK}?q={HOSTILE}")
    assert HOSTILE not in found
    assert "&lt;script&gt;" in found


def second_text() -> tuple[RulebookRevision, RulebookRevision]:
    """Two texts of one date: the one that was there, and a newer one."""
    first = RulebookRevision.objects.get()
    return first, publish(text().replace('title = "Brightline reference rulebook"', 'title = "Second text"'))


def test_two_texts_of_one_date_are_told_apart_by_digest(editor: Client) -> None:
    first, second = second_text()
    assert first.digest != second.digest
    prefix = build.short(first.digest)
    newest = page(editor, BOOK)
    assert "<h1>Second text</h1>" in newest
    assert f'href="{BOOK}?digest={prefix}"' in newest
    for named in (prefix, first.digest, first.digest[:20]):
        older = page(editor, f"{BOOK}?digest={named}")
        assert "<h1>Brightline reference rulebook</h1>" in older
        assert f'<a href="{BOOK}">' in older
    found = page(editor, SHELF)
    assert f"{BOOK}?digest={prefix}" in found
    assert "tell them apart by their digests" in found


def test_too_few_characters_of_a_digest_name_nothing(editor: Client) -> None:
    digest = RulebookRevision.objects.get().digest
    assert editor.get(f"{BOOK}?digest={digest[:13]}").status_code == 404


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
    line = shelf.build_shelves([revision], revision.loaded_at + timedelta(days=2)).shelves[0].revisions[0]
    assert line.loaded.ago == "2 days ago"
    assert line.pill is not None


# Filters, authority, what it takes


def library(name: str) -> RulebookRevision:
    return publish(next(LIBRARY.glob(f"{name}-2*.toml")).read_text("utf-8"))


def test_a_filter_is_shown_by_its_thresholds_and_never_as_behavior(editor: Client) -> None:
    google = library("google")
    book = google.rulebook()
    entry = build.behavior_entry(book.behaviors["filters.harassment"], book)
    assert (entry.values, entry.phrasing, entry.default) == ((), (), "")
    assert entry.category == "HARM_CATEGORY_HARASSMENT"
    assert next((each.vendor, each.default) for each in entry.thresholds) == ("BLOCK_LOW_AND_ABOVE", False)
    assert [each.vendor for each in entry.thresholds if each.default] == ["OFF"]
    found = page(editor, f"/rulebooks/google/{google.revision}/")
    assert "BLOCK_LOW_AND_ABOVE" in found
    assert "does not change what the model itself does" in found


def test_a_fixed_filter_blocks_and_offers_no_value(acme: Cast) -> None:
    book = library("google").rulebook()
    entry = build.behavior_entry(book.behaviors["safety.child_sexual_abuse"], book)
    assert "always blocks" in entry.filter
    assert (entry.values, entry.windows, entry.thresholds) == ((), (), ())
    assert entry.who == "Nobody: the vendor fixes the filter."


def test_a_filter_and_the_behaviors_it_bears_on_point_to_each_other(acme: Cast) -> None:
    book = library("google").rulebook()
    back = build.behavior_entry(book.behaviors["filters.harassment"], book).see
    assert "#tone.insults" in {link.href for link in back}
    there = build.behavior_entry(book.behaviors["tone.insults"], book).see
    assert "#filters.harassment" in {link.href for link in there}


def test_authority_what_it_takes_and_further_sections_are_said(editor: Client) -> None:
    openai = library("openai")
    book = openai.rulebook()
    key = "disclosure.system_prompt"
    entry = build.behavior_entry(book.behaviors[key], book)
    assert (entry.authority, entry.how) == ("root", "An instruction that names it")
    cited = next(each for each in book.behaviors.values() if each.citation.also)
    found = page(editor, f"/rulebooks/openai/{openai.revision}/")
    assert cited.citation.also[0].replace("'", "&#x27;") in found
    assert "Authority, in the document" in found


# Law packs


def test_law_packs_have_their_own_shelf_with_reach_and_days(editor: Client) -> None:
    library("law-us-ca-sb-1119")
    library("law-us-ca-sb-243-minors")
    found = page(editor, SHELF)
    assert 'id="laws"' in found
    assert "California SB 1119" in found
    assert "no legal advice" in found
    assert "Where the audience is “Minors” and where the product is offered in “California”" in found
    assert "From 1 Jul 2027" in found
    # The first day on which it is gone is not one of its days.
    assert "1 Jan 2026 to 31 Dec 2026" in found
    assert "platform-us-ca-sb-1119" not in found


def test_a_law_pack_says_whether_it_is_in_force(acme: Cast) -> None:
    library("law-us-ca-sb-243-minors")
    days = {datetime(2025, 12, 31, 23, 59, tzinfo=UTC): "In force from 1 Jan 2026"}
    days |= {datetime(2026, 6, 1, tzinfo=UTC): "In force", datetime(2027, 1, 1, tzinfo=UTC): "Ended"}
    for now, text_of_pill in days.items():
        found = shelf.build_shelves(list(RulebookRevision.objects.filter(layer="law")), now).shelves[0]
        pill = found.revisions[0].pill
        assert pill is not None
        assert pill.text == text_of_pill


def test_a_law_pack_is_named_by_its_title_and_the_law_decides(editor: Client) -> None:
    pack = library("law-eu-ai-act")
    assert words.rulebook_words(pack) == pack.title
    found = page(editor, f"/rulebooks/eu-ai-act/{pack.revision}/")
    assert "no legal advice" in found
    assert "offered in “EU”" in found
    assert "within the reach of the law" in found
    assert "the platform fixes it" not in found


# Counts


def test_the_shelf_counts_what_a_rulebook_answers(acme: Cast) -> None:
    for name in ("openai", "anthropic", "google"):
        book = library(name).rulebook()
        tallies = shelf.tallies(book)
        assert sum(int(each.text.split()[0]) for each in tallies) == len(book.behaviors)
    assert [each.text for each in tallies] == ["10 vendor filters", "61 not addressed"]


# What changed between two revisions


NEXT = "/rulebooks/reference/2026-11-15/"
CHANGE = "/rulebooks/reference/2026-11-01..2026-11-15/"


def next_revision() -> RulebookRevision:
    changed = text().replace("published = 2026-11-01", "published = 2026-11-15", 1)
    book = tomllib.loads(changed)
    explicit = book["behaviors"]["content.explicit"]
    explicit |= {"default": "off", "organization": {"floor": "off", "ceiling": "off"}}
    explicit.pop("product", None)
    explicit.pop("user", None)
    explicit["citation"] = explicit["citation"] | {"section": "4. Elsewhere"}
    explicit["phrasing"] = explicit["phrasing"] | {"off": "Write nothing explicit."}
    book["behaviors"]["disclosure.commitments"]["kind"] = "honesty"
    book["behaviors"]["tone.profanity"]["name"] = HOSTILE
    del book["behaviors"]["format.length"]
    book["rules"] = [each for each in book["rules"] if each["id"] != "gore-needs-adults-only"]
    book["rules"] = [each for each in book["rules"] if each["behavior"] not in ("content.explicit", "format.length")]
    return publish(tomli_w.dumps(book))


def test_the_difference_is_in_words(editor: Client) -> None:
    next_revision()
    found = page(editor, CHANGE)
    assert "<h1>Reference: 1 Nov 2026 to 15 Nov 2026</h1>" in found
    assert "4. Elsewhere" in found
    assert "Write nothing explicit." in found
    assert "Off to On" in found
    assert "stricter" in found
    assert "At most Moderate" not in found  # what a rule says is not a headline
    assert 'id="c-gore-needs-adults-only"' in found
    assert 'id="c-format.length"' in found
    assert "Removed" in found
    assert HOSTILE not in found
    assert 'id="c-agents.tools"' not in found
    assert "behaviors are the same in both" in found


def test_the_difference_turned_around_is_looser(editor: Client) -> None:
    next_revision()
    found = page(editor, "/rulebooks/reference/2026-11-15..2026-11-01/")
    assert "looser" in found
    assert "Added" in found


def test_shelf_and_pages_lead_to_the_difference(editor: Client) -> None:
    next_revision()
    for address in (SHELF, BOOK, NEXT):
        assert f'href="{CHANGE}"' in page(editor, address)


def test_two_texts_of_one_date_can_be_compared(editor: Client) -> None:
    first, _second = second_text()
    here = "/rulebooks/reference/2026-11-01..2026-11-01/"
    address = f"{here}?from={build.short(first.digest)}"
    assert f'href="{address}"' in page(editor, BOOK)
    found = page(editor, address)
    assert "Second text" in found
    assert "Brightline reference rulebook" in found
    assert "one and the same text" in page(editor, here)


@pytest.mark.parametrize(
    "address",
    [
        "/rulebooks/reference/2026-11-01..2026-11-02/",
        "/rulebooks/nobody/2026-11-01..2026-11-01/",
        "/rulebooks/reference/2026-11-01..2026-11-01/?from=0000000000",
        "/rulebooks/reference/..2026-11-01/",
    ],
)
def test_a_difference_with_what_was_never_published_is_not_found(editor: Client, address: str) -> None:
    assert editor.get(address).status_code == 404


# Words


def test_no_behavior_of_the_library_lands_in_other(acme: Cast) -> None:
    for path in LIBRARY.glob("*.toml"):
        for behavior in codec.parse(path.read_text("utf-8")).behaviors.values():
            assert words.group_of(behavior) != "other", behavior.key
            assert words.group_of_key(behavior.key) not in ("other", "never", "always")


def test_facts_platforms_and_reasons_have_words_of_their_own() -> None:
    assert [words.fact_words(each) for each in ("us-ca", "first_party", "api", "ca")] == [
        "California",
        "First party",
        "API",
        "Canada",
    ]
    assert [words.platform_words(each) for each in ("openai", "anthropic", "google", "reference", "our-own")] == [
        "OpenAI",
        "Anthropic",
        "Google",
        "Reference",
        "Our Own",
    ]
    assert words.reason_words(Reason.LOCKED_LAW) == "Locked by law"
    assert len({words.reason_words(reason) for reason in Reason}) == len(Reason)


# The API in words


def test_everybody_may_read_how_the_api_works(client: Client) -> None:
    found = page(client, "/docs/api/")
    assert "/api/v1/profile" in found
    assert "curl -H" in found
    assert "no_active_profile" in found
    assert 'href="/api/schema/"' in found
    assert "<script>" not in found
