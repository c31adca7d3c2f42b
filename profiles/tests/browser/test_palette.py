"""The palette, the shortcuts and the help, by keyboard in a real browser, and without scripts."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from config.tests.support import Program
from profiles.tests.browser.conftest import SignIn
from profiles.tests.browser.looks import violations

EDITOR = "/products/after-dark/edit/"


def opened(page: Page, path: str = EDITOR) -> Page:
    page.goto(path)
    page.keyboard.press("Control+k")
    expect(page.get_by_role("combobox", name="Search or jump to")).to_be_focused()
    return page


def test_the_palette_leads_to_a_row_by_keyboard_alone(program: Program, sign_in: SignIn) -> None:
    page = sign_in("editor")
    page.goto(EDITOR)  # from here on this organization is the one that is looked at
    opened(page, "/trail/")
    page.keyboard.type("profanity")
    field = page.get_by_role("combobox", name="Search or jump to")
    option = page.get_by_role("option", name=re.compile("^Profanity"))
    expect(option).to_have_attribute("aria-selected", "true")
    expect(field).to_have_attribute("aria-activedescendant", option.get_attribute("id") or "none")
    expect(field).to_be_focused()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/products/after-dark/edit/#tone\.profanity$"))
    expect(page.locator("[id='tone.profanity']")).to_be_in_viewport()


def test_arrows_go_round_and_escape_gives_the_focus_back(program: Program, sign_in: SignIn) -> None:
    page = sign_in("editor")
    page.goto(EDITOR)
    button = page.get_by_role("button", name="Search or jump to…")
    button.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("option").first).to_be_visible()
    assert page.locator("[role=option][aria-selected=true]").count() == 0
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("option").first).to_have_attribute("aria-selected", "true")
    page.keyboard.press("ArrowUp")
    expect(page.get_by_role("option").last).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Escape")
    expect(page.locator("#palette")).not_to_be_visible()
    expect(button).to_be_focused()


def test_recent_things_stand_there_before_anything_is_typed(program: Program, sign_in: SignIn) -> None:
    page = opened(sign_in("editor"))
    expect(page.get_by_role("group", name="Recent").get_by_role("option").first).to_be_visible()


def test_the_palette_is_accessible_in_each_of_its_states(program: Program, sign_in: SignIn) -> None:
    page = opened(sign_in("editor", for_axe=True))
    expect(page.get_by_role("option").first).to_be_visible()
    for text in ("", "version", "zzzz-nothing"):
        page.locator("#palette-q").fill(text)
        expect(page.locator("#palette-say")).to_have_text(
            {"": "", "zzzz-nothing": "Nothing found."}.get(text) or re.compile("result|^$")
        )
        page.wait_for_timeout(400)
        for width in (1440, 390):
            page.set_viewport_size({"width": width, "height": 900})
            for scheme in ("light", "dark"):
                page.emulate_media(color_scheme=scheme)
                assert violations(page) == []


def test_enter_without_a_choice_opens_the_search_page(program: Program, sign_in: SignIn) -> None:
    page = opened(sign_in("editor"))
    expect(page.get_by_role("option").first).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Search", level=1)).to_be_visible()


def test_single_keys_go_places_unless_somebody_types(program: Program, sign_in: SignIn) -> None:
    page = sign_in("editor")
    page.goto(EDITOR)
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#shortcuts")).not_to_be_visible()
    page.keyboard.press("/")
    page.keyboard.type("gt?")
    expect(page.locator("[data-find]")).to_have_value("gt?")
    page.locator("h1").click()
    page.keyboard.press("g")
    page.keyboard.press("t")
    expect(page).to_have_url(re.compile("/trail/$"))


def test_single_keys_do_nothing_once_they_are_off(program: Program, sign_in: SignIn) -> None:
    page = sign_in("compliance")
    page.goto("/account/")
    page.get_by_role("checkbox", name="Shortcuts of single keys").uncheck()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    for keys in ("?", "g", "t", "/"):
        page.keyboard.press(keys)
    expect(page.locator("dialog[open]")).to_have_count(0)
    expect(page).to_have_url(re.compile("/account/$"))
    page.keyboard.press("Control+k")
    expect(page.locator("#palette")).to_be_visible()
    page.keyboard.press("Escape")
    page.get_by_role("checkbox", name="Shortcuts of single keys").check()
    page.get_by_role("button", name="Save").click()


def test_without_scripts_the_button_leads_to_the_page(program: Program, sign_in: SignIn) -> None:
    page = sign_in("editor", scripts=False)
    page.goto(EDITOR)
    page.get_by_role("link", name="Search or jump to…").click()
    page.get_by_role("searchbox").fill("profanity")
    page.get_by_role("button", name="Search").click()
    page.get_by_role("link", name="Profanity", exact=True).click()
    expect(page).to_have_url(re.compile(r"/products/after-dark/edit/#tone\.profanity$"))


def test_help_is_one_link_away_from_every_page(program: Program, sign_in: SignIn) -> None:
    page = sign_in("editor")
    for path, title in (("/attestations/", "Attestations"), (EDITOR, "The editor"), ("/trail/", "The audit trail")):
        page.goto(path)
        page.get_by_role("link", name="Help for this page").click()
        expect(page.get_by_role("heading", level=1)).to_have_text(title)


def test_the_policy_has_nothing_to_say(program: Program, sign_in: SignIn) -> None:
    page = sign_in("editor")
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    opened(page)
    page.keyboard.type("rule")
    expect(page.get_by_role("option").first).to_be_visible()
    assert complaints == []
