"""Imported source documents, read and compared once per process."""

from __future__ import annotations

from datetime import date
from functools import lru_cache

from django.utils.translation import gettext as _

from profiles.errors import InvalidInput, NotFound
from profiles.models import (
    SourceDocument,
)
from profiles.rulebook.sources import model as sources
from profiles.rulebook.sources.compare import Difference as SourceDifference
from profiles.rulebook.sources.compare import compare
from profiles.rulebook.sources.model_spec import read


@lru_cache(maxsize=16)
def _outline(_digest: str, pk: int) -> sources.SourceDocument:
    return read(bytes(SourceDocument.objects.only("body").get(pk=pk).body))


def source_outline(row: SourceDocument) -> sources.SourceDocument:
    """What an imported document holds; parsed once per process, since its bytes never change."""
    return _outline(row.digest, row.pk)


def source_documents(platform: str = "", name: str = "") -> list[SourceDocument]:
    """The imported documents, or the revisions of one, without their bytes: by platform and name, newest first. They
    belong to the installation, so everybody who is signed in may read them."""
    rows = SourceDocument.objects.defer("body")
    return list(rows.filter(platform=platform, name=name) if platform else rows)


def source_document(pk: int) -> SourceDocument:
    """
    Raises:
        NotFound: none has this id.
    """
    found = SourceDocument.objects.defer("body").filter(pk=pk).first()
    if found is None:
        raise NotFound(_("There is no such document."))
    return found


def source_named(text: str) -> SourceDocument:
    """For commands: an imported document by its digest, the beginning of that, or its date.

    Raises:
        NotFound: there is none.
        InvalidInput: it could be several; the sentence names their digests.
    """
    rows = SourceDocument.objects.defer("body")
    try:
        rows = rows.filter(published=date.fromisoformat(text))
    except ValueError:
        rows = rows.filter(digest__startswith=f"sha256:{text.removeprefix('sha256:').lower()}")
    found = list(rows[:9]) if text.removeprefix("sha256:") else []
    if not found:
        raise NotFound(_("No file and no imported document is called %(text)s.") % {"text": text[:120]})
    if len(found) > 1:
        names = ", ".join(f"{row.platform} {row} {row.digest}" for row in found)
        raise InvalidInput(_("%(text)s could be one of these: %(names)s.") % {"text": text, "names": names})
    return found[0]


@lru_cache(maxsize=16)
def _compared(_digests: tuple[str, str], before: int, after: int) -> SourceDifference:
    old, new = (source_outline(source_document(pk)) for pk in (before, after))
    return compare(old, new)


def source_difference(before: SourceDocument, after: SourceDocument) -> SourceDifference:
    """How one imported document differs from another; found out once per process."""
    return _compared((before.digest, after.digest), before.pk, after.pk)
