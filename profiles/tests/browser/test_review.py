"""Review and activation in a browser: comments, scheduling, promotion, going back, an emergency, and rebasing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Locator, Page, expect

from config.processes import until
from config.tests.support import Program
from profiles.tests.browser.conftest import SignIn
from profiles.tests.browser.looks import overflow, violations

PRODUCT = "/products/after-dark/"


@pytest.fixture
def editor(program: Program, sign_in: SignIn) -> Page:
    return sign_in("editor", for_axe=True)


@pytest.fixture
def approver(program: Program, sign_in: SignIn) -> Iterator[Page]:
    page = sign_in("approver", for_axe=True)
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    yield page
    assert [text for text in complaints if "422" not in text] == []


def switch(editor: Page, key: str, on: bool) -> None:
    editor.goto(f"{PRODUCT}edit/#{key}")
    control = editor.locator(f"[id='{key}']").get_by_role("switch")
    if control.is_checked() != on:
        with editor.expect_response(re.compile("/draft/set/")):
            control.click()


def submit(editor: Page, why: str) -> str:
    """The address of the version that results."""
    editor.goto(f"{PRODUCT}edit/")
    editor.get_by_label("Why these changes?").fill(why)
    editor.get_by_role("button", name="Submit for review").click()
    editor.wait_for_url(re.compile(r"/versions/\d+/$"))
    return editor.url


def approve(approver: Page, address: str) -> None:
    approver.goto(address)
    approver.get_by_role("radio", name="Approve").check()
    approver.get_by_role("button", name="Send decision").click()
    expect(approver.locator("main")).to_contain_text("You approved version")


def environment(page: Page, slug: str) -> Locator:
    return page.locator(f"#in-{slug}")


def activate(page: Page, address: str, slug: str, button: str | re.Pattern[str]) -> None:
    page.goto(address)
    place = environment(page, slug)
    place.locator("summary").click()
    place.get_by_role("textbox", name="Reason").fill("It is time.")
    place.get_by_role("button", name=button).click()
    expect(environment(page, slug)).to_contain_text("active")


def looks_right(page: Page) -> None:
    """Wide in the light, narrow in the dark; by axe and by width."""
    page.emulate_media(color_scheme="light")
    assert violations(page) == []
    assert overflow(page) == 0
    page.set_viewport_size({"width": 390, "height": 900})
    page.emulate_media(color_scheme="dark")
    assert violations(page) == []
    assert overflow(page) == 0
    page.set_viewport_size({"width": 1440, "height": 900})
    page.reload()


def number(address: str) -> int:
    return int(address.rstrip("/").rpartition("/")[2])


def test_a_version_is_discussed_approved_scheduled_rebased_and_restored(
    program: Program, editor: Page, approver: Page
) -> None:
    # Something looser is submitted, and talked about where it stands in the difference.
    switch(editor, "views.balanced", on=False)
    first = submit(editor, "Characters take sides.")
    approver.goto("/reviews/")
    approver.goto(first)
    thread = approver.locator("#thread-views-balanced")
    thread.locator("summary").click()
    thread.get_by_role("textbox").fill("In which books?")
    thread.get_by_role("button", name="Send").click()
    expect(thread).to_contain_text("In which books?")
    expect(approver.locator("#say-views-balanced")).to_have_value("")
    expect(approver.locator("#say-views-balanced")).to_be_focused()
    expect(approver.locator("#say")).to_have_text("Your comment is kept.")
    looks_right(approver)
    approver.goto("/reviews/")
    expect(approver.locator("#waiting")).to_contain_text("Looser: ")
    looks_right(approver)

    # It is approved, tried in staging, and to be promoted at a time; which is not mistaken for now.
    approve(approver, first)
    activate(approver, first, "staging", re.compile("^Activate"))
    approver.get_by_role("link", name="Promote to Production").click()
    production = environment(approver, "production")
    production.locator("summary").click()
    production.get_by_role("textbox", name="Reason").fill("After the holidays.")
    due = datetime.now(UTC) + timedelta(days=2)
    production.get_by_label("Date and time").fill(f"{due:%Y-%m-%dT%H:%M}")
    production.get_by_role("button", name=re.compile("^Promote")).click()
    expect(approver.locator("#sum")).to_be_focused()
    expect(approver.locator("#sum")).to_contain_text("take the time away")
    production.get_by_role("button", name="Schedule").click()
    expect(production).to_contain_text("becomes active here at")
    looks_right(approver)

    # Meanwhile the editor goes on without it. It goes live earlier after all, and what the editor made is stale.
    switch(editor, "views.balanced", on=True)
    switch(editor, "tone.profanity", on=False)
    second = submit(editor, "Kinder words.")
    activate(approver, first, "production", re.compile("^Promote"))
    expect(environment(approver, "production")).not_to_contain_text("becomes active here at")
    approver.goto(second)
    expect(approver.locator("main")).to_contain_text("Rebase it before it goes live")
    expect(approver.get_by_role("button", name="Send decision")).to_have_count(0)

    # Rebasing suggests what one side alone changed, asks for what both did, and does not guess.
    editor.goto(second)
    editor.get_by_role("link", name="Rebase", exact=True).click()
    looks_right(editor)
    editor.get_by_role("button", name="Submit the rebased version").click()
    expect(editor.locator("#sum")).to_be_focused()
    conflict = editor.get_by_role("group", name=re.compile("Both changed this"))
    conflict.get_by_role("radio").first.check()
    editor.get_by_role("button", name="Submit the rebased version").click()
    editor.wait_for_url(re.compile(r"/versions/\d+/$"))
    rebased = editor.url
    assert number(rebased) == number(second) + 1

    # It only makes things stricter, so it goes live at once and is marked.
    activate(approver, rebased, "production", re.compile("^Activate"))
    bar = approver.get_by_role("region", name="Live and not reviewed")
    expect(bar).to_contain_text("before its review")

    # What was live before comes back in an emergency: the difference first, a reason, and everybody sees it.
    editor.goto(first)
    editor.get_by_role("link", name=f"Restore version {number(first)}").click()
    expect(editor.locator("main")).to_contain_text("What would change")
    looks_right(editor)
    editor.get_by_label("Why go back?").fill("Readers are lost.")
    editor.get_by_role("button", name="Submit it as a new version").click()
    editor.wait_for_url(re.compile(r"/versions/\d+/$"))
    restored = editor.url
    expect(editor.locator("main")).to_contain_text(f"restores v{number(first)}")
    expect(editor.get_by_text("In an emergency")).to_have_count(0)
    activate(approver, restored, "production", re.compile("without approval"))
    for address in (restored, "/", PRODUCT):
        approver.goto(address)
        expect(bar).to_contain_text(f"version {number(restored)} of After Dark in Production")
    looks_right(approver)


def test_what_is_scheduled_happens_by_itself_and_without_scripts(program: Program, sign_in: SignIn) -> None:
    editor = sign_in("editor", scripts=False)
    editor.goto("/products/ward-companion/edit/")
    switched = editor.locator("[id='c-views.balanced']")
    switched.set_checked(not switched.is_checked())
    editor.get_by_role("button", name="Save draft").click()
    editor.get_by_label("Why these changes?").fill("A trial.")
    editor.get_by_role("button", name="Submit for review").click()
    editor.wait_for_url(re.compile(r"/versions/\d+/$"))
    address = editor.url
    approver = sign_in("approver", scripts=False)
    approve(approver, address)
    place = environment(approver, "staging")
    place.locator("summary").click()
    place.get_by_role("textbox", name="Reason").fill("At night.")
    due = datetime.now(UTC) + timedelta(seconds=4)
    place.get_by_label("Date and time").fill(f"{due:%Y-%m-%dT%H:%M:%S}")
    place.get_by_role("button", name="Schedule").click()
    expect(approver.locator("main")).to_contain_text("becomes active in Staging")

    def is_active() -> bool:
        approver.goto(address)
        return "active" in (environment(approver, "staging").locator("h3").text_content() or "")

    assert until(is_active, seconds=40, every=1)
