"""Importing a revision of a vendor's own document."""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import date, datetime
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from audits.trail.kinds import Kind
from profiles.access import Actor, Permission
from profiles.actions.base import action, note
from profiles.errors import InvalidInput
from profiles.models import SourceDocument
from profiles.rulebook.sources import model
from profiles.rulebook.sources.model_spec import read
from profiles.rulebook.sources.remarks import MalformedSource

_NAME: Final = re.compile(r"[a-z][a-z0-9_-]{0,39}")


class RefusedSource(InvalidInput):
    code = "malformed_source"


def import_source(
    data: bytes, *, platform: str, name: str, published: date, by: Actor, now: datetime
) -> tuple[SourceDocument, bool]:
    """Store one revision of a document; returns it and whether it is new. Importing the same bytes again changes
    nothing.

    Args:
        data: the Markdown file, byte for byte.
        name: the document's id in the platform's rulebook, which cites its sections.

    Raises:
        RefusedSource: it is not what it claims to be; every problem with its line. Nothing of it is stored.
    """
    return _import("source document", data=data, platform=platform, name=name, published=published, by=by, now=now)


@action(Kind.SOURCE_IMPORTED)
def _import(
    _subject: str, *, data: bytes, platform: str, name: str, published: date, by: Actor, now: datetime
) -> tuple[SourceDocument, bool]:
    by.require(Permission.PUBLISH_RULEBOOK)
    for field, value in (("platform", platform), ("name", name)):
        if not _NAME.fullmatch(value):
            message = _("Use lower-case letters, digits, hyphens and underscores, at most 40.")
            raise InvalidInput(message, fields={field: [message]})
    document = read_source(data)
    source, is_new = SourceDocument.objects.get_or_create(
        digest=document.digest,
        defaults={
            "platform": platform,
            "name": name,
            "published": published,
            "body": data,
            "sections": len(document.sections),
            "examples": len(document.examples),
            "warnings": len(document.warnings),
            "imported_by": by.name,
            "imported_at": now,
        },
    )
    if is_new:
        after = {"digest": source.digest, "sections": source.sections, "examples": source.examples}
        note(
            Kind.SOURCE_IMPORTED,
            f"source {platform} {name} {published.isoformat()}",
            by=by,
            now=now,
            after=after,
            data={"warnings": [str(warning) for warning in document.warnings[:20]]},
        )
    return source, is_new


def day_in(name: str) -> date | None:
    """The date that a file's name holds, as in ``model_spec_2025-12-18.md``."""
    for found in re.findall(r"(?<!\d)\d{4}-\d{2}-\d{2}(?!\d)", name):
        with suppress(ValueError):
            return date.fromisoformat(found)
    return None


def read_source(data: bytes) -> model.SourceDocument:
    """What a file holds.

    Raises:
        RefusedSource: with every problem and its line, under the field ``file``.
    """
    try:
        return read(data)
    except MalformedSource as error:
        problems = [str(problem) for problem in error.problems]
        message = _("This is not a Model Spec: %(problem)s") % {"problem": problems[0]}
        if more := len(problems) - 1:
            told = ngettext("%(n)d more problem", "%(n)d more problems", more) % {"n": more}
            message = f"{message.rstrip('.')} ({told})."
        raise RefusedSource(message, fields={"file": problems}) from None
