"""Publishing a rulebook revision to this installation."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _

from audits.trail.kinds import Kind
from profiles.access import Actor, Permission
from profiles.actions.base import action, note
from profiles.errors import InvalidInput
from profiles.models import RulebookRevision
from profiles.rulebook.codec import MalformedRulebook, parse
from profiles.rulebook.model import Rulebook


class RefusedRulebook(InvalidInput):
    code = "malformed_rulebook"


def publish_rulebook(text: str, *, by: Actor, now: datetime) -> tuple[RulebookRevision, bool]:
    """Store the rulebook of a TOML text; returns the revision and whether it is new. Publishing the same text again
    changes nothing.

    Raises:
        RefusedRulebook: with every problem of the text, by the path of its field.
    """
    return _publish("rulebook", text=text, by=by, now=now)


@action(Kind.RULEBOOK_PUBLISHED)
def _publish(_subject: str, *, text: str, by: Actor, now: datetime) -> tuple[RulebookRevision, bool]:
    by.require(Permission.PUBLISH_RULEBOOK)
    rulebook = _parsed(text)
    revision, is_new = RulebookRevision.objects.get_or_create(
        digest=rulebook.digest,
        defaults={
            "platform": rulebook.platform,
            "published": rulebook.published,
            "title": rulebook.title,
            "document": rulebook.document,
            "loaded_at": now,
        },
    )
    if is_new:
        target = f"rulebook {rulebook.platform} {rulebook.revision}"
        after = {"title": rulebook.title, "behaviors": len(rulebook.behaviors), "rules": len(rulebook.rules)}
        note(Kind.RULEBOOK_PUBLISHED, target, by=by, now=now, rulebooks=[rulebook.digest], after=after)
    return revision, is_new


def _parsed(text: str) -> Rulebook:
    try:
        return parse(text)
    except MalformedRulebook as error:
        fields: dict[str, list[str]] = {}
        for problem in error.problems:
            fields.setdefault(problem.path, []).append(problem.message)
        message = _("This is not a rulebook: %(problem)s") % {"problem": error.problems[0]}
        if more := len(error.problems) - 1:
            message = _("%(message)s, and %(more)d more problems") % {"message": message, "more": more}
        raise RefusedRulebook(f"{message}.", fields=fields) from None
