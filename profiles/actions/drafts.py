"""Editing a draft: nothing here is live, and nothing outside the windows is stored.

A field is a behavior key, ``windows.<key>`` (what the product leaves to its users) or ``instructions``; its value is
raw, None where nothing is set.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from django.utils.translation import gettext as _

from audits.checks.lint import secrets_in
from audits.trail.kinds import Kind
from profiles.access import Actor, Permission
from profiles.actions.base import action, note
from profiles.actions.text import clean_text
from profiles.errors import InvalidInput, NotFound, OutsideLimits, StaleDraft
from profiles.models import Draft, DraftEdit, Version
from profiles.queries import Stored, live_version, not_honored
from profiles.resolution.merge import INSTRUCTIONS, WINDOWS, flat, unflat
from profiles.resolution.types import Clamp, Resolution
from profiles.rulebook.domains import Domain

__all__ = ["INSTRUCTIONS", "WINDOWS", "discard_draft", "edit_draft", "explain", "fields_of", "undo_change", "undo_edit"]

MAX_INSTRUCTIONS: Final = 20_000  # characters
_BOUNDS: Final = ("floor", "ceiling")


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
    windows: Mapping[str, Any] | None = None,
    instructions: str | None = None,
    origin: Mapping[str, Any] | None = None,
) -> Draft:
    """Set or reset behaviors, what users may change of them, and the operator's own text. All of it or nothing.

    Args:
        seen: the draft's revision that the writer looked at. The write is stale only if somebody changed one of the
            same fields since: two people editing different behaviors do not disturb each other.
        settings: raw values by behavior key; None resets one to what the layers above give.
        windows: ``{"floor": raw, "ceiling": raw}`` by behavior key; None leaves users what they have by themselves.
        origin: where the values came from, if not from a person's hand one by one; for the entry.

    Returns:
        The draft as it is now. What is the same already writes nothing.

    Raises:
        StaleDraft: ``detail`` holds the field, both values, who changed it and when.
        UnknownBehavior, OutsideLimits, InvalidInput: the whole edit is refused; ``fields`` names each value and why.
    """
    by.require(Permission.EDIT_DRAFT)
    wanted = _wanted(settings or {}, windows or {})
    if instructions is not None:
        wanted[INSTRUCTIONS] = clean_instructions(instructions)
    return _edit(locked(draft), wanted, by=by, now=now, seen=seen, data=origin or {})


@action(Kind.DRAFT_EDITED)
def undo_change(draft: Draft, *, field: str, by: Actor, now: datetime, seen: int) -> Draft:
    """Put one field back to what the live version says."""
    by.require(Permission.EDIT_DRAFT)
    draft = locked(draft)
    live = live_version(draft.product)
    before = fields_of(live).get(field) if live else None
    wanted = {field: before or "" if field == INSTRUCTIONS else before}
    return _edit(draft, wanted, by=by, now=now, seen=seen, data={"undone": field})


@action(Kind.DRAFT_EDITED)
def undo_edit(draft: Draft, *, revision: int, by: Actor, now: datetime) -> Draft:
    """Take one edit back as a whole: each field that it changed gets the value that it had before.

    Raises:
        NotFound: the draft has no such edit.
        StaleDraft: somebody changed one of these fields since.
    """
    by.require(Permission.EDIT_DRAFT)
    draft = locked(draft)
    before = {edit.field: edit.before for edit in draft.edits.filter(revision=revision)}
    if not before:
        raise NotFound(_("There is no such edit to take back."))
    later = draft.edits.filter(revision__gt=revision, field__in=before).first()
    if later is not None:
        message = _("%(name)s changed some of this since. Undo the others one by one.") % {"name": later.by}
        raise StaleDraft(message)
    return _edit(draft, before, by=by, now=now, seen=draft.revision, data={"undone": revision})


@action(Kind.DRAFT_DISCARDED)
def discard_draft(draft: Draft, *, by: Actor, now: datetime, seen: int) -> Draft:
    """Put every field back to what the live version says.

    Raises:
        StaleDraft: somebody changed anything since ``seen``: their work must not vanish unread.
    """
    by.require(Permission.EDIT_DRAFT)
    draft = locked(draft)
    if draft.revision != seen:
        raise StaleDraft(_("Somebody changed this draft meanwhile. Look at it again before you discard it."))
    live = live_version(draft.product)
    before = fields_of(draft)
    _put(draft, fields_of(live) if live else {})
    changed = _keep(draft, before, by, now)
    if changed:
        note(Kind.DRAFT_DISCARDED, draft, by=by, now=now, before={field: before.get(field) for field in changed})
    return draft


def fields_of(stored: Draft | Version) -> dict[str, Any]:
    """All fields of a draft or a version."""
    return flat(stored.settings, stored.windows, stored.instructions)


def locked(draft: Draft) -> Draft:
    """The draft as it is now, which nobody else changes before this transaction ends."""
    return Draft.objects.select_for_update(of=("self",)).select_related("product__organization").get(pk=draft.pk)


def path_of(field: str) -> str:
    """Where a field stands in a refusal, as the API spells it: ``settings.<key>``, ``windows.<key>``."""
    return field if field == INSTRUCTIONS or field.startswith(WINDOWS) else f"settings.{field}"


def _wanted(settings: Mapping[str, Any], windows: Mapping[str, Any]) -> dict[str, Any]:
    """Both as fields. No behavior may pass for something else: its value would not be looked at as it must."""
    strange = [key for key in settings if key == INSTRUCTIONS or key.startswith(WINDOWS)]
    if strange:
        raise _unknown(strange)
    return {**settings, **{f"{WINDOWS}{key}": window for key, window in windows.items()}}


def clean_instructions(raw: str) -> str:
    """
    Raises:
        InvalidInput: it is too long, or holds what looks like a secret.
    """
    text = clean_text(raw, field=INSTRUCTIONS, most=MAX_INSTRUCTIONS)
    found = secrets_in(text)
    if found:
        # Drafts are entered in the trail, which forgets nothing: a key must not get that far.
        message = _(
            "This text holds what looks like a key or a password (%(quotes)s). Take it out: the trail would keep it "
            "for good. Nothing was stored."
        )
        quotes = ", ".join(each.quote for each in found[:5])
        raise InvalidInput(message % {"quotes": quotes}, fields={INSTRUCTIONS: [message % {"quotes": quotes}]})
    return text


def _edit(
    draft: Draft, wanted: Mapping[str, Any], *, by: Actor, now: datetime, seen: int, data: Mapping[str, Any]
) -> Draft:
    _need_fresh(draft, wanted, seen, by)
    before = fields_of(draft)
    _apply(draft, wanted, before, now)
    changed = _keep(draft, before, by, now)
    if changed:
        after = fields_of(draft)
        note(
            Kind.DRAFT_EDITED,
            draft,
            by=by,
            now=now,
            before={field: before.get(field) for field in changed},
            after={field: after.get(field) for field in changed},
            data={"revision": draft.revision, **data},
        )
    return draft


def _put(draft: Draft, fields: Mapping[str, Any]) -> None:
    draft.settings, draft.windows, draft.instructions = unflat(fields)


def _need_fresh(draft: Draft, wanted: Mapping[str, Any], seen: int, by: Actor) -> None:
    if draft.revision <= seen:
        return
    # One's own edits are no news: two quick ones leave the page before it heard of the first.
    later = draft.edits.filter(revision__gt=seen, field__in=list(wanted)).exclude(by_id=by.id).order_by("-revision")
    edit = next((edit for edit in later if edit.value != wanted[edit.field]), None)
    if edit is None:
        return
    message = _("%(name)s changed this meanwhile. Choose which value stays.") % {"name": edit.by}
    raise StaleDraft(
        message,
        fields={path_of(edit.field): [message]},
        detail={
            "field": edit.field,
            "theirs": edit.value,
            "mine": wanted[edit.field],
            "by": edit.by,
            "at": edit.at.isoformat(),
            "revision": draft.revision,
        },
    )


def _apply(draft: Draft, wanted: Mapping[str, Any], before: Mapping[str, Any], now: datetime) -> None:
    """Put ``wanted`` into ``draft`` in memory, or refuse it whole."""
    _put(draft, {**before, **wanted})
    values = {field: raw for field, raw in wanted.items() if field != INSTRUCTIONS}
    if not values:
        return
    _need_windows(values)
    resolutions = Stored.draft(draft).resolve(now)
    _need_known(values, before, resolutions)
    _need_inside(values, resolutions)
    normal = {field: _normal(field, raw, resolutions) for field, raw in values.items() if raw is not None}
    _put(draft, {**before, **wanted, **normal})


def _need_windows(values: Mapping[str, Any]) -> None:
    """A window has both ends: one that is left open would reach further on the day a limit falls."""
    message = _("Give the strictest and the most permissive value that users may choose.")
    broken = [
        field
        for field, raw in values.items()
        if field.startswith(WINDOWS) and raw is not None and not (isinstance(raw, Mapping) and {*raw} == {*_BOUNDS})
    ]
    if broken:
        raise InvalidInput(message, fields={field: [message] for field in broken})


def _need_known(values: Mapping[str, Any], before: Mapping[str, Any], resolutions: Mapping[str, Resolution]) -> None:
    known = {key for resolution in resolutions.values() for key in resolution.decisions}
    # What a newer rulebook no longer states may still be reset.
    unknown = sorted(
        field
        for field, raw in values.items()
        if field.removeprefix(WINDOWS) not in known and not (raw is None and field in before)
    )
    if unknown:
        raise _unknown(unknown)


def _unknown(fields: list[str]) -> UnknownBehavior:
    keys = ", ".join(field.removeprefix(WINDOWS) for field in fields)[:300]
    message = _("No rulebook of this product states %(keys)s.") % {"keys": keys}
    return UnknownBehavior(message, fields={path_of(field): [message] for field in fields})


def _need_inside(values: Mapping[str, Any], resolutions: Mapping[str, Resolution]) -> None:
    clamps = not_honored(values, resolutions)
    if not clamps:
        return
    first = next(iter(clamps.values()))
    raise OutsideLimits(
        first.because if len(clamps) == 1 else _("%(count)d values are outside their limits.") % {"count": len(clamps)},
        fields=refusals(clamps),
        detail={"wanted": dict(values), "reasons": {field: clamp.reason.value for field, clamp in clamps.items()}},
    )


def refusals(clamps: Mapping[str, Clamp]) -> dict[str, list[str]]:
    """What is not honored as the fields of a refusal."""
    return {path_of(field): [explain(clamp)] for field, clamp in clamps.items()}


def explain(clamp: Clamp) -> str:
    """Why a value was not taken, with the reason's name and where it is written."""
    parts = [clamp.because, _("Reason: %(reason)s.") % {"reason": clamp.reason.value}]
    if clamp.citation:
        parts.append(
            _("Source: %(document)s, %(section)s.")
            % {"document": clamp.citation.document.title, "section": clamp.citation.section}
        )
    return " ".join(parts)


