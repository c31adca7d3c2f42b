"""The same pages in German, on paper and in a contrast theme."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from config.tests.support import Program
from profiles.tests.browser.conftest import SignIn, signed_in
from profiles.tests.browser.looks import overflow, violations

PAGES = (
    "/",
    "/products/after-dark/",
    "/products/after-dark/edit/",
    "/products/after-dark/place/",
    "/products/after-dark/versions/2/",
    "/products/after-dark/versions/1..2/",
    "/reviews/",
    "/trail/",
    "/rulebooks/",
    "/rulebooks/compare/",
    "/rulebooks/reference/2026-11-01/",
    "/attestations/",
    "/settings/members/",
    "/settings/api-keys/",
    "/settings/baseline/",
    "/settings/holds/",
    "/search/?q=version",
    "/help/",
    "/help/glossary/",
    "/account/",
    "/docs/api/",
    "/products/no-such-product/",
)


@pytest.fixture(scope="module")
def german(browser: Browser, program: Program) -> Iterator[Page]:
    """The approver reads German while these tests run."""
    with signed_in(browser, program, "approver", for_axe=True) as page:
        choose(page, "de")
        yield page
        choose(page, "en")


def choose(page: Page, language: str) -> None:
    page.goto("/account/")
    page.locator(f"input[name=language][value={language}]").check()
    page.locator("main form button[type=submit]").click()
    expect(page.locator("html")).to_have_attribute("lang", language)


def test_no_page_is_too_wide_in_german(program: Program, german: Page) -> None:
    complaints = []
    for path in PAGES:
        german.goto(path)
        for width in (320, 390, 704, 1024, 1280):
            german.set_viewport_size({"width": width, "height": 900})
            if wide := overflow(german):
                complaints.append(f"{path} at {width} is {wide} pixels too wide")
    assert complaints == []


@pytest.mark.parametrize("path", ["/", "/products/after-dark/edit/", "/trail/", "/account/", "/help/glossary/"])
def test_german_pages_are_accessible(program: Program, german: Page, path: str) -> None:
    german.goto(path)
    for width in (1440, 390):
        german.set_viewport_size({"width": width, "height": 900})
        assert violations(german) == []


def test_times_are_those_of_the_chosen_zone(program: Program, sign_in: SignIn) -> None:
    page = sign_in("auditor")
    page.goto("/account/")
    page.get_by_label("Time zone").fill("europe/berlin")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_label("Time zone")).to_have_value("Europe/Berlin")
    expect(page.locator("#time_zone-h")).to_contain_text(re.compile("CES?T"))
    page.goto("/trail/")
    expect(page.get_by_role("columnheader", name=re.compile("Time"))).to_contain_text("Europe/Berlin")


def test_a_contrast_theme_keeps_what_colors_told(program: Program, sign_in: SignIn) -> None:
    page = sign_in("editor", for_axe=True)
    page.emulate_media(forced_colors="active")
    for path in ("/products/after-dark/edit/", "/trail/", "/products/after-dark/versions/1..2/"):
        page.goto(path)
        assert violations(page) == []
    page.goto("/products/after-dark/edit/")
    assert page.locator(".verdict").first.evaluate("each => getComputedStyle(each).borderTopWidth") == "1px"
    page.keyboard.press("Control+k")
    page.keyboard.type("profanity")
    chosen = page.locator(".pal-o[aria-selected=true]")
    expect(chosen).to_be_visible()
    assert chosen.evaluate("each => getComputedStyle(each).outlineStyle") == "solid"


@pytest.mark.parametrize("path", ["/trail/", "/products/after-dark/versions/2/", "/products/after-dark/versions/1..2/"])
def test_a_page_on_paper_is_the_record_alone(program: Program, sign_in: SignIn, path: str) -> None:
    page = sign_in("compliance")
    page.goto(path)
    page.emulate_media(media="print")
    for hidden in (".rail", ".top", ".skip", "#palette", "main form", ".btn"):
        assert all(not each.is_visible() for each in page.locator(hidden).all()), hidden
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    pdf = page.pdf(format="A4")
    assert pdf.startswith(b"%PDF")
    assert len(re.findall(rb"/Type\s*/Page\b", pdf)) >= 1


def test_addresses_outside_are_printed(program: Program, sign_in: SignIn) -> None:
    page = sign_in("compliance")
    page.goto("/rulebooks/openai/2025-12-18/")
    page.emulate_media(media="print")
    link = page.locator("main a[href^=http]").first
    assert "(" in link.evaluate("each => getComputedStyle(each, '::after').content")
