"""Before a version is made from another one: restoring an earlier one, and rebasing a stale one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from profiles import queries
from profiles.access import Actor, Permission
from profiles.actions.carrying import fields_of
from profiles.actions.restoring import effect, rebase_plan, rebase_refusal, replaced, restore_refusal
from profiles.errors import DomainError
from profiles.models import Environment, Product, Version
from profiles.queries import Difference, Stored, active, furthest
from profiles.resolution.merge import INSTRUCTIONS, MINE, THEIRS, WINDOWS, Merge
from profiles.rulebook.domains import Direction, Domain
from profiles.rulebook.model import Behavior
from profiles.web.pages import reads, words
from profiles.web.pages.diff import text_diff
from profiles.web.pages.states import crumbs, version_href, version_name
from profiles.web.presenters.parts import Crumb, Message, Problem
from profiles.web.presenters.version import MergeLine, RebasePage, RestorePage


def restore_page(
    actor: Actor, row: Version, now: datetime, *, error: DomainError | None = None, note: str = ""
) -> RestorePage:
    product = row.product
    current = active(product).values()
    live = replaced(row, current) or furthest(current)
    if live is not None:
        live.product = product
    found = effect(product, fields_of(row), live, now)
    refusal = restore_refusal(row, current) or actor.refusal(Permission.SUBMIT)
    problems, note_error = _problems(None if refusal else error)  # without a form there is nothing to mend
    return RestorePage(
        slug=product.slug,
        number=row.number,
        title=_("Restore version %(number)d") % {"number": row.number},
        lead=_("This submits a new version that says what version %(number)d said. Nothing is live by that alone.")
        % {"number": row.number},
        crumbs=(*crumbs(product), Crumb(version_name(row.number), version_href(product, row.number))),
        compared=_("Compared with version %(number)d, which is active.") % {"number": live.number}
        if live
        else _("Compared with the defaults: nothing is active."),
        direction=words.direction_pill(found.direction),
        lines=words.diff_lines(found, messages=_outside(found)),
        empty=_("No setting differs."),
        instructions=text_diff(found.instructions_before, found.instructions_after) if found.text_changed else (),
        effect=_what_it_needs(found, row, reads.environments(actor)),
        note=note,
        note_error=note_error,
        problems=problems,
        cannot=refusal.message if refusal else "",
    )


def _what_it_needs(found: Difference, row: Version, environments: Iterable[Environment]) -> str:
    at_once = [item.name for item in environments if item.tightening_at_once]
    if found.direction is Direction.TIGHTENING and not found.text_changed and at_once:
        return _("It only makes things stricter, so it may go live at once in %(environments)s.") % {
            "environments": ", ".join(at_once)
        }
    if row.activations.exists():
        return _(
            "It needs approvals like any other. Where version %(number)d was active with approval before, "
            "it may go live without in an emergency."
        ) % {"number": row.number}
    return _("It needs approvals like any other.")


def _outside(found: Difference) -> Any:
    def of(key: str) -> tuple[Message, ...]:
        clamp = found.refused.get(key)
        return (Message("bad", clamp.because, _("Outside its window today:")),) if clamp else ()

    return of


# Rebasing


def rebase_page(
    actor: Actor,
    row: Version,
    *,
    error: DomainError | None = None,
    choices: Mapping[str, str] | None = None,
    note: str = "",
) -> RebasePage:
    product, live = row.product, queries.live_version(row.product)
    refusal = rebase_refusal(row, live) or actor.refusal(Permission.SUBMIT)
    problems, note_error = _problems(None if refusal else error)  # without a form there is nothing to mend
    return RebasePage(
        slug=product.slug,
        number=row.number,
        live=live.number if live else 0,
        title=_("Rebase version %(number)d") % {"number": row.number},
        lead=_rebase_lead(row, live) if live and not refusal else "",
        crumbs=(*crumbs(product), Crumb(version_name(row.number), version_href(product, row.number))),
        lines=_merge_lines(row, live, choices, error) if live and not refusal else (),
        note=note or row.note,
        note_error=note_error,
        problems=problems,
        cannot=refusal.message if refusal else "",
    )


def _rebase_lead(row: Version, live: Version) -> str:
    text = _(
        "Version %(live)d became active after version %(number)d was written. Choose, behavior by behavior, "
        "what the next version says. Nobody has approved that one yet, however little it differs."
    )
    return text % {"live": live.number, "number": row.number}


def _merge_lines(
    row: Version, live: Version, choices: Mapping[str, str] | None, error: DomainError | None
) -> tuple[MergeLine, ...]:
    """What both changed first: somebody must choose."""
    behaviors = _behaviors(row.product, row, live)
    found = sorted(rebase_plan(row, live), key=lambda item: bool(item.suggested))
    return tuple(_merge_line(item, behaviors, row, live, choices, error) for item in found)


def _behaviors(product: Product, *rows: Version) -> dict[str, Behavior]:
    for row in rows:
        row.product = product
    found: dict[str, Behavior] = {}
    for stored in Stored.versions(rows).values():
        found |= stored.behaviors
    return found


def _merge_line(
    item: Merge,
    behaviors: Mapping[str, Behavior],
    row: Version,
    live: Version,
    choices: Mapping[str, str] | None,
    error: DomainError | None,
) -> MergeLine:
    hints = {
        MINE: _("Only version %(number)d changed this.") % {"number": row.number},
        THEIRS: _("Only version %(number)d changed this.") % {"number": live.number},
        "": _("Both changed this."),
    }
    behavior = behaviors.get(item.field.removeprefix(WINDOWS))
    return MergeLine(
        field=item.field,
        name=_name(item.field, behavior),
        base=_shown(item.base, item.field, behavior),
        mine=_shown(item.mine, item.field, behavior),
        theirs=_shown(item.theirs, item.field, behavior),
        chosen=choices.get(item.field, "") if choices is not None else item.suggested,
        hint=hints[item.suggested],
        is_conflict=not item.suggested,
        error=" ".join(error.fields.get(f"choice.{item.field}", [])) if error else "",
    )


def _name(field: str, behavior: Behavior | None) -> str:
    if field == INSTRUCTIONS:
        return _("Instructions")
    name = behavior.name if behavior else field
    return _("%(name)s: what users may change") % {"name": name} if field.startswith(WINDOWS) else name


def _shown(value: Any, field: str, behavior: Behavior | None) -> str:
    if field == INSTRUCTIONS:
        return str(value or "") or _("No text")
    if value is None:
        return _("Not set")
    if behavior is None:
        return str(value)
    if field.startswith(WINDOWS):
        ends = {bound: value.get(bound, default) for bound, default in _widest(behavior.domain).items()}
        return words.window_words(behavior.domain, ends)
    return words.value_words(behavior.domain, value)


def _widest(domain: Domain) -> dict[str, Any]:
    return {"floor": domain.dump(domain.strictest), "ceiling": domain.dump(domain.loosest)}


def _problems(error: DomainError | None) -> tuple[tuple[Problem, ...], str]:
    if error is None:
        return (), ""
    note_error = " ".join(error.fields.get("note", []))
    if note_error:
        return (Problem(note_error, "#note"),), note_error
    named = [
        Problem(error.message, f"#c-{field.removeprefix('choice.')}")
        for field in error.fields
        if field.startswith("choice.")
    ]
    outside = [
        Problem(" ".join(sentences), f"#{field.removeprefix('settings.')}")
        for field, sentences in error.fields.items()
        if field.startswith("settings.")
    ]
    return tuple(named[:1] or outside) or (Problem(error.message, "#main"),), ""
