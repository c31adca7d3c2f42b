"""The inbox in a real browser: read in place with scripts, by forms without."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from config.tests.support import Program
from profiles.tests.browser.conftest import SignIn


def test_a_notice_is_read_in_place_and_the_bell_follows(program: Program, sign_in: SignIn) -> None:
    page = sign_in("editor")
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.goto("/inbox/")
    notices, bell = page.locator(".nt"), page.locator("#bell")
    before = notices.count()
    assert before > 1
    expect(bell).to_have_attribute("aria-label", f"Inbox, {before} unread")
    notices.first.get_by_role("button").click()
    expect(notices).to_have_count(before - 1)
    expect(bell).to_have_attribute("aria-label", f"Inbox, {before - 1} unread")
    expect(page.locator("#notices")).to_be_focused()
    assert complaints == []


@pytest.mark.parametrize("width", [1440, 390])
def test_a_notice_leads_to_its_thing_and_all_are_read_without_scripts(
    program: Program, sign_in: SignIn, width: int
) -> None:
    page = sign_in("compliance", scripts=False, width=width)
    page.goto("/inbox/?show=all")
    headline = page.locator(".nt h3 a", has_text="activated version 1 of Ward Companion in production").first
    headline.click()
    expect(page).to_have_url(f"{program.url}/products/ward-companion/versions/1/")
    page.goto("/inbox/?show=all")
    if page.locator(".nt-new").count():
        page.get_by_role("button", name="Mark all as read").click()
    expect(page).to_have_url(f"{program.url}/inbox/?show=all")
    expect(page.locator(".nt-new")).to_have_count(0)
    expect(page.locator("#bell")).to_have_attribute("aria-label", "Inbox, nothing unread")
