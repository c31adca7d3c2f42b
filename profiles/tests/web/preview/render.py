"""Look at the pages without a database: serve them with sample data, take screenshots, run axe.

python -m profiles.tests.web.preview.render FOLDER [name ...]     screenshots and axe's findings
python -m profiles.tests.web.preview.render --serve [PORT]        only serve, to click through
"""

from __future__ import annotations

import shutil
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import django
from django.conf import settings

ROOT = Path(__file__).resolve().parents[4]
AXE = ROOT / "profiles/tests/web/vendor/axe.min.js"
SIZES = ((1440, 1000), (390, 844))
AXE_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def configure() -> None:
    """Settings of the preview: templates and static files, no database."""
    processors = ["request", "i18n", "csrf"]
    options = {
        "context_processors": [f"django.template.context_processors.{name}" for name in processors],
        "libraries": {"brightline": "profiles.web.templatetags.brightline"},
    }
    settings.configure(
        DEBUG=True,
        SECRET_KEY="preview",
        ALLOWED_HOSTS=["127.0.0.1"],
        ROOT_URLCONF="profiles.tests.web.preview.urls",
        INSTALLED_APPS=["django.contrib.staticfiles", "template_partials"],
        MIDDLEWARE=["django.middleware.csrf.CsrfViewMiddleware"],
        TEMPLATES=[
            {
                "BACKEND": "django.template.backends.django.DjangoTemplates",
                "DIRS": [ROOT / "templates"],
                "APP_DIRS": True,
                "OPTIONS": options,
            }
        ],
        STATIC_URL="/static/",
        STATICFILES_DIRS=[ROOT / "static"],
        USE_TZ=True,
    )
    django.setup()


POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        pass


@contextmanager
def serving(port: int = 0) -> Iterator[str]:
    """The pages at an address, with the policy that the program sends."""
    from django.contrib.staticfiles.handlers import StaticFilesHandler
    from django.core.wsgi import get_wsgi_application

    inner = StaticFilesHandler(get_wsgi_application())

    def application(environ: dict[str, Any], start: Any) -> Any:
        return inner(
            environ,
            lambda status, headers, *rest: start(status, [*headers, ("Content-Security-Policy", POLICY)], *rest),
        )

    with make_server("127.0.0.1", port, application, _Server, _Quiet) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def shoot(browser: Any, address: str, folder: Path, sample: Any) -> list[str]:
    """Screenshots of one page in each theme and width; what is wrong with it."""
    wrong: list[str] = []
    for scheme in ("light", "dark"):
        for width, height in SIZES:
            name = f"{sample.name}-{scheme}-{width}"
            size = {"width": width, "height": height}
            context = browser.new_context(viewport=size, color_scheme=scheme, bypass_csp=True)
            found = look(context.new_page(), f"{address}{sample.path}?as={sample.as_}", folder / f"{name}.png")
            wrong += [f"{name}: {finding}" for finding in found]
            context.close()
    return wrong


def look(page: Any, address: str, picture: Path) -> list[str]:
    """One screenshot, and what the browser and axe complain of."""
    wrong: list[str] = []
    page.on("console", lambda message: wrong.append(message.text) if message.type == "warning" else None)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.goto(address, wait_until="networkidle")
    page.screenshot(path=picture, full_page=True)
    return [*wrong, *violations(page)]


def violations(page: Any) -> Iterator[str]:
    """What axe finds with every disclosure open, and whether the page scrolls sideways."""
    page.evaluate("for (const each of document.querySelectorAll('details')) each.open = true")
    page.add_script_tag(path=AXE)
    found = page.evaluate("rules => axe.run(document, {runOnly: rules})", AXE_RULES)
    for violation in found["violations"]:
        for node in violation["nodes"]:
            yield f"{violation['id']}: {node['html'][:160]}"
    if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
        yield "scrolls sideways"


def main(arguments: list[str]) -> int:
    configure()
    if arguments[:1] == ["--serve"]:
        with serving(int(arguments[1]) if arguments[1:] else 8001) as address:
            print(address)
            threading.Event().wait()
    from playwright.sync_api import sync_playwright

    from profiles.tests.web.preview.pages import SAMPLES

    folder = Path(arguments[0])
    folder.mkdir(parents=True, exist_ok=True)
    wrong: list[str] = []
    with serving() as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        for sample in SAMPLES:
            if not arguments[1:] or sample.name in arguments[1:]:
                wrong += shoot(browser, address, folder, sample)
        browser.close()
    print("\n".join(dict.fromkeys(wrong)) or "nothing wrong")
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
