"""A platform's next rulebook revision: started from a change of its source, settled one behavior at a time."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _

from audits.dispatch import request_recheck
from audits.models import Recheck
from audits.trail.kinds import Kind
from profiles.access import Actor, Permission
from profiles.actions.base import action, note
from profiles.actions.rulebooks import refused_rulebook, store_rulebook
from profiles.actions.text import clean_text
from profiles.errors import InvalidInput, NotFound, StaleDraft, WrongState
from profiles.models import RulebookDraft, RulebookRevision, SourceDocument
from profiles.queries import latest_rulebooks, products_on, source_outline
from profiles.rulebook import revise
from profiles.rulebook.codec import MalformedRulebook, decode
from profiles.rulebook.model import Rulebook
from profiles.rulebook.sources.compare import Difference, compare


def touched_sections(difference: Difference) -> set[str]:
    """The sections whose meaning may be another one. Examples and commentary do not bind a model, so they do not
    count."""
    return {
        *difference.removed,
        *difference.title,
        *difference.body,
        *(change.id for part in (difference.moved, difference.authority, difference.tags) for change in part),
    }


def start_revision(
    before: SourceDocument, *, after: SourceDocument, published: date, by: Actor, now: datetime
) -> RulebookDraft:
    """Begin the next revision of the rulebook that cites ``before``, now that ``after`` was published.

    Raises:
        InvalidInput: the two are not revisions of one document, or no rulebook cites it.
        WrongState: the platform's next revision is being settled already.
    """
    return _start(f"rulebook {before.platform}", before=before, after=after, published=published, by=by, now=now)


@action(Kind.RULEBOOK_STARTED)
def _start(
    target: str, *, before: SourceDocument, after: SourceDocument, published: date, by: Actor, now: datetime
) -> RulebookDraft:
    by.require(Permission.PUBLISH_RULEBOOK)
    platform, name = before.platform, before.name
    if (platform, name) != (after.platform, after.name) or before == after:
        raise InvalidInput(_("Choose two revisions of the same document."))
    base = next(iter(latest_rulebooks([platform])), None)
    if base is None or name not in base.document["documents"]:
        message = _("No rulebook here cites %(name)s of %(platform)s.")
        raise InvalidInput(message % {"name": name, "platform": platform})
    RulebookRevision.objects.select_for_update().get(pk=base.pk)
    if RulebookDraft.objects.filter(platform=platform, state=RulebookDraft.State.OPEN).exists():
        raise WrongState(_("The next revision for %(platform)s is being settled already.") % {"platform": platform})
    difference = compare(source_outline(before), source_outline(after))
    affected = revise.citing(base.rulebook(), name, touched_sections(difference))
    draft = RulebookDraft.objects.create(
        platform=platform,
        base=base,
        source_before=before,
        source_after=after,
        document=revise.successor(base.document, name, published, after.digest),
        affected=list(affected),
        started_by=by.name,
        started_at=now,
    )
    data = {"from": before.digest, "to": after.digest, "behaviors": list(affected)}
    note(Kind.RULEBOOK_STARTED, target, by=by, now=now, rulebooks=[base.digest], data=data)
    return draft


def settle_behavior(
    draft: RulebookDraft, *, behavior: str, text: str | None, seen: int, by: Actor, now: datetime
) -> RulebookDraft:
    """Say what an affected behavior is in the next revision.

    Args:
        text: its TOML, as ``revise.part_of`` gives it; None keeps it as it is.
        seen: the draft's revision that the steward looked at.

    Raises:
        StaleDraft: somebody else settled this behavior meanwhile.
        RefusedRulebook: with it the rulebook would not be one, by the path of each field.
    """
    return _settle(_target(draft), draft=draft, behavior=behavior, text=text, seen=seen, by=by, now=now)


@action(Kind.RULEBOOK_SETTLED)
def _settle(
    target: str, *, draft: RulebookDraft, behavior: str, text: str | None, seen: int, by: Actor, now: datetime
) -> RulebookDraft:
    by.require(Permission.PUBLISH_RULEBOOK)
    draft = _locked(draft)
    if behavior not in draft.document["behaviors"]:
        raise NotFound(_("This rulebook has no behavior %(key)s.") % {"key": behavior[:120]})
    settled = draft.settled.get(behavior)
    if settled and settled["revision"] > seen:
        raise StaleDraft(_("%(name)s settled this behavior meanwhile.") % {"name": settled["by"]})
    before = revise.part_of(draft.document, behavior)
    if text is not None:
        draft.document = _edited(draft, behavior, text)
    draft.revision += 1
    kept = revise.part_of(draft.document, behavior) == revise.part_of(draft.base.document, behavior)
    if behavior not in draft.affected:
        draft.affected = sorted([*draft.affected, behavior])
    draft.settled = {
        **draft.settled,
        behavior: {"by": by.name, "at": now.isoformat(), "kept": kept, "revision": draft.revision},
    }
    draft.save()
    after = revise.part_of(draft.document, behavior)
    changed = {"before": before, "after": after} if after != before else {}
    note(Kind.RULEBOOK_SETTLED, target, by=by, now=now, data={"behavior": behavior, "kept": kept}, **changed)
    return draft


def _edited(draft: RulebookDraft, behavior: str, text: str) -> dict[str, Any]:
    try:
        document = revise.with_part(draft.document, behavior, text)
        rulebook = decode(document)
    except MalformedRulebook as error:
        raise refused_rulebook(error) from None
    _need_known_sections(draft, rulebook, only=behavior)
    return document


def _need_known_sections(draft: RulebookDraft, rulebook: Rulebook, *, only: str | None = None) -> None:
    known = [section.id for section in source_outline(draft.source_after).sections]
    lost = revise.dangling(rulebook, draft.source_after.name, [*known, *_not_sections(draft)])
    fields = {
        f"behaviors.{key}": [_("cites %(sections)s, which the new document lacks") % {"sections": ", ".join(sections)}]
        for key, sections in lost.items()
        if only in (None, key)
    }
    if fields:
        raise InvalidInput(_("The new document lacks sections that this rulebook cites."), fields=fields)


def _not_sections(draft: RulebookDraft) -> set[str]:
    """What the rulebook cites that was no section of the old document either, such as "whole document"."""
    known = {section.id for section in source_outline(draft.source_before).sections}
    cited = {
        section
        for item in draft.base.rulebook().behaviors.values()
        if item.citation.document.id == draft.source_before.name
        for section in item.citation.sections
    }
    return cited - known


def publish_revision(
    draft: RulebookDraft, *, title: str, about: str, seen: int, by: Actor, now: datetime
) -> RulebookRevision:
    """Publish the next revision and look again at every product that runs on the platform. No active profile changes.

    Args:
        title, about: the rulebook's title, and the note that says whose reading of what it is.

    Raises:
        WrongState: a behavior is not settled yet.
        StaleDraft: the draft changed since ``seen``.
        InvalidInput: it cites sections that the new document lacks.
    """
    return _publish(_target(draft), draft=draft, title=title, about=about, seen=seen, by=by, now=now)


@action(Kind.RULEBOOK_PUBLISHED)
def _publish(
    _target: str, *, draft: RulebookDraft, title: str, about: str, seen: int, by: Actor, now: datetime
) -> RulebookRevision:
    by.require(Permission.PUBLISH_RULEBOOK)
    draft = _locked(draft)
    if draft.revision != seen:
        raise StaleDraft(_("Somebody changed this revision meanwhile. Look at it again before you publish it."))
    if draft.unsettled:
        message = _("%(count)d behaviors are not settled yet.") % {"count": len(draft.unsettled)}
        raise WrongState(message, fields={f"behaviors.{key}": [_("is not settled")] for key in draft.unsettled})
    title = clean_text(title, field="title", most=200, required=True)
    about = clean_text(about, field="about", most=4_000, required=True)
    draft.document = {**draft.document, "title": title, "note": about}
    rulebook = decode(draft.document)
    _need_known_sections(draft, rulebook)
    revision, _is_new = store_rulebook(rulebook, by=by, now=now)
    draft.state, draft.published, draft.ended_at = RulebookDraft.State.PUBLISHED, revision, now
    draft.save()
    return revision


def abandon_revision(draft: RulebookDraft, *, by: Actor, now: datetime) -> RulebookDraft:
    """Give up the next revision. What was settled stays on record; nothing was published."""
    return _abandon(_target(draft), draft=draft, by=by, now=now)


@action(Kind.RULEBOOK_ABANDONED)
def _abandon(target: str, *, draft: RulebookDraft, by: Actor, now: datetime) -> RulebookDraft:
    by.require(Permission.PUBLISH_RULEBOOK)
    draft = _locked(draft)
    draft.state, draft.ended_at = RulebookDraft.State.ABANDONED, now
    draft.save()
    note(Kind.RULEBOOK_ABANDONED, target, by=by, now=now, data={"settled": sorted(draft.settled)})
    return draft


def preview_revision(draft: RulebookDraft, *, by: Actor, now: datetime) -> Recheck:
    """Find out in the background what the revision, as it is now, would change for every product."""
    return _preview(_target(draft), draft=draft, by=by, now=now)


@action(Kind.RECHECK_REQUESTED)
def _preview(target: str, *, draft: RulebookDraft, by: Actor, now: datetime) -> Recheck:
    by.require(Permission.PUBLISH_RULEBOOK)
    draft = _locked(draft)
    return request_recheck(
        Recheck.Kind.PREVIEW,
        products_on(draft.platform),
        target=target,
        by=by,
        now=now,
        platform=draft.platform,
        rulebook_draft=draft,
        draft_revision=draft.revision,
    )


def _locked(draft: RulebookDraft) -> RulebookDraft:
    row = (
        RulebookDraft.objects.select_for_update(of=("self",))
        .select_related("base", "source_before", "source_after")
        .get(pk=draft.pk)
    )
    if row.state != RulebookDraft.State.OPEN:
        raise WrongState(_("This revision is %(state)s already.") % {"state": row.get_state_display().lower()})
    return row


def _target(draft: RulebookDraft) -> str:
    return f"rulebook {draft.platform}, next revision"
