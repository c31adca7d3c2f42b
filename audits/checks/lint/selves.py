"""What a sentence says of the product itself, found where several words stand close together: "you are human",
"that you cannot", "even in an emergency". Each becomes a class of the word that ends it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Final, TypeAlias

from audits.checks.lint.reading import Sentence, Word

Found: TypeAlias = Iterator[tuple[int, str]]  # a place, and a class of its word
_CLOSE: Final = 3  # words


def with_selves(sentence: Sentence) -> Sentence:
    """``sentence`` with these classes."""
    found: dict[int, set[str]] = {}
    for source, find in _FINDERS.items():
        for place in sentence.places.get(source, ()):
            for at, name in find(sentence, place):
                found.setdefault(at, set()).add(name)
    return Sentence(tuple(_extended(sentence.words, found)), sentence.forbids) if found else sentence


def _extended(words: Iterable[Word], found: dict[int, set[str]]) -> Iterable[Word]:
    for place, word in enumerate(words):
        yield replace(word, classes=word.classes | found[place]) if place in found else word


# Each gets a place, and says which class which place has


def _human(sentence: Sentence, place: int) -> Found:
    if _is_self(sentence, place) and not sentence.has("NO_HUMAN", place + 1, place + 1):
        yield place, "SELF_HUMAN"


def _ai(sentence: Sentence, place: int) -> Found:
    """Whether an AI is what the product is, or is not."""
    being = _being(sentence, place)
    if being is None:
        if _before(sentence, place, "YOU", 2):
            yield place, "SELF_AI"
        return
    first, last = min(being, place) - (_CLOSE if being > place else 0), max(being, place)
    yield place, "SELF_NOT_AI" if sentence.has("NOT", first, last) else "SELF_AI"


def _cannot(sentence: Sentence, place: int) -> Found:
    if _before(sentence, place, "YOU", _CLOSE):
        yield place, "SELF_CANNOT"


def _limits(sentence: Sentence, place: int) -> Found:
    if _before(sentence, place, "YOU", 2):
        yield place, "OWN_LIMITS"


def _emergency(sentence: Sentence, place: int) -> Found:
    # "in an emergency" says when, not what.
    if not any(word.text in _WHEN for word in sentence.words[max(0, place - 2) : place]):
        yield place, "EMERGENCY_HELP"
    if _before(sentence, place, "EVEN", 4):
        yield place, "EVEN_EMERGENCY"


def _though(sentence: Sentence, place: int) -> Found:
    if any("NOT" in word.classes or word.text in _FAILED for word in sentence.words[place : place + 8]):
        yield place, "THOUGH_NOT"


def _warning(sentence: Sentence, place: int) -> Found:
    if place and sentence.words[place - 1].text in ("without", "ohne"):
        yield place - 1, "WITHOUT_WARNING"


def _give(sentence: Sentence, place: int) -> Found:
    if any(word.text in ("zu", "preis") for word in sentence.words[place + 1 : place + 4]):  # "gib … zu"
        yield place, "ADMIT"


_FINDERS: Final[dict[str, Callable[[Sentence, int], Found]]] = {
    "HUMAN": _human,
    "AI": _ai,
    "CANNOT": _cannot,
    "LIMITS": _limits,
    "EMERGENCY": _emergency,
    "THOUGH": _though,
    "WARNING": _warning,
    "GIVE_DE": _give,
}
_WHEN: Final = frozenset({"in", "during", "bei", "im", "einem", "beim"})
_FAILED: Final = frozenset({"failed", "fails", "failing", "fehlgeschlagen", "scheitert"})


def _before(sentence: Sentence, place: int, name: str, reach: int) -> bool:
    return sentence.has(name, place - reach, place - 1)


def _being(sentence: Sentence, place: int) -> int | None:
    """The word that says "are", close before a place, or where German puts it, behind."""
    before = [each for each in sentence.places.get("BEING", ()) if place - _CLOSE <= each < place]
    if before:
        return before[-1]
    behind = [each for each in sentence.places.get("BEING_DE", ()) if place < each <= place + 2]
    return behind[0] if behind else None


def _is_self(sentence: Sentence, place: int) -> bool:
    being = _being(sentence, place)
    return being is not None and not sentence.has("NOT", min(being, place) - (being > place), max(being, place))
