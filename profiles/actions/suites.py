"""Suites: publishing a numbered set of probes, which nothing changes afterwards."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Final

from django.utils.translation import gettext as _

from audits.checks import probes
from audits.checks.grading import misgraded
from audits.checks.probes.fields import MAX_BYTES
from audits.models import Suite
from audits.trail.kinds import Kind
from profiles.access import Actor, Permission
from profiles.actions.base import action, note
from profiles.errors import InvalidInput, WrongState
from profiles.models import Organization
from profiles.resolution.document import canonical

EVERYBODY: Final = "installation"  # instead of an organization: a suite that ships with the program
_SHOWN: Final = 20  # problems


class RefusedSuite(InvalidInput):
    code = "malformed_suite"


def read_suite(text: str | bytes) -> probes.Suite:
    """The suite of a text in TOML or JSON.

    Raises:
        RefusedSuite: with the problems of the text.
    """
    with _refused():
        is_json = text.lstrip().startswith("{" if isinstance(text, str) else b"{")  # type: ignore[arg-type]
        return probes.parse_json(text) if is_json else probes.parse(text)


def decoded(document: Mapping[str, Any]) -> probes.Suite:
    """The suite of a document.

    Raises:
        RefusedSuite: with the problems of the document.
    """
    with _refused():
        return probes.decode(document)


@contextmanager
def _refused() -> Iterator[None]:
    try:
        yield
    except probes.MalformedSuite as error:
        raise _refusal([(problem.path, problem.message) for problem in error.problems]) from None


@action(Kind.SUITE_PUBLISHED)
def publish_suite(owner: Organization | str, *, suite: probes.Suite, by: Actor, now: datetime) -> tuple[Suite, bool]:
    """Store a suite for good; returns it and whether it is new. Publishing the same again changes nothing.

    Args:
        owner: an organization, or ``EVERYBODY``.

    Raises:
        RefusedSuite: with the examples that are not graded as they say.
        WrongState: another suite has this number, or a later one.
    """
    organization = owner if isinstance(owner, Organization) else None
    by.require(Permission.RUN_CHECK if organization else Permission.PUBLISH_RULEBOOK)
    if organization:
        Organization.objects.select_for_update().get(pk=organization.pk)
    standing = Suite.objects.filter(organization=organization, slug=suite.name)
    if known := standing.filter(digest=suite.digest).first():
        return known, False
    document = canonical(suite.document)
    if len(document) > MAX_BYTES:
        said = _("The suite has %(size)d bytes; at most %(most)d are kept. Make two of it.")
        raise _refusal([(suite.name, said % {"size": len(document), "most": MAX_BYTES})])
    if wrong := [(probe.id, str(each)) for probe in suite.probes for each in misgraded(probe)]:
        raise _refusal(wrong)
    newest = standing.order_by("-number").values_list("number", flat=True).first()
    if newest is not None and suite.number <= newest:
        message = _("Number %(newest)d of this suite is published, and stays. Give yours the number %(next)d.")
        message %= {"newest": newest, "next": newest + 1}
        raise WrongState(message, fields={"number": [message]})
    row = Suite.objects.create(
        organization=organization,
        slug=suite.name,
        number=suite.number,
        title=suite.title,
        document=document,
        digest=suite.digest,
        probes=len(suite.probes),
        published_at=now,
        published_by=by.name,
    )
    after = {"title": suite.title, "digest": suite.digest, "probes": len(suite.probes), "trials": suite.trials}
    note(Kind.SUITE_PUBLISHED, owner, by=by, now=now, target=f"suite {suite.name} {suite.number}", after=after)
    return row, True


def _refusal(problems: list[tuple[str, str]]) -> RefusedSuite:
    fields: dict[str, list[str]] = {}
    for path, said in problems[:_SHOWN]:
        fields.setdefault(path, []).append(said)
    path, said = problems[0]
    message = _("This suite cannot be published: %(path)s: %(problem)s") % {"path": path, "problem": said}
    return RefusedSuite(message, fields=fields)
