"""From a draft to the editor's page: which row each behavior is, what it says, and what the panel must tell."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import Any, Final

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from profiles import queries
from profiles.access import Actor, Permission, roles_with
from profiles.actions.drafts import INSTRUCTIONS, MAX_INSTRUCTIONS
from profiles.errors import DomainError, StaleDraft
from profiles.models import Draft, Product, RulebookRevision, Version
from profiles.queries import Difference, Stored
from profiles.resolution.diff import Change
from profiles.resolution.types import Attestation, Decision
from profiles.rulebook.domains import Domain
from profiles.rulebook.model import Behavior, Kind, Stance
from profiles.web.pages import above, rows, words
from profiles.web.pages.states import crumbs
from profiles.web.presenters.editor import (
    ChangesPanel,
    Conflict,
    EditorPage,
    Filter,
    FilterOption,
    Group,
    Instructions,
    LockedRow,
    Row,
    segments,
)
from profiles.web.presenters.parts import DiffLine, Message, Person, Pill, Problem, Tag, When


@dataclass(frozen=True)
class Refused:
    """A write that was not taken: what was wanted (raw, and as it was typed) and why not."""

    field: str
    wanted: Any
    typed: tuple[str, ...]
    error: DomainError


@dataclass(frozen=True)
class State:
    """A draft with everything that the page says about it."""

    product: Product
    draft: Draft
    live: Version | None
    base: Stored | None  # what is live
    stored: Stored  # the draft
    found: Difference
    claims: tuple[Attestation, ...]
    now: datetime

    @cached_property
    def revisions(self) -> dict[str, RulebookRevision]:
        return {revision.platform: revision for revision in self.stored.revisions}

    @cached_property
    def platforms(self) -> dict[str, str]:
        """Whose decision stands for each behavior."""
        found: dict[str, dict[str, Decision]] = {}
        for platform, resolution in self.found.after.items():
            for key, decision in resolution.decisions.items():
                found.setdefault(key, {})[platform] = decision
        return {key: above.leading(found[key]) for key in sorted(found)}

    @cached_property
    def decisions(self) -> dict[str, Decision]:
        return {key: self.found.after[platform].decisions[key] for key, platform in self.platforms.items()}

    @cached_property
    def unattested(self) -> dict[str, Decision]:
        """What would hold if no attestation counted; empty where there is none."""
        if not self.claims:
            return {}
        bare = self.stored.resolve(self.now, claims=())
        return {key: bare[platform].decisions[key] for key, platform in self.platforms.items()}

    @cached_property
    def undecided(self) -> dict[str, Behavior]:
        """What every platform is silent about or leaves to the model's judgement. A vendor's filter that no platform of
        this product has does not concern it at all."""
        found: dict[str, Behavior] = {}
        for revision in self.revisions.values():
            for key, item in revision.rulebook().behaviors.items():
                if key not in self.decisions and item.kind is not Kind.FILTER:
                    known = found.setdefault(key, item)
                    found[key] = item if known.stance is not Stance.JUDGEMENT else known
        return found

    def behavior(self, key: str) -> Behavior:
        return self.decisions[key].behavior if key in self.decisions else self.undecided[key]

    @cached_property
    def domains(self) -> dict[str, Domain]:
        return {key: decision.behavior.domain for key, decision in self.decisions.items()}

    def domain(self, key: str) -> Domain | None:
        return self.domains.get(key)

    def raw(self, key: str) -> Any:
        return self.decisions[key].operator_raw

    @cached_property
    def changed(self) -> dict[str, Change]:
        return {change.behavior: change for change in self.found.changes} if self.live else {}


def read_state(product: Product, draft: Draft, now: datetime) -> State:
    live = queries.live_version(product)
    draft.product = product
    base, stored = Stored.version(live) if live else None, Stored.draft(draft)
    claims = queries.claims_of(product)
    found = queries.difference(base, stored, now, claims)
    return State(product, draft, live, base, stored, found, claims, now)


def build_editor(
    state: State,
    actor: Actor,
    *,
    query: str = "",
    show: str = "",
    refused: Refused | None = None,
    submit_error: DomainError | None = None,
    note: str = "",
) -> EditorPage:
    """The page for one person; ``query`` and ``show`` narrow the rows, never the panel."""
    editable = actor.may(Permission.EDIT_DRAFT)
    builder = rows.RowBuilder(state, actor, editable=editable, refused=refused)
    built = {key: builder.build(key) for key in state.decisions}
    built |= {key: builder.advice(behavior) for key, behavior in state.undecided.items()}
    groups = _groups(state, built)
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
        provenance=segments(_provenance(built, product)),
        provenance_label=_("Where the %(count)d values come from") % {"count": len(built)},
        filter=_filter(built, query, show),
        groups=_filtered(groups, query, show),
        panel=_reaching(_panel(state, actor, built, submit_error, note), product, all_shown=not (query or show)),
        instructions=_instructions(state, editable, refused),
        editable=editable,
        banner=None if editable else Message("note", _("You may read this draft. Changing it needs an editor.")),
        history_href=reverse("versions", args=[product.slug]),
        place_href=reverse("product_place", args=[product.slug]),
    )


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


def _groups(state: State, built: Mapping[str, Row | LockedRow]) -> tuple[Group, ...]:
    found: dict[str, list[Row | LockedRow]] = {}
    silent: dict[str, list[LockedRow]] = {}
    for key, row in built.items():
        group = words.group_of(state.behavior(key))
        found.setdefault(group, [])
        if key in state.undecided and isinstance(row, LockedRow):
            silent.setdefault(group, []).append(row)
        else:
            found[group].append(row)
    return tuple(
        _group(state, group, tuple(found[group]), tuple(silent.get(group, ())))
        for group in words.groups()
        if group in found
    )


def _silent_title(state: State, rows: tuple[LockedRow, ...]) -> str:
    """What is folded away, in a line: "2 left to judgement, 12 not addressed by these platforms"."""
    judged = sum(state.undecided[row.key].stance is Stance.JUDGEMENT for row in rows)
    one = len(state.revisions) == 1
    name = words.platform_words(next(iter(state.revisions), ""))
    parts = [_("%(n)d left to the model's judgement") % {"n": judged}] if judged else []
    if rest := len(rows) - judged:
        text = _("%(n)d not addressed by %(platform)s") if one else _("%(n)d not addressed by these platforms")
        parts.append(text % {"n": rest, "platform": name})
    return ", ".join(parts)


def _group(state: State, group: str, members: tuple[Row | LockedRow, ...], silent: tuple[LockedRow, ...]) -> Group:
    changed = sum(1 for row in members if isinstance(row, Row) and row.changed)
    locked = sum(1 for row in members if row.locked)
    size = len(members) + len(silent)
    parts = [ngettext("%(n)d behavior", "%(n)d behaviors", size) % {"n": size}]
    if changed:
        parts.append(_("%(n)d changed") % {"n": changed})
    if locked:
        parts.append(_("all locked") if locked == len(members) else _("%(n)d locked") % {"n": locked})
    return Group(
        id=f"g-{group}",
        name=words.group_words(group),
        description=str(_DESCRIPTIONS.get(group, "")),
        count=" · ".join(parts),
        size=size,
        rows=members,
        changed=bool(changed),
        compact=group in _COMPACT and locked == len(members),
        silent=silent,
        silent_title=_silent_title(state, silent),
    )


def _matches(row: Row | LockedRow, query: str, show: str) -> bool:
    kept = {
        "": True,
        "editable": not row.locked,
        "locked": row.locked,
        "changed": isinstance(row, Row) and row.changed,
        **{
            kind: isinstance(row, Row) and row.provenance.kind == kind
            for kind in ("default", "organization", "set", "attested")
        },
    }.get(show, True)
    text = f"{row.key} {row.name} {row.description}".lower()
    return kept and all(word in text for word in query.lower().split())


def _filtered(groups: tuple[Group, ...], query: str, show: str) -> tuple[Group, ...]:
    if not query and not show:
        return groups
    narrowed = (
        replace(
            group,
            rows=tuple(row for row in group.rows if _matches(row, query, show)),
            silent=tuple(row for row in group.silent if _matches(row, query, show)),
            silent_open=True,
        )
        for group in groups
    )
    return tuple(group for group in narrowed if group.rows or group.silent)


def _filter(built: Mapping[str, Row | LockedRow], query: str, show: str) -> Filter:
    options = (("", _("All")), ("editable", _("Editable")), ("changed", _("Changed")), ("locked", _("Locked")))
    return Filter(
        query=query,
        placeholder=_("Filter %(count)d behaviors") % {"count": len(built)},
        options=tuple(
            FilterOption(value, label, sum(_matches(row, "", value) for row in built.values()), value == show)
            for value, label in options
        ),
        empty=_("No behavior matches. Try another word, or show all."),
    )


def _provenance(built: Mapping[str, Row | LockedRow], product: Product) -> tuple[tuple[str, str, int, str], ...]:
    names = (
        ("locked", _("Locked")),
        ("default", _("Platform default")),
        ("organization", _("Organization")),
        ("set", _("Set here")),
        ("attested", _("Attested")),
    )
    here = reverse("product_edit", args=[product.slug])
    return tuple(
        (kind, label, sum(_matches(row, "", kind) for row in built.values()), f"{here}?show={kind}")
        for kind, label in names
    )


# The panel


def _panel(
    state: State,
    actor: Actor,
    built: Mapping[str, Row | LockedRow],
    error: DomainError | None,
    note: str,
) -> ChangesPanel:
    lines = tuple(_line(state, actor, change) for change in state.found.changes)
    if state.found.text_changed:
        lines = (*lines, _text_line(state, actor))
    lines = (
        *lines,
        *(replace(line, href=_place_href(state, line)) for line in above.place_lines(state.base, state.stored)),
    )
    problems = _problems(state, built, error)
    blocked = len(state.found.refused)
    total = len(state.draft.settings)
    return ChangesPanel(
        title=_("Changes in the draft"),
        count=len(lines),
        saved=_saved(state),
        lines=lines,
        problems=problems,
        problems_title=ngettext(
            "%(n)d problem to fix before you submit", "%(n)d problems to fix before you submit", len(problems)
        )
        % {"n": len(problems)},
        refused=error is not None,
        limits=ngettext(
            "%(inside)d of %(total)d setting inside its window",
            "%(inside)d of %(total)d settings inside their windows",
            total,
        )
        % {"inside": total - blocked, "total": total},
        limits_tone="bad" if blocked else "ok",
        note=note,
        note_error=" ".join(error.fields.get("note", [])) if error else "",
        **_submission(state, actor),
        can_discard=actor.may(Permission.EDIT_DRAFT) and bool(_edits(state)),
        discards=_edits(state),
        short=ngettext("%(n)d change", "%(n)d changes", len(lines)) % {"n": len(lines)},
        short_problem=_("%(n)d to fix") % {"n": blocked} if blocked else "",
    )


def _place_href(state: State, line: DiffLine) -> str:
    """Facts and platforms are changed on their own page; of the rest the rulebooks tell."""
    kind, _dot, name = line.key.partition(".")
    if kind in ("facts", "platforms"):
        return reverse("product_place", args=[state.product.slug])
    if kind == "baseline":
        return reverse("settings_baseline")
    laws = {law.platform: law for law in state.stored.laws}
    revision = {**laws, **state.revisions}.get(name)
    return reverse("rulebook", args=[name, revision.revision]) if revision else reverse("rulebooks")


def _edits(state: State) -> int:
    """How many fields of the draft somebody set differently from what is live."""
    draft, live = state.draft, state.live
    before = {**live.settings, INSTRUCTIONS: live.instructions} if live else {INSTRUCTIONS: ""}
    now = {**draft.settings, INSTRUCTIONS: draft.instructions}
    return sum(before.get(name) != now.get(name) for name in before.keys() | now.keys())


def _submission(state: State, actor: Actor) -> dict[str, Any]:
    environments = list(state.product.organization.environments.all())
    needed = max((environment.approvals_needed for environment in environments), default=1)
    reviewers = [
        member.user
        for member in state.product.organization.members.select_related("user")
        if member.role in set(roles_with(Permission.REVIEW)) and member.user_id != actor.user_id
    ]
    return {
        "reviewers": tuple(Person.of(user.name) for user in reviewers[:4]),
        "submit_note": ngettext("%(n)d approval needed", "%(n)d approvals needed", needed) % {"n": needed},
        "submit_detail": _("%(names)s. Not you.") % {"names": ", ".join(user.name for user in reviewers)}
        if reviewers
        else _("Nobody else may review yet. Four eyes need a second person: ask an administrator to add an approver."),
        "submit_label": _("Submit for review"),
        "can_submit": actor.may(Permission.SUBMIT),
        "cannot_submit": _("Submitting needs an editor."),
    }


def _reaching(panel: ChangesPanel, product: Product, *, all_shown: bool) -> ChangesPanel:
    """The panel tells of all changes, also where a filter hides their rows: then its links lead to the whole page."""
    if all_shown:
        return panel
    page = reverse("product_edit", args=[product.slug])
    return replace(
        panel,
        lines=tuple(replace(line, href=page + line.href) for line in panel.lines),
        problems=tuple(replace(problem, href=page + problem.href) for problem in panel.problems),
    )


def _saved(state: State) -> str:
    if not state.draft.revision:
        return _("Nothing was changed yet.")
    if state.live and state.found.is_empty:
        return _("The draft is the same as version %(number)d, which is active.") % {"number": state.live.number}
    when = When.of(state.draft.updated_at, state.now)
    return _("Draft saved %(when)s. Nothing is live yet.") % {"when": when.shown}


def _line(state: State, actor: Actor, change: Change) -> DiffLine:
    behavior = state.decisions[change.behavior].behavior
    undo = actor.may(Permission.EDIT_DRAFT) and _settable(state, change.behavior)
    return words.diff_line(change, behavior, href=f"#{change.behavior}", tag=_tag(state, change), undo=undo)


def _settable(state: State, key: str) -> bool:
    """Whether the draft itself made the change, so that undoing it here can take it back."""
    live = state.live.settings if state.live else {}
    return bool(state.draft.settings.get(key) != live.get(key))


def _tag(state: State, change: Change) -> Tag | None:
    return Tag("bad", _("Fix")) if change.behavior in state.found.refused else None


def _text_line(state: State, actor: Actor) -> DiffLine:
    before, after = state.found.instructions_before, state.found.instructions_after
    return DiffLine(
        name=_("Instructions"),
        key=INSTRUCTIONS,
        href="#instructions",
        before=_("%(n)d characters") % {"n": len(before)},
        after=_("%(n)d characters") % {"n": len(after)},
        direction="mixed",
        direction_text=_("own text: no order"),
        undo=actor.may(Permission.EDIT_DRAFT),
    )


def _problems(state: State, built: Mapping[str, Row | LockedRow], error: DomainError | None) -> tuple[Problem, ...]:
    found = [
        Problem(
            _("%(name)s: %(why)s") % {"name": built[key].name if key in built else key, "why": clamp.because}, f"#{key}"
        )
        for key, clamp in state.found.refused.items()
    ]
    if error is not None and not (found and any(name.startswith("settings.") for name in error.fields)):
        at_note = " ".join(error.fields.get("note", []))
        text = _("Why these changes? %(problem)s") % {"problem": at_note} if at_note else error.message
        found.append(Problem(text, "#note" if at_note else "#ch-h"))
    return tuple(found)


# Instructions


def _instructions(state: State, editable: bool, refused: Refused | None) -> Instructions:
    mine = refused if refused and refused.field == INSTRUCTIONS else None
    text = str(mine.wanted) if mine else state.draft.instructions
    conflict = None
    notes: tuple[Message, ...] = ()
    if mine and isinstance(mine.error, StaleDraft):
        conflict = Conflict(
            mine.error.message,
            str(mine.error.detail.get("theirs") or ""),
            text,
            (text,),
            int(mine.error.detail.get("revision", state.draft.revision)),
        )
    elif mine:
        notes = (Message("bad", mine.error.message, lead=_("Not saved:")),)
    return Instructions(
        text=text,
        limit=MAX_INSTRUCTIONS,
        hint=_("At most %(most)d characters. They instruct the model; they do not enforce anything.")
        % {"most": MAX_INSTRUCTIONS},
        changed=state.found.text_changed,
        messages=notes,
        conflict=conflict,
        editable=editable,
    )
