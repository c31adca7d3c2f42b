"""Help stands behind the same link on every page, and each page has a topic of its own."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from profiles.tests import cast as some
from profiles.tests.cast import Cast
from profiles.tests.web.test_who_sees_what import PAGES
from profiles.web.pages.help import shortcuts
from profiles.web.pages.help_topics import OF_PAGES, TERMS, TOPICS, topic_of

pytestmark = pytest.mark.django_db

FOR_PROGRAMS = {
    *("healthz", "healthz_log", "log_checkpoint_at", "log_timestamp", "jwks", "ofrep_flags", "ofrep_flag"),
    *(
        "log_key",
        "log_policy",
        "log_checkpoint",
        "log_minimum_index",
        "log_tile",
        "trail_leaf",
        "trail_proof",
        "run_trials_file",
    ),
    *("attestation_evidence", "run_trials_file", "run_trials_csv", "suite_file"),
    *("commitments_data", "commitments_badge", "commitments_proof"),
    *(name for name in PAGES if name.startswith("api_") and name != "api_docs"),
}


@pytest.fixture
def acme() -> Cast:
    return some.make_cast()


@pytest.mark.parametrize("name", sorted(set(PAGES) - FOR_PROGRAMS))
def test_every_page_has_a_topic(name: str) -> None:
    assert topic_of(name) in TOPICS, f"{name} leads to the list of topics only: name it in OF_PAGES"


def test_every_topic_that_is_named_exists() -> None:
    assert set(OF_PAGES.values()) <= set(TOPICS)
    assert {name for topic in TOPICS.values() for name in topic.see} <= set(TOPICS)
    assert {topic for _slug, _word, _meaning, topic in TERMS} <= set(TOPICS)
    assert len({slug for slug, *_rest in TERMS}) == len(TERMS)


@pytest.mark.parametrize("slug", TOPICS)
def test_every_topic_can_be_read_signed_in_and_out(client: Client, acme: Cast, slug: str) -> None:
    topic = TOPICS[slug]
    for _person in ("stranger", "editor"):
        response = client.get(f"/help/{slug}/")
        assert response.status_code == 200
        assert f"<h1>{topic.title}</h1>" in response.content.decode()
        client.force_login(acme.users["editor"])


def test_the_list_leads_to_every_topic(client: Client) -> None:
    found = client.get("/help/").content.decode()
    assert {f"/help/{slug}/" for slug in TOPICS} <= set(re.findall(r'href="([^"]+)"', found))


def test_a_topic_that_does_not_exist_is_not_found(client: Client, acme: Cast) -> None:
    assert client.get("/help/nothing/").status_code == 404


def test_a_page_leads_to_its_own_topic(client: Client, acme: Cast) -> None:
    client.force_login(acme.users["editor"])
    for address, topic in (
        ("/products/helper/edit/", "editor"),
        ("/trail/", "trail"),
        ("/attestations/", "attestation"),
    ):
        assert f'href="/help/{topic}/" rel="help"' in client.get(address).content.decode()


def test_the_glossary_is_in_order_and_links_on(client: Client) -> None:
    page = client.get("/help/glossary/", headers={"Accept-Language": "de"}).context["page"]
    words = [term.word.casefold() for term in page.terms]
    assert words == sorted(words)
    assert "rote linie" in words


def test_no_two_shortcuts_are_the_same() -> None:
    keys = [each.keys for each in shortcuts("helper")]
    assert len(set(keys)) == len(keys)
    assert all(each.go == each.keys[-1] for each in shortcuts("helper") if each.href)
