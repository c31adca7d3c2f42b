"""Bringing probes in: a file of this program, of Inspect or of promptfoo, or the examples of an imported document."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Self

from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.utils.translation import ngettext

from audits import queries as audit_queries
from audits.checks.probes import Direction
from audits.conformance import suites as found
from audits.web.pages.conformance import words
from audits.web.pages.suites.shelf import crumbs
from audits.web.pages.suites.suite import draft_choices
from audits.web.presenters.suites import ImportPage, SectionLine
from audits.web.presenters.trail import Choice
from profiles import queries
from profiles.access import Actor
from profiles.models import SourceDocument
from profiles.web.pages.typed import TypedForm, texts
from profiles.web.presenters.parts import Crumb

SOURCE: Final = "source"  # the form of what is no file but a document that is here
FORMATS: Final = {
    "brightline": lazy("Brightline's own form (TOML or JSON)"),
    "inspect": lazy("Dataset of Inspect (JSON Lines, JSON or CSV)"),
    "promptfoo": lazy("Tests of promptfoo (YAML)"),
    SOURCE: lazy("Examples of an imported source document"),
}
_FIELDS: Final = ("form", "slug", "title", "behavior", "direction", "draft", "document")


@dataclass(frozen=True, slots=True)
class TypedTaking(TypedForm):
    form: str = "brightline"
    slug: str = ""
    title: str = ""
    behavior: str = ""
    direction: str = Direction.MUST_NOT_DO.value
    draft: str = ""
    document: str = ""
    sections: tuple[str, ...] = ()

    @classmethod
    def read(cls, form: QueryDict) -> Self:
        typed = {name: text.replace("\x00", "") for name, text in texts(form, *_FIELDS).items() if name in form}
        return cls(**typed, sections=tuple(form.getlist("section")[:2_000]))

    def source(self) -> SourceDocument | None:
        """The document that is chosen, if it is one."""
        rows = queries.source_documents()
        return next((row for row in rows if str(row.pk) == self.document), None)


def build_import(actor: Actor, typed: TypedTaking) -> ImportPage:
    documents = found.documents_with_examples()
    chosen = typed.source()
    return ImportPage(
        crumbs=(*crumbs(), Crumb(_("All suites"), reverse("suites")))[:2],
        formats=tuple(Choice(name, str(text), name == typed.form) for name, text in FORMATS.items()),
        drafts=(
            Choice("", _("A new suite"), chosen=not typed.draft),
            *(Choice(each.value, each.label, each.value == typed.draft) for each in draft_choices(found.drafts(actor))),
        ),
        slug=typed.slug,
        title=typed.title,
        behavior=typed.behavior,
        behaviors=tuple(sorted(audit_queries.behavior_names().items())),
        directions=tuple(
            Choice(each.value, str(words.DIRECTIONS[each.value]), each.value == typed.direction) for each in Direction
        ),
        documents=tuple(_document(row, count, chosen) for row, count in documents),
        sections=tuple(_sections(chosen, typed)) if chosen else (),
        document=str(chosen.pk) if chosen else "",
        errors=dict(typed.errors),
        problems=typed.problems("form"),
    )


def _document(row: SourceDocument, count: int, chosen: SourceDocument | None) -> Choice:
    told = {"platform": row.platform, "name": row.name, "date": row.published.isoformat(), "count": examples(count)}
    label = _("%(platform)s, %(name)s of %(date)s: %(count)s") % told
    return Choice(str(row.pk), label, row == chosen)


def examples(count: int) -> str:
    return ngettext("%(n)s example", "%(n)s examples", count) % {"n": words.number(count)}


def _sections(row: SourceDocument, typed: TypedTaking) -> Iterator[SectionLine]:
    cited, names = found.citing_behaviors(row), audit_queries.behavior_names()
    titles = {section.id: section.title for section in queries.source_outline(row).sections}
    for section, count in found.section_counts(row).items():
        key = cited.get(section, "")
        yield SectionLine(
            section, titles.get(section, section), examples(count), names.get(key, key), section in typed.sections
        )
