"""What changed from one revision of a source document to the next, section by section.

Sections are the same where their ids are. A new id is an addition and a removal, even where it looks like a rename:
ids are what our rulebooks cite, so both ends need a look. The likely pairs are listed besides.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, Final, NamedTuple

from profiles.rulebook.sources.alignment import likeness
from profiles.rulebook.sources.model import Section, SourceDocument

# The top level had another name until mid 2025; who may change what is the same under both.
_NAMES_OF_LEVELS: Final = {"platform": "root"}
# In the revisions of the Model Spec from 2025-02 to 2025-12, renamed sections have 59 to 82 % of their words in common
# and different ones at most 41 %.
_LIKELY: Final = 0.55
_WORDS: Final = 1500  # how many words of a section are looked at for that
_PAIRS: Final = 2500  # how many pairs are


class Change(NamedTuple):
    """From one value of a section's property to another one. None where it has no such value."""

    id: str
    before: str | None
    after: str | None


class TagChange(NamedTuple):
    id: str
    before: tuple[str, ...]
    after: tuple[str, ...]


class AttributeChange(NamedTuple):
    id: str
    name: str
    before: str | None
    after: str | None


class Rename(NamedTuple):
    """A removed and an added section that read much alike."""

    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Difference:
    """Lists follow the new document; what was removed and renamed, the old one."""

    added: tuple[str, ...]
    removed: tuple[str, ...]
    renamed: tuple[Rename, ...]  # candidates; both ids stand in removed and added as well
    moved: tuple[Change, ...]  # ids of parents. Another place among the same siblings is no move: it changes no meaning
    authority: tuple[Change, ...]
    renamed_levels: tuple[Change, ...]  # authorities that changed their name and nothing else: platform and root
    title: tuple[str, ...]
    tags: tuple[TagChange, ...]  # as sets
    attributes: tuple[AttributeChange, ...]  # those without a meaning here
    body: tuple[str, ...]  # own texts
    examples: tuple[str, ...]  # sections
    commentary: tuple[str, ...]  # sections

    @property
    def is_empty(self) -> bool:
        return not any(getattr(self, part.name) for part in fields(self))


def compare(old: SourceDocument, new: SourceDocument) -> Difference:
    """How ``new`` differs from ``old``. Spaces, line breaks and footnotes in texts do not count."""
    before = {section.id: section for section in old.sections}
    after = {section.id: section for section in new.sections}
    pairs = [(before[section.id], section) for section in new.sections if section.id in before]
    authority = _changes(pairs, lambda section: section.authority)
    return Difference(
        added=tuple(section.id for section in new.sections if section.id not in before),
        removed=tuple(section.id for section in old.sections if section.id not in after),
        renamed=tuple(_renames(old, new)),
        moved=_changes(pairs, lambda section: section.parent),
        authority=tuple(change for change in authority if not _is_rename(change)),
        renamed_levels=tuple(change for change in authority if _is_rename(change)),
        title=tuple(b.id for a, b in pairs if a.title.split() != b.title.split()),
        tags=tuple(TagChange(b.id, a.tags, b.tags) for a, b in pairs if set(a.tags) != set(b.tags)),
        attributes=tuple(change for pair in pairs for change in _attributes(*pair)),
        body=tuple(b.id for a, b in pairs if a.body_digest != b.body_digest),
        examples=_differing(pairs, old.examples, new.examples),
        commentary=_differing(pairs, old.commentary, new.commentary),
    )


def as_json(difference: Difference) -> dict[str, Any]:
    """What ``diff_sources`` prints: each part under its name, with lists for all tuples."""
    return {part.name: _listed(getattr(difference, part.name)) for part in fields(difference)}


def _listed(value: Any) -> Any:
    return [_listed(item) for item in value] if isinstance(value, tuple) else value


_Pair = tuple[Section, Section]


def _changes(pairs: Sequence[_Pair], of: Callable[[Section], str | None]) -> tuple[Change, ...]:
    return tuple(Change(b.id, of(a), of(b)) for a, b in pairs if of(a) != of(b))


def _is_rename(change: Change) -> bool:
    before, after = (_NAMES_OF_LEVELS.get(level or "", level) for level in change[1:])
    return before == after


def _attributes(old: Section, new: Section) -> list[AttributeChange]:
    names = sorted((old.attributes.keys() | new.attributes.keys()) - {"authority", "tags"})
    changes = (AttributeChange(new.id, name, old.attributes.get(name), new.attributes.get(name)) for name in names)
    return [change for change in changes if change.before != change.after]


def _differing(pairs: Sequence[_Pair], old: Sequence[Any], new: Sequence[Any]) -> tuple[str, ...]:
    """The sections of which two lists of examples, or of commentary, say different things. Lines do not count."""
    before, after = _by_section(old), _by_section(new)
    return tuple(section.id for _, section in pairs if before.get(section.id) != after.get(section.id))


def _by_section(items: Sequence[Any]) -> dict[str, list[Any]]:
    groups: dict[str, list[Any]] = {}
    for item in items:
        groups.setdefault(item.section, []).append(item)
    return groups


# Renames


def _renames(old: SourceDocument, new: SourceDocument) -> list[Rename]:
    """One partner at most for each section: first those that did not change at all, then the most alike."""
    kept = {section.id for section in old.sections} & {section.id for section in new.sections}
    left = [section for section in old.sections if section.id not in kept]
    right = [section for section in new.sections if section.id not in kept]
    partners = dict(_unchanged(left, right))
    for before, after in _alike(_bags(old, left, set(partners)), _bags(new, right, set(partners.values()))):
        if before not in partners and after not in partners.values():
            partners[before] = after
    return [Rename(section.id, partners[section.id]) for section in left if section.id in partners]


def _unchanged(removed: Sequence[Section], added: Sequence[Section]) -> list[tuple[str, str]]:
    """Pairs with the same title and text. Of several such, they pair up in reading order."""
    waiting: dict[tuple[str, str], list[str]] = {}
    for section in reversed(added):
        waiting.setdefault((section.title, section.body_digest), []).append(section.id)
    found = ((section.id, waiting.get((section.title, section.body_digest))) for section in removed)
    return [(before, candidates.pop()) for before, candidates in found if candidates]


def _alike(left: Mapping[str, Counter[str]], right: Mapping[str, Counter[str]]) -> list[tuple[str, str]]:
    """Pairs that have much in common, the most alike first; none where there are too many to look at."""
    if len(left) * len(right) > _PAIRS:
        return []
    scores = {(a, b): likeness(left[a], right[b]) for a in left for b in right}
    return sorted((pair for pair in scores if scores[pair] >= _LIKELY), key=lambda pair: -scores[pair])


def _bags(document: SourceDocument, sections: Sequence[Section], done: Container[str]) -> dict[str, Counter[str]]:
    """The first words of each section, and of the conversations in it: they often outlive a new text."""
    examples = _by_section(document.examples)
    bags = {}
    for section in sections:
        if section.id not in done:
            spoken = (message.text for example in examples.get(section.id, ()) for message in example.messages)
            words = " ".join((section.title, section.body, *spoken))[: 20 * _WORDS].split()
            bags[section.id] = Counter(words[:_WORDS])
    return bags
