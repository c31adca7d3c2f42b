"""The panel of changes: what is different from what is live, what a reviewer will ask, and what submitting does."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final

from django.urls import reverse
from django.utils import dateformat
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from msgspec import structs

from audits.checks.lint import Severity
from audits.models import Check
from profiles import queries
from profiles.access import Actor, Permission
from profiles.actions.drafts import INSTRUCTIONS, WINDOWS
from profiles.errors import DomainError
from profiles.models import Product
from profiles.resolution.diff import Change
from profiles.resolution.types import Decision
from profiles.rulebook.domains import Direction
from profiles.web.pages import above, findings, words
from profiles.web.pages.freshness import worst
from profiles.web.pages.glances import opened_by
from profiles.web.pages.state import State
from profiles.web.pages.states import check_words
from profiles.web.pages.users import field_of, window_words
from profiles.web.presenters.editor import ChangesPanel, Remark
from profiles.web.presenters.parts import DiffLine, Person, Problem, Tag, When

_FEW: Final = 4  # faces beside each other


def build_panel(state: State, actor: Actor, error: DomainError | None = None, note: str = "") -> ChangesPanel:
    lines = _lines(state, actor)
    problems = _problems(state, error)
    blocking = len(state.found.refused) + sum(each.rule.severity is Severity.FIX for each in state.lint)
    edits = sum(state.differs(field) for field in {**state.fields, **state.live_fields})
    return ChangesPanel(
        title=_("Changes in the draft"),
        count=len(lines),
        saved=_saved(state),
        others=_others(state, actor),
        lines=lines,
        problems=problems,
        problems_title=ngettext(
            "%(n)d problem to fix before you submit", "%(n)d problems to fix before you submit", len(problems)
        )
        % {"n": len(problems)},
        refused=error is not None,
        remarks=_remarks(state),
        limits=_limits(state),
        limits_tone="bad" if state.found.refused else "ok",
        known=_known(state),
        note=note,
        note_error=" ".join(error.fields.get("note", [])) if error else "",
        **_submission(state, actor),
        can_discard=actor.may(Permission.EDIT_DRAFT) and bool(edits),
        discards=edits,
        short=ngettext("%(n)d change", "%(n)d changes", len(lines)) % {"n": len(lines)},
        short_problem=_("%(n)d to fix") % {"n": blocking} if blocking else "",
    )


def reaching(panel: ChangesPanel, product: Product, *, all_shown: bool) -> ChangesPanel:
    """The panel tells of all changes, also where a filter hides their rows: then its links lead to the whole page."""
    if all_shown:
        return panel
    page = reverse("product_edit", args=[product.slug])
    return structs.replace(
        panel,
        lines=tuple(structs.replace(line, href=page + line.href) for line in panel.lines),
        problems=tuple(structs.replace(problem, href=page + problem.href) for problem in panel.problems),
    )


def _limits(state: State) -> str:
    blocked, total = len(state.found.refused), len(state.stored.fields)
    text = ngettext(
        "%(inside)d of %(total)d setting inside its window",
        "%(inside)d of %(total)d settings inside their windows",
        total,
    )
    return text % {"inside": total - blocked, "total": total}


# Who was here


def _saved(state: State) -> str:
    if not state.draft.revision:
        return _("Nothing was changed yet.")
    if state.live and state.found.is_empty:
        return _("The draft is the same as version %(number)d, which is active.") % {"number": state.live.number}
    when = When.of(state.draft.updated_at, state.now)
    return _("Draft saved %(when)s. Nothing is live yet.") % {"when": when.shown}


def _others(state: State, actor: Actor) -> str:
    """Who else worked on the draft in the last minutes, and when."""
    edits = [edit for edit in queries.recently(state.hands, state.now) if edit.by_id != actor.id]
    if not edits:
        return ""
    at = dateformat.format(edits[0].at.astimezone(UTC), "H:i")
    more = len(edits) - 1
    if not more:
        return _("%(name)s edited this draft at %(time)s UTC.") % {"name": edits[0].by, "time": at}
    text = ngettext(
        "%(name)s and %(n)d other person edited this draft, last at %(time)s UTC.",
        "%(name)s and %(n)d other people edited this draft, last at %(time)s UTC.",
        more,
    )
    return text % {"name": edits[0].by, "n": more, "time": at}


# What changed


def _lines(state: State, actor: Actor) -> tuple[DiffLine, ...]:
    editable = actor.may(Permission.EDIT_DRAFT)
    lines = [line for change in state.found.changes for line in _of_behavior(state, change, editable=editable)]
    if state.found.text_changed:
        lines.append(_text_line(state, editable=editable))
    return (
        *lines,
        *(structs.replace(line, href=_place_href(state, line)) for line in above.place_lines(state.base, state.stored)),
    )


def _of_behavior(state: State, change: Change, *, editable: bool) -> list[DiffLine]:
    """What changed of a behavior's value, and of what its users may change, each with its own direction."""
    key = change.behavior
    behavior = state.decisions[key].behavior
    tag = Tag("bad", _("Fix")) if key in state.found.refused else None
    if key not in state.found.windows_changed:
        undo = editable and state.differs(key)
        return [words.diff_line(change, behavior, href=f"#{key}", tag=tag, undo=undo)]
    lines = [_users_line(state, change, editable=editable)]
    if change.before != change.after:
        domain = behavior.domain
        direction = domain.direction(domain.parse(change.before), domain.parse(change.after))
        value = replace(change, user_before=None, user_after=None, direction=direction)
        undo = editable and state.differs(key)
        lines.insert(0, words.diff_line(value, behavior, href=f"#{key}", tag=tag, undo=undo))
    return lines


