"""The crosswalk: what several platforms say about the same behavior, laid side by side by its key.

What counts as a difference, so that nothing agrees or differs by accident:

* Compared are the vendors. The reference rulebook is nobody's policy: it names the rows and counts only where fewer
  than two vendors are shown.
* Two cells differ in what an operator may do (the windows of organization and product) or in the default. Who else may
  change it, how, and under which rules is shown and not counted: it narrows what is compared here.
* A cell that leaves the matter to the model's judgement is an answer too: it differs from one that settles it.
* A cell that does not address the behavior says nothing, so it neither differs nor agrees.
* A vendor's filter is another control than a behavior: filters are compared with filters alone. A row with both, in
  which neither differs within itself, says ``CONTROLS`` and never ``AGREE``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from profiles.rulebook.domains import Domain, Point, Window
from profiles.rulebook.model import Behavior, Citation, How, Kind, Layer, Rule, Rulebook, Stance

REFERENCE: Final = "reference"  # the platform of the vendor-neutral rulebook
_TWO: Final = 2


class Who(StrEnum):
    """Who may change a behavior, from the windows that the platform gives."""

    NOBODY = "nobody"  # a bright line or a protection
    PLATFORM = "platform"  # locked, and neither of these
    OPERATOR = "operator"
    OPERATOR_AND_USERS = "operator_and_users"
    USERS = "users"  # by a right of their own, which no operator cuts
    JUDGEMENT = "judgement"
    NOT_ADDRESSED = "not_addressed"


class Aspect(StrEnum):
    """In what two answers differ."""

    OPERATOR = "operator"  # what an operator may do
    DEFAULT = "default"
    JUDGEMENT = "judgement"  # one settles it, another leaves it to the model


class Verdict(StrEnum):
    """What a row says about those who are compared."""

    DISAGREE = "disagree"
    AGREE = "agree"
    CONTROLS = "controls"  # a filter beside a behavior: nothing to compare between them
    ONE = "one"  # only one addresses it
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Cell:
    """What one platform says about one behavior."""

    book: Rulebook
    key: str
    behavior: Behavior | None  # None: the rulebook has no such row
    who: Who
    rules: tuple[Rule, ...]  # those that narrow it under a condition
    seen_from: tuple[str, ...]  # behaviors of the same book that point here: the other end of their ``see``

    @property
    def platform(self) -> str:
        return self.book.platform

    @property
    def stance(self) -> Stance:
        return self.behavior.stance if self.behavior else Stance.UNADDRESSED

    @property
    def kind(self) -> Kind | None:
        """Only of what is stated: a rulebook that is silent has no kind of answer."""
        return self.behavior.kind if self.behavior and self.behavior.is_stated else None

    @property
    def is_addressed(self) -> bool:
        return self.stance is not Stance.UNADDRESSED

    @property
    def is_filter(self) -> bool:
        return self.kind is Kind.FILTER

    @property
    def default(self) -> Hashable:
        """The raw default, or None where nothing is stated."""
        if self.behavior is None or not self.behavior.is_stated:
            return None
        return _raw(self.behavior.domain, self.behavior.default)

    @property
    def operator(self) -> Hashable:
        """The raw windows of organization and product, or None where nothing is stated."""
        behavior = self.behavior
        if behavior is None or not behavior.is_stated:
            return None
        return tuple(_raw_window(behavior.domain, window) for window in (behavior.organization, behavior.product))

    @property
    def how(self) -> How | None:
        return self.behavior.how if self.behavior else None

    @property
    def authority(self) -> str:
        """The level in the vendor's own words."""
        return self.behavior.authority if self.behavior else ""

    @property
    def citation(self) -> Citation | None:
        return self.behavior.citation if self.behavior else None

    @property
    def see(self) -> tuple[str, ...]:
        """What bears on it, in both directions: a filter and the behaviors where the document is silent."""
        own = self.behavior.see if self.behavior else ()
        return (*own, *(key for key in self.seen_from if key not in own)) if self.is_filter else own

    @property
    def attestations(self) -> tuple[str, ...]:
        """The kinds of attestation whose absence narrows it."""
        return tuple(sorted({rule.when.without for rule in self.rules if rule.when.without}))


