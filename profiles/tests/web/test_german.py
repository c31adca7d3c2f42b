"""Every page in German: no English sentence of ours is left on it."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest
from django.test import Client

from config.messages import catalog_file, messages, read
from profiles.tests import cast as some
from profiles.tests.cast import Cast
from profiles.tests.web.test_help import FOR_PROGRAMS
from profiles.tests.web.test_who_sees_what import PAGES, addresses

pytestmark = pytest.mark.django_db

NOT_PAGES = FOR_PROGRAMS | {"sign_in", "notice"}  # the last two lead on
VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
# Words that rulebooks use as well, whose texts stay English: the name of a value or of a kind of attestation.
OF_RULEBOOKS = {"On", "Off", "None", "Any", "Never", "General"}


class Texts(HTMLParser):
    """What is said on a German page: its texts and spoken attributes, apart from what says that it is English."""

    def __init__(self) -> None:
        super().__init__()
        self.said: list[str] = []
        self.open: list[tuple[str, bool]] = []

    @property
    def is_german(self) -> bool:
        return not any(other for _tag, other in self.open)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag not in VOID:
            own = given.get("lang") not in (None, "de") or tag in ("script", "style", "code", "pre")
            self.open.append((tag, own))
        for name in ("aria-label", "title", "placeholder", "alt"):
            if self.is_german and given.get(name):
                self.said.append(" ".join(str(given[name]).split()))

    def handle_endtag(self, tag: str) -> None:
        while self.open and self.open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        if self.is_german and data.strip():
            self.said.append(" ".join(data.split()))


def english() -> set[str]:
    """What German says in another way and never says itself: "Editor" is a role in English, and a page in both."""
    msgids, texts = set(), set()
    for message in messages(read(catalog_file("de"))):
        msgids |= set(_forms(message.id))
        texts |= set(_forms(message.string))
    return msgids - texts


def _forms(text: object) -> list[str]:
    return [text] if isinstance(text, str) else list(text)  # type: ignore[call-overload]


@pytest.fixture
def acme() -> Cast:
    return some.make_cast("acme", "helper")


@pytest.mark.parametrize("person", ["administrator", "auditor", "steward"])
def test_no_page_says_an_english_sentence(acme: Cast, person: str) -> None:
    known = english() - OF_RULEBOOKS
    places = addresses(acme)
    user = acme.users[person]
    user.language = "de"
    user.save()
    client = Client()
    client.force_login(user)
    left = []
    for name in sorted(set(PAGES) - NOT_PAGES):
        # What is public is the same for everybody who asks for a language, whatever they chose.
        response = client.get(places[name], headers={"Accept-Language": "de"} if name == "commitments" else None)
        found = response.content.decode()
        assert '<html lang="de"' in found, name
        texts = Texts()
        texts.feed(found)
        left += [f"{name}: {text}" for text in texts.said if text in known]
    assert not left, "\n".join(left)


def test_the_sign_in_page_too() -> None:
    texts = Texts()
    texts.feed(Client().get("/", headers={"Accept-Language": "de"}).content.decode())
    assert not set(texts.said) & english()
    assert "Anmelden" in texts.said
