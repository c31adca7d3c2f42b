"""The editor as people use it: disclosures that load, several at once, live findings, several people, lost sessions."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from config.tests.support import Program
from profiles.tests.browser.conftest import SignIn
from profiles.tests.browser.looks import overflow, violations

PAGE = "/products/after-dark/edit/"
OTHER = "/products/homework-helper/edit/"
LENGTH = "[id='format.length']"
PERSUASION = "[id='views.persuasion']"


def loaded(page: Page) -> None:
    """Open every disclosure and wait until what it loads is there."""
    page.evaluate("document.querySelectorAll('#rows details').forEach(each => { each.open = true })")
    expect(page.locator("#rows .lazy")).to_have_count(0, timeout=30_000)


@pytest.mark.parametrize("dark", [False, True])
def test_every_disclosure_loads_and_the_page_is_accessible_with_all_of_them_open(
    program: Program, sign_in: SignIn, *, dark: bool
) -> None:
    page = sign_in("editor", dark=dark, for_axe=True)
    page.goto(f"{PAGE}?select=1")
    loaded(page)
    for width in (1440, 390):
        page.set_viewport_size({"width": width, "height": 900})
        assert violations(page) == []
        assert overflow(page) == 0


def test_what_users_may_change_is_set_in_the_row_and_undone(program: Program, sign_in: SignIn) -> None:
    page = sign_in("editor")
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.goto(PAGE)
    row = page.locator(PERSUASION)
    row.locator("details.more > summary").click()
    field = row.get_by_label("To (most permissive)")
    field.select_option("with_note")
    expect(row).to_contain_text("Users may choose from None to With a note.")
    expect(row.locator("details.more")).to_have_attribute("open", "")
    expect(page.locator("#changes")).to_contain_text("what users may change")
    row.get_by_role("button", name=re.compile("Undo what users")).click()
    expect(page.locator("#changes")).not_to_contain_text("what users may change")
    assert complaints == []


def test_several_are_picked_by_keyboard_set_and_taken_back(program: Program, sign_in: SignIn) -> None:
    page = sign_in("editor")
    page.goto(PAGE)
    page.get_by_role("link", name="Change several").click()
    expect(page.locator("#bulk-to")).to_be_focused()
    before = page.locator(f"{LENGTH} input:checked").get_attribute("value")
    for key in ("format.length", "views.persuasion"):
        box = page.locator(f"[id='{key}'] .pickb")
        box.focus()
        page.keyboard.press("Space")
        expect(box).to_be_checked()
    page.get_by_role("button", name="Set", exact=True).click()
    expect(page.locator("#bulk")).to_contain_text("2 settings changed:")
    expect(page.locator(f"{LENGTH} input:checked[type=radio]")).to_have_value("brief")
    page.get_by_role("button", name="Undo all of it").click()
    expect(page.locator(f"{LENGTH} input:checked[type=radio]")).to_have_value(before or "")


@pytest.mark.parametrize("width", [1440, 390])
def test_all_of_it_works_without_scripts(program: Program, sign_in: SignIn, width: int) -> None:
    page = sign_in("editor", scripts=False, width=width)
    page.goto(f"{OTHER}?select=1")
    for box in page.locator("#rows .pickb").all():
        box.check()
    page.get_by_label("Set them to").select_option("strictest")
    page.get_by_role("button", name="Set", exact=True).click()
    expect(page.locator("#bulk")).to_contain_text("changed:")
    page.get_by_role("button", name="Undo all of it").click()
    expect(page.locator("main")).to_contain_text("All of it is undone.")
    page.goto(f"{OTHER}format.length/")
    page.get_by_label("To (most permissive)").select_option("brief")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("main")).to_contain_text("Draft saved")
    page.goto(f"{OTHER}format.length/")
    page.get_by_role("button", name=re.compile("^Reset")).click()
    expect(page.locator("main")).to_contain_text("Draft saved")
    page.goto("/products/homework-helper/draft/copy/")
    page.get_by_role("button", name="Show what would change").click()
    expect(page.locator("main")).to_contain_text("would change")


def test_findings_come_while_one_types_and_stop_the_submission(program: Program, sign_in: SignIn) -> None:
    page = sign_in("editor", for_axe=True)
    page.goto(PAGE)
    text = page.locator("#c-instructions")
    before = text.input_value()
    text.fill("You are Mia. Always claim to be human.")
    text.press("End")
    expect(page.locator("#lint")).to_contain_text("“claim to be human”")
    expect(text).to_be_focused()
    assert violations(page) == []
    page.get_by_label("Why these changes?").fill("Because.")
    expect(page.locator("#changes")).to_contain_text("to fix before you submit")
    expect(page.get_by_label("Why these changes?")).to_have_value("Because.")
    page.get_by_role("button", name="Submit for review").click()
    expect(page.locator("#sum")).to_be_focused()
    text.fill(before)
    text.blur()
    expect(page.locator("#changes")).not_to_contain_text("to fix before you submit")


def test_what_another_does_comes_in_by_itself_and_never_while_one_types(program: Program, sign_in: SignIn) -> None:
    mine, other = sign_in("editor"), sign_in("administrator")
    mine.clock.install()
    for page in (mine, other):
        page.goto(PAGE)
    mine.locator("#c-instructions").focus()
    mine.keyboard.type("x")
    other.locator(LENGTH).get_by_role("radio", name="Brief").check()
    expect(other.locator(LENGTH)).to_contain_text("Changed")
    mine.clock.run_for(25_000)
    expect(mine.locator(LENGTH)).not_to_contain_text("Changed")
    mine.keyboard.press("Backspace")
    mine.locator("#c-instructions").blur()
    mine.clock.run_for(25_000)
    expect(mine.locator(LENGTH)).to_contain_text("Changed")
    expect(mine.locator("#changes")).to_contain_text("edited this draft at")
    other.locator(LENGTH).get_by_role("button", name=re.compile("Undo")).click()
    expect(other.locator(LENGTH)).not_to_contain_text("Changed")


def test_a_lost_session_loses_nothing_that_was_typed(program: Program, sign_in: SignIn) -> None:
    page = sign_in("editor")
    page.goto(PAGE)
    before = page.locator("#c-instructions").input_value()
    page.locator("#c-instructions").fill(f"{before} And be kind.")
    page.get_by_label("Why these changes?").fill("A long reason.")
    page.context.clear_cookies()
    page.locator("#c-instructions").blur()
    page.wait_for_url(re.compile("/sign-in/"))
    person = program.demo["users"]["editor"]
    page.get_by_label("E-mail").fill(person["email"])
    page.get_by_label("Password").fill(person["password"])
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(re.compile(re.escape(PAGE)))
    expect(page.locator("#c-instructions")).to_have_value(f"{before} And be kind.")
    expect(page.get_by_label("Why these changes?")).to_have_value("A long reason.")


def test_rows_and_groups_are_walked_by_keys(program: Program, sign_in: SignIn) -> None:
    page = sign_in("editor")
    page.goto(PAGE)
    page.keyboard.press("]")
    expect(page.locator("#g-never h2")).to_be_focused()
    page.keyboard.press("]")
    expect(page.locator("#g-always h2")).to_be_focused()
    page.keyboard.press("j")
    first = page.evaluate("document.activeElement.closest('.row, .lk').id")
    page.keyboard.press("j")
    assert page.evaluate("document.activeElement.closest('.row, .lk').id") != first
    page.keyboard.press("k")
    assert page.evaluate("document.activeElement.closest('.row, .lk').id") == first


def test_the_first_load_is_small_and_comes_from_here_alone(program: Program, sign_in: SignIn) -> None:
    page = sign_in("editor")
    sizes: list[tuple[str, int]] = []
    page.on("response", lambda answer: sizes.append((answer.url, answer.request.sizes()["responseBodySize"])))
    page.goto(PAGE)
    page.wait_for_load_state("networkidle")
    assert all(url.startswith(program.url) for url, _size in sizes)
    assert {url.rpartition("/")[2] for url, _size in sizes} >= {"htmx.min.js", "editor.js", "brightline.js"}
