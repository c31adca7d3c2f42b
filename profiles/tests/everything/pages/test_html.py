"""Every page that somebody gets, every refusal and every fragment is HTML that says what it means."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from profiles.tests.everything.bypass.doors import HTMX, addresses_that_write, send
from profiles.tests.everything.bypass.table import PAGES as WRITES
from profiles.tests.everything.pages.html import Html
from profiles.tests.everything.stage import Stage, undone
from profiles.tests.web.test_who_sees_what import PAGES, PEOPLE

pytestmark = pytest.mark.django_db


def client_of(stage: Stage, person: str) -> Client:
    return stage.client("other", "administrator") if person == "stranger" else stage.client("acme", person)


def is_html(response: Any) -> bool:
    """Whether there is something to parse: no JSON, no file, and no answer that only leads on."""
    return (
        not response.streaming and bool(response.content) and response.headers["Content-Type"].startswith("text/html")
    )


@pytest.mark.parametrize("person", PEOPLE)
def test_every_page_is_valid_for_everybody(stage: Stage, person: str) -> None:
    client, found = client_of(stage, person), []
    for name in PAGES:
        response = client.get(stage.address(name))
        if is_html(response):
            found += [f"{name}: {problem}" for problem in Html(response.content.decode()).problems()]
    assert found == []


@pytest.mark.parametrize("name", sorted(addresses_that_write(of_api=False)))
def test_a_refused_form_is_a_valid_page_and_a_valid_fragment(stage: Stage, name: str) -> None:
    """Sent empty, and without permission; as a page and for htmx."""
    found = []
    for person in (WRITES[name].by, "auditor"):
        for headers in ({}, HTMX):
            with undone():
                response = stage.client("acme", person).post(stage.address(name), headers=headers)
            if is_html(response):
                text = response.content.decode()
                page = Html(text, fragment="<!doctype" not in text)
                found += [f"{person} {response.status_code}: {problem}" for problem in page.problems()]
    assert found == []


@pytest.mark.parametrize("name", sorted(addresses_that_write(of_api=False)))
def test_what_htmx_gets_after_a_write_is_a_valid_fragment(stage: Stage, name: str) -> None:
    line = WRITES[name]
    with undone():
        line.first(stage)
        given = line.given(stage)
        response = send(stage.client("acme", line.by), stage.address(name), given, HTMX)
        if is_html(response):
            text = response.content.decode()
            assert Html(text, fragment="<!doctype" not in text).problems() == []


@pytest.mark.parametrize(
    ("html", "problem"),
    [
        ("<p>a</p><p id=a></p><p id=a></p>", "the id a stands there 2 times"),
        ("<label for=b>b</label>", "label for=b refers to nothing"),
        ("<a href='#c'>c</a>", "the link #c leads nowhere on this page"),
        ("<h3>d</h3>", "an h3 follows an h1"),
        ("<p style='color:red'>e</p>", "p has style, which the policy forbids"),
        ("<form method=post action=/f></form>", "the form /f has no CSRF token"),
        ("<img src=g>", "the picture g has no alt"),
        ("<a href=/><button type=button>h</button></a>", "a button stands in a a"),
        ("<div></p></div>", "unexpected-end-tag"),
    ],
)
def test_a_fault_is_found(html: str, problem: str) -> None:
    page = f"<!doctype html><html lang=en><head><title>t</title></head><body><h1>t</h1>{html}</body></html>"
    assert any(problem in found for found in Html(page).problems())
