"""How pages behave under the hand: each pattern once with scripts and once without, so that an update of htmx which
changes one of them does not go unnoticed."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from config.tests.support import Program
from profiles.tests.browser.conftest import SignIn

EDITOR = "/products/homework-helper/edit/"
LEVEL = "format.length"


@pytest.fixture(params=[True, False], ids=["with scripts", "without scripts"])
def scripts(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


@pytest.fixture
def page(program: Program, sign_in: SignIn, scripts: bool) -> Page:
    """The editor's, at the draft."""
    page = sign_in("editor", scripts=scripts)
    page.goto(EDITOR)
    return page


def posts_of(page: Page) -> list[str]:
    """The writes that a page sends from now on."""
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
    return sent


def row(page: Page, key: str) -> Locator:
    return page.locator(f"[id='{key}']")


def control(page: Page, key: str) -> Locator:
    return page.locator(f"[id='c-{key}']")


def first_switch(page: Page) -> tuple[str, Locator]:
    """A switch of the draft that is not changed yet."""
    switch = page.locator(".row:not(:has-text('Changed')) [role=switch]").first
    key = (switch.get_attribute("id") or "").removeprefix("c-")
    return key, control(page, key)


def save(page: Page) -> None:
    """What a person without scripts does after a change."""
    page.get_by_role("button", name="Save draft").click()


def put_back(page: Page, key: str) -> None:
    row(page, key).get_by_role("button", name=re.compile("Undo")).click()
    expect(row(page, key)).not_to_contain_text("Changed")


def test_a_switch_saves_itself_and_keeps_the_focus(page: Page, scripts: bool) -> None:
    key, switch = first_switch(page)
    wanted, sent = not switch.is_checked(), posts_of(page)
    switch.focus()
    page.keyboard.press("Space")
    if not scripts:
        save(page)
    expect(row(page, key)).to_contain_text("Changed")
    expect(switch).to_be_checked(checked=wanted)
    if scripts:
        expect(switch).to_be_focused()
    assert len(sent) == 1
    expect(page.locator("#changes")).to_contain_text(row(page, key).get_by_role("heading").inner_text())
    put_back(page, key)


def test_two_presses_of_an_arrow_are_one_write(page: Page, scripts: bool) -> None:
    chosen, sent = row(page, LEVEL).locator(":checked"), posts_of(page)
    before = chosen.input_value()
    chosen.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    if scripts:
        expect(page.locator("#say")).to_have_text("Draft saved")
        expect(chosen).to_be_focused()
    else:
        save(page)
    assert len(sent) == 1
    assert chosen.input_value() != before
    put_back(page, LEVEL)


def test_what_is_saved_is_said_once_where_everybody_hears_it(page: Page, scripts: bool) -> None:
    key, switch = first_switch(page)
    switch.press("Space")
    if scripts:
        expect(page.get_by_role("status").filter(has_text="Draft saved")).to_have_count(1)
    else:
        save(page)
        expect(page.locator("main")).to_contain_text("Draft saved. Nothing is live yet.")
    put_back(page, key)


def test_a_number_that_cannot_be_stays_in_its_field_with_the_reason(page: Page, scripts: bool) -> None:
    page.goto("/products/ward-companion/edit/")
    field = control(page, "agents.spend_limit")
    field.fill("99999")
    if scripts:
        field.blur()
    else:
        save(page)
    expect(row(page, "agents.spend_limit")).to_contain_text("Not saved:")
    expect(field).to_have_value("99999")
    expect(field).to_have_attribute("aria-invalid", "true")


def test_a_refused_submission_puts_the_focus_on_what_is_to_fix(page: Page, scripts: bool) -> None:
    key, switch = first_switch(page)
    switch.press("Space")
    if not scripts:
        save(page)
    expect(row(page, key)).to_contain_text("Changed")
    page.get_by_role("button", name="Submit for review").click()
    summary = page.locator("#sum")
    expect(summary).to_contain_text("Please fill this in")
    expect(page.locator("#note")).to_have_attribute("aria-invalid", "true")
    if scripts:
        expect(summary).to_be_focused()
        expect(page).to_have_title(re.compile("^Error:"))
        expect(page).to_have_url(re.compile(EDITOR))
    page.goto(EDITOR)
    put_back(page, key)


def fail(route: Route) -> None:
    route.fulfill(status=500, content_type="text/html", body='<main><span id="problem">Say number 7.</span></main>')


