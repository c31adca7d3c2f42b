"""Editing a draft: nothing here is live, and nothing outside the windows is stored."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from django.utils.translation import gettext as _

from audits.trail.kinds import Kind
from profiles.access import Actor, Permission
from profiles.actions.base import action, note
from profiles.actions.text import clean_text
from profiles.errors import InvalidInput, OutsideLimits, StaleDraft
from profiles.models import Draft, DraftEdit
from profiles.queries import Stored, live_version, not_honored
from profiles.resolution.types import Clamp, Resolution
from profiles.rulebook.domains import Raw

INSTRUCTIONS: Final = "instructions"
MAX_INSTRUCTIONS: Final = 20_000  # characters


class UnknownBehavior(InvalidInput):
    code = "unknown_behavior"


@action(Kind.DRAFT_EDITED)
def edit_draft(
    draft: Draft,
    *,
    by: Actor,
    now: datetime,
    seen: int,
    settings: Mapping[str, Any] | None = None,
    instructions: str | None = None,
) -> Draft:
    """Set or reset behaviors, and the operator's own text.

    Args:
        seen: the draft's revision that the writer looked at. The write is stale only if somebody changed one of the
            same fields since: two people editing different behaviors do not disturb each other.
        settings: raw values by behavior key; None resets one to what the layers above give.

    Returns:
        The draft as it is now. What is the same already writes nothing.

    Raises:
        StaleDraft: ``detail`` holds the field, both values, who changed it and when.
        UnknownBehavior, OutsideLimits: the whole edit is refused; ``fields`` names each value and why.
    """
    by.require(Permission.EDIT_DRAFT)
    draft = _locked(draft)
    wanted: dict[str, Any] = dict(settings or {})
    if instructions is not None:
        wanted[INSTRUCTIONS] = clean_text(instructions, field=INSTRUCTIONS, most=MAX_INSTRUCTIONS)
    _need_fresh(draft, wanted, seen, by)
    before = _snapshot(draft)
    _apply(draft, wanted, now)
    after = _snapshot(draft)
    changed = _differing(before, after)
    if changed:
        _keep(draft, changed, after, by, now)
        note(
            Kind.DRAFT_EDITED,
            draft,
            by=by,
            now=now,
            before={field: before.get(field) for field in changed},
            after={field: after.get(field) for field in changed},
            data={"revision": draft.revision},
        )
    return draft


@action(Kind.DRAFT_EDITED)
def undo_change(draft: Draft, *, field: str, by: Actor, now: datetime, seen: int) -> Draft:
    """Put one field back to what the live version says."""
    live = live_version(draft.product)
    if field == INSTRUCTIONS:
        return edit_draft(draft, by=by, now=now, seen=seen, instructions=live.instructions if live else "")
    return edit_draft(draft, by=by, now=now, seen=seen, settings={field: live.settings.get(field) if live else None})


@action(Kind.DRAFT_DISCARDED)
def discard_draft(draft: Draft, *, by: Actor, now: datetime, seen: int) -> Draft:
    """Put every field back to what the live version says.

    Raises:
        StaleDraft: somebody changed anything since ``seen``: their work must not vanish unread.
    """
    by.require(Permission.EDIT_DRAFT)
    draft = _locked(draft)
    if draft.revision != seen:
        raise StaleDraft(_("Somebody changed this draft meanwhile. Look at it again before you discard it."))
    live = live_version(draft.product)
    before = _snapshot(draft)
    draft.settings = dict(live.settings) if live else {}
    draft.windows = dict(live.windows) if live else {}
    draft.instructions = live.instructions if live else ""
    after = _snapshot(draft)
    changed = _differing(before, after)
    if changed:
        _keep(draft, changed, after, by, now)
        note(Kind.DRAFT_DISCARDED, draft, by=by, now=now, before={field: before.get(field) for field in changed})
    return draft


def _locked(draft: Draft) -> Draft:
    return Draft.objects.select_for_update(of=("self",)).select_related("product__organization").get(pk=draft.pk)


def _snapshot(draft: Draft) -> dict[str, Any]:
    return {**draft.settings, INSTRUCTIONS: draft.instructions}


def _differing(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    return sorted(field for field in before.keys() | after.keys() if before.get(field) != after.get(field))


def _need_fresh(draft: Draft, wanted: Mapping[str, Any], seen: int, by: Actor) -> None:
    # One's own edits are no news: two quick ones leave the page before it heard of the first.
    later = draft.edits.filter(revision__gt=seen).exclude(by_id=by.id).order_by("-revision")
    edit = next((edit for edit in later if edit.field in wanted), None)
    if edit is None or edit.value == wanted[edit.field]:
        return
    message = _("%(name)s changed this meanwhile. Choose which value stays.") % {"name": edit.by}
    raise StaleDraft(
        message,
        fields={edit.field: [message]},
        detail={
            "field": edit.field,
            "theirs": edit.value,
            "mine": wanted[edit.field],
            "by": edit.by,
            "at": edit.at.isoformat(),
            "revision": draft.revision,
        },
    )


def _apply(draft: Draft, wanted: Mapping[str, Any], now: datetime) -> None:
    """Put ``wanted`` into ``draft`` in memory, or refuse it whole."""
    before = dict(draft.settings)
    draft.instructions = wanted.get(INSTRUCTIONS, draft.instructions)
    values = {key: raw for key, raw in wanted.items() if key != INSTRUCTIONS}
    for key, raw in values.items():
        if raw is None:
            draft.settings.pop(key, None)
        else:
            draft.settings[key] = raw
    resolutions = Stored.draft(draft).resolve(now)
    _need_known(values, before, resolutions)
    _need_inside(values, resolutions)
    for key, raw in values.items():
        if raw is not None:
            draft.settings[key] = _normal(key, raw, resolutions)


def _need_known(values: Mapping[str, Any], before: Mapping[str, Any], resolutions: Mapping[str, Resolution]) -> None:
    known = {key for resolution in resolutions.values() for key in resolution.decisions}
    # What a newer rulebook no longer states may still be reset.
    unknown = sorted(key for key in values if key not in known and not (values[key] is None and key in before))
    if unknown:
        message = _("No rulebook of this product states %(keys)s.") % {"keys": ", ".join(unknown)[:300]}
        raise UnknownBehavior(message, fields={f"settings.{key}": [message] for key in unknown})


def _need_inside(values: Mapping[str, Any], resolutions: Mapping[str, Resolution]) -> None:
    clamps = not_honored(values, resolutions)
    if not clamps:
        return
    fields = {f"settings.{key}": [explain(clamp)] for key, clamp in clamps.items()}
    first = next(iter(clamps.values()))
    raise OutsideLimits(
        first.because if len(clamps) == 1 else _("%(count)d values are outside their limits.") % {"count": len(clamps)},
        fields=fields,
        detail={"wanted": dict(values), "reasons": {key: clamp.reason.value for key, clamp in clamps.items()}},
    )


def explain(clamp: Clamp) -> str:
    """Why a value was not taken, with the reason's name and where it is written."""
    parts = [clamp.because, _("Reason: %(reason)s.") % {"reason": clamp.reason.value}]
    if clamp.citation:
        parts.append(
            _("Source: %(document)s, %(section)s.")
            % {"document": clamp.citation.document.title, "section": clamp.citation.section}
        )
    return " ".join(parts)


def _normal(key: str, raw: Any, resolutions: Mapping[str, Resolution]) -> Raw:
    domain = next(r.decisions[key].behavior.domain for r in resolutions.values() if key in r.decisions)
    return domain.dump(domain.parse(raw))


def _keep(draft: Draft, changed: list[str], after: Mapping[str, Any], by: Actor, now: datetime) -> None:
    draft.revision += 1
    draft.updated_at = now
    draft.save(update_fields=["settings", "windows", "instructions", "revision", "updated_at"])
    DraftEdit.objects.bulk_create(
        DraftEdit(
            draft=draft, revision=draft.revision, field=field, value=after.get(field), by=by.name, by_id=by.id, at=now
        )
        for field in changed
    )
