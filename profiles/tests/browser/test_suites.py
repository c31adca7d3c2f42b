"""Suites in a browser: copied, and a probe's examples tried while one types; every page of it without a complaint."""

from __future__ import annotations

from playwright.sync_api import expect

from config.tests.support import Program
from profiles.tests.browser.conftest import SignIn
from profiles.tests.browser.looks import overflow, violations
from profiles.tests.browser.test_history import unfold


def test_a_suite_is_copied_and_its_examples_are_tried_while_one_types(program: Program, sign_in: SignIn) -> None:
    page = sign_in("compliance", for_axe=True)
    page.goto("/conformance/suites/")
    page.get_by_role("link", name="Disclosure, agents and instructions").click()
    places = [page.url]
    page.locator(".su-d a").first.click()
    places.append(page.url)
    page.go_back()
    page.locator("#copy-form #title").fill("House disclosure")
    page.locator("#copy-form button").click()
    expect(page.get_by_text("Every probe is whole")).to_be_visible()
    places.append(page.url)
    page.locator("#probes li a").first.click()
    places.append(page.url)
    expect(page.locator("#trying")).to_contain_text("examples grade right")
    page.locator("#fail_if").fill("refuses")
    expect(page.locator("#trying")).to_contain_text("not graded as you say")
    found = []
    for place in places:
        page.goto(place)
        unfold(page)
        for width, scheme in ((1440, "light"), (390, "dark"), (320, "light")):
            page.set_viewport_size({"width": width, "height": 900})
            page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            found += [f"{place} {width} {scheme}: {each}" for each in violations(page)]
            found += [f"{place} {width}: {wide} too wide"] if (wide := overflow(page)) else []
    assert found == []
