"""The editor of one probe: its form, and whether its examples grade right as it stands there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Final

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from msgspec import Struct
from msgspec.structs import replace

from audits import queries as audit_queries
from audits.checks.grading.trying import tried
from audits.checks.probes import CommitmentKind, Direction, RuleName
from audits.checks.probes.model import On
from audits.models import DraftProbe, SuiteDraft
from audits.web.pages.conformance import words
from audits.web.pages.suites import words as said
from audits.web.pages.suites.shelf import crumbs
from audits.web.pages.suites.suite import example_view
from audits.web.pages.suites.typed import TypedExample, TypedProbe, TypedVariant
from audits.web.presenters.suites import Clash, EditorPage, ExampleForm, Trying, VariantForm
from audits.web.presenters.trail import Choice
from profiles.actions.suite_drafts import faults
from profiles.errors import InvalidInput, StaleDraft
from profiles.web.presenters.parts import Action, Crumb, Message, Problem, When

_TRIED: Final = 100  # examples that are shown


class Look(Struct, frozen=True):
    """A probe in its editor.

    Args:
        row: the stored one; None while it is new.
        stale: that somebody else saved it meanwhile.
    """

    draft: SuiteDraft
    row: DraftProbe | None
    typed: TypedProbe
    now: datetime
    stale: StaleDraft | None = None


def build_editor(look: Look) -> EditorPage:
    draft, typed, row = look.draft, look.typed, look.row
    here = _here(draft, row)
    return EditorPage(
        crumbs=(*crumbs(), Crumb(draft.title, reverse("suite_draft", args=[draft.pk]))),
        title=_("Probe %(name)s") % {"name": row.name} if row else _("New probe"),
        action=here,
        revision=look.stale.detail.get("revision", draft.revision) if look.stale else draft.revision,
        **{name: getattr(typed, name) for name in _PLAIN},
        behaviors=tuple(sorted(audit_queries.behavior_names().items())),
        directions=_choices(((each.value, str(words.DIRECTIONS[each.value])) for each in Direction), typed.direction),
        kinds=_choices(((each.value, str(said.KINDS[each])) for each in CommitmentKind), typed.kind),
        ons=_choices(((On.LAST_TURN.value, _("The last one")), (On.ANY_TURN.value, _("Every one"))), typed.on),
        questions=tuple(draft.questions.values()),
        pass_when=_choices((("yes", _("with yes")), ("no", _("with no"))), typed.pass_when),
        variants=tuple(_variants(typed)),
        examples=tuple(_examples(typed)),
        rules=tuple((name.value, str(said.RULES[name])) for name in RuleName),
        trying=build_trying(draft, typed),
        errors=dict(typed.errors),
        problems=tuple(_problems(typed)),
        remove_href=reverse("suite_probe_remove", args=[draft.pk, row.pk]) if row else "",
        clash=_clash(look, here) if look.stale else None,
    )


_PLAIN: Final = (
    *("id", "behavior", "threshold", "epochs", "document", "section", "author", "values", "facts"),
    *("without_topics", "fail_if", "pass_if", "question", "what"),
)


def _here(draft: SuiteDraft, row: DraftProbe | None) -> str:
    return reverse("suite_probe_edit", args=[draft.pk, row.pk]) if row else reverse("suite_probe_new", args=[draft.pk])


def _choices(pairs: Iterable[tuple[str, str]], chosen: str) -> tuple[Choice, ...]:
    """What an import brought and is no choice stays one, so that saving does not change it unseen."""
    listed = list(pairs)
    if chosen not in [value for value, _label in listed]:
        listed.insert(0, (chosen, chosen or _("Choose one")))
    return tuple(Choice(value, label, value == chosen) for value, label in listed)


def _variants(typed: TypedProbe) -> Iterator[VariantForm]:
    styles = [(style.value, str(text)) for style, text in said.STYLES.items()]
    for at, each in enumerate((*typed.variants, *[TypedVariant()] * _blank(typed, len(typed.variants)))):
        yield VariantForm(at, each.id, each.lang, each.turns, _choices(styles, each.style))


def _examples(typed: TypedProbe) -> Iterator[ExampleForm]:
    kinds = [(kind, str(text)) for kind, text in said.EXAMPLES.items()]
    given = typed.examples or (TypedExample("pass"), TypedExample("fail"))
    for at, each in enumerate((*given, *[TypedExample()] * (typed.blank - 1))):
        yield ExampleForm(at, each.text, _choices(kinds, each.kind))


def _blank(typed: TypedProbe, count: int) -> int:
    """Empty places: one where there is nothing yet, and as many more as were asked for."""
    return typed.blank - 1 if count else typed.blank


def with_room(typed: TypedProbe) -> TypedProbe:
    """The same form with another place for a conversation and a reply."""
    return replace(typed, blank=typed.blank + 1)


def _problems(typed: TypedProbe) -> Iterator[Problem]:
    for name, text in typed.errors.items():
        yield Problem(text, f"#{name}")
    if typed.sentence:
        yield Problem(typed.sentence, "#id")


def _clash(look: Look, here: str) -> Clash:
    detail = look.stale.detail if look.stale else {}
    at = datetime.fromisoformat(detail["at"]) if "at" in detail else None
    theirs = Action(_("Look at theirs"), here, "external") if at else None
    message = look.stale.message if look.stale else ""
    return Clash(message, When.of(at, look.now) if at else None, theirs, detail.get("revision", look.draft.revision))


# Whether the examples grade right


def build_trying(draft: SuiteDraft, typed: TypedProbe) -> Trying:
    """What rules say of each example now, and what else stands in the way of publishing."""
    try:
        written = typed.written()
    except InvalidInput as error:
        listed = tuple((name, text) for name, texts in error.fields.items() for text in texts)
        return Trying(Message("warn", _("This cannot be tried yet.")), listed, ())
    body, questions = _with_question(dict(written.body), written.question, draft.questions)
    examples = tried(body, questions)
    wrong = sum(not each.is_right for each in examples)
    form = [each for each in faults(str(body.pop("id")) or "probe", body, questions) if each.path != "examples"]
    return Trying(
        _message(len(examples), wrong, len(form)),
        tuple((each.path, each.sentence) for each in form),
        tuple(map(example_view, examples[:_TRIED])),
    )


def _with_question(
    body: dict[str, object], question: str, known: Mapping[str, str]
) -> tuple[dict[str, object], dict[str, str]]:
    """The probe with its question under an id that it will only get when it is saved."""
    grade = body.get("grade")
    if not question or not isinstance(grade, dict):
        return body, dict(known)
    name = next((key for key, text in known.items() if text == question), "asked-now")
    return {**body, "grade": {**grade, "judge": {**grade["judge"], "question": name}}}, {**known, name: question}


def _message(examples: int, wrong: int, missing: int) -> Message:
    if wrong:
        text = ngettext(
            "%(n)s example is not graded as you say. Change the rules or the example.",
            "%(n)s examples are not graded as you say. Change the rules or the examples.",
            wrong,
        )
        return Message("bad", text % {"n": words.number(wrong)})
    if missing or not examples:
        return Message("warn", _("Something is missing before this probe can be published."))
    text = ngettext("%(n)s example grades right.", "All %(n)s examples grade right.", examples)
    return Message("ok", text % {"n": words.number(examples)})
