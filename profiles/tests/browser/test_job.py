"""The whole job, once, as three people and a program do it: from a switch in a browser to an entry in the trail."""

from __future__ import annotations

import json
import re
import urllib.request
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from config.processes import until
from config.tests.support import Program
from profiles.tests.browser.conftest import SignIn
from profiles.tests.browser.looks import overflow, violations

PLACE = "lantern-health/ward-companion/production"
KEY = "safety.danger_caveats"


def fetch(program: Program) -> tuple[dict[str, Any], str]:
    request = urllib.request.Request(
        program.url + "/api/v1/profile", headers={"Authorization": f"Bearer {program.demo['api_keys'][PLACE]}"}
    )
    with urllib.request.urlopen(request, timeout=10) as response:
        return json.load(response), response.headers["ETag"]


def row(page: Page) -> Any:
    return page.locator(f"[id='{KEY}']")


def test_an_editor_changes_an_approver_approves_a_client_fetches_and_the_trail_tells(
    program: Program, sign_in: SignIn
) -> None:
    before, etag = fetch(program)
    assert before["behaviors"][KEY]["value"] == "on"

    # The editor toggles a softcoded default.
    editor = sign_in("editor", for_axe=True)
    complaints: list[str] = []
    editor.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    editor.goto("/products/ward-companion/edit/")
    expect(row(editor).get_by_role("switch")).to_be_checked()
    row(editor).get_by_role("switch").click()
    expect(row(editor)).to_contain_text("Changed")
    expect(row(editor)).to_contain_text("Set for this product")
    expect(editor.locator("#changes")).to_contain_text("looser")
    assert violations(editor) == []
    assert overflow(editor) == 0

    # What is locked is a sentence that says why, and no control.
    locked = editor.locator("[id='protection.emergency_referral']")
    expect(locked.get_by_role("switch")).to_have_count(0)
    expect(locked).to_contain_text("No operator")

    # Submitting without a reason is refused with a sentence; with one, it becomes a version.
    editor.get_by_role("button", name="Submit for review").click()
    expect(editor.locator("#changes")).to_contain_text("Please fill this in")
    editor.get_by_label("Why these changes?").fill("Clinicians know the risks; caveats slow them down.")
    editor.get_by_role("button", name="Submit for review").click()
    editor.wait_for_url(re.compile(r"/versions/\d+/$"))
    address = editor.url
    number = int(address.rstrip("/").rpartition("/")[2])
    expect(editor.get_by_role("button", name="Send decision")).to_have_count(0)
    assert fetch(program)[0] == before

    # The approver sees it waiting, reads it on a phone in the dark, and approves.
    approver = sign_in("approver", width=390, dark=True, for_axe=True)
    approver.goto("/reviews/")
    approver.get_by_role("link", name=re.compile(f"Version {number}")).first.click()
    expect(approver.locator("main")).to_contain_text("Clinicians know the risks")
    assert violations(approver) == []
    assert overflow(approver) == 0
    approver.goto(address)
    approver.get_by_role("radio", name="Approve").check()
    approver.get_by_role("textbox", name="Comment").fill("Staff only; fine.")
    approver.get_by_role("button", name="Send decision").click()
    expect(approver.locator("main")).to_contain_text("Approved")
    assert fetch(program)[0] == before

    # Activation is an act of its own.
    production = approver.locator("li", has=approver.get_by_role("heading", name="Production")).last
    production.locator("summary").click()
    production.get_by_role("textbox", name="Reason").fill("Agreed with the ward.")
    production.get_by_role("button", name=re.compile("Activate")).click()
    expect(approver.locator("main")).to_contain_text("active")

    # The client gets the new bytes, and knows that they are new.
    after, new_etag = fetch(program)
    assert after["version"] == number
    assert after["behaviors"][KEY] == {**before["behaviors"][KEY], **after["behaviors"][KEY], "value": "off"}
    assert new_etag != etag

    # The worker checks in the background; the result stands on the product page and in the trail.
    compliance = sign_in("compliance", for_axe=True)
    assert until(lambda: has_finished_check(compliance, number), seconds=30, every=0.5)
    assert violations(compliance) == []
    compliance.goto("/products/ward-companion/")
    expect(compliance.locator("main")).to_contain_text(
        re.compile(rf"Version {number}: (\d+) of \1 settings inside their windows")
    )
    # A refused submission is no surprise to the page, but the browser mentions it.
    assert [text for text in complaints if "422" not in text] == []


def has_finished_check(page: Page, number: int) -> bool:
    """Whether the newest finished check in the trail is of this version."""
    page.goto("/trail/?kind=check.finished&product=ward-companion")
    page.goto(page.locator(".ev .perm").first.get_attribute("href") or "")
    return re.search(rf'"version":\s*{number}\b', page.locator("main").text_content() or "") is not None


@pytest.mark.parametrize("width", [1440, 390])
def test_the_job_works_without_scripts(program: Program, sign_in: SignIn, width: int) -> None:
    editor = sign_in("editor", scripts=False, width=width)
    editor.goto("/products/after-dark/edit/")
    wanted = not editor.locator("[id='c-views.balanced']").is_checked()
    editor.locator("[id='c-views.balanced']").set_checked(wanted)
    editor.get_by_role("button", name="Save draft").click()
    expect(editor.locator("main")).to_contain_text("Draft saved")
    assert editor.locator("[id='c-views.balanced']").is_checked() is wanted
    expect(editor.locator("[id='views.balanced']")).to_contain_text("Changed" if not wanted else "")