def _users_line(state: State, change: Change, *, editable: bool) -> DiffLine:
    key = change.behavior
    behavior, field = state.decisions[key].behavior, field_of(key)
    before, after = (window_words(behavior.domain, each.get(field)) for each in (state.live_fields, state.fields))
    direction = _users_direction(state, key, change)
    return DiffLine(
        _("%(name)s: what users may change") % {"name": behavior.name},
        field,
        href=f"#{key}",
        before=before,
        after=after,
        direction=direction.value,
        direction_text=words.direction_words(direction),
        tag=Tag("bad", _("Fix")) if field in state.found.refused else None,
        undo=editable,
    )


def _users_direction(state: State, key: str, change: Change) -> Direction:
    domain = state.decisions[key].behavior.domain
    if change.user_before is None or change.user_after is None:
        return change.direction
    ends = (
        (domain.parse(change.user_before[end]), domain.parse(change.user_after[end])) for end in ("floor", "ceiling")
    )
    return Direction.overall(domain.direction(before, after) for before, after in ends)


def _text_line(state: State, *, editable: bool) -> DiffLine:
    before, after = state.found.instructions_before, state.found.instructions_after
    fix = any(each.rule.severity is Severity.FIX for each in state.lint)
    return DiffLine(
        name=_("Instructions"),
        key=INSTRUCTIONS,
        href="#instructions",
        before=_("%(n)d characters") % {"n": len(before)},
        after=_("%(n)d characters") % {"n": len(after)},
        direction="mixed",
        direction_text=_("own text: no order"),
        tag=Tag("bad", _("Fix")) if fix else None,
        undo=editable,
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


# What must be fixed, and what will be asked


def _problems(state: State, error: DomainError | None) -> tuple[Problem, ...]:
    found = [
        Problem(_("%(name)s: %(why)s") % {"name": _name(state, field), "why": clamp.because}, _href(field))
        for field, clamp in state.found.refused.items()
    ]
    found += [
        Problem(_("Instructions: %(why)s") % {"why": findings.sentence(each)}, "#c-instructions")
        for each in state.lint
        if each.rule.severity is Severity.FIX
    ]
    if error is not None and not (found and any(name != "note" for name in error.fields)):
        at_note = " ".join(error.fields.get("note", []))
        text = _("Why these changes? %(problem)s") % {"problem": at_note} if at_note else error.message
        found.append(Problem(text, "#note" if at_note else "#ch-h"))
    return tuple(found)


def _name(state: State, field: str) -> str:
    key = field.removeprefix(WINDOWS)
    name = state.decisions[key].behavior.name if key in state.decisions else key
    return _("%(name)s, what users may change") % {"name": name} if field.startswith(WINDOWS) else name


def _href(field: str) -> str:
    return f"#{field.removeprefix(WINDOWS)}"


def _remarks(state: State) -> tuple[Remark, ...]:
    said = [
        Remark(
            findings.TONES[each.rule.severity],
            str(findings.TAGS[each.rule.severity]),
            _("Instructions"),
            "#c-instructions",
            findings.sentence(each),
            findings.why(each),
        )
        for each in state.lint
        if each.rule.severity is not Severity.FIX
    ]
    attested = [each for decision in state.decisions.values() if (each := _attested(state, decision))]
    partly = [each for key in sorted(state.draft.settings) if state.differs(key) and (each := _partly(state, key))]
    return tuple(sorted([*said, *attested, *partly], key=lambda each: each.tone != "warn"))


def _attested(state: State, decision: Decision) -> Remark | None:
    """A value that holds only as long as an attestation does: where that ends soon, it is something to explain, and
    else a note beside a change of it."""
    claim = opened_by(state, decision)
    soon = claim is not None and claim.ends_at < state.now + queries.REMIND_BEFORE
    if claim is None or not (soon or state.differs(decision.behavior.key)):
        return None
    text = _("Holds until %(until)s, when its attestation ends. Then it falls back by itself.")
    return Remark(
        "warn" if soon else "note",
        str(findings.TAGS[Severity.EXPLAIN if soon else Severity.NOTE]),
        decision.behavior.name,
        f"#{decision.behavior.key}",
        text % {"until": When.of(claim.ends_at, state.now).shown},
    )


def _partly(state: State, key: str) -> Remark | None:
    """A setting that some of the platforms which state it do not honor."""
    stating = {name: each for name, each in state.found.after.items() if key in each.decisions}
    clamps = {name: each.clamp_of(key) for name, each in stating.items()}
    refusing = [words.platform_words(name) for name, clamp in clamps.items() if clamp]
    if not refusing or len(refusing) == len(clamps) or key not in state.decisions:
        return None
    text = _("Does not hold on %(platforms)s. Clients of the others get it.") % {"platforms": ", ".join(refusing)}
    name = state.decisions[key].behavior.name
    return Remark("note", str(findings.TAGS[Severity.NOTE]), name, f"#{key}", text)


def _known(state: State) -> str:
    """What was checked of what is active, what runs say of it, and that no more is known."""
    return " ".join([_checked(state), *_tested(state)])


def _tested(state: State) -> tuple[str, ...]:
    found = worst(state.shown, state.now) if state.shown else None
    return (found.text,) if found and found.when else (_("Behavior is not tested."),)


def _checked(state: State) -> str:
    live, said = state.live, state.bench.check
    if live is None:
        return _("Nothing is active yet, so nothing was checked.")
    if said is None:
        return _("Version %(number)d, which is active, was not checked.") % {"number": live.number}
    check = Check(state=said["state"], passed=said["passed"], total=said["total"])
    _tone, result = check_words(check)
    finished = _moment(said["finished_at"])
    when = When.of(finished, state.now).shown if finished else ""
    text = (
        _("Limits check of version %(number)d, %(when)s: %(result)s.")
        if when
        else _("Limits check of version %(number)d: %(result)s.")
    )
    return text % {"number": live.number, "when": when, "result": result}


def _moment(raw: Any) -> datetime | None:
    found = parse_datetime(raw) if isinstance(raw, str) else raw
    return found.replace(tzinfo=UTC) if isinstance(found, datetime) and found.tzinfo is None else found


# Submitting


def _submission(state: State, actor: Actor) -> dict[str, Any]:
    # Nobody reviews what they wrote: not who submits, and not who edited any of it.
    work = {
        actor.id,
        *queries.writers_of(state.draft, state.live, state.hands, facts_changed=state.found.facts_changed),
    }
    members = queries.may_review(state.product.organization, state.now)
    reviewers = [member.user.name for member in members if f"user:{member.user_id}" not in work]
    return {
        "reviewers": tuple(Person.of(name) for name in reviewers[:_FEW]),
        "approvals": " ".join(_approvals(place.name, place.approvals_needed) for place in state.bench.environments),
        "approvers": _("%(names)s. Not you.") % {"names": ", ".join(reviewers)}
        if reviewers
        else _("Nobody else may review yet. Four eyes need a second person: ask an administrator to add an approver."),
        "at_once": _at_once(state),
        "submit_label": _("Submit for review"),
        "can_submit": actor.may(Permission.SUBMIT),
        "cannot_submit": _("Submitting needs an editor."),
    }


def _approvals(name: str, needed: int) -> str:
    text = ngettext("%(environment)s: %(n)d approval.", "%(environment)s: %(n)d approvals.", needed)
    return text % {"environment": name, "n": needed}


def _at_once(state: State) -> str:
    """Where what only gets stricter may go live before somebody reviewed it."""
    places = [place.name for place in state.bench.environments if place.tightening_at_once]
    only_stricter = state.found.direction is Direction.TIGHTENING and not state.found.facts_changed
    if not places or not only_stricter or state.live is None:
        return ""
    text = _(
        "This only gets stricter: once submitted it may go live at once in %(places)s, and is reviewed afterwards."
    )
    return text % {"places": ", ".join(places)}
