"""The words of the program in other languages: collecting them, filling them in, and making them ready to use.

python -m config.messages                  collect all strings; the catalogs then hold exactly these
python -m config.messages --missing        what has no translation yet, as JSON that --fill takes once it is filled in
python -m config.messages --fill FILE      {msgid: translation}, {msgid: [singular, plural]}; a context stands before
                                           the msgid, divided from it by U+0004
python -m config.messages --check          say what is wrong with the catalogs

Everything is done with Babel and Django's own reading of templates: GNU gettext's programs need not be there.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from html.parser import HTMLParser
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:  # it is needed only where something is out of date
    from babel.messages.catalog import Catalog, Message

ROOT: Final = Path(__file__).resolve().parent.parent
LOCALES: Final = ROOT / "locale"
CODE: Final = ("profiles", "audits", "config")
TEMPLATES: Final = ROOT / "templates"
CONTEXT_END: Final = "\x04"  # as in compiled catalogs
WIDTH: Final = 110
_PLACEHOLDER: Final = re.compile(r"%\(\w+\)[a-z]|%%|%[a-z]")
# Besides Babel's own: lazy variants and short names.
KEYWORDS: Final[dict[str, Any]] = {
    **dict.fromkeys(("_", "gettext", "gettext_lazy", "gettext_noop", "lazy")),
    **dict.fromkeys(("ngettext", "ngettext_lazy"), (1, 2)),
    **dict.fromkeys(("pgettext", "pgettext_lazy"), ((1, "c"), 2)),
    **dict.fromkeys(("npgettext", "npgettext_lazy"), ((1, "c"), 2, 3)),
}


# Collecting ----------------------------------------------------------------------------------------------------------


def collected() -> Catalog:
    """Every string of the code and the templates, with the files in which it stands."""
    from babel.messages.catalog import Catalog

    found = Catalog()
    for path, text in sources():
        name = path.relative_to(ROOT).as_posix()
        for msgid, context in strings(text):
            found.add(msgid, locations=[(name, 0)], context=context)
    return found


def sources() -> Iterator[tuple[Path, str]]:
    """Files with strings for people, as Python."""
    from django.utils.translation.template import templatize

    for folder in CODE:
        for path in sorted((ROOT / folder).rglob("*.py")):
            if "tests" not in path.parts and "migrations" not in path.parts:
                yield path, path.read_text("utf-8")
    for path in sorted(TEMPLATES.rglob("*.html")):
        # On one line: what is not a call is no Python, and must not look like its indentation.
        yield path, " ".join(templatize(path.read_text("utf-8")).split("\n"))


def strings(text: str) -> Iterator[tuple[str | tuple[str, str], str | None]]:
    """The msgid (or its singular and plural) and the context of each call that marks a string."""
    from babel.messages.extract import extract

    for _line, msgid, _comments, context in extract("python", io.BytesIO(text.encode()), KEYWORDS):
        yield tuple(msgid) if isinstance(msgid, list | tuple) else msgid, context  # type: ignore[misc]


def languages() -> list[str]:
    """Those that there is a catalog of."""
    return sorted(path.parts[-3] for path in LOCALES.glob("*/LC_MESSAGES/django.po"))


def catalog_file(language: str) -> Path:
    return LOCALES / language / "LC_MESSAGES" / "django.po"


def read(path: Path) -> Catalog:
    from babel.messages.pofile import read_po

    with path.open("rb") as file:
        return read_po(file, locale=path.parts[-3])


def updated(catalog: Catalog, template: Catalog) -> Catalog:
    """``catalog`` with exactly the strings of ``template``. Nothing is guessed: what is new has no translation."""
    created = catalog.creation_date
    catalog.update(template, no_fuzzy_matching=True)
    catalog.obsolete.clear()
    catalog.creation_date = created  # a date that changes each time would only make conflicts
    return catalog


def as_text(catalog: Catalog) -> bytes:
    """The file: in the order of places, without line numbers, so that a change of code changes little here."""
    from babel.messages.pofile import write_po

    buffer = io.BytesIO()
    write_po(buffer, catalog, width=WIDTH, sort_by_file=True, include_lineno=False, ignore_obsolete=True)
    return buffer.getvalue()


# Looking -------------------------------------------------------------------------------------------------------------


def messages(catalog: Catalog) -> Iterator[Message]:
    """All but the head."""
    return (message for message in catalog if message.id)


def name_of(message: Message) -> str:
    """How --missing and --fill call it."""
    msgid = message.id if isinstance(message.id, str) else message.id[0]
    return f"{message.context}{CONTEXT_END}{msgid}" if message.context else msgid


def is_translated(message: Message) -> bool:
    texts = message.string if isinstance(message.string, list | tuple) else [message.string]
    return bool(texts) and all(texts)


def missing(catalog: Catalog) -> dict[str, Any]:
    """What is to be filled in: empty texts, for plurals beside the two forms of the original."""
    empty = (message for message in messages(catalog) if not is_translated(message))
    return {name_of(each): "" if isinstance(each.id, str) else ["", ""] for each in empty}


def faults(message: Message) -> list[str]:
    """What is wrong with a translation; an untranslated one is not looked at."""
    if not is_translated(message):
        return []
    plural = not isinstance(message.id, str)
    if plural != (not isinstance(message.string, str)):
        return ["singular and plural do not belong together"]
    originals, texts = _forms(message.id), _forms(message.string)
    found = [fault for text in texts for fault in _faults_of_text(text, originals)]
    if plural and len(texts) != 2:
        found.append(f"{len(texts)} forms where there are two")
    return found


def _forms(text: Any) -> list[str]:
    return [text] if isinstance(text, str) else list(text)


def _faults_of_text(text: str, originals: Sequence[str]) -> Iterator[str]:
    allowed = [Counter(_PLACEHOLDER.findall(original)) for original in originals]
    if Counter(_PLACEHOLDER.findall(text)) not in allowed:
        yield f"placeholders are {sorted(_PLACEHOLDER.findall(text))}"
    if markup(text) not in [markup(original) for original in originals]:
        yield "its markup is another"
    edges = {(each[:1].isspace(), each[-1:].isspace()) for each in originals}
    if (text[:1].isspace(), text[-1:].isspace()) not in edges:
        yield "it begins or ends with other space"


def markup(text: str) -> Counter[str]:
    """Tags with their attributes, however often they occur."""
    found: Counter[str] = Counter()

    class Tags(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            found[f"{tag} {sorted(attrs, key=str)}"] += 1

        def handle_endtag(self, tag: str) -> None:
            found[f"/{tag}"] += 1

    parser = Tags()
    parser.feed(text)
    parser.close()
    return found


def complaints(catalog: Catalog, template: Catalog) -> list[str]:
    """All that is wrong with a catalog."""
    wanted, present = ({name_of(each) for each in messages(every)} for every in (template, catalog))
    found = [f"not in the catalog: {name!r}" for name in sorted(wanted - present)]
    found += [f"not in the code any more: {name!r}" for name in sorted(present - wanted)]
    for message in messages(catalog):
        if message.fuzzy:
            found.append(f"fuzzy: {name_of(message)!r}")
        if not is_translated(message):
            found.append(f"not translated: {name_of(message)!r}")
        found += [f"{fault}: {name_of(message)!r}" for fault in faults(message)]
    return found


# Filling in ----------------------------------------------------------------------------------------------------------


def fill(catalog: Catalog, texts: dict[str, Any]) -> list[str]:
    """Put translations in; returns what was not taken, and why."""
    known = {name_of(message): message for message in messages(catalog)}
    refused = []
    for name, text in texts.items():
        message = known.get(name)
        if message is None:
            refused.append(f"unknown: {name!r}")
            continue
        before, message.string = message.string, tuple(text) if isinstance(text, list) else text
        if wrong := faults(message):
            message.string = before
            refused += [f"{fault}: {name!r}" for fault in wrong]
    return refused


# Making ready --------------------------------------------------------------------------------------------------------


def make_ready() -> None:
    """Compile each catalog that is newer than what was compiled from it. Every process of the program calls this at its
    start, so several may do so at once; a folder that cannot be written to is somebody's decision to compile before."""
    for language in languages():
        source = catalog_file(language)
        target = source.with_suffix(".mo")
        if not _is_current(source, target) and os.access(source.parent, os.W_OK):
            _compile(source, target)


