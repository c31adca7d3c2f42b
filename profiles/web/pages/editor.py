"""From a draft to the editor's page: its groups and rows, the filter, and the operator's own text."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from profiles.access import Actor, Permission
from profiles.actions.drafts import INSTRUCTIONS, MAX_INSTRUCTIONS
from profiles.errors import DomainError, StaleDraft
from profiles.models import Product
from profiles.rulebook.model import Stance
from profiles.web.pages import words
from profiles.web.pages.changes import build_panel, reaching
from profiles.web.pages.findings import checked_words, lint_messages
from profiles.web.pages.glances import Glance, by_group, glances, tally
from profiles.web.pages.rows import RowBuilder
from profiles.web.pages.state import Refused, State
from profiles.web.pages.states import crumbs
from profiles.web.pages.users import clash
from profiles.web.presenters.editor import (
    Bulk,
    EditorPage,
    Filter,
    FilterOption,
    Group,
    Instructions,
    LockedRow,
    Row,
    segments,
)
from profiles.web.presenters.parts import Message, Pill

CHOICES: Final = (
    ("strictest", gettext_lazy("the strictest that is allowed")),
    ("default", gettext_lazy("the default")),
    ("live", gettext_lazy("what is active now")),
)


def build_editor(
    state: State,
    actor: Actor,
    *,
    query: str = "",
    show: str = "",
    keys: Iterable[str] | None = None,
    refused: Refused | None = None,
    opened: str = "",
    submit_error: DomainError | None = None,
    note: str = "",
    bulk: Mapping[str, Any] | None = None,
) -> EditorPage:
    """The page for one person.

    Args:
        query, show: narrow the rows, never the panel.
        keys: the only rows to build, where an answer needs no others.
        opened: the behavior of which the users' window is shown.
    """
    editable = actor.may(Permission.EDIT_DRAFT)
    several = Bulk(_choices(state), **(bulk or {})) if editable else None
    picked = several.picked if several and several.open else None
    builder = RowBuilder(state, actor, editable=editable, refused=refused, opened=opened, picked=picked)
    found = glances(state)
    wanted = found.keys() if keys is None else found.keys() & set(keys)
    if query or show:
        wanted = {key for key in wanted if found[key].matches(query, show)}
    product = state.product
    return EditorPage(
        slug=product.slug,
        product=product.name,
        crumbs=crumbs(product),
        pills=_pills(state),
        lead=_(
            "What %(product)s always does, never does, and does unless told otherwise. "
            "Nothing changes for its users before somebody else approved it."
        )
        % {"product": product.name},
        seen=state.draft.revision,
        provenance=segments(_provenance(found, product)),
        provenance_label=_("Where the %(count)d values come from") % {"count": len(found)},
        filter=_filter(found, query, show),
        groups=_groups(state, found, {key: builder.build(key) for key in found if key in wanted}, bool(query or show)),
        panel=reaching(build_panel(state, actor, submit_error, note), product, all_shown=not (query or show)),
        instructions=_instructions(state, refused, editable=editable),
        editable=editable,
        banner=None if editable else Message("note", _("You may read this draft. Changing it needs an editor.")),
        history_href=reverse("versions", args=[product.slug]),
        place_href=reverse("product_place", args=[product.slug]),
        copy_href=reverse("draft_copy", args=[product.slug]) if editable else "",
        bulk=several,
    )


def _choices(state: State) -> tuple[tuple[str, str], ...]:
    return tuple((value, str(label)) for value, label in CHOICES if state.live or value != "live")


def _pills(state: State) -> tuple[Pill, ...]:
    live = Pill("live", _("v%(number)d active") % {"number": state.live.number}) if state.live else None
    draft = None if state.found.is_empty else Pill("draft", _("Draft"))
    return tuple(pill for pill in (live, draft) if pill)


# Groups and filter

_COMPACT: Final = ("never", "always")
_DESCRIPTIONS: Final = {
    "never": gettext_lazy("Bright lines. The same for every product, and nobody can switch them off."),
    "always": gettext_lazy("Protections. They stay in every profile, whatever an operator configures."),
    "protection": gettext_lazy("Not every platform fixes these. Where one leaves a choice, make it with care."),
    "limits": gettext_lazy("How the layers stand to each other."),
    "honesty": gettext_lazy("Truthfulness is fixed. How much is volunteered is yours to decide."),
    "safety": gettext_lazy("Sensible for most products. Loosen with a reason that your approvers can follow."),
    "content": gettext_lazy("What may be written. Some of it needs an attestation first."),
    "topics": gettext_lazy("Keep the product on its job, and say how contested questions are handled."),
    "tone": gettext_lazy("How the product speaks, and as whom."),
    "disclosure": gettext_lazy("What users are told about whom they talk to."),
    "agents": gettext_lazy("What the model may do on its own in your systems."),
    "filters": gettext_lazy("The vendor's own output filters. They act on what is sent, not on what the model does."),
}


def _groups(
    state: State, found: Mapping[str, Glance], rows: Mapping[str, Row | LockedRow], narrowed: bool
) -> tuple[Group, ...]:
    """All groups; of a narrowed page those in which something is left."""
    groups = tuple(_group(state, name, members, rows, narrowed) for name, members in by_group(found).items())
    return tuple(group for group in groups if group.rows or group.silent) if narrowed else groups


def _group(
    state: State, name: str, members: Mapping[str, Glance], rows: Mapping[str, Row | LockedRow], narrowed: bool
) -> Group:
    spoken = {key: glance for key, glance in members.items() if not glance.silent}
    silent = tuple(row for key, row in rows.items() if key in members.keys() - spoken.keys() and row.locked)
    changed = sum(glance.changed for glance in spoken.values())
    locked = sum(glance.locked for glance in spoken.values())
    parts = [ngettext("%(n)d behavior", "%(n)d behaviors", len(members)) % {"n": len(members)}]
    if changed:
        parts.append(_("%(n)d changed") % {"n": changed})
    if locked:
        parts.append(_("all locked") if locked == len(spoken) else _("%(n)d locked") % {"n": locked})
    return Group(
        id=f"g-{name}",
        name=words.group_words(name),
        description=str(_DESCRIPTIONS.get(name, "")),
        count=" · ".join(parts),
        size=len(members),
        rows=tuple(row for key, row in rows.items() if key in spoken),
        changed=bool(changed),
        compact=name in _COMPACT and locked == len(spoken),
        silent=silent,  # type: ignore[arg-type]
        silent_title=_silent_title(state, [glance for glance in members.values() if glance.silent]),
        silent_open=narrowed,
    )


def _silent_title(state: State, silent: list[Glance]) -> str:
    """What is folded away, in a line: "2 left to judgement, 12 not addressed by these platforms"."""
    judged = sum(glance.behavior.stance is Stance.JUDGEMENT for glance in silent)
    one = len(state.revisions) == 1
    name = words.platform_words(next(iter(state.revisions), ""))
    parts = [_("%(n)d left to the model's judgement") % {"n": judged}] if judged else []
    if rest := len(silent) - judged:
        text = _("%(n)d not addressed by %(platform)s") if one else _("%(n)d not addressed by these platforms")
        parts.append(text % {"n": rest, "platform": name})
    return ", ".join(parts)


def _filter(found: Mapping[str, Glance], query: str, show: str) -> Filter:
    counts = tally(found)
    options = (("", _("All")), ("editable", _("Editable")), ("changed", _("Changed")), ("locked", _("Locked")))
    return Filter(
        query=query,
        placeholder=_("Filter %(count)d behaviors") % {"count": len(found)},
        options=tuple(FilterOption(value, label, counts[value], value == show) for value, label in options),
        empty=_("No behavior matches. Try another word, or show all."),
    )


def _provenance(found: Mapping[str, Glance], product: Product) -> tuple[tuple[str, str, int, str], ...]:
    names = (
        ("locked", _("Locked")),
        ("default", _("Platform default")),
        ("organization", _("Organization")),
        ("set", _("Set here")),
        ("attested", _("Attested")),
    )
    here, counts = reverse("product_edit", args=[product.slug]), tally(found)
    return tuple((kind, label, counts[kind], f"{here}?show={kind}") for kind, label in names)


# Instructions


def _instructions(state: State, refused: Refused | None, *, editable: bool) -> Instructions:
    mine = refused if refused and refused.field == INSTRUCTIONS else None
    stale = mine is not None and isinstance(mine.error, StaleDraft)
    text = str(mine.wanted) if mine else state.draft.instructions
    problems = (Message("bad", mine.error.message, lead=_("Not saved:")),) if mine and not stale else ()
    return Instructions(
        text=text,
        limit=MAX_INSTRUCTIONS,
        hint=_("At most %(most)d characters. They instruct the model; they do not enforce anything.")
        % {"most": MAX_INSTRUCTIONS},
        changed=state.found.text_changed,
        messages=problems or lint_messages(state.lint),
        conflict=clash(mine, state.now, str) if mine and stale else None,
        editable=editable,
        can_undo=editable and state.live is not None and state.differs(INSTRUCTIONS),
        checked="" if mine else checked_words(state.draft.instructions, state.lint),
    )
