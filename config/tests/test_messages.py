"""The catalogs hold exactly the strings of the program, each translated and none of them broken."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog

from config import messages
from config.messages import as_text, catalog_file, collected, complaints, faults, fill, missing, read, updated


@pytest.fixture(scope="module")
def template() -> Catalog:
    return collected()


@pytest.mark.parametrize("language", messages.languages())
def test_a_catalog_is_complete_and_sound(template: Catalog, language: str) -> None:
    """If this fails: `make messages`, then `python -m config.messages --missing` says what to translate."""
    assert complaints(read(catalog_file(language)), template) == []


@pytest.mark.parametrize("language", messages.languages())
def test_a_catalog_stands_as_the_tool_writes_it(template: Catalog, language: str) -> None:
    path = catalog_file(language)
    stands = as_text(updated(read(path), template)) == path.read_bytes()  # a difference of half a megabyte takes hours
    assert stands, "Run python -m config.messages, and commit what it writes."


def test_every_language_that_is_offered_has_a_catalog() -> None:
    from django.conf import settings

    assert {code for code, _name in settings.LANGUAGES} == {"en", *messages.languages()}


def test_strings_are_found_in_code_and_in_templates() -> None:
    text = """
from x import gettext as _
title = _("Two "
          "parts")
count = ngettext("%(n)d thing", "%(n)d things", n)
zone = pgettext_lazy("time zone", "CET")
"""
    found = list(messages.strings(text))
    assert found == [
        ("Two parts", None),
        (("%(n)d thing", "%(n)d things"), None),
        ("CET", "time zone"),
    ]


def test_templates_are_read_as_django_reads_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = """<p>{% translate "One" %}</p>
      {% blocktranslate count n=things %}{{ n }} thing{% plural %}{{ n }} things{% endblocktranslate %}
  {% include "x.html" with label=_("Two") %} 100 % {% translate "Half: 50%" context "share" %}"""
    (tmp_path / "page.html").write_text(page)
    monkeypatch.setattr(messages, "ROOT", tmp_path)
    monkeypatch.setattr(messages, "TEMPLATES", tmp_path)
    found = {messages.name_of(message): message.id for message in messages.messages(collected())}
    assert found == {
        "One": "One",
        "%(n)s thing": ("%(n)s thing", "%(n)s things"),
        "Two": "Two",
        "share\x04Half: 50%%": "Half: 50%%",
    }


def catalog(msgid: str | tuple[str, str], text: str | tuple[str, ...] = "", context: str | None = None) -> Catalog:
    made = Catalog(locale="de")
    made.add(msgid, text, context=context)
    return made


@pytest.mark.parametrize(
    ("original", "text", "fault"),
    [
        ("%(n)d of %(all)d", "%(n)d von %(all)s", "placeholders"),
        ("%(name)s left", "%(nme)s ging", "placeholders"),
        ("100 %% of it", "100 % davon", "placeholders"),
        ("By <b>%(name)s</b>", "Von %(name)s", "markup"),
        ("By <b>%(name)s</b>", "Von <b>%(name)s", "markup"),
        (" and ", "und", "space"),
    ],
)
def test_a_broken_translation_is_named(original: str, text: str, fault: str) -> None:
    (message,) = messages.messages(catalog(original, text))
    assert any(fault in found for found in faults(message))


def test_order_and_words_are_free() -> None:
    (message,) = messages.messages(catalog("<b>%(a)s</b> to %(b)s", "Nach %(b)s von <b>%(a)s</b>"))
    assert faults(message) == []


def test_both_forms_of_a_plural_are_asked_for() -> None:
    (message,) = messages.messages(catalog(("%(n)d day", "%(n)d days"), ("%(n)d Tag", "%(n)d Tage")))
    assert faults(message) == []
    (half,) = messages.messages(catalog(("%(n)d day", "%(n)d days"), ("%(n)d Tag", "")))
    assert not messages.is_translated(half)


def test_what_is_missing_can_be_filled_in_and_only_what_fits_is_taken() -> None:
    made = catalog("Yes")
    made.add(("%(n)d day", "%(n)d days"))
    made.add("CET", context="time zone")
    asked = missing(made)
    assert asked == {"Yes": "", "%(n)d day": ["", ""], "time zone\x04CET": ""}
    given = {"Yes": "Ja", "%(n)d day": ["%(n)d Tag", "%(n) Tage"], "time zone\x04CET": "MEZ", "No": "Nein"}
    refused = fill(made, json.loads(json.dumps(given)))
    assert [sentence.partition(":")[0] for sentence in refused] == ["placeholders are []", "unknown"]
    assert missing(made) == {"%(n)d day": ["", ""]}


def test_what_is_no_longer_said_leaves_the_catalog() -> None:
    made = catalog("Old", "Alt")
    made.add("Kept", "Behalten")
    template = Catalog()
    template.add("Kept")
    template.add("Keep")
    now = updated(made, template)
    assert {message.id: message.string or "" for message in messages.messages(now)} == {"Kept": "Behalten", "Keep": ""}
    assert not now.obsolete
    assert not any(message.fuzzy for message in messages.messages(now))


def test_a_catalog_is_compiled_once_for_each_state_of_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(messages, "LOCALES", tmp_path)
    path = catalog_file("de")
    path.parent.mkdir(parents=True)
    path.write_bytes(as_text(catalog("Yes", "Ja")))
    messages.make_ready()
    compiled = path.with_suffix(".mo")
    first = compiled.stat().st_ino
    assert b"Ja" in compiled.read_bytes()
    messages.make_ready()
    assert compiled.stat().st_ino == first
    path.write_bytes(as_text(catalog("Yes", "Doch")))
    messages.make_ready()
    assert b"Doch" in compiled.read_bytes()
    assert [each.name for each in path.parent.iterdir() if each.suffix not in (".po", ".mo")] == []
