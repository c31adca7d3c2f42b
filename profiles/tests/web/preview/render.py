"""Look at the pages without a database: serve them with sample data, take screenshots, run axe.

python -m profiles.tests.web.preview.render FOLDER [name ...]     screenshots and axe's findings
python -m profiles.tests.web.preview.render --serve [PORT]        only serve, to click through
"""

from __future__ import annotations

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
WIDTHS = {"1440": 1440, "390": 390}
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


POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
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
    wrong = []
    for scheme in ("light", "dark"):
        for name, width in WIDTHS.items():
            context = browser.new_context(
                viewport={"width": width, "height": 1000 if width > 500 else 844}, color_scheme=scheme, bypass_csp=True
            )
            page = context.new_page()
            page.on(
                "console",
                lambda message: (
                    message.type in ("error", "warning")
                    and "status of 422" not in message.text
                    and wrong.append(f"{sample.name}: {message.text}")
                ),
            )
            page.on("pageerror", lambda error: wrong.append(f"{sample.name}: {error}"))
            page.goto(f"{address}{sample.path}?as={sample.as_}", wait_until="networkidle")
            page.screenshot(path=folder / f"{sample.name}-{scheme}-{name}.png", full_page=True)
            page.evaluate("for (const each of document.querySelectorAll('details')) each.open = true")
            page.add_script_tag(path=AXE)
            found = page.evaluate("rules => axe.run(document, {runOnly: rules})", AXE_RULES)
            wrong += [
                f"{sample.name} {scheme} {name}: {v['id']}: {n['html'][:160]} {n['any'][0]['message'][:120] if n['any'] else ''}"
                for v in found["violations"]
                for n in v["nodes"]
            ]
            if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
                wrong.append(f"{sample.name} {name}: scrolls sideways")
            context.close()
    return wrong


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
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        for sample in SAMPLES:
            if not arguments[1:] or sample.name in arguments[1:]:
                wrong += shoot(browser, address, folder, sample)
        browser.close()
    print("\n".join(dict.fromkeys(wrong)) or "nothing wrong")
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
