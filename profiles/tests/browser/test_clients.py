"""The pages about clients in a browser: choosing and copying a program by mouse, by keyboard and without scripts."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from config.tests.support import Program
from profiles.tests.browser.conftest import SignIn, signed_in
from profiles.tests.browser.looks import overflow, violations

CLIENTS = "/products/ward-companion/clients/"
PAGES = (
    CLIENTS,
    "/products/homework-helper/clients/?environment=staging&platform=openai",
    f"{CLIENTS}try/",
    f'{CLIENTS}try/?preferences={{"content.explicit":"on"}}',
    f"{CLIENTS}try/?preferences=nonsense",
    f"{CLIENTS}receipts/",
    f"{CLIENTS}receipts/?version=3",
)


@pytest.mark.parametrize("path", PAGES)
def test_every_page_is_accessible_in_both_themes_and_on_a_phone(program: Program, sign_in: SignIn, path: str) -> None:
    page = sign_in("compliance", for_axe=True)
    page.goto(path)
    found = []
    for width in (1440, 390):
        page.set_viewport_size({"width": width, "height": 900})
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            found += [f"{path} {width} {scheme}: {violation}" for violation in violations(page)]
    assert found == []


def test_no_page_scrolls_sideways_or_breaks_its_own_policy(program: Program, sign_in: SignIn) -> None:
    page = sign_in("compliance")
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(f"{page.url} {message.text}"))
    for path in PAGES:
        page.goto(path)
        for width in (320, 390, 704, 1024, 1440, 1920):
            page.set_viewport_size({"width": width, "height": 900})
            if wide := overflow(page):
                complaints.append(f"{path} at {width} is {wide} pixels too wide")
    assert complaints == []


def test_the_arrow_keys_choose_a_program_and_enter_copies_all_of_it(program: Program, sign_in: SignIn) -> None:
    page = sign_in("compliance")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(CLIENTS)
    expect(page.locator("#snippet-curl")).to_be_visible()
    page.get_by_role("radio", name="curl").focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator("#snippet-python")).to_be_visible()
    expect(page.locator("#snippet-curl")).to_be_hidden()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#snippet-python [data-copy]")).to_contain_text("Copied")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == page.locator("#s-python").text_content()
    assert "def profile():" in copied


def test_another_platform_changes_the_programs_in_place(program: Program, sign_in: SignIn) -> None:
    page = sign_in("compliance")
    page.goto(CLIENTS)
    page.get_by_label("Platform").select_option("openai")
    expect(page).to_have_url(re.compile("platform=openai"))
    expect(page.locator("#s-curl")).to_contain_text("?platform=openai")


def see_all(page: Page) -> None:
    page.goto(CLIENTS)
    page.get_by_label("Environment").select_option("staging")
    page.get_by_role("button", name="Show").click()
    expect(page).to_have_url(re.compile("environment=staging"))
    page.get_by_role("radio", name="JavaScript").check()
    expect(page.locator("#snippet-javascript")).to_be_visible()
    page.get_by_role("link", name="Try it").click()
    page.get_by_label("What the user prefers").fill('{"content.explicit": "on"}')
    page.get_by_role("button", name="Send").click()
    expect(page.locator("#answer")).to_contain_text("not_adjustable_by_user")


def test_all_of_it_works_without_scripts(program: Program, browser: Browser) -> None:
    with signed_in(browser, program, "compliance", scripts=False) as page:
        see_all(page)
        page.get_by_role("link", name="Who fetched what").click()
        page.get_by_label("Version").select_option("3")
        page.get_by_role("button", name="Filter").click()
        expect(page.get_by_role("row", name="Tablet of ward 3")).to_be_visible()


def test_an_answer_comes_in_place(program: Program, sign_in: SignIn) -> None:
    page = sign_in("compliance")
    page.goto(f"{CLIENTS}try/")
    page.get_by_label("What the user prefers").fill("nonsense")
    page.get_by_role("button", name="Send").click()
    expect(page.locator("#list")).to_contain_text("400 malformed:")
    page.get_by_label("What the user prefers").fill("")
    page.get_by_role("button", name="Send").click()
    expect(page.locator("#answer")).to_contain_text('"version": 4')


def test_the_demo_has_a_client_that_holds_a_superseded_version(program: Program, sign_in: SignIn) -> None:
    page = sign_in("compliance")
    page.goto(f"{CLIENTS}receipts/")
    late = page.get_by_role("article", name="Tablet of ward 3")
    expect(late).to_contain_text("Holds version 3, superseded")
    expect(late).to_contain_text("by version 4")
