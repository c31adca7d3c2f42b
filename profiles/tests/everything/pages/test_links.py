"""Every link on every page, followed as each person would: it leads to a page, and its anchor stands there."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import parse_qsl, unquote, urldefrag, urljoin, urlsplit

import pytest
from django.test import Client
from django.urls import Resolver404, resolve

from profiles.tests.everything.pages.html import Html
from profiles.tests.everything.pages.test_html import client_of
from profiles.tests.everything.stage import Stage
from profiles.tests.web.test_who_sees_what import PEOPLE

pytestmark = pytest.mark.django_db

# Of the addresses that differ only in what they ask for (a filter, a page, a behavior) some are like all.
ENOUGH: Final = 2
FINE: Final = (200, 302, 304)


@dataclass
class Crawl:
    """Follows links from page to page; ``problems`` is what it met."""

    client: Client
    problems: list[str] = field(default_factory=list)
    pages: dict[str, Html | None] = field(default_factory=dict)  # by address; None for what is no page
    kinds: Counter[tuple[str, frozenset[str]]] = field(default_factory=Counter)
    done: set[str] = field(default_factory=set)

    def run(self, *starts: str) -> Crawl:
        waiting = deque(starts)
        while waiting:
            here = waiting.popleft()
            page = self.page(here)
            for link in page.links if page and here not in self.done else []:
                target, anchor = urldefrag(urljoin(here, link))
                if urlsplit(target).netloc:
                    continue
                if self.is_new(target):
                    waiting.append(target)
                self.look(here, target, unquote(anchor))
            self.done.add(here)
        return self

    def look(self, here: str, target: str, anchor: str) -> None:
        if target not in self.pages:
            return
        page = self.page(target)
        if page and anchor and anchor not in page.ids:
            self.problems.append(f"{here} -> {target}#{anchor}: there is no such place")

    def is_new(self, address: str) -> bool:
        if address in self.pages:
            return False
        parts = urlsplit(address)
        try:
            name = resolve(unquote(parts.path)).view_name
        except Resolver404:
            self.problems.append(f"{address} is no address of ours")
            return False
        kind = (name, frozenset(key for key, _value in parse_qsl(parts.query)))
        self.kinds[kind] += 1
        if self.kinds[kind] > ENOUGH:
            return False
        self.page(address)
        return True

    def page(self, address: str) -> Html | None:
        if address not in self.pages:
            response = self.client.get(address)
            if response.status_code not in FINE:
                self.problems.append(f"{address} answers {response.status_code}")
            self.pages[address] = read(response)
        return self.pages[address]


def read(response: Any) -> Html | None:
    is_page = response.status_code == 200 and response.headers["Content-Type"].startswith("text/html")
    return Html(response.content.decode()) if is_page else None


def foreign(crawl: Crawl) -> Iterator[str]:
    for address, page in crawl.pages.items():
        for href, rel in page.foreign_links() if page else []:
            if not href.startswith("https://") or "noopener" not in rel:
                yield f"{address}: {href} must be https and rel=noopener"


@pytest.mark.parametrize("person", PEOPLE)
def test_every_link_leads_somewhere(stage: Stage, person: str) -> None:
    crawl = Crawl(client_of(stage, person)).run("/")
    assert crawl.problems == []
    assert list(foreign(crawl)) == []
    assert person == "anonymous" or len(crawl.pages) > 10
