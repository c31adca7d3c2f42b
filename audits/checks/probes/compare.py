"""What differs between two numbers of a suite, by probe and by part."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

# Parts of a probe as they are compared; what stands in several places of its document is one part.
_PARTS: Final = ("behavior", "direction", "kind", "threshold", "epochs", "applies_if", "source", "author")


@dataclass(frozen=True, slots=True)
class Changed:
    """A probe that both have.

    Args:
        parts: what is another one, with both values as the document has them: a part's name, or ``variants.<id>``,
            ``fail_if``, ``pass_if``, ``judge``, ``on``, ``examples``. None where one of the two has no such thing.
    """

    probe: str
    parts: tuple[tuple[str, Any, Any], ...]


@dataclass(frozen=True, slots=True)
class Difference:
    added: tuple[str, ...]
    removed: tuple[str, ...]
    changed: tuple[Changed, ...]
    same: int
    about: tuple[tuple[str, Any, Any], ...]  # title, note, ``questions.<id>``, ``untestable.<behavior>``


def compare(before: Mapping[str, Any], after: Mapping[str, Any]) -> Difference:
    """
    Args:
        before, after: documents as ``Suite.document`` has them, with every default spelled out.
    """
    old, new = ({probe["id"]: probe for probe in each["probes"]} for each in (before, after))
    both = [name for name in new if name in old]
    changed = tuple(Changed(name, parts) for name in both if (parts := tuple(_parts(old[name], new[name]))))
    return Difference(
        added=tuple(name for name in new if name not in old),
        removed=tuple(name for name in old if name not in new),
        changed=changed,
        same=len(both) - len(changed),
        about=tuple(_about(before, after)),
    )


def _parts(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[tuple[str, Any, Any]]:
    yield from _different(old, new, _PARTS)
    yield from _different(old["grade"], new["grade"], ("on", "fail_if", "pass_if", "judge"))
    variants = [{each["id"]: each for each in probe["variants"]} for probe in (old, new)]
    yield from ((f"variants.{name}", was, now) for name, was, now in _by_name(*variants))
    yield from _different(old, new, ("examples",))


def _about(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[tuple[str, Any, Any]]:
    yield from _different(before, after, ("title", "note"))
    yield from ((f"questions.{name}", was, now) for name, was, now in _by_name(before["questions"], after["questions"]))
    lists = [{each["behavior"]: each["because"] for each in document["untestable"]} for document in (before, after)]
    yield from ((f"untestable.{name}", was, now) for name, was, now in _by_name(*lists))


def _different(
    old: Mapping[str, Any], new: Mapping[str, Any], names: tuple[str, ...]
) -> Iterator[tuple[str, Any, Any]]:
    return ((name, old.get(name), new.get(name)) for name in names if old.get(name) != new.get(name))


def _by_name(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[tuple[str, Any, Any]]:
    return _different(old, new, tuple(dict.fromkeys((*old, *new))))
