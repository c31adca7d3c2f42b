"""Versions, history and simulation in a browser: with scripts and without, by keyboard, and without a complaint."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from config.tests.support import Program
from profiles.tests.browser.conftest import SignIn, signed_in
from profiles.tests.browser.looks import overflow, violations

PAGES = (
    "/products/ward-companion/versions/",
    "/products/ward-companion/versions/?state=declined",
    "/products/ward-companion/versions/1..2/?as=json",
    "/products/ward-companion/versions/1..draft/",
    "/products/ward-companion/history/",
    "/products/ward-companion/at/",
    "/products/ward-companion/at/?when=2020-01-01T00:00&environment=staging",
    "/products/ward-companion/at/?when=nonsense",
    "/products/after-dark/simulate/?q=content",
    "/products/after-dark/simulate/?preferences=nonsense",
    "/products/after-dark/possible/",
    "/products/after-dark/possible/?behavior=content.explicit&value=on&platform=openai",
    "/products/homework-helper/possible/?behavior=safety.child_sexual_abuse&value=on",
)


def unfold(page: Page) -> None:
    page.evaluate("document.querySelectorAll('main details').forEach((each) => { each.open = true; })")


@pytest.mark.parametrize("path", PAGES)
def test_every_page_is_accessible_in_both_themes_and_on_a_phone(program: Program, sign_in: SignIn, path: str) -> None:
    page = sign_in("editor", for_axe=True)
    page.goto(path)
    unfold(page)
    found = []
    for width in (1440, 390):
        page.set_viewport_size({"width": width, "height": 900})
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            found += [f"{path} {width} {scheme}: {violation}" for violation in violations(page)]
    assert found == []


def test_no_page_scrolls_sideways_or_breaks_its_own_policy(program: Program, sign_in: SignIn) -> None:
    page = sign_in("editor")
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(f"{page.url} {message.text}"))
    for path in PAGES:
        page.goto(path)
        unfold(page)
        for width in (320, 390, 704, 1024, 1440, 1920):
            page.set_viewport_size({"width": width, "height": 900})
            if wide := overflow(page):
                complaints.append(f"{path} at {width} is {wide} pixels too wide")
    assert [text for text in complaints if "422" not in text and "required format" not in text] == []


def compare_first_and_third(page: Page) -> None:
    page.goto("/products/ward-companion/versions/")
    page.get_by_label("Before is version 1").check()
    page.get_by_label("After is version 3").check()
    page.get_by_role("button", name="Compare", exact=True).click()
    expect(page).to_have_url(re.compile(r"/versions/1\.\.3/$"))
    page.get_by_role("link", name="As JSON").click()
    expect(page.locator("main")).to_contain_text("settings.safety.medical_detail")


def simulate_a_user(page: Page) -> None:
    page.goto("/products/after-dark/simulate/")
    page.locator(".prefs > summary").click()
    page.locator("#preferences").fill('{"content.explicit": "off"}')
    page.get_by_role("button", name="Simulate", exact=True).click()
    row = page.locator("[id='content.explicit']")
    row.locator("summary").click()
    expect(row).to_contain_text("Sets Off.")
    row.get_by_role("link", name=re.compile("What would have to change")).click()
    page.get_by_role("button", name="Find out").click()
    expect(page.get_by_role("heading", level=2)).to_contain_text("Explicit")


def test_two_versions_are_compared(program: Program, sign_in: SignIn) -> None:
    compare_first_and_third(sign_in("editor"))


def test_a_user_is_simulated_and_the_reverse_is_asked(program: Program, sign_in: SignIn) -> None:
    simulate_a_user(sign_in("editor"))


def test_all_of_it_works_without_scripts(program: Program, browser: Browser) -> None:
    with signed_in(browser, program, "editor", scripts=False) as page:
        compare_first_and_third(page)
        simulate_a_user(page)
        page.goto("/products/ward-companion/history/")
        page.get_by_label("Environment").select_option("staging")
        page.get_by_role("button", name="Filter").click()
        expect(page).to_have_url(re.compile(r"environment=staging"))
        page.get_by_role("link", name="What clients got").first.click()
        expect(page.get_by_role("heading", level=2).first).to_contain_text("Staging")


def test_the_filters_answer_in_place_and_in_the_address(program: Program, sign_in: SignIn) -> None:
    page = sign_in("editor")
    page.goto("/products/ward-companion/history/")
    page.get_by_label("Environment").select_option("staging")
    expect(page).to_have_url(re.compile(r"environment=staging"))
    expect(page.locator(".tl-e", has_text="Production")).to_have_count(0)
    page.goto("/products/after-dark/simulate/")
    page.keyboard.press("/")
    page.keyboard.type("profanity")
    expect(page.locator("[id='content.explicit']")).to_have_count(0)
    expect(page).to_have_url(re.compile(r"q=profanity"))