@dataclass(frozen=True, slots=True)
class Row:
    """One behavior on all platforms."""

    key: str
    name: str
    cells: Mapping[str, Cell] = field(hash=False)

    @property
    def group(self) -> str:
        return self.key.partition(".")[0]

    def on(self, platforms: Iterable[str]) -> Row:
        """The same row with these columns."""
        return Row(self.key, self.name, {name: self.cells[name] for name in platforms if name in self.cells})


def crosswalk(books: Iterable[Rulebook]) -> tuple[Row, ...]:
    """The rows of all behaviors that the books of platforms name, by key. Law packs are no columns: they bind beside
    every platform."""
    columns = {book.platform: book for book in books if book.layer is Layer.PLATFORM}
    keys = sorted({key for book in columns.values() for key in book.behaviors})
    return tuple(_row(key, columns) for key in keys)


def _row(key: str, columns: Mapping[str, Rulebook]) -> Row:
    cells = {platform: _cell(key, book) for platform, book in columns.items()}
    return Row(key, _name(cells), cells)


def _cell(key: str, book: Rulebook) -> Cell:
    behavior = book.behaviors.get(key)
    who = who_changes(behavior) if behavior else Who.NOT_ADDRESSED
    seen_from = tuple(sorted(other.key for other in book.behaviors.values() if key in other.see))
    return Cell(book, key, behavior, who, tuple(rule for rule in book.rules if rule.behavior == key), seen_from)


def _name(cells: Mapping[str, Cell]) -> str:
    """As the reference has it; else the name that most give it, those first that state it as a behavior."""
    found = {platform: cell.behavior for platform, cell in cells.items() if cell.behavior}
    if REFERENCE in found:
        return found[REFERENCE].name
    best = sorted(found.values(), key=lambda each: (not each.is_stated, each.kind is Kind.FILTER))
    return Counter(each.name for each in best).most_common(1)[0][0]


def who_changes(behavior: Behavior) -> Who:
    if behavior.stance is Stance.JUDGEMENT:
        return Who.JUDGEMENT
    if not behavior.is_stated:
        return Who.NOT_ADDRESSED
    if behavior.user.waiver:
        return Who.USERS
    operator = not (behavior.organization.is_lock and behavior.product.is_lock)
    users = not behavior.user.window.is_lock
    if operator:
        return Who.OPERATOR_AND_USERS if users else Who.OPERATOR
    if users:
        return Who.USERS
    return Who.NOBODY if behavior.kind in (Kind.BRIGHT_LINE, Kind.PROTECTION) else Who.PLATFORM


# Differences


def compared(row: Row) -> tuple[Cell, ...]:
    """The cells that count: those of vendors, or all where fewer than two vendors are shown."""
    vendors = tuple(cell for cell in row.cells.values() if cell.platform != REFERENCE)
    return vendors if len(vendors) >= _TWO else tuple(row.cells.values())


def differences(row: Row) -> tuple[Aspect, ...]:
    """In what the compared cells differ: behaviors among themselves, filters among themselves."""
    addressed = [cell for cell in compared(row) if cell.is_addressed]
    found = {
        aspect for is_filter in (False, True) for aspect in _among([c for c in addressed if c.is_filter is is_filter])
    }
    return tuple(aspect for aspect in Aspect if aspect in found)


def _among(cells: list[Cell]) -> set[Aspect]:
    stated = [cell for cell in cells if cell.stance is Stance.STATED]
    found = set()
    if len({cell.operator for cell in stated}) > 1:
        found.add(Aspect.OPERATOR)
    if len({cell.default for cell in stated}) > 1:
        found.add(Aspect.DEFAULT)
    if stated and len(stated) < len(cells):
        found.add(Aspect.JUDGEMENT)
    return found


def disagree(row: Row) -> bool:
    """Whether those who address a behavior differ about it; the head of this module says what counts."""
    return bool(differences(row))


def verdict(row: Row) -> Verdict:
    if disagree(row):
        return Verdict.DISAGREE
    addressed = [cell for cell in compared(row) if cell.is_addressed]
    if len(addressed) < _TWO:
        return Verdict.ONE if addressed else Verdict.NONE
    return Verdict.CONTROLS if len({cell.is_filter for cell in addressed}) > 1 else Verdict.AGREE


def _raw(domain: Domain, point: Point) -> Hashable:
    raw = domain.dump(point)
    return tuple(raw) if isinstance(raw, list) else raw


def _raw_window(domain: Domain, window: Window) -> tuple[Hashable, Hashable]:
    return _raw(domain, window.floor), _raw(domain, window.ceiling)