def _is_current(source: Path, target: Path) -> bool:
    return target.exists() and target.stat().st_mtime_ns == source.stat().st_mtime_ns


def _compile(source: Path, target: Path) -> None:
    from babel.messages.mofile import write_mo

    when = source.stat().st_mtime_ns
    with NamedTemporaryFile("wb", dir=target.parent, delete=False) as new:
        write_mo(new, read(source))
    Path(new.name).chmod(0o644)
    os.utime(new.name, ns=(when, when))
    Path(new.name).replace(target)


# The command ---------------------------------------------------------------------------------------------------------


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m config.messages", description="The words in other languages.")
    parser.add_argument("--language", default="de")
    group = parser.add_mutually_exclusive_group()
    group.add_argument("--missing", action="store_true", help="what has no translation yet, as JSON")
    group.add_argument("--fill", type=Path, metavar="FILE", help="take translations from a JSON file")
    group.add_argument("--check", action="store_true", help="say what is wrong, and change nothing")
    asked = parser.parse_args(arguments)
    path, template = catalog_file(asked.language), collected()
    if asked.check:
        return report(complaints(read(path), template))
    catalog = updated(read(path), template)
    refused = fill(catalog, json.loads(asked.fill.read_text("utf-8"))) if asked.fill else []
    path.write_bytes(as_text(catalog))
    make_ready()
    if asked.missing:
        print(json.dumps(missing(catalog), ensure_ascii=False, indent=1))
        return 0
    report(refused)
    say(f"{len(missing(catalog))} of {sum(1 for _ in messages(catalog))} strings have no translation.")
    return 1 if refused else 0


def report(sentences: Iterable[str]) -> int:
    """Print each; 1 if there were any."""
    found = list(sentences)
    for sentence in found:
        say(sentence)
    return 1 if found else 0


def say(sentence: str) -> None:
    print(sentence, file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
