"""From imported source documents to their pages: what is here, an outline, and what changed for our rulebooks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby, islice, pairwise
from typing import Final
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from profiles import queries
from profiles.access import Actor, Permission
from profiles.actions.revisions import touched_sections
from profiles.errors import DomainError
from profiles.models import RulebookDraft, RulebookRevision, SourceDocument
from profiles.rulebook import revise
from profiles.rulebook.sources import model
from profiles.web.moments import day_words
from profiles.web.pages import words
from profiles.web.pages.sections import Comparison, by_section
from profiles.web.presenters.parts import Action, Crumb, Message, Pill, Problem, When
from profiles.web.presenters.rulebooks import Link
from profiles.web.presenters.sources import (
    ImportForm,
    OpenRevision,
    OutlineRow,
    RulebookWork,
    SectionChange,
    SectionGroup,
    SourceDiffPage,
    SourceLine,
    SourcePage,
    SourceShelf,
    SourcesPage,
    StartForm,
)

MOST_SECTIONS: Final = 500  # of a list; a document of more is none of a vendor

# Ways and names


def crumbs() -> tuple[Crumb, ...]:
    return (Crumb(_("Rulebooks"), reverse("rulebooks")), Crumb(_("Source documents"), reverse("sources")))


def source_title(row: SourceDocument) -> str:
    """ "OpenAI model_spec, 18 Dec 2025"."""
    return _("%(platform)s %(name)s, %(day)s") % {
        "platform": words.platform_words(row.platform),
        "name": row.name,
        "day": day_words(row.published),
    }


def diff_href(before: SourceDocument, after: SourceDocument) -> str:
    return reverse("source_diff", args=[before.pk, after.pk])


def newest_of(platform: str) -> RulebookRevision | None:
    return next(iter(queries.latest_rulebooks([platform])), None)


def behavior_link(revision: RulebookRevision, key: str) -> Link:
    """A behavior in the newest revision of a rulebook."""
    behavior = revision.rulebook().behaviors.get(key)
    here = reverse("rulebook", args=[revision.platform, revision.revision])
    return Link(behavior.name if behavior else key, f"{here}#{key}")


# On the shelf of the rulebooks


def rulebook_work(actor: Actor, now: datetime) -> RulebookWork:
    """What the page of all rulebooks says about the documents below them and the work on next revisions."""
    rows = queries.source_documents()
    shelves = [list(group) for _key, group in groupby(rows, key=_document)]
    text = ngettext("%(n)d imported document.", "%(n)d imported documents.", len(rows)) % {"n": len(rows)}
    if not rows:
        text = _("No document is imported yet.")
        if actor.may(Permission.PUBLISH_RULEBOOK):
            text += " " + _("Import one to see what a new revision of it changes.")
    return RulebookWork(
        text=text,
        sources=Action(_("Source documents"), reverse("sources"), "doc"),
        compare=tuple(
            Action(
                _("What changed in %(name)s, %(day)s") % {"name": shelf[0].name, "day": day_words(shelf[0].published)},
                diff_href(shelf[1], shelf[0]),
                "compare",
            )
            for shelf in shelves
            if len(shelf) > 1
        ),
        revisions=tuple(_open_revision(row) for row in queries.open_revisions()),
    )


def _open_revision(row: RulebookDraft) -> OpenRevision:
    name = words.platform_words(row.platform)
    return OpenRevision(
        href=reverse("revision", args=[row.pk]),
        name=_("Next revision of %(platform)s") % {"platform": name},
        text=_("%(progress)s, started by %(name)s") % {"progress": settled_words(row), "name": row.started_by},
        settled=len(row.affected) - len(row.unsettled),
        total=len(row.affected),
    )


def settled_words(row: RulebookDraft) -> str:
    total = len(row.affected)
    text = ngettext("%(n)d of %(total)d behavior settled", "%(n)d of %(total)d behaviors settled", total)
    return text % {"n": total - len(row.unsettled), "total": total}


def _document(row: SourceDocument) -> tuple[str, str]:
    return row.platform, row.name


# All of them


@dataclass(frozen=True, slots=True)
class TypedImport:
    """What the form held, and why it was refused."""

    platform: str = "openai"
    name: str = "model_spec"
    published: str = ""
    error: DomainError | None = None

    def said(self, field: str) -> str:
        return " ".join(self.error.fields.get(field, ())) if self.error else ""


def build_sources(actor: Actor, typed: TypedImport, now: datetime) -> SourcesPage:
    rows = queries.source_documents()
    drafts = {row.platform: row for row in queries.open_revisions()}
    shelves = [list(group) for _key, group in groupby(rows, key=_document)]
    may = actor.may(Permission.PUBLISH_RULEBOOK)
    return SourcesPage(
        crumbs=crumbs()[:1],
        lead=_(
            "The vendors' own documents, as they were published. Rulebooks cite their sections, so a new revision of "
            "a document shows which behaviors need a look."
        ),
        shelves=tuple(_shelf(shelf, drafts.get(shelf[0].platform), now) for shelf in shelves),
        form=_import_form(typed) if may else None,
        problems=tuple(_import_problems(typed)),
    )


def _shelf(rows: Sequence[SourceDocument], draft: RulebookDraft | None, now: datetime) -> SourceShelf:
    older = {after.pk: before for after, before in pairwise(rows)}
    days = Counter(row.published for row in rows)
    rests_on = _rests_on(rows)
    return SourceShelf(
        id=f"{rows[0].platform}-{rows[0].name}",
        platform=words.platform_words(rows[0].platform),
        name=rows[0].name,
        lines=tuple(
            SourceLine(
                published=day_words(row.published),
                published_iso=row.published.isoformat(),
                href=reverse("source", args=[row.pk]),
                digest=row.digest,
                counts=_counts(row),
                imported=When.of(row.imported_at, now),
                imported_by=row.imported_by,
                pills=(
                    *([Pill("live", _("Newest"))] if row == rows[0] else []),
                    *([Pill("neutral", _("Our rulebook rests on it"))] if row.digest == rests_on else []),
                ),
                twin=_("Another text was published under this date: tell them apart by their digests.")
                if days[row.published] > 1
                else "",
                compare=Action(
                    _("What changed since %(day)s") % {"day": day_words(older[row.pk].published)},
                    diff_href(older[row.pk], row),
                    "compare",
                )
                if row.pk in older
                else None,
            )
            for row in rows
        ),
        message=_at_work(draft) if draft and draft.source_after.name == rows[0].name else None,
    )


def _rests_on(rows: Sequence[SourceDocument]) -> str:
    """The digest of the text that the newest rulebook cites, where it says so."""
    book = newest_of(rows[0].platform)
    document = book.document["documents"].get(rows[0].name) if book else None
    return str((document or {}).get("digest", ""))


def _at_work(draft: RulebookDraft) -> Message:
    look = Action(_("Go on with it"), reverse("revision", args=[draft.pk]))
    return Message("note", f"{settled_words(draft)}.", lead=_("The next revision is being settled."), action=look)


def _counts(row: SourceDocument) -> str:
    return ", ".join(
        (
            ngettext("%(n)d section", "%(n)d sections", row.sections) % {"n": row.sections},
            ngettext("%(n)d example", "%(n)d examples", row.examples) % {"n": row.examples},
            ngettext("%(n)d warning", "%(n)d warnings", row.warnings) % {"n": row.warnings},
        )
    )


def _import_form(typed: TypedImport) -> ImportForm:
    lines = tuple(typed.error.fields.get("file", ())) if typed.error else ()
    is_list = typed.error is not None and typed.error.code == "malformed_source"
    return ImportForm(
        platform=typed.platform,
        name=typed.name,
        published=typed.published,
        platform_error=typed.said("platform"),
        name_error=typed.said("name"),
        published_error=typed.said("published"),
        file_error=typed.error.message if is_list and typed.error else typed.said("file"),
        lines=lines if is_list else (),
    )


def _import_problems(typed: TypedImport) -> Iterable[Problem]:
    if typed.error is None:
        return
    if not typed.error.fields or typed.error.code == "malformed_source":
        yield Problem(typed.error.message, "#file")
        return
    for field, sentences in typed.error.fields.items():
        yield Problem(" ".join(sentences), f"#{field}")


# One of them


def build_source(row: SourceDocument, now: datetime) -> SourcePage:
    outline = queries.source_outline(row)
    others = [other for other in queries.source_documents(row.platform, row.name) if other.pk != row.pk]
    return SourcePage(
        title=source_title(row),
        crumbs=crumbs(),
        lead=_("Its sections as they were read, each with who it says may change what it asks for."),
        facts=(
            (_("Sections"), str(len(outline.sections))),
            (_("Examples"), str(len(outline.examples))),
            (_("Commentary"), str(len(outline.commentary))),
            (_("Footnotes"), str(len(outline.footnotes))),
            (_("References between sections"), str(len(outline.links))),
        ),
        digest=row.digest,
        imported=When.of(row.imported_at, now),
        imported_by=row.imported_by,
        rows=tuple(islice(_outline_rows(outline), 4 * MOST_SECTIONS)),
        warnings=tuple(str(warning) for warning in outline.warnings),
        others=tuple(_other(row, other) for other in others),
    )


def _other(row: SourceDocument, other: SourceDocument) -> Link:
    """The difference of two revisions, always from the older one to the newer one."""
    if (other.published, other.pk) < (row.published, row.pk):
        return Link(_("since %(day)s") % {"day": day_words(other.published)}, diff_href(other, row))
    return Link(_("until %(day)s") % {"day": day_words(other.published)}, diff_href(row, other))


def _outline_rows(outline: model.SourceDocument) -> Iterable[OutlineRow]:
    remarks = Counter(item.section for item in outline.commentary)
    examples: dict[str, list[model.Example]] = {}
    for example in outline.examples:
        examples.setdefault(example.section, []).append(example)
    for section in outline.sections:
        count = remarks[section.id]
        yield OutlineRow(
            id=section.id,
            level=section.level,
            title=section.title,
            authority=section.authority or "",
            tags=section.tags,
            examples=_example_words(examples.get(section.id, [])),
            commentary=ngettext("%(n)d remark", "%(n)d remarks", count) % {"n": count} if count else "",
        )


def _example_words(examples: Sequence[model.Example]) -> str:
    """ "3: 2 good, 1 bad"; empty without any."""
    if not examples:
        return ""
    grades: Counter[str] = Counter(verdict.grade for example in examples for verdict in example.verdicts)
    names = {"good": _("%(n)d good"), "bad": _("%(n)d bad"), "ok": _("%(n)d OK")}
    counted = ", ".join(names[grade] % {"n": grades[grade]} for grade in names if grades[grade])
    text = ngettext("%(n)d example", "%(n)d examples", len(examples)) % {"n": len(examples)}
    return f"{text}: {counted}" if counted else text


# What changed


@dataclass(frozen=True, slots=True)
class TypedStart:
    published: str = ""
    error: DomainError | None = None


def build_difference(
    actor: Actor, before: SourceDocument, after: SourceDocument, typed: TypedStart, *, alone: str = ""
) -> SourceDiffPage:
    """
    Args:
        alone: the only section to show.
    """
    found = Comparison(before, after)
    here = diff_href(before, after)
    book = newest_of(after.platform)
    touched = touched_sections(found.difference)
    citing = revise.citing(book.rulebook(), after.name, {*touched, *found.difference.added}) if book else {}
    cited = {
        section: [behavior_link(book, key) for key in keys] for section, keys in by_section(citing).items() if book
    }
    groups = tuple(_groups(found, cited, here, alone))
    form = _start_form(actor, before, after, book, touched, typed)
    return SourceDiffPage(
        title=_("What changed in %(name)s") % {"name": after.name},
        crumbs=crumbs(),
        lead=_("%(platform)s: from the revision of %(before)s to that of %(after)s.")
        % {
            "platform": words.platform_words(after.platform),
            "before": day_words(before.published),
            "after": day_words(after.published),
        },
        summary=tuple(_summary(found)),
        groups=groups,
        asides=() if alone else tuple(_asides(found)),
        empty="" if groups else _("No section differs."),
        swap_href=diff_href(after, before) if before != after else "",
        whole_href=here if alone else "",
        start=form if isinstance(form, StartForm) else None,
        message=form if isinstance(form, Message) else None,
        problems=_start_problems(typed, form),
    )


def _groups(found: Comparison, cited: dict[str, list[Link]], here: str, alone: str) -> Iterable[SectionGroup]:
    difference = found.difference
    for name, title, sections in (
        ("changed", _("Changed"), found.changed),
        ("added", _("Added"), difference.added),
        ("removed", _("Removed"), difference.removed),
    ):
        shown = [section for section in sections if alone in ("", section)]
        if shown:
            rest = len(shown) - MOST_SECTIONS
            yield SectionGroup(
                name,
                title,
                len(shown),
                tuple(_section(found, section, cited, here, alone) for section in shown[:MOST_SECTIONS]),
                ngettext("%(n)d more section.", "%(n)d more sections.", rest) % {"n": rest} if rest > 0 else "",
            )


def _section(found: Comparison, name: str, cited: dict[str, list[Link]], here: str, alone: str) -> SectionChange:
    address = "" if alone else f"{here}?{urlencode({'section': name})}"
    return found.section(name, cited.get(name, ()), alone_href=address)


def _summary(found: Comparison) -> Iterable[tuple[str, int, str]]:
    difference = found.difference
    first = {
        name: f"#s-{ids[0]}"
        for name, ids in {
            "added": difference.added,
            "removed": difference.removed,
            "authority": [change.id for change in difference.authority],
            "moved": [change.id for change in difference.moved],
            "title": difference.title,
            "tags": [change.id for change in difference.tags],
            "body": difference.body,
        }.items()
        if ids
    }
    for name, text in (
        ("added", _("added")),
        ("removed", _("removed")),
        ("authority", _("with another authority")),
        ("moved", _("moved")),
        ("title", _("with another title")),
        ("tags", _("with other tags")),
        ("body", _("with another text")),
    ):
        yield text, len(getattr(difference, name)), first.get(name, "")


def _asides(found: Comparison) -> Iterable[tuple[str, tuple[str, ...]]]:
    difference = found.difference
    if difference.renamed_levels:
        names = {(change.before, change.after) for change in difference.renamed_levels}
        pairs = ", ".join(sorted(f"{before} → {after}" for before, after in names))
        text = _("Authority has another name and the same meaning (%(names)s)") % {"names": pairs}
        yield text, tuple(change.id for change in difference.renamed_levels)
    if difference.examples:
        yield _("Examples differ"), difference.examples
    if difference.commentary:
        yield _("Commentary differs"), difference.commentary
    if difference.attributes:
        yield (
            _("Attributes without a meaning here differ"),
            tuple(dict.fromkeys(change.id for change in difference.attributes)),
        )


def _start_form(
    actor: Actor,
    before: SourceDocument,
    after: SourceDocument,
    book: RulebookRevision | None,
    touched: set[str],
    typed: TypedStart,
) -> StartForm | Message | None:
    """What a steward can do with a difference: start the next revision, or why that is not for now."""
    if before == after or not actor.may(Permission.PUBLISH_RULEBOOK):
        return None
    platform = words.platform_words(after.platform)
    draft = next((row for row in queries.open_revisions() if row.platform == after.platform), None)
    if draft:
        return _at_work(draft)
    if book is None or after.name not in book.document["documents"]:
        text = _("No rulebook here cites %(name)s of %(platform)s, so there is nothing to revise.")
        return Message("note", text % {"name": after.name, "platform": platform})
    affected = len(revise.citing(book.rulebook(), after.name, touched))
    text = ngettext("%(n)d behavior rests on what changed.", "%(n)d behaviors rest on what changed.", affected)
    return StartForm(
        href=reverse("revision_start", args=[before.pk, after.pk]),
        platform=platform,
        affected=text % {"n": affected},
        published=typed.published or after.published.isoformat(),
        published_error=" ".join(typed.error.fields.get("published", ())) if typed.error else "",
    )


def _start_problems(typed: TypedStart, form: StartForm | Message | None) -> tuple[Problem, ...]:
    if typed.error is None:
        return ()
    said = " ".join(typed.error.fields.get("published", ())) or typed.error.message
    return (Problem(said, "#published" if isinstance(form, StartForm) else "#main"),)
