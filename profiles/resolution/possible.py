"""What would have to change so that a behavior can have a value.

Every answer is found by resolving, never by guessing: a set of changes is one if the value holds once they are made,
and if it does not when any of them is left out. Windows only ever get narrower below a platform's rulebook, so what
lies above every platform's own ceiling is known to be possible never.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import combinations, islice
from math import comb
from typing import Any, Final

from profiles.resolution.changes import Case, Change, Elsewhere, OpenToUsers, SetOther
from profiles.resolution.options import options
from profiles.resolution.types import Clamp
from profiles.rulebook.domains import MalformedValue
from profiles.rulebook.model import Layer, Rulebook

MOST_TOGETHER: Final = 3  # changes of one set that are looked for one by one
MOST_TRIES: Final = 600  # sets of one size: resolving one of them costs a fifth of a millisecond
MOST_WAYS: Final = 12


@dataclass(frozen=True, slots=True)
class Wish:
    """A raw value that a behavior is to have: set for the product, or chosen by one of its users."""

    behavior: str
    value: Any
    layer: Layer = Layer.PRODUCT

    def made(self, case: Case) -> Case:
        """The case with the wish in its layer."""
        made = case.with_preference if self.layer is Layer.USER else case.with_value
        return made(self.behavior, self.value)

    def is_granted(self, case: Case) -> bool:
        """Whether whoever wishes it gets exactly that."""
        decision = self.made(case).resolve().decisions.get(self.behavior)
        if decision is None:
            return False
        try:
            wanted = decision.behavior.domain.parse(self.value)
        except MalformedValue:
            return False
        return bool((decision.value if self.layer is Layer.USER else decision.operator) == wanted)


@dataclass(frozen=True, slots=True)
class Way:
    """Changes that make a wish possible together and not without any of them; and the case that they make."""

    changes: tuple[Change, ...]
    case: Case

    @property
    def rank(self) -> tuple[int, list[int]]:
        return len(self.changes), sorted((change.rank for change in self.changes), reverse=True)


@dataclass(frozen=True, slots=True)
class Answer:
    """``ways`` are the smallest sets of changes, what asks least first; a way without changes means that it is possible
    as things are. ``refused`` says why it is not, as things are. Without a way, ``never`` says that none can exist;
    otherwise none was found."""

    wish: Wish
    ways: tuple[Way, ...]
    refused: Clamp | None
    never: bool

    @property
    def is_possible(self) -> bool:
        return any(not way.changes for way in self.ways)


def possible(case: Case, wish: Wish, elsewhere: Iterable[Rulebook] = ()) -> Answer:
    """
    Args:
        elsewhere: the rulebooks of the platforms that the product could run on instead.
    """
    others = tuple(elsewhere)
    refused = wish.made(case).resolve().clamp_of(wish.behavior, wish.layer)
    if all(_above(book, wish) for book in (case.rulebook, *others)) and not _law_alone(case, wish):
        return Answer(wish, (), refused, never=True)
    ways = _ways(case, wish, MOST_TOGETHER)
    if not any(not way.changes for way in ways):
        here = list(ways)
        for book in others:
            known = [way.changes for way in ways]
            ways += [way for way in _moves(case, wish, book, here) if way.changes not in known]
    return Answer(wish, tuple(sorted(ways, key=lambda way: way.rank)[:MOST_WAYS]), refused, never=False)


def _above(book: Rulebook, wish: Wish) -> bool:
    """Whether a value lies above the ceilings that a rulebook gives, which nothing below it can raise."""
    behavior = book.behaviors.get(wish.behavior)
    if behavior is None or not behavior.is_stated:
        return True
    try:
        wanted = behavior.domain.parse(wish.value)
    except MalformedValue:
        return True
    ceilings = [behavior.product.ceiling]
    if wish.layer is Layer.USER:
        ceilings.append(behavior.user.window.ceiling)
    return not any(behavior.domain.leq(wanted, ceiling) for ceiling in ceilings)


def _law_alone(case: Case, wish: Wish) -> bool:
    """Whether a law pack speaks of it where a platform is silent, so that the platforms' ceilings do not settle it."""
    return any(not _above(law, wish) for law in case.laws)


def _ways(case: Case, wish: Wish, most: int) -> list[Way]:
    """Every smallest set of changes on one platform, up to ``most`` of them; else one that is found by taking away."""
    offered = options(case, wish.behavior, wish.value, wish.layer)
    found: list[Way] = []
    for size in range(most + 1):
        if comb(len(offered), size) > MOST_TRIES:
            break
        for together in combinations(offered, size):
            if _fits(together) and not any(_is_part(way.changes, together) for way in found):
                made = _made(case, together)
                if wish.is_granted(made):
                    found.append(Way(together, made))
        if found and size == 0:
            return found
    return found or _by_taking_away(case, wish, offered)


def _moves(case: Case, wish: Wish, book: Rulebook, here: list[Way]) -> list[Way]:
    """The smallest sets with which it is possible on another platform. What is offered there may work here as well:
    then the move is not needed, and if nothing else was found here, that is a way."""
    move = Elsewhere(book)
    there = _ways(move.applied(case), wish, MOST_TOGETHER - 1)
    fewest = min((len(way.changes) for way in there), default=0)
    found = []
    for way in there:
        stayed = _made(case, way.changes)
        if wish.is_granted(stayed):
            found += [] if here else [Way(way.changes, stayed)]
        elif len(way.changes) == fewest:
            found.append(Way((move, *way.changes), way.case))
    return found


def _made(case: Case, changes: Iterable[Change]) -> Case:
    for change in changes:
        case = change.applied(case)
    return case


def _is_part(some: Iterable[Change], changes: tuple[Change, ...]) -> bool:
    return all(change in changes for change in some)  # not as sets: raw values need not be hashable


def _fits(changes: Iterable[Change]) -> bool:
    slots = [change.slot for change in changes]
    return len(set(slots)) == len(slots)


def _by_taking_away(case: Case, wish: Wish, offered: list[Change]) -> list[Way]:
    """A smallest set of many: everything at once, and then without whatever is not needed."""
    for together in islice(_everything(offered), MOST_TRIES):
        if wish.is_granted(_made(case, together)):
            needed = together
            for change in together:
                rest = tuple(other for other in needed if other != change)
                if wish.is_granted(_made(case, rest)):
                    needed = rest
            return [Way(needed, _made(case, needed))]
    return []


def _everything(offered: list[Change]) -> Iterator[tuple[Change, ...]]:
    """All that has no alternative, with up to two of the changes that have some."""
    slots = [change.slot for change in offered]
    common = [c for c in offered if slots.count(c.slot) == 1 and not isinstance(c, SetOther | OpenToUsers)]
    either = [change for change in offered if change not in common]
    for size in range(3):
        for some in combinations(either, size):
            if _fits(some):
                yield tuple(change for change in offered if change in common or change in some)
