"""The difference of two versions, or of a version and the draft: in words, and as JSON."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from msgspec import Struct

from profiles import queries
from profiles.access import Actor
from profiles.models import Draft, Product, Version
from profiles.queries import Difference, Stored
from profiles.web.pages import above, reads, words
from profiles.web.pages.diff import text_diff
from profiles.web.pages.states import crumbs, diff_href, version_href, version_name
from profiles.web.presenters.parts import Action, When
from profiles.web.presenters.version import DiffPage, DiffSide, JsonLine, SettingLine


class Side(Struct, frozen=True):
    """One of the two that are compared. The draft has no number."""

    number: int | None
    name: str
    stored: Stored
    shown: DiffSide


def version_sides(product: Product, a: Version, b: Version, now: datetime) -> tuple[Side, Side]:
    stored = Stored.versions([a, b])
    return _of_version(product, a, stored[a.pk], now), _of_version(product, b, stored[b.pk], now)


def draft_sides(product: Product, a: Version, draft: Draft, now: datetime) -> tuple[Side, Side]:
    name = _("The draft")
    shown = DiffSide(name, reverse("product_edit", args=[product.slug]), _("Nothing of it is live."))
    return _of_version(product, a, Stored.version(a), now), Side(None, name, Stored.draft(draft), shown)


def _of_version(product: Product, row: Version, stored: Stored, now: datetime) -> Side:
    written = _("%(name)s, %(when)s") % {"name": row.author_name, "when": When.of(row.created_at, now).shown}
    name = version_name(row.number)
    return Side(row.number, name, stored, DiffSide(name, version_href(product, row.number), written))


def compare_page(
    actor: Actor, product: Product, sides: tuple[Side, Side], now: datetime, *, as_json: bool = False
) -> DiffPage:
    a, b = sides
    found = queries.difference(a.stored, b.stored, now)
    same = _same(found)
    here = _href(product, a, b)
    text = text_diff(found.instructions_before, found.instructions_after) if found.text_changed else ()
    return DiffPage(
        title=_title(a, b),
        crumbs=crumbs(product),
        lead=_lead(found),
        lines=(*above.place_lines(a.stored, b.stored), *words.diff_lines(found)),
        unchanged=ngettext("%(n)d setting is the same.", "%(n)d settings are the same.", len(same)) % {"n": len(same)},
        direction=words.direction_pill(found.direction),
        instructions=text,
        others=_others(actor, product, a, b),
        swap_href=_href(product, b, a) if b.number and a.number != b.number else "",
        empty=_("No setting differs."),
        sides=(a.shown, b.shown),
        same=same,
        words_href=here,
        json_href=f"{here}?as=json",
        as_json=as_json,
        json=tuple(json_lines(content(a.stored), content(b.stored))) if as_json else (),
    )


def _title(a: Side, b: Side) -> str:
    if b.number is None:
        return _("Version %(a)d to the draft") % {"a": a.number or 0}
    return _("Version %(a)d to version %(b)d") % {"a": a.number or 0, "b": b.number}


def _href(product: Product, a: Side, b: Side) -> str:
    if b.number is None:
        return reverse("version_diff_draft", args=[product.slug, a.number])
    return diff_href(product, a.number or 0, b.number)


def _lead(found: Difference) -> str:
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


def _same(found: Difference) -> tuple[SettingLine, ...]:
    """Every behavior whose value and user window are the same on both sides, with its value."""
    changed = {change.behavior for change in found.changes}
    keys = dict.fromkeys(key for resolution in found.after.values() for key in resolution.decisions)
    lines = []
    for key in keys:
        if key not in changed:
            decisions = {name: each.decisions[key] for name, each in found.after.items() if key in each.decisions}
            decision = decisions[above.leading(decisions)]
            value = words.value_words(decision.behavior.domain, decision.operator_raw)
            lines.append(SettingLine(decision.behavior.name, key, value, above.decided_words(decision)))
    return tuple(sorted(lines, key=lambda line: line.name.casefold()))


def _others(actor: Actor, product: Product, a: Side, b: Side) -> tuple[Action, ...]:
    """Pairs that one may want to see next: each of the two beside its neighbor and beside what is active."""
    if b.number is None:
        return ()
    live = queries.live_version(product)
    top = reads.newest_number(actor, product)
    wanted = [(b.number - 1, b.number), (b.number, b.number + 1)]
    wanted += [(live.number, b.number)] if live else []
    shown = {(a.number, b.number), (b.number, a.number)}
    pairs = [pair for pair in dict.fromkeys(wanted) if pair not in shown and 0 < pair[0] != pair[1] <= top]
    found = [
        Action(
            _("Version %(a)d to version %(b)d") % {"a": first, "b": second},
            diff_href(product, first, second),
            "compare",
        )
        for first, second in pairs
    ]
    draft = reverse("version_diff_draft", args=[product.slug, b.number])
    return (*found, Action(_("Version %(a)d to the draft") % {"a": b.number}, draft, "compare"))


# As JSON


def content(stored: Stored) -> dict[str, Any]:
    """What is stored of one side, as its digest covers it; of the instructions their own digest."""
    text = stored.instructions.encode()
    return {
        "settings": stored.settings,
        "windows": stored.windows,
        "facts": stored.facts,
        "platforms": stored.platforms,
        "baseline": stored.baseline_then,
        "rulebooks": {item.platform: item.digest for item in (*stored.revisions, *stored.laws)},
        "instructions": f"sha256:{hashlib.sha256(text).hexdigest()}" if text else None,
    }


def json_lines(before: Mapping[str, Any], after: Mapping[str, Any], path: str = "") -> Iterator[JsonLine]:
    """Every place at which two JSON objects differ; a place that one of them lacks is empty there."""
    for name in _keys(before, after):
        here, old, new = f"{path}{name}", before.get(name), after.get(name)
        if isinstance(old, Mapping) and isinstance(new, Mapping):
            yield from json_lines(old, new, f"{here}.")
        elif old != new:
            yield JsonLine(here, _dumped(old), _dumped(new))


def _keys(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterable[str]:
    return dict.fromkeys([*before, *sorted(after.keys() - before.keys())])


def _dumped(value: Any) -> str:
    return "" if value is None else json.dumps(value, ensure_ascii=False, indent=2)
