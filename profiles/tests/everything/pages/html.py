"""What is wrong with a page as HTML: what a parser complains about, and what refers to nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import cached_property
from itertools import pairwise
from typing import Any, Final
from urllib.parse import urlsplit

import html5lib

# Attributes whose words are ids of the same page.
REFERENCES: Final = (
    *("for", "form", "list", "headers", "popovertarget", "commandfor", "aria-labelledby", "aria-describedby"),
    *("aria-controls", "aria-owns", "aria-details", "aria-errormessage", "aria-activedescendant", "aria-flowto"),
)
HEADINGS: Final = ("h1", "h2", "h3", "h4", "h5", "h6")
INTERACTIVE: Final = ("a", "button", "input", "select", "textarea", "summary")
SVG: Final = "{http://www.w3.org/2000/svg}svg"


class Html:
    """One page, or with ``fragment`` a piece of one, whose references and headings lead outside of it."""

    def __init__(self, text: str, *, fragment: bool = False) -> None:
        self.parser = html5lib.HTMLParser(tree=html5lib.getTreeBuilder("etree"), namespaceHTMLElements=False)
        self.fragment = fragment
        self.root: Any = self.parser.parseFragment(text, "div") if fragment else self.parser.parse(text)

    @cached_property
    def elements(self) -> list[Any]:
        return [element for element in self.root.iter() if isinstance(element.tag, str)]

    @cached_property
    def ids(self) -> list[str]:
        return [element.get("id") for element in self.elements if element.get("id") is not None]

    @cached_property
    def links(self) -> list[str]:
        return [element.get("href") for element in self.elements if element.tag == "a" and element.get("href")]

    def problems(self) -> list[str]:
        found = [
            *self._parse_errors(),
            *self._ids(),
            *self._policy(),
            *self._forms(),
            *self._pictures(),
            *self._nested(),
        ]
        return found if self.fragment else [*found, *self._references(), *self._headings(), *self._frame()]

    def _parse_errors(self) -> Iterator[str]:
        for (line, column), code, _values in self.parser.errors:
            yield f"{line}:{column} {code}"

    def _ids(self) -> Iterator[str]:
        for name, count in Counter(self.ids).items():
            if count > 1:
                yield f"the id {name} stands there {count} times"
            if not name or " " in name:
                yield f"{name!r} is no id"

    def _references(self) -> Iterator[str]:
        known = {"", "top", *self.ids}
        for element in self.elements:
            for attribute in REFERENCES:
                for name in (element.get(attribute) or "").split():
                    if name not in known:
                        yield f"{element.tag} {attribute}={name} refers to nothing"
        for link in self.links:
            if link.startswith("#") and link[1:] not in known:
                yield f"the link {link} leads nowhere on this page"

    def _headings(self) -> Iterator[str]:
        levels = [HEADINGS.index(element.tag) + 1 for element in self.elements if element.tag in HEADINGS]
        if levels.count(1) != 1:
            yield f"there are {levels.count(1)} h1"
        for before, after in pairwise(levels):
            if after > before + 1:
                yield f"an h{after} follows an h{before}"

    def _policy(self) -> Iterator[str]:
        for element in self.elements:
            for name, value in element.attrib.items():
                if str(name).startswith(("on", "hx-on")) or name == "style":
                    yield f"{element.tag} has {name}, which the policy forbids"
                if str(value).strip().lower().startswith("javascript:"):
                    yield f"{element.tag} {name} is a script"
            if element.tag == "style" or (element.tag == "script" and not element.get("src")):
                yield f"a {element.tag} stands in the page"

    def _forms(self) -> Iterator[str]:
        for form in self.elements:
            if form.tag == "form" and (form.get("method") or "get").lower() == "post":
                names = [field.get("name") for field in form.iter("input")]
                if names.count("csrfmiddlewaretoken") != 1:
                    yield f"the form {form.get('action')} has no CSRF token"

    def _pictures(self) -> Iterator[str]:
        for element in self.elements:
            if element.tag == "img" and element.get("alt") is None:
                yield f"the picture {element.get('src')} has no alt"
            named = element.get("role") == "img" and (element.get("aria-label") or element.get("aria-labelledby"))
            if element.tag == SVG and element.get("aria-hidden") != "true" and not named:
                yield f"an svg is neither hidden nor named: {element.attrib}"

    def _nested(self) -> Iterator[str]:
        for outer in self.elements:
            if outer.tag in ("a", "button"):
                for inner in outer.iter():
                    if inner is not outer and inner.tag in INTERACTIVE:
                        yield f"a {inner.tag} stands in a {outer.tag}"

    def _frame(self) -> Iterator[str]:
        tags = {element.tag: element for element in self.elements}
        if not tags["html"].get("lang"):
            yield "the page has no language"
        if "title" not in tags or not (tags["title"].text or "").strip(" ·"):
            yield "the page has no title"
        for element in self.elements:
            if element.tag == "a" and element.get("target") == "_blank":
                yield f"the link {element.get('href')} opens a window"

    def foreign_links(self) -> list[tuple[str, set[str]]]:
        """Links to other hosts, with their ``rel``."""
        return [
            (element.get("href"), set((element.get("rel") or "").split()))
            for element in self.elements
            if element.tag == "a" and urlsplit(element.get("href") or "").netloc
        ]
