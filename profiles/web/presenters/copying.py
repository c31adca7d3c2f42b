"""Taking settings over from another product or version."""

from __future__ import annotations

from msgspec import Struct

from profiles.web.presenters.parts import Crumb, DiffLine, Message
from profiles.web.presenters.settings import Choice


class NotTaken(Struct, frozen=True):
    name: str
    wanted: str  # the value that the source has
    why: str


class CopyPlan(Struct, frozen=True):
    """``tag`` stands for what would be taken, so that nobody takes something else than was shown."""

    source: str
    tag: str
    title: str  # "3 settings would change"
    same: str  # "4 are the same already."
    lines: tuple[DiffLine, ...]
    refused: tuple[NotTaken, ...] = ()
    refused_title: str = ""
    button: str = ""  # empty: there is nothing to take
    text: bool = False  # the instructions differ, and can be taken too


class CopyPage(Struct, frozen=True):
    """``sources`` are groups of choices: versions of this product, then every other product."""

    slug: str
    product: str
    crumbs: tuple[Crumb, ...]
    seen: int
    sources: tuple[tuple[str, tuple[Choice, ...]], ...]
    plan: CopyPlan | None = None
    error: Message | None = None
