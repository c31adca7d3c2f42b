"""Every page of the program as a browser renders it. The pages come from the URL map, so none is left out."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Final

import pytest
from playwright.sync_api import Browser, Page, Response

from config.tests.support import Program
from profiles.tests.browser.conftest import signed_in
from profiles.tests.browser.looks import overflow, small_targets, tab_walk, violations
from profiles.tests.browser.places import ELSEWHERE, EVERYWHERE, PLACES, Place
from profiles.tests.web.test_who_sees_what import PAGES

WIDTHS: Final = (320, 390, 704, 1024, 1440, 1920)
SCHEMES: Final = ("light", "dark")
MOST_BYTES: Final = 150_000  # of the first load, fonts included
MOST_HTML: Final = 210_000  # of the editor of a product on three platforms, before compression

each_place = pytest.mark.parametrize("place", EVERYWHERE.values(), ids=EVERYWHERE)


class Windows:
    """One browser for each role, opened when first needed; ``said`` collects what their pages complain about."""

    def __init__(self, browser: Browser, program: Program, *, for_axe: bool, stack: ExitStack) -> None:
        self.browser, self.program, self.for_axe, self.stack = browser, program, for_axe, stack
        self.open: dict[str, Page] = {}
        self.said: list[str] = []

    def at(self, place: Place) -> Page:
        if place.role not in self.open:
            self.open[place.role] = self._new(place.role)
        page = self.open[place.role]
        page.emulate_media(color_scheme="light", media="screen", forced_colors="none")
        page.set_viewport_size({"width": 1440, "height": 900})
        if place.via:
            page.goto(place.via)
        self.said.clear()
        page.goto(place.path)
        return page

    def _new(self, role: str) -> Page:
        page = self.stack.enter_context(signed_in(self.browser, self.program, role, for_axe=self.for_axe))
        page.on("console", lambda message: self.said.append(f"{message.type}: {message.text}"))
        page.on("pageerror", lambda error: self.said.append(f"error: {error}"))
        page.on("request", self._note_foreign)
        return page

    def _note_foreign(self, request: object) -> None:
        url = str(getattr(request, "url", ""))
        if not url.startswith((self.program.url, "data:")):
            self.said.append(f"asks another host: {url}")


@pytest.fixture(scope="module")
def strict(browser: Browser, program: Program) -> Iterator[Windows]:
    """Windows in which the pages' own policy holds."""
    with ExitStack() as stack:
        yield Windows(browser, program, for_axe=False, stack=stack)


@pytest.fixture(scope="module")
def lenient(browser: Browser, program: Program) -> Iterator[Windows]:
    """Windows in which axe may write styles."""
    with ExitStack() as stack:
        yield Windows(browser, program, for_axe=True, stack=stack)


def test_every_page_is_looked_at_here_or_says_where() -> None:
    assert set(PLACES) | set(ELSEWHERE) == set(PAGES), "Add a new page to profiles/tests/browser/places.py."


@each_place
def test_it_is_accessible_wide_and_narrow_light_and_dark(program: Program, lenient: Windows, place: Place) -> None:
    page, found = lenient.at(place), []
    for width in (1440, 390):
        page.set_viewport_size({"width": width, "height": 900})
        for scheme in SCHEMES:
            page.emulate_media(color_scheme=scheme)
            found += [f"{width} {scheme}: {violation}" for violation in violations(page)]
    assert found == []


@each_place
def test_it_fits_every_window_and_keeps_its_own_policy(program: Program, strict: Windows, place: Place) -> None:
    page, found = strict.at(place), []
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        for scheme in SCHEMES:
            page.emulate_media(color_scheme=scheme)
            if wide := overflow(page):
                found.append(f"at {width} {scheme} it is {wide} pixels too wide")
    page.set_viewport_size({"width": 390, "height": 844})
    found += small_targets(page)
    page.emulate_media(media="print")
    found += [] if page.locator("h1").first.is_visible() and not page.locator("nav.rail").is_visible() else ["print"]
    page.emulate_media(media="screen", forced_colors="active")
    found += [] if page.locator("h1").first.is_visible() and overflow(page) == 0 else ["forced colors"]
    # The browser itself says that the page which does not exist was answered with 404.
    assert found + [text for text in strict.said if "404" not in text] == []


@each_place
def test_tab_reaches_everything_and_gets_away_again(program: Program, strict: Windows, place: Place) -> None:
    assert tab_walk(strict.at(place)) == []


def test_the_editor_is_light_at_first_sight(program: Program, browser: Browser) -> None:
    """All that a browser without anything of ours loads, compressed as a server in production sends it."""
    with signed_in(browser, program, "editor") as signed:
        fresh = browser.new_context(base_url=program.url, storage_state=signed.context.storage_state())
        page, sizes = fresh.new_page(), {}
        page.on("response", lambda response: sizes.update({response.url: compressed(response)}))
        page.goto("/products/after-dark/edit/", wait_until="networkidle")
        html = page.request.get("/products/after-dark/edit/").body()
        fresh.close()
    assert len(sizes) > 10
    assert sum(sizes.values()) < MOST_BYTES, sorted((size, url) for url, size in sizes.items())
    assert len(html) < MOST_HTML


def compressed(response: Response) -> int:
    body = response.body()
    return min(len(body), len(gzip.compress(body)))
