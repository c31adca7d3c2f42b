"""From a rulebook's next revision, while it is settled, to its page and to the fragment of one behavior."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import cached_property
from typing import Final

from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from msgspec import Struct

from profiles.access import Actor, Permission
from profiles.actions.revisions import touched_sections
from profiles.errors import DomainError, NotFound, StaleDraft
from profiles.models import RulebookDraft
from profiles.rulebook import revise
from profiles.rulebook.codec import MalformedRulebook, decode
from profiles.rulebook.model import Rulebook
from profiles.web.moments import day_words
from profiles.web.pages import words
from profiles.web.pages.sections import Comparison, marked
from profiles.web.pages.sources import diff_href, settled_words
from profiles.web.presenters.parts import Action, Crumb, Message, Pill, Problem, When
from profiles.web.presenters.revisions import (
    RevisionPage,
    RevisionProgress,
    Theirs,
    WorkBody,
    WorkRow,
)
from profiles.web.presenters.rulebooks import Link
from profiles.web.presenters.sources import SectionChange

_ROWS: Final = (12, 36)  # lines of the editor field, at least and at most
ABOUT: Final = ("title", "about")  # what a rulebook says about itself


class Refused(Struct, frozen=True):
    """What somebody wrote about a behavior, and why it was not taken."""

    key: str
    text: str | None  # None: it was to stay as it is
    error: DomainError


class Work:
    """Everything that the pages of one next revision are built from."""

    def __init__(self, draft: RulebookDraft, actor: Actor, now: datetime) -> None:
        self.draft, self.actor, self.now = draft, actor, now
        self.found = Comparison(draft.source_before, draft.source_after)

    @property
    def is_open(self) -> bool:
        return self.draft.state == RulebookDraft.State.OPEN

    @property
    def may(self) -> bool:
        return self.is_open and self.actor.may(Permission.PUBLISH_RULEBOOK)

    @cached_property
    def base(self) -> Rulebook:
        return self.draft.base.rulebook()

    @cached_property
    def book(self) -> Rulebook:
        """The revision as it is now; the one before where what is stored is no rulebook, which no action allows."""
        try:
            return decode(self.draft.document)
        except MalformedRulebook:
            return self.base

    @cached_property
    def sections(self) -> dict[str, list[str]]:
        """The changed sections that each behavior rested on when this began."""
        touched = touched_sections(self.found.difference)
        return revise.citing(self.base, self.draft.source_before.name, touched)

    @cached_property
    def lost(self) -> dict[str, list[str]]:
        """The sections that each behavior still cites and the new document lacks."""
        return revise.citing(self.book, self.draft.source_after.name, self.found.difference.removed)

    def name(self, key: str) -> str:
        behavior = self.book.behaviors.get(key) or self.base.behaviors.get(key)
        return behavior.name if behavior else key

    def href(self, key: str) -> str:
        return reverse("revision_behavior", args=[self.draft.pk, key])

    def is_changed(self, key: str) -> bool:
        """Whether a behavior or a rule that narrows it is another one than in the revision before."""
        sides = (self.draft.base.document, self.draft.document)
        behaviors = [side["behaviors"].get(key) for side in sides]
        rules = [[rule for rule in side.get("rules", []) if rule["behavior"] == key] for side in sides]
        return behaviors[0] != behaviors[1] or rules[0] != rules[1]

    def require(self, key: str) -> None:
        """
        Raises:
            NotFound: the rulebook has no such behavior.
        """
        if key not in self.draft.document["behaviors"]:
            raise NotFound(_("This rulebook has no behavior %(key)s.") % {"key": key[:120]})


# The page


def build_revision(
    work: Work,
    *,
    preview: Action | None = None,
    error: DomainError | None = None,
    typed: Mapping[str, str] | None = None,
    opened: str = "",
    refused: Refused | None = None,
) -> RevisionPage:
    """
    Args:
        preview: the way to the newest one.
        error: why it was not published, with what was ``typed``.
        opened: the behavior that is looked at alone.
    """
    draft = work.draft
    row = build_row(work, opened, opened=True, refused=refused) if opened else None
    before, after = _neighbors(work, opened)
    return RevisionPage(
        title=_("Next revision of %(platform)s") % {"platform": words.platform_words(draft.platform)},
        crumbs=tuple(_crumbs(work, opened)),
        lead=_lead(work),
        pill=_state_pill(draft),
        facts=tuple(_facts(work)),
        progress=build_progress(work, preview, error, typed),
        rows_title=_("Behaviors to settle") if work.is_open else _("Behaviors that were to settle"),
        rows=tuple(build_row(work, key) for key in _ordered(work)) if not opened else (),
        others=tuple(_others(work)) if not opened else (),
        uncited=tuple(_uncited(work)) if not opened else (),
        banner=_banner(work),
        problems=tuple(_problems(work, error, row)),
        row=row,
        before=before,
        after=after,
    )


def _crumbs(work: Work, opened: str) -> Iterable[Crumb]:
    yield Crumb(_("Rulebooks"), reverse("rulebooks"))
    if opened:
        platform = words.platform_words(work.draft.platform)
        yield Crumb(
            _("Next revision of %(platform)s") % {"platform": platform}, reverse("revision", args=[work.draft.pk])
        )


def _lead(work: Work) -> str:
    name = work.draft.source_after.name
    if not work.is_open:
        return _("A new revision of %(name)s touched what our rulebook rested on.") % {"name": name}
    text = _(
        "A new revision of %(name)s touches what our rulebook rests on. Settle each behavior: keep it as it is or "
        "change it. Nothing takes effect before you publish."
    )
    return text % {"name": name}


def _state_pill(draft: RulebookDraft) -> Pill:
    return {
        RulebookDraft.State.OPEN: Pill("draft", _("being settled")),
        RulebookDraft.State.PUBLISHED: Pill("live", _("published")),
        RulebookDraft.State.ABANDONED: Pill("neutral", _("abandoned")),
    }[RulebookDraft.State(draft.state)]


def _facts(work: Work) -> Iterable[tuple[str, Link]]:
    draft = work.draft
    before, after = draft.source_before, draft.source_after
    days = {"before": day_words(before.published), "after": day_words(after.published)}
    yield _("Document"), Link(_("%(before)s to %(after)s") % days, diff_href(before, after))
    yield (
        _("Follows the revision of"),
        Link(
            day_words(draft.base.published),
            f"{reverse('rulebook', args=[draft.base.platform, draft.base.revision])}?digest={draft.base.digest}",
        ),
    )
    started = When.of(draft.started_at, work.now)
    yield _("Started"), Link(_("%(name)s, %(when)s") % {"name": draft.started_by, "when": started.shown}, "")
    yield _("Dated"), Link(day_words(work.book.published), "")


def _banner(work: Work) -> Message | None:
    draft = work.draft
    if draft.state == RulebookDraft.State.PUBLISHED and draft.published:
        here = reverse("rulebook", args=[draft.published.platform, draft.published.revision])
        look = Action(_("Read it"), f"{here}?digest={draft.published.digest}")
        return Message("ok", _("This revision is published. It does not change any more."), action=look)
    if draft.state == RulebookDraft.State.ABANDONED:
        return Message("note", _("This revision was abandoned. Nothing of it was published."))
    if not work.may:
        return Message("note", _("Stewards settle it. You can read along."))
    return None


def build_progress(
    work: Work,
    preview: Action | None = None,
    error: DomainError | None = None,
    typed: Mapping[str, str] | None = None,
) -> RevisionProgress:
    draft, typed = work.draft, typed or {}
    said = error.fields if error else {}
    left = len(draft.unsettled)
    hint = ngettext(
        "%(n)d behavior is still to settle before it can be published.",
        "%(n)d behaviors are still to settle before it can be published.",
        left,
    )
    return RevisionProgress(
        pk=draft.pk,
        settled=len(draft.affected) - left,
        total=len(draft.affected),
        text=settled_words(draft),
        seen=draft.revision,
        may=work.may,
        title=typed.get("title", draft.document["title"]),
        about=typed.get("about", draft.document["note"]),
        errors={name: " ".join(said[name]) for name in ABOUT if name in said},
        waits=hint % {"n": left} if left else "",
        preview=preview,
    )


def _ordered(work: Work) -> list[str]:
    """What waits first; then what is settled. Each by key."""
    return sorted(work.draft.affected, key=lambda key: (key in work.draft.settled, key))


def _others(work: Work) -> Iterable[Link]:
    affected = set(work.draft.affected)
    for key in sorted(work.draft.document["behaviors"]):
        if key not in affected:
            yield Link(work.name(key), work.href(key))


def _uncited(work: Work) -> Iterable[SectionChange]:
    """New sections that no behavior rests on yet."""
    added = work.found.difference.added
    cited = {
        section
        for sections in revise.citing(work.book, work.draft.source_after.name, added).values()
        for section in sections
    }
    here = diff_href(work.draft.source_before, work.draft.source_after)
    for section in added:
        if section not in cited:
            yield SectionChange(section, work.found.title(section), (), alone_href=f"{here}#s-{section}")


def _neighbors(work: Work, opened: str) -> tuple[Link | None, Link | None]:
    """The behaviors beside one that is looked at alone: the one before, and the next one that waits."""
    if not opened:
        return None, None
    keys = list(work.draft.affected)
    before = next((key for key in reversed(keys) if key < opened), "")
    waiting = [key for key in work.draft.unsettled if key != opened]
    after = next((key for key in waiting if key > opened), next(iter(waiting), ""))
    links = (Link(work.name(key), work.href(key)) if key else None for key in (before, after))
    first, last = links
    return first, last


def _problems(work: Work, error: DomainError | None, row: WorkRow | None) -> Iterable[Problem]:
    if error is not None and not error.fields:
        yield Problem(error.message, "#publish")
    for path, sentences in error.fields.items() if error else ():
        if path in ABOUT:
            yield Problem(" ".join(sentences), f"#{path}")
            continue
        key = path.removeprefix("behaviors.")
        yield Problem(f"{work.name(key)}: {' '.join(sentences)}", f"#w-{key}")
    if row and row.body:
        for path, sentence in row.body.problems:
            yield Problem(f"{path}: {sentence}" if path else sentence, f"#t-{row.key}")


# One behavior


def build_row(work: Work, key: str, *, opened: bool = False, refused: Refused | None = None) -> WorkRow:
    settled = work.draft.settled.get(key)
    at = parse_datetime(settled["at"]) if settled else None
    return WorkRow(
        key=key,
        name=work.name(key),
        href=work.href(key),
        pill=_pill(work, key),
        note=_note(work, key),
        by=settled["by"] if settled else "",
        when=When.of(at, work.now) if at else None,
        lost=_lost(work, key),
        body=_body(work, key, refused) if opened else None,
    )


def _pill(work: Work, key: str) -> Pill:
    if key in work.draft.settled:
        return Pill("ok", _("changed")) if work.is_changed(key) else Pill("ok", _("kept as it is"))
    return Pill("warn", _("to settle")) if key in work.draft.affected else Pill("neutral", _("not affected"))


def _note(work: Work, key: str) -> str:
    """ "Rests on do_not_lie (Text), no_erotica (Removed)"."""
    parts = []
    for section in work.sections.get(key, ()):
        tags = ", ".join(tag.text.lower() for tag in work.found.tags(section))
        parts.append(f"{section} ({tags})")
    return _("Rests on %(sections)s") % {"sections": "; ".join(parts)} if parts else ""


def _lost(work: Work, key: str) -> str:
    if key not in work.lost or not work.is_open:
        return ""
    text = _("Cites %(sections)s, which the new document lacks: change its citation.")
    return text % {"sections": ", ".join(work.lost[key])}


def _body(work: Work, key: str, refused: Refused | None) -> WorkBody:
    now = revise.part_of(work.draft.document, key)
    then = revise.part_of(work.draft.base.document, key) if work.is_changed(key) else now
    typed = refused.text if refused and refused.text is not None else now
    lines = typed.count("\n") + 2
    return WorkBody(
        sections=tuple(work.found.section(section) for section in work.sections.get(key, ())),
        nothing=_("No section that it rests on changed."),
        toml=typed,
        rows=min(max(lines, _ROWS[0]), _ROWS[1]),
        seen=work.draft.revision,
        settle_href=reverse("revision_settle", args=[work.draft.pk, key]),
        can_edit=work.may,
        changed=marked(then, now) if then != now else None,
        problems=_sentences(refused) if refused else (),
        theirs=_theirs(work, key, now) if refused and isinstance(refused.error, StaleDraft) else None,
    )


def _sentences(refused: Refused) -> tuple[tuple[str, str], ...]:
    error = refused.error
    if isinstance(error, StaleDraft):
        return ()
    if not error.fields:
        return (("", error.message),)
    return tuple((path, sentence) for path, sentences in error.fields.items() for sentence in sentences)


def _theirs(work: Work, key: str, now: str) -> Theirs:
    settled = work.draft.settled.get(key)
    name = settled["by"] if settled else _("Somebody else")
    if settled and settled["kept"]:
        text = _("%(name)s kept this behavior as it is meanwhile. What you wrote is still below; it is not saved.")
    else:
        text = _("%(name)s changed this behavior meanwhile. What you wrote is still below; it is not saved.")
    return Theirs(text % {"name": name}, now)
