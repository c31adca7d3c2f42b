"""The main job by the keyboard alone: a default is changed, submitted, approved and made active; no mouse is used."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, Page, expect

from config.tests.support import Program
from profiles.tests.browser.conftest import SignIn

MOST_STOPS = 400


def tab_to(page: Page, target: Locator) -> None:
    """Press Tab until ``target`` has the focus."""
    expect(target).to_be_visible()
    for _stop in range(MOST_STOPS):
        page.keyboard.press("Tab")
        if target.evaluate("each => each === document.activeElement"):
            return
    raise AssertionError(f"Tab does not reach {target}.")


def follow(page: Page, name: str | re.Pattern[str], within: str = "body") -> None:
    tab_to(page, page.locator(within).get_by_role("link", name=name).first)
    page.keyboard.press("Enter")


def test_the_whole_job_is_done_by_keyboard(program: Program, sign_in: SignIn) -> None:
    editor = sign_in("editor")
    editor.goto("/products/homework-helper/")
    follow(editor, "Profile", within="nav")
    expect(editor).to_have_url(re.compile("/edit/$"))

    switch = editor.locator(".row:not(:has-text('Changed')) [role=switch]").first
    key = (switch.get_attribute("id") or "").removeprefix("c-")
    tab_to(editor, editor.locator(f"[id='c-{key}']"))
    editor.keyboard.press("Space")
    expect(editor.locator(f"[id='{key}']")).to_contain_text("Changed")
    tab_to(editor, editor.locator("#note"))
    editor.keyboard.type("Done without a mouse.")
    tab_to(editor, editor.get_by_role("button", name="Submit for review"))
    editor.keyboard.press("Enter")
    expect(editor).to_have_url(re.compile(r"/versions/\d+/$"))
    number = editor.url.rstrip("/").rpartition("/")[2]

    approver = sign_in("approver")
    approver.goto("/products/homework-helper/")
    follow(approver, "Reviews", within="nav")
    follow(approver, re.compile(f"Version {number}"), within="main")
    expect(approver.locator("main")).to_contain_text("Done without a mouse.")
    tab_to(approver, approver.get_by_role("radio", name="Approve"))
    approver.keyboard.press("Space")
    tab_to(approver, approver.get_by_role("button", name="Send decision"))
    approver.keyboard.press("Enter")
    expect(approver.locator("main")).to_contain_text(f"You approved version {number}.")

    place = approver.locator("li", has=approver.get_by_role("heading", name="Production")).last
    tab_to(approver, place.locator("summary"))
    approver.keyboard.press("Enter")
    tab_to(approver, place.get_by_role("textbox", name="Reason"))
    approver.keyboard.type("Agreed.")
    tab_to(approver, place.get_by_role("button", name=re.compile("Activate")))
    approver.keyboard.press("Enter")
    expect(approver.locator("main")).to_contain_text(f"Version {number} is active in Production.")


def test_j_and_k_go_through_the_trail(sign_in: SignIn) -> None:
    page = sign_in("auditor")
    page.goto("/trail/")
    links = page.locator("[data-details]")
    for key, place in (("j", 0), ("j", 1), ("j", 2), ("k", 1)):
        page.keyboard.press(key)
        expect(links.nth(place)).to_be_focused()
    page.locator("a.perm").nth(1).click()
    page.wait_for_load_state()  # its scripts, which listen for the keys, have run then
    first = page.url
    page.keyboard.press("j")
    expect(page).not_to_have_url(first)
    page.wait_for_load_state()
    page.keyboard.press("k")
    expect(page).to_have_url(first)
