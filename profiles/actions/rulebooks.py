"""Publishing a rulebook revision to this installation."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _

from audits.dispatch import request_recheck
from audits.models import Recheck
from audits.trail.kinds import Kind
from profiles.access import Actor, Permission
from profiles.actions.base import action, note
from profiles.errors import InvalidInput
from profiles.models import RulebookRevision
from profiles.queries import products_on
from profiles.rulebook.codec import MalformedRulebook, parse
from profiles.rulebook.model import Layer, Rulebook


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
    try:
        rulebook = parse(text)
    except MalformedRulebook as error:
        raise refused_rulebook(error) from None
    return store_rulebook(rulebook, by=by, now=now)


def store_rulebook(rulebook: Rulebook, *, by: Actor, now: datetime) -> tuple[RulebookRevision, bool]:
    """For actions: write a revision with its entry, and ask for a look at every product that it concerns. Whatever is
    active stays as it is."""
    known = RulebookRevision.objects.filter(digest=rulebook.digest).first()
    if known:
        return known, False
    revision = RulebookRevision.of(rulebook, now)
    revision.save(force_insert=True)
    target = f"rulebook {rulebook.platform} {rulebook.revision}"
    after = {"title": rulebook.title, "behaviors": len(rulebook.behaviors), "rules": len(rulebook.rules)}
    note(Kind.RULEBOOK_PUBLISHED, target, by=by, now=now, rulebooks=[rulebook.digest], after=after)
    # A law pack concerns products wherever they run.
    platform = "" if rulebook.layer is Layer.LAW else rulebook.platform
    products = products_on(platform)
    if products.exists():
        request_recheck(
            Recheck.Kind.REVISION, products, target=target, by=by, now=now, platform=platform, revision=revision
        )
    return revision, True


def refused_rulebook(error: MalformedRulebook) -> RefusedRulebook:
    """What is wrong with a rulebook, as a person meets it."""
    fields: dict[str, list[str]] = {}
    for problem in error.problems:
        fields.setdefault(problem.path, []).append(problem.message)
    message = _("This is not a rulebook: %(problem)s") % {"problem": error.problems[0]}
    if more := len(error.problems) - 1:
        message = _("%(message)s, and %(more)d more problems") % {"message": message, "more": more}
    return RefusedRulebook(f"{message}.", fields=fields)
