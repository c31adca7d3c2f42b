"""A real browser, and people who sign in with it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from config.tests.support import Program

SignIn = Callable[..., Page]
ARGUMENTS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update")


@pytest.fixture(scope="session")
def browser(chromium: str) -> Iterator[Browser]:
    # Playwright keeps an event loop on this thread, by which Django takes the other tests' queries for a mistake.
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        browser = playwright.chromium.launch(executable_path=chromium, args=list(ARGUMENTS))
        yield browser
        browser.close()


@contextmanager
def signed_in(
    browser: Browser,
    program: Program,
    role: str,
    *,
    width: int = 1440,
    dark: bool = False,
    scripts: bool = True,
    for_axe: bool = False,
) -> Iterator[Page]:
    """A browser of its own in which a demo person is signed in."""
    context = browser.new_context(
        base_url=program.url,
        viewport={"width": width, "height": 900},
        color_scheme="dark" if dark else "light",
        java_script_enabled=scripts,
        reduced_motion="reduce",
        bypass_csp=for_axe,  # axe writes styles, which the pages' own policy refuses
    )
    page = context.new_page()
    page.set_default_timeout(15_000)
    person = program.demo["users"][role]
    page.goto("/")
    page.get_by_label("E-mail").fill(person["email"])
    page.get_by_label("Password").fill(person["password"])
    page.get_by_role("button", name="Sign in").click()
    page.locator("form[action='/sign-out/']").wait_for(state="attached")
    yield page
    context.close()


@pytest.fixture
def sign_in(browser: Browser, program: Program) -> Iterator[SignIn]:
    """Opens browsers: ``sign_in("editor", width=390)``; all are closed at the end of the test."""
    with ExitStack() as stack:

        def open_for(role: str, **options: object) -> Page:
            return stack.enter_context(signed_in(browser, program, role, **options))  # type: ignore[arg-type]

        yield open_for
