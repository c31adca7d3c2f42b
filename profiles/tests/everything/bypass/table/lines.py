"""What a line of the matrix is, and how to write a short one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any, Final

from profiles.tests.everything.stage import Stage

Build = Callable[[Stage], Any]
KEY: Final = "safety.danger_caveats"
NEVER: Final = "protection.emergency_referral"  # no operator may take it away
GATED: Final = "content.explicit"  # only with an attestation
NEAR: Final = "course.near_ships"


class Whose(Enum):
    """Whose things a door reaches, so what a stranger meets."""

    NAMED = auto()  # what its address or first argument names: not there for strangers
    OWN = auto()  # the organization that one acts in or one's own account, and nothing of anybody else's
    INSTALLATION = auto()  # everybody's: for stewards, and forbidden to all others
    NOBODYS = auto()  # whoever is asking, or the program itself


@dataclass(frozen=True)
class Bookkeeping:
    """Writes that are nobody's act, so no entry tells of them. They reach these tables alone."""

    why: str
    tables: frozenset[str]

    @classmethod
    def of(cls, why: str, *models: str) -> Bookkeeping:
        return cls(why, frozenset(f"profiles_{name}" for name in models))


def no_value(stage: Stage) -> Any:
    """For doors that carry no value of a behavior."""
    raise AssertionError("this door carries no value")


def nothing(stage: Stage) -> None:
    """Nothing must have happened."""


@dataclass(frozen=True)
class Line:
    by: str  # a role of acme
    given: Build
    outside: Build = no_value
    first: Callable[[Stage], object] = nothing
    whose: Whose = Whose.NAMED
    quiet: bool = False  # changes no row of profiles
    republishes: bool = False  # what is active is published again, inside other limits
    leaves: str = "done"  # the outcome of its entry
    goes_on: bool = False  # with the next thing where one fails, which is tried again later
    bookkeeping: Bookkeeping | None = None
    never: bool = False  # refused to everybody, which is on record


def given_now(value: Any, stage: Stage) -> Any:
    """What must be read from the rows as they are then is written as a function of the stage."""
    return value(stage) if callable(value) else value


def form(**fields: Any) -> Build:
    """What a page sends."""
    return lambda stage: {name: given_now(value, stage) for name, value in fields.items()}


def on(thing: Any, **keywords: Any) -> Build:
    """What an action is about, the name of a row of the stage or else the thing itself, and its keywords."""

    def build(stage: Stage) -> tuple[Any, dict[str, Any]]:
        about = getattr(stage, thing, thing) if isinstance(thing, str) else given_now(thing, stage)
        return about, {name: given_now(value, stage) for name, value in keywords.items()}

    return build


def words(*words: Any) -> Build:
    """What a command or a task is called with."""
    return lambda stage: [given_now(word, stage) for word in words]


def after(arrange: Callable[[Stage], object], given: Build) -> Build:
    """``given``, once something has happened."""

    def build(stage: Stage) -> Any:
        arrange(stage)
        return given(stage)

    return build
