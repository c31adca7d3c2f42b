"""Pages in the states that only a hand brings them into, without a complaint of axe."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from config.tests.support import Program
from profiles.tests.browser.conftest import SignIn
from profiles.tests.browser.looks import violations


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
