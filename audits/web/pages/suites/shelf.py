"""All suites that an organization can run, and those that it is writing."""

from __future__ import annotations

from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from audits.conformance import reads
from audits.conformance import suites as found
from audits.models import Suite, SuiteDraft
from audits.web.pages.conformance import words
from audits.web.pages.suites.typed import TypedSuite
from audits.web.presenters.suites import NewSuite, ShelfLine, ShelfPage
from profiles.access import Actor, Permission
from profiles.web.presenters.parts import Action, Crumb, Pill, Problem, When


def build_shelf(actor: Actor, typed: TypedSuite, now: datetime) -> ShelfPage:
    suites = reads.suites(actor)
    may = actor.may(Permission.EDIT_SUITE)
    return ShelfPage(
        crumbs=crumbs()[:1],
        drafts=tuple(_draft(row, now) for row in found.drafts(actor)),
        own=tuple(_suite(row, now) for row in suites if row.organization_id),
        shipped=tuple(_suite(row, now) for row in suites if not row.organization_id),
        form=new_suite(typed),
        may_edit=may,
        import_action=Action(_("Import a file"), reverse("suite_import"), "download") if may else None,
        problems=problems(typed, "slug"),
    )


def crumbs() -> tuple[Crumb, ...]:
    return (Crumb(_("Conformance"), reverse("conformance")), Crumb(_("Suites"), reverse("suites")))


def new_suite(typed: TypedSuite) -> NewSuite:
    return NewSuite(typed.slug, typed.title, dict(typed.errors))


def problems(typed: TypedSuite, place: str) -> tuple[Problem, ...]:
    listed = [Problem(text, f"#{name}") for name, text in typed.errors.items()]
    return (*listed, *([Problem(typed.sentence, f"#{place}")] if typed.sentence else []))


def _draft(row: SuiteDraft, now: datetime) -> ShelfLine:
    total, left = row.total, row.open  # type: ignore[attr-defined]
    return ShelfLine(
        href=reverse("suite_draft", args=[row.pk]),
        title=row.title,
        name=row.slug,
        text=words.probes_words(total),
        when=When.of(row.updated_at, now),
        pill=open_pill(total, left),
    )


def open_pill(total: int, left: int) -> Pill:
    if not total:
        return Pill("draft", _("empty"))
    if not left:
        return Pill("ok", _("every probe is ready"))
    return Pill("warn", ngettext("%(n)s probe open", "%(n)s probes open", left) % {"n": words.number(left)})


def _suite(row: Suite, now: datetime) -> ShelfLine:
    return ShelfLine(
        href=reverse("suite", args=[row.pk]),
        title=row.title,
        name=str(row),
        text=words.probes_words(row.probes),
        when=When.of(row.published_at, now),
    )
