"""A published suite: its probes by behavior and direction, its numbers, and each probe by itself."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _

from audits import queries as audit_queries
from audits.checks.grading.trying import Tried, tried
from audits.checks.probes import Direction, Probe, Suite
from audits.checks.probes.dump import dump_probe
from audits.conformance import suites as found
from audits.conformance.suite_files import TYPES
from audits.models import Suite as Row
from audits.models import SuiteDraft
from audits.web.pages.conformance import words
from audits.web.pages.conformance.visible import pieces
from audits.web.pages.suites import words as said
from audits.web.pages.suites.shelf import crumbs, new_suite, problems
from audits.web.pages.suites.typed import TypedSuite
from audits.web.presenters.suites import (
    BehaviorGroup,
    DirectionGroup,
    ExampleView,
    NumberLine,
    ProbeLine,
    ProbePage,
    SuitePage,
    VariantView,
)
from audits.web.presenters.trail import Choice
from profiles.access import Actor, Permission
from profiles.web.presenters.parts import Action, Crumb, When


def build_suite(actor: Actor, row: Row, typed: TypedSuite, now: datetime) -> SuitePage:
    suite, numbers = found.read(row), found.numbers(actor, row)
    drafts = found.drafts(actor) if actor.may(Permission.EDIT_SUITE) else []
    own = next((draft for draft in drafts if draft.slug == row.slug), None) if row.organization_id else None
    may = actor.may(Permission.EDIT_SUITE)
    return SuitePage(
        crumbs=crumbs(),
        title=row.title,
        name=str(row),
        note=suite.note,
        owner=_("Of your organization") if row.organization_id else _("Ships with the program"),
        digest=row.digest,
        totals=_totals(suite),
        groups=tuple(_groups(row, suite)),
        untestable=tuple(_untestable(suite)),
        numbers=tuple(_numbers(numbers, row, now)),
        files=tuple(_files(row)),
        copy_href=reverse("suite_copy", args=[row.pk]) if may else "",
        drafts=draft_choices(drafts),
        form=new_suite(typed),
        edit=Action(_("Its draft"), reverse("suite_draft", args=[own.pk]), "list") if own else None,
        go_on=may and bool(row.organization_id) and own is None and numbers[0].pk == row.pk,
        problems=problems(typed, "copy"),
    )


def draft_choices(drafts: list[SuiteDraft]) -> tuple[Choice, ...]:
    return tuple(Choice(str(draft.pk), draft.title, chosen=False) for draft in drafts)


def _totals(suite: Suite) -> str:
    told = {"probes": words.probes_words(len(suite.probes)), "trials": words.trials_words(suite.trials)}
    return _("%(probes)s, %(trials)s where all of them apply") % told


def _groups(row: Row, suite: Suite) -> Iterator[BehaviorGroup]:
    names = audit_queries.behavior_names()
    for key, probes in found.by_behavior(suite.probes).items():
        yield BehaviorGroup(names.get(key, key), key, tuple(_directions(row, probes)))


def _directions(row: Row, probes: list[Probe]) -> Iterator[DirectionGroup]:
    for direction in Direction:
        lines = tuple(_line(row, probe) for probe in probes if probe.direction is direction)
        if lines:
            yield DirectionGroup(str(words.DIRECTIONS[direction.value]), lines)


def _line(row: Row, probe: Probe) -> ProbeLine:
    return ProbeLine(
        probe.id,
        reverse("suite_probe", args=[row.pk, probe.id]),
        said.kind_words(probe.kind, probe.threshold),
        said.conversations_words(probe),
    )


def _untestable(suite: Suite) -> Iterator[tuple[str, str, str]]:
    names = audit_queries.behavior_names()
    for each in suite.untestable:
        yield names.get(each.behavior, each.behavior), each.behavior, each.because


def _numbers(rows: list[Row], current: Row, now: datetime) -> Iterator[NumberLine]:
    for at, row in enumerate(rows):
        before = rows[at + 1] if at + 1 < len(rows) else None
        yield NumberLine(
            row.number,
            reverse("suite", args=[row.pk]),
            When.of(row.published_at, now),
            row.published_by,
            current=row.pk == current.pk,
            diff_href=reverse("suite_diff", args=[before.pk, row.pk]) if before else "",
        )


def _files(row: Row) -> Iterator[Action]:
    labels = (_("Brightline's own form"), _("Dataset for Inspect"), _("Tests for promptfoo"))
    for form, label in zip(TYPES, labels, strict=True):
        yield Action(label, reverse("suite_file", args=[row.pk, form]), "download")


# One probe


def build_probe(actor: Actor, row: Row, probe: Probe, typed: TypedSuite) -> ProbePage:
    suite = found.read(row)
    drafts = found.drafts(actor) if actor.may(Permission.EDIT_SUITE) else []
    questions = {name: question.text for name, question in suite.questions.items()}
    return ProbePage(
        crumbs=(*crumbs(), Crumb(str(row), reverse("suite", args=[row.pk]))),
        id=probe.id,
        name=audit_queries.behavior_names().get(probe.behavior, probe.behavior),
        key=probe.behavior,
        direction=str(words.DIRECTIONS[probe.direction.value]),
        facts=tuple(_facts(probe)),
        variants=tuple(
            VariantView(str(said.STYLES[each.style]), each.lang, tuple(map(pieces, each.turns)))
            for each in probe.variants
        ),
        fails=tuple(map(said.rule_view, probe.grade.fail_if)),
        passes=tuple(map(said.rule_view, probe.grade.pass_if)),
        judge=_judge(probe),
        examples=tuple(map(example_view, tried(dump_probe(probe), questions))),
        copy_href=reverse("suite_copy", args=[row.pk]) if actor.may(Permission.EDIT_SUITE) else "",
        drafts=draft_choices(drafts),
        form=new_suite(typed),
        problems=problems(typed, "copy"),
    )


def _facts(probe: Probe) -> Iterator[tuple[str, str]]:
    yield _("What counts"), said.kind_words(probe.kind, probe.threshold)
    yield _("How often"), said.conversations_words(probe)
    yield _("Source"), f"{probe.source.document}, {probe.source.section}"
    yield _("Author"), probe.author
    applies = probe.applies_if
    listed = [f"{key} = {' / '.join(names)}" for key, names in {**applies.values, **applies.facts}.items()]
    if listed:
        yield _("Applies where"), "; ".join(listed)
    if applies.without_topics:
        yield _("Says nothing where a topic touches"), ", ".join(applies.without_topics)


def _judge(probe: Probe) -> str:
    if probe.grade.judge is None:
        return ""
    words_of = (
        _("%(question)s It passes with yes.") if probe.grade.judge.pass_when else _("%(question)s It passes with no.")
    )
    return words_of % {"question": probe.grade.judge.text}


def example_view(each: Tried) -> ExampleView:
    """An example as it is graded, the words that decide marked."""
    name = ("judged_" if each.example.by_judge else "") + ("pass" if each.example.passes else "fail")
    _tone, text = said.SAID[each.graded.outcome.value]
    spans = [(span.turn, (span.start, span.end)) for span in each.graded.spans]
    turns = []
    for at, turn in enumerate(each.transcript.turns):
        is_model = turn.role == "assistant"
        marked = pieces(turn.text, [span for on, span in spans if on == at])
        turns.append((_("Model") if is_model else _("User"), "model" if is_model else "user", marked))
    return ExampleView(
        wanted=str(said.EXAMPLES[name]),
        said=str(text),
        tone="ok" if each.is_right else "bad",
        turns=tuple(turns),
        reason=" ".join(words.reason_words(each_) for each_ in each.graded.reasons),
        is_right=each.is_right,
    )


__all__ = ["build_probe", "build_suite", "draft_choices", "example_view"]
