"""A real browser, and people who sign in with it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from config.tests.support import Program

AXE = Path(__file__).parents[1] / "web" / "vendor" / "axe.min.js"
SignIn = Callable[..., Page]


@pytest.fixture(scope="session")
def browser(chromium: str) -> Iterator[Browser]:
    arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=arguments)
        yield browser
        browser.close()


@pytest.fixture
def sign_in(browser: Browser, program: Program) -> Iterator[SignIn]:
    """Opens a browser of its own for a demo person and signs in: ``sign_in("editor", width=390)``."""
    contexts: list[BrowserContext] = []

    def open_for(role: str, *, width: int = 1440, dark: bool = False, scripts: bool = True) -> Page:
        context = browser.new_context(
            base_url=program.url,
            viewport={"width": width, "height": 900},
            color_scheme="dark" if dark else "light",
            java_script_enabled=scripts,
            reduced_motion="reduce",
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(15_000)
        person = program.demo["users"][role]
        page.goto("/")
        page.get_by_label("E-mail").fill(person["email"])
        page.get_by_label("Password").fill(person["password"])
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url(lambda address: "sign-in" not in address)
        return page

    yield open_for
    for context in contexts:
        context.close()
