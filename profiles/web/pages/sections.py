"""What changed from one revision of a source document to the next, section by section, with the words marked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Final

from django.utils.translation import gettext as _

from profiles import queries
from profiles.models import SourceDocument
from profiles.rulebook.sources import model
from profiles.rulebook.sources.words import Op, Run, words
from profiles.web.presenters.parts import Tag
from profiles.web.presenters.rulebooks import Link
from profiles.web.presenters.sources import Marked, SectionChange

# Word by word is for people, and so long as they read it; a page with more than this in all is for nobody.
LONGEST: Final = 60_000  # characters of one section, old and new, up to which its words are marked
_NEAR: Final = 240  # characters beside a change that are always shown
_FAR: Final = 400  # as many without a change are folded
MOST: Final = 300_000  # characters of all sections that one page shows


class Comparison:
    """Two revisions of a document. It shows the texts of sections until a page is full."""

    def __init__(self, before: SourceDocument, after: SourceDocument) -> None:
        self.before, self.after = before, after
        self.old, self.new = queries.source_outline(before), queries.source_outline(after)
        self.difference = queries.source_difference(before, after)
        self.room = MOST

    @cached_property
    def _old(self) -> dict[str, model.Section]:
        return {section.id: section for section in self.old.sections}

    @cached_property
    def _new(self) -> dict[str, model.Section]:
        return {section.id: section for section in self.new.sections}

    @cached_property
    def _renamed(self) -> dict[str, str]:
        """The likely other names of sections that came and went, both ways."""
        pairs = self.difference.renamed
        return {pair.before: pair.after for pair in pairs} | {pair.after: pair.before for pair in pairs}

    @property
    def changed(self) -> tuple[str, ...]:
        """The sections of both documents that are not the same, in reading order."""
        names = ("authority", "moved", "tags", "title", "body")
        touched = frozenset().union(*(self._parts[name] for name in names))
        return tuple(section.id for section in self.new.sections if section.id in touched)

    def title(self, section: str) -> str:
        found = self._new.get(section) or self._old.get(section)
        return found.title if found else section

    def section(self, name: str, cited: Iterable[Link] = (), *, alone_href: str = "") -> SectionChange:
        """
        Args:
            alone_href: where the section is shown by itself; its text stands only there once the page is full.
        """
        size = sum(len(side[name].body) for side in (self._old, self._new) if name in side)
        fits = size <= self.room or not alone_href
        self.room -= size if fits else 0
        return SectionChange(
            id=name,
            title=self.title(name),
            tags=tuple(self.tags(name)),
            lines=tuple(self._lines(name)),
            marked=self._marked(name) if fits else None,
            renamed=self._rename(name),
            cited=tuple(cited),
            alone_href="" if fits or self._marked_is_same(name) else alone_href,
        )

    @cached_property
    def _parts(self) -> dict[str, frozenset[str]]:
        """What changed, by the name of it: the ids of the sections."""
        found = self.difference
        parts = {"removed": found.removed, "added": found.added, "title": found.title, "body": found.body}
        changes = {"authority": found.authority, "moved": found.moved}
        return {
            **{name: frozenset(ids) for name, ids in parts.items()},
            **{name: frozenset(change.id for change in part) for name, part in changes.items()},
            "tags": frozenset(change.id for change in found.tags),
        }

    def tags(self, name: str) -> Iterable[Tag]:
        for part, tone, text in (
            ("removed", "bad", _("Removed")),
            ("added", "att", _("Added")),
            ("authority", "warn", _("Authority")),
            ("moved", "warn", _("Moved")),
            ("tags", "warn", _("Tags")),
            ("title", "warn", _("Title")),
            ("body", "warn", _("Text")),
        ):
            if name in self._parts[part]:
                yield Tag(tone, text)

    def _lines(self, name: str) -> Iterable[tuple[str, str, str]]:
        parts = self._parts
        if name not in parts["title"] | parts["authority"] | parts["moved"] | parts["tags"]:
            return
        old, new = self._old[name], self._new[name]
        if name in parts["title"]:
            yield _("Title"), old.title, new.title
        if name in parts["authority"]:
            yield _("Authority"), old.authority or _("none"), new.authority or _("none")
        if name in parts["moved"]:
            yield _("Stands under"), old.parent or _("the top"), new.parent or _("the top")
        if name in parts["tags"]:
            yield _("Tags"), ", ".join(old.tags) or _("none"), ", ".join(new.tags) or _("none")

    def _marked_is_same(self, name: str) -> bool:
        return name in self._old and name in self._new and name not in self._parts["body"]

    def _marked(self, name: str) -> Marked | None:
        if self._marked_is_same(name):
            return None
        old, new = (side[name].body if name in side else "" for side in (self._old, self._new))
        if other := self._renamed.get(name):  # rather what became of it than all of it twice
            old, new = (old, self._new[other].body) if name in self._old else (self._old[other].body, new)
        return marked(old, new)

    def _rename(self, name: str) -> str:
        other = self._renamed.get(name)
        if not other:
            return ""
        text = _("Likely called %(name)s now.") if name in self._old else _("Likely called %(name)s before.")
        return text % {"name": other}


def marked(old: str, new: str) -> Marked:
    """A text with its words marked, or where it is too long for that, the beginnings of both."""
    if len(old) + len(new) <= LONGEST:
        return Marked(tuple(_folded(words(old, new))))
    half = LONGEST // 2
    runs = ((Op.REMOVED.value, old[:half]), (Op.ADDED.value, new[:half]))
    note = _("Too long to mark single words: the first %(n)s characters of the old and of the new text.")
    return Marked(tuple(run for run in runs if run[1]), note % {"n": f"{half:,}"})


def _folded(runs: Sequence[Run]) -> Iterator[tuple[str, str]]:
    """The runs with what is far from any change folded."""
    for at, run in enumerate(runs):
        before, after = at > 0, at < len(runs) - 1  # whether a change stands there
        start, end = _NEAR if before else 0, len(run.text) - (_NEAR if after else 0)
        if run.op is not Op.SAME or end - start < _FAR:
            yield run.op.value, run.text
            continue
        start = run.text.find(" ", start, end) + 1 if before else 0  # between words, where there are any
        end = (run.text.rfind(" ", start, end) + 1 or end) if after else end
        for op, text in (("same", run.text[:start]), ("folded", run.text[start:end]), ("same", run.text[end:])):
            if text:
                yield op, text


def by_section(citing: Mapping[str, Iterable[str]]) -> dict[str, list[str]]:
    """``revise.citing`` the other way round: the behaviors that rest on each section."""
    found: dict[str, list[str]] = {}
    for behavior, sections in citing.items():
        for section in sections:
            found.setdefault(section, []).append(behavior)
    return found