def _normal(field: str, raw: Any, resolutions: Mapping[str, Resolution]) -> Any:
    """A raw value in its one spelling: that of the first platform which honors it."""
    key = field.removeprefix(WINDOWS)
    domain: Domain = next(
        resolution.decisions[key].behavior.domain
        for resolution in resolutions.values()
        if key in resolution.decisions and resolution.clamp_of(field) is None
    )
    if field.startswith(WINDOWS):
        return {name: domain.dump(domain.parse(raw[name])) for name in _BOUNDS}
    return domain.dump(domain.parse(raw))


def _keep(draft: Draft, before: Mapping[str, Any], by: Actor, now: datetime) -> list[str]:
    """Save what differs from ``before``, and say which fields that are."""
    after = fields_of(draft)
    changed = sorted(field for field in before.keys() | after.keys() if before.get(field) != after.get(field))
    if not changed:
        return []
    draft.revision += 1
    draft.updated_at = now
    draft.save(update_fields=["settings", "windows", "instructions", "revision", "updated_at"])
    DraftEdit.objects.bulk_create(
        DraftEdit(
            draft=draft,
            revision=draft.revision,
            field=field,
            before=before.get(field),
            value=after.get(field),
            by=by.name,
            by_id=by.id,
            at=now,
        )
        for field in changed
    )
    return changed
