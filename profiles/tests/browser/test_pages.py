"""Every page, as it is rendered: light and dark, wide and narrow, by keyboard, without a complaint of axe or of the
page's own policy."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from config.tests.support import Program
from profiles.tests.browser.conftest import SignIn, signed_in
from profiles.tests.browser.looks import overflow, violations


@pytest.fixture(scope="module")
def axe_page(browser: Browser, program: Program) -> Iterator[Page]:
    """One signed-in browser for all the pages that are only looked at."""
    with signed_in(browser, program, "editor", for_axe=True) as page:
        yield page


EDITOR_PAGES = (
    "/",
    "/products/after-dark/",
    "/products/after-dark/edit/",
    "/products/after-dark/edit/?show=locked",
    "/products/after-dark/versions/2/",
    "/products/after-dark/versions/1..2/",
    "/reviews/",
    "/trail/",
    "/trail/?q=nothing-like-this",
    "/rulebooks/",
    "/rulebooks/reference/2026-11-01/",
    "/attestations/",
    "/attestations/?product=after-dark&kind=security_research",
    "/settings/members/",
    "/inbox/",
    "/inbox/?show=all",
    "/settings/notifications/",
    "/docs/api/",
    "/products/no-such-product/",
)
ROLES_PAGES = (
    ("approver", "/products/homework-helper/versions/2/"),
    ("administrator", "/settings/api-keys/"),
    ("administrator", "/settings/webhooks/"),
    ("steward", "/"),
    ("steward", "/attestations/"),
    ("steward", "/trail/"),
    ("steward", "/rulebooks/sources/"),
    ("auditor", "/products/homework-helper/edit/"),
)


def found_by_axe(page: Page, path: str) -> list[str]:
    """Violations of one page, loaded once and shown wide and narrow, light and dark."""
    page.goto(path)
    found = []
    for width in (1440, 390):
        page.set_viewport_size({"width": width, "height": 900})
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            found += [f"{path} {width} {scheme}: {violation}" for violation in violations(page)]
    return found


@pytest.mark.parametrize("path", EDITOR_PAGES)
def test_every_page_is_accessible_in_both_themes_and_on_a_phone(program: Program, axe_page: Page, path: str) -> None:
    assert found_by_axe(axe_page, path) == []


@pytest.mark.parametrize(("role", "path"), ROLES_PAGES)
def test_the_pages_of_every_role_are_accessible(program: Program, sign_in: SignIn, role: str, path: str) -> None:
    assert found_by_axe(sign_in(role, for_axe=True), path) == []


def test_no_page_scrolls_sideways_or_breaks_its_own_policy(program: Program, sign_in: SignIn) -> None:
    page = sign_in("editor")
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(f"{page.url} {message.text}"))
    for path in EDITOR_PAGES:
        page.goto(path)
        for width in (320, 390, 704, 1024, 1440, 1920):
            page.set_viewport_size({"width": width, "height": 900})
            if wide := overflow(page):
                complaints.append(f"{path} at {width} is {wide} pixels too wide")
    # The browser itself says that the page which does not exist was answered with 404.
    assert [text for text in complaints if "404" not in text] == []


def test_the_trail_opens_an_entry_in_place_and_by_its_address(program: Program, sign_in: SignIn) -> None:
    page = sign_in("compliance", for_axe=True)
    page.goto("/trail/?kind=profile.version.activated")
    link = page.locator(".ev [data-details]").first
    link.click()
    expect(page.locator(".det").first).to_contain_text("sha256")
    expect(link).to_have_attribute("aria-expanded", "true")
    assert violations(page) == []


def test_the_filter_is_reached_by_a_key_and_narrows_the_rows_and_the_address(program: Program, sign_in: SignIn) -> None:
    page = sign_in("editor")
    page.goto("/products/after-dark/edit/")
    page.keyboard.press("/")
    page.keyboard.type("profanity")
    expect(page.locator("[id='content.explicit']")).to_have_count(0)
    expect(page.locator("[id='tone.profanity']")).to_be_visible()
    expect(page).to_have_url(re.compile(r"q=profanity"))


def test_a_switch_is_flipped_by_keyboard_and_keeps_the_focus(program: Program, sign_in: SignIn) -> None:
    page = sign_in("editor")
    page.goto("/products/after-dark/edit/")
    switch = page.locator("[id='c-safety.danger_caveats']")
    switch.focus()
    before = switch.is_checked()
    page.keyboard.press("Space")
    expect(page.locator("[id='safety.danger_caveats']")).to_contain_text("Changed" if before else "")
    expect(switch).to_be_checked(checked=not before)
    expect(switch).to_be_focused()
    page.locator("[id='safety.danger_caveats']").get_by_role("button", name=re.compile("Undo")).click()
    expect(switch).to_be_checked(checked=before)


def test_two_editors_of_one_behavior_choose_which_value_stays(program: Program, sign_in: SignIn) -> None:
    """The administrator edits as well; whoever comes second sees both values."""
    first, second = sign_in("editor"), sign_in("administrator", for_axe=True)
    for page in (first, second):
        page.goto("/products/after-dark/edit/")
    row = "[id='format.length']"
    first.locator(row).get_by_role("radio", name="Brief").check()
    expect(first.locator(row)).to_contain_text("Changed")
    second.locator(row).get_by_role("radio", name="Thorough").check()
    expect(second.locator(row)).to_contain_text("Jana Sommer changed this")
    assert violations(second) == []
    second.locator(row).get_by_role("button", name="Keep mine").click()
    expect(second.locator(row).get_by_role("radio", name="Thorough")).to_be_checked()
    expect(second.locator(row)).not_to_contain_text("Jana Sommer changed this")


def test_an_impossible_number_stays_in_its_field_with_the_reason(program: Program, sign_in: SignIn) -> None:
    page = sign_in("editor", for_axe=True)
    page.goto("/products/ward-companion/edit/")
    field = page.locator("[id='c-agents.spend_limit']")
    field.fill("99999")
    field.blur()
    row = page.locator("[id='agents.spend_limit']")
    expect(row).to_contain_text("Not saved:")
    expect(page.locator("[id='c-agents.spend_limit']")).to_have_value("99999")
    assert violations(page) == []
