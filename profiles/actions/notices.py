"""What people do with what they are told: read it, and say how they want to be told."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from audits.trail.kinds import Kind
from profiles.access import Actor
from profiles.actions.base import action, note
from profiles.errors import Malformed, NotFound
from profiles.models import Notice, NoticeChoice, User
from profiles.queries import memberships
from profiles.telling.topics import CHOSEN, Choice, Topic


def mark_read(user: User, *, pk: int | None = None, now: datetime) -> int:
    """Remember that somebody read a notice, or all of theirs; returns how many. That is nobody else's business, so the
    trail does not keep it."""
    unread = Notice.objects.filter(user=user, in_inbox=True, read_at=None)
    return (unread.filter(pk=pk) if pk is not None else unread).update(read_at=now)


@action(Kind.PREFERENCES_CHANGED)
def choose_notices(user: User, *, choices: Mapping[Topic, Choice], digest_hour: int, by: Actor, now: datetime) -> None:
    """Say how to be told of what.

    Raises:
        NotFound: they are somebody else's.
        Malformed: a topic that is not chosen for, or an hour that no clock has.
    """
    if by.user_id != user.pk:
        raise NotFound(_("These choices are not yours."))
    if set(choices) - set(CHOSEN) or not 0 <= digest_hour < 24:
        raise Malformed(_("Choose among what is offered."))
    user = User.objects.select_for_update().get(pk=user.pk)
    before = _chosen(user)
    User.objects.filter(pk=user.pk).update(digest_hour=digest_hour)
    for topic, choice in choices.items():
        NoticeChoice.objects.update_or_create(
            user=user, topic=topic.value, defaults={"inbox": choice.inbox, "mail": choice.mail.value}
        )
    user.refresh_from_db(fields=["digest_hour"])
    after = _chosen(user)
    changed = [name for name in after if before.get(name) != after[name]]
    if not changed:
        return
    old, new = ({name: side.get(name) for name in changed} for side in (before, after))
    places: list[Any] = [member.organization for member in memberships(user, now)]
    for place in places or ["installation"]:
        note(Kind.PREFERENCES_CHANGED, place, by=by, now=now, target=f"account {user.pk}", before=old, after=new)


def _chosen(user: User) -> dict[str, Any]:
    rows = {
        f"notices.{row.topic}": f"{'inbox' if row.inbox else 'no inbox'}, mail {row.mail}"
        for row in user.notice_choices.all()
    }
    return {**rows, "digest_hour": user.digest_hour}
