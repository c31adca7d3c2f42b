"""Finding things: what is one's own, by what people remember of it, and nothing of anybody else."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from audits.models import Entry
from profiles.access import Role
from profiles.actions.members import add_member
from profiles.actions.products import create_product
from profiles.tests import cast as some
from profiles.tests.cast import SYSTEM, Cast

pytestmark = pytest.mark.django_db

PARTIAL = {"HX-Request": "true", "HX-Request-Type": "partial"}


@pytest.fixture
def acme() -> Cast:
    made = some.make_cast("acme", "helper")
    some.make_active(made, safety__danger_caveats="off")
    return made


@pytest.fixture
def editor(client: Client, acme: Cast) -> Client:
    client.force_login(acme.users["editor"])
    return client


def find(client: Client, text: str, **more: str) -> dict[str, list[tuple[str, str]]]:
    """What the page shows: labels and addresses by group."""
    page = client.get("/search/", {"q": text, **more}).context["page"]
    return {group.id: [(hit.label, hit.href) for hit in group.hits] for group in page.groups}


def test_a_product_is_found_by_its_name(editor: Client) -> None:
    assert find(editor, "hELp")["products"] == [("Helper", "/products/helper/")]


def test_a_behavior_leads_to_its_row_in_the_editor(editor: Client) -> None:
    assert find(editor, "profanity")["behaviors"][0] == ("Profanity", "/products/helper/edit/#tone.profanity")
    assert find(editor, "tone.profanity")["behaviors"][0][1] == "/products/helper/edit/#tone.profanity"


def test_the_product_that_is_looked_at_comes_first(editor: Client, acme: Cast) -> None:
    create_product(
        acme.organization, slug="another", name="Another", facts={"audience": "adults"}, platforms=["reference"],
        by=SYSTEM, now=timezone.now(),
    )  # fmt: skip
    both = [href.partition("/edit/")[0] for _label, href in find(editor, "profanity", product="helper")["behaviors"]]
    assert both[:2] == ["/products/helper", "/products/another"]
    named = find(editor, "another profanity")["behaviors"]
    assert {href.partition("#")[0] for _label, href in named} == {"/products/another/edit/"}


def test_a_version_is_found_by_number_digest_and_note(editor: Client, acme: Cast) -> None:
    version = acme.product.versions.get()
    href = "/products/helper/versions/1/"
    for text in ("v1", "version 1", "1", version.digest, version.digest.removeprefix("sha256:")[:8], "because needed"):
        assert find(editor, text)["versions"] == [("Version 1 of Helper", href)], text


def test_people_are_found_by_name_and_address(editor: Client, acme: Cast) -> None:
    pk = acme.users["approver2"].pk
    assert find(editor, "approver2@")["people"] == [("Approver2 of Acme", f"/settings/members/#member-{pk}")]
    assert f'id="member-{pk}"' in editor.get("/settings/members/").content.decode()


def test_rulebooks_attestations_and_help_are_found(editor: Client, acme: Cast) -> None:
    claim = some.attest(acme, "adults_only", until=timezone.now() + timedelta(days=9))
    assert find(editor, "reference")["rulebooks"][0][1] == "/rulebooks/reference/2026-11-01/"
    assert find(editor, "adults")["attestations"][0][1] == f"/attestations/#claim-{claim.pk}"
    assert ("Windows and locks", "/help/window/") in find(editor, "window")["help"]


def test_an_entry_is_found_by_its_number_and_by_its_id(editor: Client) -> None:
    entry = Entry.objects.filter(organization="acme").latest("pk")
    for text in (f"#{entry.pk}", str(entry.pk), entry.event_id, entry.event_id.upper()):
        assert find(editor, text)["entry"] == [(f"Entry {entry.pk}", f"/trail/{entry.pk}/")], text


def test_commands_are_offered_to_those_who_may(client: Client, acme: Cast) -> None:
    for role, offered in (("administrator", True), ("editor", False), ("auditor", False)):
        client.force_login(acme.users[role])
        labels = [label for label, _href in find(client, "api key").get("pages", [])]
        assert ("Create API key" in labels) is offered, role
        assert "API keys" in labels, role


def test_commands_of_a_product_are_those_of_the_one_that_is_looked_at(editor: Client) -> None:
    assert ("Edit the draft of Helper", "/products/helper/edit/") in find(editor, "edit", product="helper")["pages"]
    assert "pages" not in find(editor, "draft of")


def test_before_typing_there_is_what_this_person_did_last(editor: Client, acme: Cast) -> None:
    some.set_values(acme, views__balanced="off")
    recent = find(editor, "")["recent"]
    assert recent[0] == ("Draft of Helper", "/products/helper/edit/")
    assert ("Version 1 of Helper", "/products/helper/versions/1/") in recent
    someone_else = Client()
    someone_else.force_login(acme.users["compliance"])
    assert "recent" not in find(someone_else, "")


def test_nothing_is_said_so(editor: Client) -> None:
    response = editor.get("/search/", {"q": "zzzz-nothing"})
    assert response.context["page"].groups == ()
    assert "Nothing found." in response.content.decode()


# Nobody else's


@pytest.fixture
def rival(acme: Cast) -> Cast:
    made = some.make_cast("rival", "secret-weapon")
    made.product.description = "Nobody of Acme may read this."
    made.product.save()
    some.make_active(made, views__balanced="off")
    some.attest(made, "adults_only", until=timezone.now() + timedelta(days=9))
    return made


def texts_of(rival: Cast) -> list[str]:
    entry = Entry.objects.filter(organization="rival").latest("pk")
    version = rival.product.versions.get()
    return [
        *("secret-weapon", "Secret-Weapon", "Nobody of Acme", "v1", version.digest, "because it is needed"),
        *("rival", "editor@rival", "adults_only", f"#{entry.pk}", entry.event_id, "", "profanity"),
    ]


@pytest.mark.parametrize("person", ["administrator", "editor", "auditor", "steward"])
def test_nothing_of_another_organization_is_ever_found(client: Client, acme: Cast, rival: Cast, person: str) -> None:
    client.force_login(acme.users[person])
    for text in texts_of(rival):
        for address in (f"/search/?{urlencode({'q': text})}", f"/search/?{urlencode({'q': text, 'in': 'palette'})}"):
            for product in ("", "&product=secret-weapon"):
                response = client.get(address + product, headers=PARTIAL)
                found = response.content.decode().casefold()
                assert "secret-weapon" not in found.replace(text.casefold(), ""), (text, address)
                assert "rival.example" not in found
                assert "of rival" not in found


def test_whoever_is_in_both_finds_what_is_looked_at(client: Client, acme: Cast, rival: Cast) -> None:
    both = acme.users["editor"]
    add_member(rival.organization, user=both, role=Role.EDITOR, by=SYSTEM, now=timezone.now())
    client.force_login(both)
    client.post("/organizations/rival/switch/")
    assert find(client, "secret")["products"] == [("Secret-Weapon", "/products/secret-weapon/")]
    assert "products" not in find(client, "helper")


def test_a_stranger_signs_in_first(client: Client, acme: Cast) -> None:
    assert client.get("/search/?q=helper")["Location"] == "/sign-in/?next=/search/%3Fq%3Dhelper"


# Bounded


@pytest.mark.parametrize(
    "text",
    ["%", "_", "\\", "'", '"', "((", "[a-", "#" + "9" * 30, "#²", "v999999999", "\ud800", "x" * 5000],
)
def test_any_text_gets_an_answer(editor: Client, text: str) -> None:
    assert editor.get("/search/", {"q": text.encode("utf-8", "replace").decode()}).status_code == 200


def test_signs_of_patterns_are_only_signs(editor: Client) -> None:
    assert "versions" not in find(editor, "%")
    assert "people" not in find(editor, "_")


def queries(client: Client, text: str) -> list[str]:
    with CaptureQueriesContext(
        connection,
    ) as caught:
        client.get("/search/", {"q": text, "in": "palette"}, headers=PARTIAL)
    return [query["sql"] for query in caught]


def test_the_number_of_queries_does_not_grow(editor: Client, acme: Cast) -> None:
    few = len(queries(editor, "help"))
    for number in range(15):
        create_product(
            acme.organization, slug=f"help-{number}", name=f"Help {number}", facts={"audience": "adults"},
            platforms=["reference"], by=SYSTEM, now=timezone.now(),
        )  # fmt: skip
    assert len(queries(editor, "help")) <= few <= 12


def test_the_palette_shows_a_few_of_each(editor: Client) -> None:
    page = editor.get("/search/", {"q": "e", "in": "palette"}, headers=PARTIAL).context["page"]
    assert all(len(group.hits) <= 5 for group in page.groups)


# The two forms


def palette(client: Client, text: str) -> Any:
    return client.get("/search/", {"q": text, "in": "palette"}, headers=PARTIAL)


def test_the_palette_gets_options_and_the_page_links(editor: Client) -> None:
    found = palette(editor, "profanity").content.decode()
    assert 'role="listbox"' in found
    assert 'role="option"' in found
    assert "<html" not in found
    page = editor.get("/search/", {"q": "profanity"}).content.decode()
    assert 'role="option"' not in page
    assert 'href="/products/helper/edit/#tone.profanity"' in page


def test_without_scripts_the_form_of_the_palette_leads_to_the_page(editor: Client) -> None:
    found = editor.get("/search/", {"q": "profanity", "in": "palette"}).content.decode()
    assert "<h1>Search</h1>" in found


def test_every_page_has_the_button_and_the_help(editor: Client) -> None:
    for address in ("/", "/products/helper/edit/", "/trail/", "/account/", "/help/"):
        found = editor.get(address).content.decode()
        assert 'data-palette aria-keyshortcuts="Control+K Meta+K"' in found
        assert 'rel="help"' in found


def test_the_names_of_behaviors_say_their_language(editor: Client) -> None:
    assert 'lang="en">Profanity<' in editor.get("/search/", {"q": "profanity"}).content.decode()
