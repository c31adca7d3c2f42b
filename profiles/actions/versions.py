"""Submitting a draft: an immutable version, for somebody else to review."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db.models import Max
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from audits.checks.lint import Finding, Severity
from audits.dispatch import request_check
from audits.log.disclosures import personal
from audits.models import Check
from audits.trail.kinds import Kind
from profiles.access import Actor, Permission
from profiles.actions import occasions
from profiles.actions.base import action, note
from profiles.actions.drafts import INSTRUCTIONS, refusals
from profiles.actions.text import clean_text
from profiles.errors import InvalidInput, OutsideLimits, StaleDraft, WrongState
from profiles.models import Draft, Product, RulebookRevision, Version
from profiles.queries import Difference, Stored, difference, hands, lint_of, live_version, with_makers, writers_of
from profiles.resolution.document import canonical


class InstructionsRefused(InvalidInput):
    code = "instructions_refused"


@action(Kind.VERSION_SUBMITTED)
def submit_version(draft: Draft, *, note_text: str, seen: int, by: Actor, now: datetime) -> Version:
    """Freeze the draft as the product's next version and ask for its limits check.

    Args:
        note_text: why; approvers and the trail show it.
        seen: the draft's revision that the author looked at.

    Raises:
        StaleDraft: the draft changed since ``seen``.
        OutsideLimits: a setting is honored on no platform any more (an attestation ended, a rule came in).
        InstructionsRefused: the operator's own text works against users or a bright line, or holds a secret.
        WrongState: nothing differs from what is live.
    """
    by.require(Permission.SUBMIT)
    note_text = clean_text(note_text, field="note", most=4_000, required=True)
    product = Product.objects.select_for_update(of=("self",)).select_related("organization").one(pk=draft.product_id)
    draft = Draft.objects.select_for_update().get(pk=draft.pk)
    draft.product = product
    if draft.revision != seen:
        raise StaleDraft(_("Somebody changed this draft meanwhile. Look at the changes again before you submit them."))
    live = live_version(product)
    stored = Stored.draft(draft)
    found = difference(Stored.version(live) if live else None, stored, now)
    if live and found.is_empty:
        raise WrongState(_("Nothing differs from version %(number)d, which is live.") % {"number": live.number})
    return freeze(
        draft,
        stored,
        found,
        kind=Kind.VERSION_SUBMITTED,
        live=live,
        writers=writers_of(draft, live, hands(draft), facts_changed=found.facts_changed),
        note_text=note_text,
        by=by,
        now=now,
    )


def freeze(
    draft: Draft,
    stored: Stored,
    found: Difference,
    *,
    kind: Kind,
    live: Version | None,
    writers: Iterable[str],
    note_text: str,
    by: Actor,
    now: datetime,
    restores: Version | None = None,
    rebases: Version | None = None,
) -> Version:
    """Make what a draft says the next version, with its entry and its limits check.

    Args:
        draft: of a locked product; it may exist in memory alone.
        found: the draft beside ``live``, which it is a change of.
        writers: the ids of those whose work is in it; none of them reviews it.

    Raises:
        OutsideLimits: a setting is honored on no platform.
        InstructionsRefused: the text works against users or a bright line.
    """
    _need_inside(found)
    _need_clean(stored.instructions, found)
    version = _frozen(draft, stored, found, live=live, note_text=note_text, by=by, now=now)
    version.restored_from, version.rebased_from = restores, rebases
    version.writers = sorted(with_makers({*writers, by.id}) - {by.id})
    version.save(force_insert=True)
    lineage = {"restores": restores.number if restores else None, "rebases": rebases.number if rebases else None}
    note(
        kind,
        version,
        by=by,
        now=now,
        rulebooks=[item["digest"] for item in version.rulebooks],
        before={change.behavior: change.before for change in found.changes},
        after={change.behavior: change.after for change in found.changes},
        data={
            "note": personal(note_text),
            "direction": version.direction,
            "digest": version.digest,
            "base": live.number if live else None,
            **{name: number for name, number in lineage.items() if number},
        },
    )
    request_check(version, trigger=Check.Trigger.SUBMISSION, by=by, now=now)
    occasions.ask_on_submission(version, now=now)
    return version


def _need_inside(found: Difference) -> None:
    if found.refused:
        raise OutsideLimits(
            _("%(count)d settings are outside their limits. Change or reset them first.")
            % {"count": len(found.refused)},
            fields=refusals(found.refused),
        )


def _need_clean(instructions: str, found: Difference) -> None:
    """Refuse text that works against users or a bright line. It is on record with its words, and never weighed."""
    blocking = to_fix(instructions, found)
    if blocking:
        raise InstructionsRefused(
            ngettext(
                "%(count)d place in the instructions must be fixed first.",
                "%(count)d places in the instructions must be fixed first.",
                len(blocking),
            )
            % {"count": len(blocking)},
            fields={INSTRUCTIONS: [finding_words(each) for each in blocking]},
            detail={"findings": [{"rule": each.rule.id, "quote": each.quote} for each in blocking]},
        )


def to_fix(instructions: str, found: Difference) -> list[Finding]:
    """Of what stands out in the text beside the values that hold with it, that which is never submitted."""
    return [each for each in lint_of(instructions, found.after) if each.rule.severity is Severity.FIX]


def finding_words(finding: Finding) -> str:
    """A finding as a sentence with the words that it is about."""
    return _("“%(quote)s”: %(sentence)s") % {"quote": finding.quote, "sentence": _(finding.rule.sentence)}


def _frozen(
    draft: Draft, stored: Stored, found: Difference, *, live: Version | None, note_text: str, by: Actor, now: datetime
) -> Version:
    product = draft.product
    last = product.versions.aggregate(last=Max("number"))["last"] or 0
    version = Version(
        product=product,
        number=last + 1,
        settings=dict(draft.settings),
        windows=dict(draft.windows),
        instructions=draft.instructions,
        facts=dict(product.facts),
        platforms=list(product.platforms),
        baseline={"settings": product.organization.settings, "windows": product.organization.windows},
        rulebooks=[_named(revision) for revision in (*stored.revisions, *stored.laws)],
        base=live,
        direction=found.direction.value,
        note=note_text,
        author_id=by.id,
        author_name=by.name,
        draft_revision=draft.revision,
        created_at=now,
    )
    version.digest = version_digest(version)
    return version


def _named(revision: RulebookRevision) -> dict[str, str]:
    return {"platform": revision.platform, "revision": revision.revision, "digest": revision.digest}


def version_digest(version: Version) -> str:
    """sha256 over the RFC 8785 form of everything that an approval is about."""
    return "sha256:" + hashlib.sha256(canonical(version_content(version))).hexdigest()


def version_content(version: Version) -> dict[str, Any]:
    """Everything that an approval is about, as the document that the digest is of."""
    return {
        "schema": "brightline.version/1",
        "organization": version.product.organization.slug,
        "product": version.product.slug,
        "number": version.number,
        "settings": version.settings,
        "windows": version.windows,
        "instructions": version.instructions,
        "facts": version.facts,
        "platforms": version.platforms,
        "baseline": version.baseline,
        "rulebooks": version.rulebooks,
        "base": version.base.digest if version.base else None,
    }
