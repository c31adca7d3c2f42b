"""Taking settings over from another product of the organization, or from another version."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _

from audits.trail.kinds import Kind
from profiles.access import Actor, Permission
from profiles.actions.base import action
from profiles.actions.drafts import edit_draft, locked
from profiles.errors import NotFound, StaleDraft, WrongState
from profiles.models import Draft, Version
from profiles.queries import Stored
from profiles.queries.copying import plan_copy


@action(Kind.DRAFT_EDITED)
def copy_settings(
    draft: Draft, *, source: Draft | Version, tag: str, with_text: bool, by: Actor, now: datetime, seen: int
) -> Draft:
    """Take over what ``source`` sets and this product may set, as one edit.

    Args:
        tag: stands for what the writer was shown (``Copy.tag``).
        with_text: replace the instructions as well.

    Raises:
        NotFound: the source belongs to another organization.
        WrongState: there is nothing to take over.
        StaleDraft: something else would be taken now than was shown.
    """
    by.require(Permission.EDIT_DRAFT)
    draft = locked(draft)
    if source.product.organization_id != draft.product.organization_id:
        raise NotFound(_("There is nothing here, or it is not yours to see."))
    plan = plan_copy(Stored.draft(draft), source, now)
    if plan.tag != tag:
        raise StaleDraft(_("What would be taken over changed meanwhile. Look at it again; nothing was changed."))
    if not plan.taken and not (with_text and plan.text != draft.instructions):
        raise WrongState(_("There is nothing to take over."))
    return edit_draft(
        draft,
        by=by,
        now=now,
        seen=seen,
        settings=plan.settings,
        windows=plan.windows,
        instructions=plan.text if with_text else None,
        origin={"copied_from": source.product.slug, "copied_version": getattr(source, "number", None)},
    )
