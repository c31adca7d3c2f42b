"""The first run: from an organization that a steward makes to a profile that a program fetches, by two people."""

from __future__ import annotations

import json
import re
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from config.tests.support import Program
from profiles.tests.browser.conftest import SignIn
from profiles.tests.browser.looks import overflow, violations

PASSWORD = "nine tall sunflowers"
KEY = "tone.profanity"
Open = Callable[..., Page]


@pytest.fixture
def guest(browser: Browser, program: Program) -> Iterator[Open]:
    """Opens browsers in which nobody is signed in."""
    with ExitStack() as stack:

        def open_one(*, scripts: bool = True, width: int = 1440) -> Page:
            context = browser.new_context(
                base_url=program.url,
                viewport={"width": width, "height": 900},
                java_script_enabled=scripts,
                reduced_motion="reduce",
                bypass_csp=scripts,  # axe writes styles, which the pages' own policy refuses
            )
            stack.callback(context.close)
            page = context.new_page()
            page.set_default_timeout(15_000)
            return page

        yield open_one


def join(page: Page, link: str, email: str) -> None:
    """From a link to being signed in."""
    page.goto(link)
    page.get_by_label("New password", exact=True).fill(PASSWORD)
    page.get_by_label("New password again").fill(PASSWORD)
    page.get_by_role("button", name="Set the password").click()
    expect(page.locator("main")).to_contain_text("Your password is set.")
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.locator("form[action='/sign-out/']").wait_for(state="attached")


def look_at(page: Page, *, scripts: bool) -> None:
    """axe and the width of a page are scripts themselves."""
    if scripts:
        assert violations(page) == []
        assert overflow(page) == 0


def link(page: Page) -> str:
    return (page.locator("#link").text_content() or "").strip()


def step(page: Page, name: str) -> Any:
    page.goto("/")
    return page.locator(".steps li", has=page.get_by_role("heading", name=re.compile(name)))


def change(page: Page, *, scripts: bool) -> None:
    """One setting, so that there is something to submit."""
    row = page.locator(f"[id='{KEY}']")
    row.get_by_role("switch").check()
    if not scripts:
        page.get_by_role("button", name="Save draft").click()
    expect(row).to_contain_text("Set for this product")


def fetch(program: Program, key: str) -> dict[str, Any]:
    request = urllib.request.Request(program.url + "/api/v1/profile", headers={"Authorization": f"Bearer {key}"})
    with urllib.request.urlopen(request, timeout=10) as response:
        found: dict[str, Any] = json.load(response)
    return found


@pytest.mark.parametrize("scripts", [True, False])
def test_two_people_get_from_nothing_to_an_active_profile(
    program: Program, sign_in: SignIn, guest: Open, scripts: bool
) -> None:
    slug = f"garden-{'with' if scripts else 'without'}"
    ada_at, ben_at = f"ada@{slug}.example", f"ben@{slug}.example"

    steward = sign_in("steward", scripts=scripts, for_axe=scripts)
    steward.goto("/organizations/new/")
    steward.get_by_label("Name of the organization").fill(slug.replace("-", " ").title())
    steward.get_by_label("Name in addresses").fill(slug)
    steward.get_by_label("E-mail").fill(ada_at)
    steward.locator("#name").fill("Ada Gardener")
    steward.get_by_role("button", name="Create").click()
    expect(steward.locator("#new")).to_contain_text("It is shown this once")

    # The first administrator finds an empty organization and what to do next.
    ada = guest(scripts=scripts)
    join(ada, link(steward), ada_at)
    expect(ada.locator(".next")).to_contain_text("Create a product")
    look_at(ada, scripts=scripts)
    expect(ada.locator("main")).not_to_contain_text("Last activity")
    ada.get_by_role("link", name="New product").click()
    ada.locator("#name").fill("Shop helper")
    ada.get_by_role("radio", name="Adults").check()
    ada.get_by_role("checkbox", name=re.compile("Reference")).check()
    if scripts:
        expect(ada.locator("#effect")).to_contain_text("It starts at the platforms' defaults")
        expect(ada.get_by_label("Name in addresses")).to_have_value("shop-helper")
    ada.get_by_role("button", name="Create the product").click()
    ada.wait_for_url("**/products/shop-helper/edit/")
    change(ada, scripts=scripts)

    # Four eyes: a second person is invited and signs in.
    step(ada, "Invite a second person").get_by_role("link", name="Members").click()
    ada.get_by_label("E-mail").fill(ben_at)
    ada.locator("#name").fill("Ben Rake")
    ada.get_by_role("radio", name=re.compile("Approver")).check()
    ada.get_by_role("button", name="Invite").click()
    expect(ada.locator("#new")).to_contain_text("Ben Rake is invited")
    look_at(ada, scripts=scripts)
    ben = guest(scripts=scripts, width=390)
    join(ben, link(ada), ben_at)

    # Submitted, approved by the other one, activated.
    step(ada, "Submit a version").get_by_role("link", name="Open the draft").click()
    ada.get_by_label("Why these changes?").fill("Our customers swear, and so may it.")
    ada.get_by_role("button", name="Submit for review").click()
    ada.wait_for_url(re.compile(r"/versions/1/$"))
    expect(ada.get_by_role("button", name="Send decision")).to_have_count(0)
    ben.goto(ada.url)
    ben.get_by_role("radio", name="Approve").check()
    ben.get_by_role("button", name="Send decision").click()
    expect(ben.locator("main")).to_contain_text("Approved")
    step(ben, "Activate it")
    look_at(ben, scripts=scripts)
    step(ben, "Activate it").get_by_role("link", name="Open the version").click()
    production = ben.locator("li", has=ben.get_by_role("heading", name="Production")).last
    production.locator("summary").click()
    production.get_by_role("textbox", name="Reason").fill("Agreed.")
    production.get_by_role("button", name=re.compile("Activate")).click()
    expect(ben.locator("main")).to_contain_text("active")

    # A program fetches it, until the product is removed.
    step(ada, "Create a client key").get_by_role("link", name="API keys").click()
    ada.locator("#name").fill("Shop")
    ada.get_by_label("Environment", exact=True).select_option("production")
    ada.get_by_role("button", name="Create key").click()
    key = (ada.locator("#key").text_content() or "").strip()
    assert fetch(program, key)["behaviors"][KEY]["value"] == "on"
    ada.goto("/")
    expect(ada.locator(".steps")).to_have_count(0)
    expect(ada.locator(".prods")).to_contain_text("v1")

    ada.goto("/products/shop-helper/remove/")
    expect(ada.locator("main")).to_contain_text("It is active in Production. From then on clients get 404, at once.")
    look_at(ada, scripts=scripts)
    ada.get_by_label("Type shop-helper to say that this is the one").fill("shop-helper")
    ada.get_by_label("Why?").fill("It was an exercise.")
    ada.get_by_role("button", name="Remove Shop helper").click()
    expect(ada.locator("main")).to_contain_text("Shop helper is removed.")
    with pytest.raises(urllib.error.HTTPError, match="404"):
        fetch(program, key)
