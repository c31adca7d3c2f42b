"""What changes between two resolutions, and in which direction: the words that editors and approvers decide on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from profiles.resolution.types import Decision, Resolution
from profiles.rulebook.domains import Direction, Domain, Raw, Window


@dataclass(frozen=True, slots=True)
class Change:
    """One behavior's operator value and user window before and after. ``None`` where the behavior did not exist."""

    behavior: str
    before: Raw | None
    after: Raw | None
    user_before: Mapping[str, Raw] | None
    user_after: Mapping[str, Raw] | None
    direction: Direction


def changes(before: Resolution | None, after: Resolution, bare: Resolution | None = None) -> tuple[Change, ...]:
    """Every behavior whose operator value or user window differs, sorted by key. Without a ``before`` (nothing was
    ever active) the platform's defaults are what changes, and ``bare``, what would hold if the product chose nothing,
    tells what its users could choose by themselves."""
    found = []
    for key, new in after.decisions.items():
        old = before.decisions.get(key) if before else None
        alone = bare.decisions.get(key) if bare else None
        if not (_is_same(old, new) if old else _is_default(new, alone)):
            change = _change(key, old, new, alone)
            if change.direction is not Direction.SAME:
                found.append(change)
    return tuple(found)


def together(found: Iterable[Iterable[Change]]) -> tuple[Change, ...]:
    """The changes on several platforms, each behavior once: as the first one has it that it changes on, and in the
    direction of all. What is stricter on one platform and looser on another is mixed."""
    by_key: dict[str, list[Change]] = {}
    for change in (change for changes_here in found for change in changes_here):
        by_key.setdefault(change.behavior, []).append(change)
    return tuple(
        replace(by_key[key][0], direction=Direction.overall(change.direction for change in by_key[key]))
        for key in sorted(by_key)
    )


def direction(found: tuple[Change, ...], *, text_changed: bool = False) -> Direction:
    """The direction of a whole version. Free text has no order, so changing it is never a pure tightening."""
    directions = [change.direction for change in found]
    return Direction.overall([*directions, Direction.MIXED] if text_changed else directions)


def raw_window(domain: Domain, window: Window) -> dict[str, Raw]:
    return {"floor": domain.dump(window.floor), "ceiling": domain.dump(window.ceiling)}


def _is_same(old: Decision, new: Decision) -> bool:
    """Most behaviors are: so the look is short."""
    return (
        old.operator == new.operator
        and old.user == new.user
        and (old.behavior is new.behavior or old.behavior.domain == new.behavior.domain)
    )


def _is_default(new: Decision, bare: Decision | None) -> bool:
    """The same where nothing was active before."""
    return new.operator == new.behavior.default and (bare is None or bare.user == new.user)


def _change(key: str, old: Decision | None, new: Decision, bare: Decision | None) -> Change:
    domain = new.behavior.domain
    if old is not None and old.behavior.domain != domain:
        # A newer rulebook gave the behavior other values: there is no order between the old and the new ones.
        return Change(
            key,
            old.operator_raw,
            new.operator_raw,
            raw_window(old.behavior.domain, old.user),
            raw_window(domain, new.user),
            Direction.MIXED,
        )
    value_before = old.operator if old else new.behavior.default
    directions = [domain.direction(value_before, new.operator)]
    users = old or bare
    if users is not None:
        directions.append(domain.direction(users.user.ceiling, new.user.ceiling))
        directions.append(domain.direction(users.user.floor, new.user.floor))
    return Change(
        key,
        domain.dump(value_before),
        new.operator_raw,
        raw_window(domain, users.user) if users else None,
        raw_window(domain, new.user),
        Direction.overall(directions),
    )