def test_a_failure_of_the_server_is_told_and_nothing_is_swapped(page: Page, scripts: bool) -> None:
    page.context.route("**/draft/**", fail)
    key, switch = first_switch(page)
    switch.press("Space")
    if scripts:
        expect(page.get_by_role("alert")).to_contain_text("Say number 7.")
        expect(row(page, key)).to_have_count(1)
        expect(page).to_have_url(re.compile(EDITOR))
    else:
        save(page)
        expect(page.locator("main")).to_have_text("Say number 7.")


def test_a_filter_narrows_the_rows_and_the_address_and_back_undoes_it(page: Page, scripts: bool) -> None:
    box = page.get_by_role("searchbox")
    if scripts:
        box.press_sequentially("profanity")
    else:
        box.fill("profanity")
        box.press("Enter")
    expect(page).to_have_url(re.compile("q=profanity"))
    expect(row(page, "tone.profanity")).to_be_visible()
    expect(row(page, LEVEL)).to_have_count(0)
    page.go_back()
    expect(page).not_to_have_url(re.compile("q=profanity"))
    expect(row(page, LEVEL)).to_be_visible()


def test_an_entry_of_the_trail_opens_below_its_row_and_is_loaded_once(page: Page, scripts: bool) -> None:
    page.goto("/trail/?kind=profile.version.activated")
    link, asked = page.locator(".ev [data-details]").first, []
    page.on("request", lambda request: asked.append(request.url) if re.search(r"/trail/\d+/", request.url) else None)
    link.click()
    if not scripts:
        expect(page).to_have_url(re.compile(r"/trail/\d+/$"))
        expect(page.locator("main")).to_contain_text("sha256")
        return
    expect(link).to_have_attribute("aria-expanded", "true")
    expect(page.locator(".det").first).to_contain_text("sha256")
    link.click()
    expect(link).to_have_attribute("aria-expanded", "false")
    link.click()
    expect(link).to_have_attribute("aria-expanded", "true")
    assert len(asked) == 1


def test_older_entries_are_a_link_away(page: Page) -> None:
    page.goto("/trail/")
    newest = page.locator(".ev .perm").first.get_attribute("href")
    older = page.get_by_role("link", name="Older")
    if older.count():  # the demo may fill a page or not
        older.click()
        expect(page).to_have_url(re.compile("before="))
        assert page.locator(".ev .perm").first.get_attribute("href") != newest


def test_undo_takes_a_change_back_and_the_focus_stays_near(page: Page, scripts: bool) -> None:
    key, switch = first_switch(page)
    before = switch.is_checked()
    switch.press("Space")
    if not scripts:
        save(page)
    panel = page.locator("#changes")
    name = row(page, key).get_by_role("heading").inner_text()
    panel.locator("li", has_text=name).get_by_role("button", name=re.compile("Undo")).click()
    expect(row(page, key)).not_to_contain_text("Changed")
    expect(switch).to_be_checked(checked=before)
    if scripts:
        page.wait_for_function("document.activeElement !== document.body")
        assert page.evaluate("document.querySelector('#changes').contains(document.activeElement)")


def test_of_two_editors_the_second_chooses_which_value_stays(
    program: Program, sign_in: SignIn, page: Page, scripts: bool
) -> None:
    key, mine = first_switch(page)
    colleague = sign_in("administrator")
    colleague.goto(EDITOR)
    was = mine.is_checked()
    control(colleague, key).press("Space")
    expect(row(colleague, key)).to_contain_text("Changed")
    colleague.locator(f"[id='{key}'] button", has_text="Undo").click()
    expect(row(colleague, key)).not_to_contain_text("Changed")
    mine.press("Space")
    if not scripts:
        save(page)
    expect(row(page, key)).to_contain_text("changed this")
    row(page, key).get_by_role("button", name="Keep mine").click()
    expect(row(page, key)).not_to_contain_text("changed this")
    expect(control(page, key)).to_be_checked(checked=not was)
    put_back(page, key)


def test_whoever_is_signed_out_meanwhile_signs_in_and_is_back(program: Program, page: Page, scripts: bool) -> None:
    key, switch = first_switch(page)
    page.context.clear_cookies(name="session")
    switch.press("Space")
    if not scripts:
        save(page)
    expect(page).to_have_url(re.compile(r"/sign-in/\?next=.*products"))
    person: dict[str, Any] = program.demo["users"]["editor"]
    page.get_by_label("E-mail").fill(person["email"])
    page.get_by_label("Password").fill(person["password"])
    page.get_by_role("button", name="Sign in").click()
    expect(row(page, key)).to_be_visible()
