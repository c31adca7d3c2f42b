"""The difference of two versions, and of two texts."""

from __future__ import annotations

from datetime import datetime
from difflib import SequenceMatcher
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from profiles import queries
from profiles.access import Actor
from profiles.models import Product, Version
from profiles.queries import Difference, Stored
from profiles.web.pages import above, reads, words
from profiles.web.pages.states import crumbs, diff_href
from profiles.web.presenters.parts import Action
from profiles.web.presenters.version import DiffPage

_AROUND: Final = 2  # lines of JSON that are shown before and after a difference
_MOST_LINES: Final = 300  # of a text whose difference is looked for line by line; it costs the square of them


def text_diff(before: str, after: str) -> tuple[tuple[str, str], ...]:
    """Two texts, line by line: (same | del | ins, line)."""
    a, b = before.splitlines(), after.splitlines()
    if max(len(a), len(b)) > _MOST_LINES and a != b:
        return (*(("del", line) for line in a), *(("ins", line) for line in b))
    lines: list[tuple[str, str]] = []
    for kind, a1, a2, b1, b2 in SequenceMatcher(None, a, b, autojunk=False).get_opcodes():
        if kind == "equal":
            lines += [("same", line) for line in a[a1:a2]]
        else:
            lines += [("del", line) for line in a[a1:a2]] + [("ins", line) for line in b[b1:b2]]
    return tuple(lines)


def json_diff(before: str, after: str) -> tuple[tuple[str, str], ...]:
    """Two JSON texts line by line, of what is the same only the lines around a difference."""
    lines = text_diff(before, after)
    changed = [index for index, (kind, _line) in enumerate(lines) if kind != "same"]
    near = {index for at in changed for index in range(at - _AROUND, at + _AROUND + 1)}
    found: list[tuple[str, str]] = []
    for index, line in enumerate(lines):
        if index in near:
            found.append(line)
        elif index - 1 in near and index < len(lines):
            found.append(("gap", "…"))
    return tuple(found)


def diff_page(actor: Actor, product: Product, a: Version, b: Version, now: datetime) -> DiffPage:
    stored = Stored.versions([a, b])
    found = queries.difference(stored[a.pk], stored[b.pk], now)
    count = len({key for resolution in found.after.values() for key in resolution.decisions})
    same = count - len(found.changes)
    place = above.place_lines(stored[a.pk], stored[b.pk])
    text = text_diff(found.instructions_before, found.instructions_after) if found.text_changed else ()
    return DiffPage(
        title=_("Version %(a)d to version %(b)d") % {"a": a.number, "b": b.number},
        crumbs=crumbs(product),
        lead=_diff_lead(found),
        lines=(*place, *words.diff_lines(found)),
        unchanged=ngettext("%(n)d setting is the same.", "%(n)d settings are the same.", same) % {"n": same},
        direction=words.direction_pill(found.direction),
        instructions=text,
        others=_others(actor, product, a, b),
        swap_href=diff_href(product, b.number, a.number) if a.number != b.number else "",
        empty=_("No setting differs."),
    )


def _diff_lead(found: Difference) -> str:
    if found.is_empty:
        return _("Nothing differs.")
    count = len(found.changes)
    sentences = []
    if count:
        line = ngettext("%(n)d setting differs: %(directions)s.", "%(n)d settings differ: %(directions)s.", count)
        sentences.append(line % {"n": count, "directions": words.directions_counted(found.changes)})
    if found.text_changed:
        sentences.append(_("The instructions differ."))
    return " ".join([*sentences, *above.place_sentences(found)])


def _others(actor: Actor, product: Product, a: Version, b: Version) -> tuple[Action, ...]:
    """Pairs that one may want to see next: each of the two beside its neighbor and beside what is active."""
    live = queries.live_version(product)
    top = reads.newest_number(actor, product)
    wanted = [(b.number - 1, b.number), (b.number, b.number + 1)]
    wanted += [(live.number, b.number)] if live else []
    shown = {(a.number, b.number), (b.number, a.number)}
    pairs = [pair for pair in dict.fromkeys(wanted) if pair not in shown and 0 < pair[0] != pair[1] <= top]
    return tuple(
        Action(
            _("Version %(a)d to version %(b)d") % {"a": first, "b": second},
            diff_href(product, first, second),
            "compare",
        )
        for first, second in pairs
    )
