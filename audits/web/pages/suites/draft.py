"""A draft of an own suite: what it holds, what is open, and whether it can be published."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final, Self

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from msgspec import Struct

from audits import queries as audit_queries
from audits.checks.probes import MalformedSuite, decode
from audits.checks.probes.compare import compare
from audits.conformance import suites as found
from audits.models import DraftProbe, SuiteDraft
from audits.web.pages.conformance import words
from audits.web.pages.suites.diff import in_words
from audits.web.pages.suites.shelf import crumbs
from audits.web.pages.suites.typed import TypedSuite
from audits.web.presenters.suites import DraftPage, ProbeLine
from profiles.access import Actor, Permission
from profiles.actions.suite_drafts import document_of, newest_of
from profiles.errors import DomainError
from profiles.web.presenters.parts import Action, Message, Pager, Pill, Problem

PROBES: Final = 50  # of one page
_PROBLEMS: Final = 20


class Asked(Struct, frozen=True):
    """Which probes an address asks for."""

    only_open: bool = False
    page: int = 0

    @classmethod
    def of(cls, query: Mapping[str, str]) -> Self:
        page = query.get("page", "")
        number = int(page) if page.isascii() and page.isdecimal() and len(page) < 4 else 0
        return cls(query.get("only") == "open", number)

    def href(self, draft: SuiteDraft, page: int) -> str:
        parts = [*(["only=open"] if self.only_open else []), *([f"page={page}"] if page else [])]
        return reverse("suite_draft", args=[draft.pk]) + (f"?{'&'.join(parts)}" if parts else "")


class Look(Struct, frozen=True):
    """A draft as somebody looks at it, with what was typed of it and what was refused."""

    draft: SuiteDraft
    actor: Actor
    now: datetime
    asked: Asked = Asked()
    typed: TypedSuite | None = None
    refusal: DomainError | None = None


def build_draft(look: Look) -> DraftPage:
    draft, actor, asked = look.draft, look.actor, look.asked
    rows = draft.probes.filter(faults__gt=0) if asked.only_open else draft.probes.all()
    begin = asked.page * PROBES
    shown = list(rows[begin : begin + PROBES + 1])
    total, left = draft.probes.count(), draft.probes.filter(faults__gt=0).count()
    typed = look.typed or TypedSuite(draft.slug, draft.title, draft.note)
    newest = newest_of(draft)
    number = newest.number + 1 if newest else 1
    may_publish = actor.may(Permission.RUN_CHECK)
    forbidden = actor.refusal(Permission.RUN_CHECK)
    return DraftPage(
        pk=draft.pk,
        crumbs=crumbs(),
        title=draft.title,
        name=draft.slug,
        revision=draft.revision,
        title_typed=typed.title,
        note_typed=typed.note,
        state=_state(total, left, number),
        probes=tuple(_line(draft, row) for row in shown[:PROBES]),
        total=words.probes_words(total),
        only_open=asked.only_open,
        filter_href=Asked(not asked.only_open).href(draft, 0) if left or asked.only_open else "",
        pager=Pager(
            "",
            asked.href(draft, asked.page - 1) if asked.page else "",
            asked.href(draft, asked.page + 1) if len(shown) > PROBES else "",
        ),
        report_of=draft.report_of,
        report=tuple((str(path), str(sentence)) for path, sentence in draft.report),
        published=_published(draft),
        difference=_difference(draft),
        may_edit=actor.may(Permission.EDIT_SUITE),
        may_publish=may_publish,
        cannot_publish=forbidden.message if forbidden else "",
        errors=dict(typed.errors),
        problems=tuple(_problems(look)),
        untestable=tuple((each["behavior"], each["because"]) for each in draft.untestable),
    )


def _state(total: int, left: int, number: int) -> Message:
    if not total:
        return Message("note", _("There is no probe yet. Write one, copy some of another suite, or import a file."))
    if left:
        text = ngettext(
            "%(n)s probe is not ready: open it to see what is missing, or which of its examples grade wrong.",
            "%(n)s probes are not ready: open them to see what is missing, or which of their examples grade wrong.",
            left,
        )
        return Message("warn", text % {"n": words.number(left)})
    return Message(
        "ok", _("Every probe is whole and grades its own examples right. It can become number %(n)d.") % {"n": number}
    )


def _line(draft: SuiteDraft, row: DraftProbe) -> ProbeLine:
    key = str(row.body.get("behavior") or "")
    name = audit_queries.behavior_names().get(key, key) or _("no behavior yet")
    pill = Pill("warn", _("not ready")) if row.faults else Pill("ok", _("ready"))
    by = _("%(behavior)s, changed by %(name)s") % {"behavior": name, "name": row.changed_by}
    direction = words.DIRECTIONS.get(str(row.body.get("direction")), "")
    return ProbeLine(row.name, reverse("suite_probe_edit", args=[draft.pk, row.pk]), str(direction), by, pill)


def _published(draft: SuiteDraft) -> Action | None:
    if draft.published is None:
        return None
    label = _("Number %(number)d is published") % {"number": draft.published.number}
    return Action(label, reverse("suite", args=[draft.published.pk]), "check")


def _difference(draft: SuiteDraft) -> str:
    """Against the newest number; empty where there is none, or the draft is not whole yet."""
    newest = newest_of(draft)
    if newest is None or draft.probes.filter(faults__gt=0).exists():
        return ""
    try:
        suite = decode(document_of(draft, newest.number))
    except MalformedSuite:
        return ""
    if suite.digest == newest.digest:
        return _("It says what number %(number)d says.") % {"number": newest.number}
    told = {"number": newest.number, "what": in_words(compare(found.document(newest), suite.document))}
    return _("Against number %(number)d: %(what)s.") % told


def _problems(look: Look) -> list[Problem]:
    if look.refusal is None:
        return []
    if not look.refusal.fields:
        return [Problem(look.refusal.message, "#publish")]
    listed = []
    for path, sentences in look.refusal.fields.items():
        place = f"#{path}" if path in ("title", "note") else _place(look.draft, path)
        listed += [Problem(text if path in ("title", "note") else f"{path}: {text}", place) for text in sentences]
    return listed[:_PROBLEMS]


def _place(draft: SuiteDraft, path: str) -> str:
    """Where a problem is put right: at its probe, named by its id or by its place in the list."""
    at = path.removeprefix("probes[").partition("]")[0]
    row = draft.probes.filter(name=path).first()
    if row is None and path.startswith("probes[") and at.isdecimal():
        row = draft.probes.all()[int(at) : int(at) + 1].first()
    return reverse("suite_probe_edit", args=[draft.pk, row.pk]) if row else "#probes"
