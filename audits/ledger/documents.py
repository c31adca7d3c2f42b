"""What entries speak of by digest, as documents: versions, rulebooks, and the profiles that clients get."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from audits.ledger.span import Wanted
from audits.models import Log
from profiles.actions.versions import version_content
from profiles.models import PublishedProfile, RulebookRevision
from profiles.resolution.document import canonical


def digests(log: Log, wanted: Wanted) -> set[str]:
    """Those that may be put beside the entries, as 64 hexadecimal digits."""
    found = {digest for _pk, digest in _profiles(log, wanted)}
    if wanted.version:
        found |= {wanted.version.digest, *(item["digest"] for item in wanted.version.rulebooks)}
    return set(map(_bare, found))


def named(log: Log, wanted: Wanted, said: Collection[str]) -> Iterator[tuple[str, bytes]]:
    """Each document that an entry of the bundle names, and its file."""
    if (version := wanted.version) and _bare(version.digest) in said:
        yield f"versions/{_bare(version.digest)}.json", canonical(version_content(version))
    rulebooks = [item["digest"] for item in wanted.version.rulebooks] if wanted.version else []
    for revision in RulebookRevision.objects.filter(digest__in=rulebooks).order_by("digest"):
        if _bare(revision.digest) in said:
            yield f"rulebooks/{_bare(revision.digest)}.json", canonical(revision.document)
    kept = {digest: pk for pk, digest in _profiles(log, wanted) if _bare(digest) in said}
    for row in PublishedProfile.objects.filter(pk__in=kept.values()).order_by("digest").iterator(chunk_size=10):
        yield f"profiles/{_bare(row.digest)}.json", bytes(row.body)


def _profiles(log: Log, wanted: Wanted) -> list[tuple[int, str]]:
    """Of a version: all that clients ever got of it. Otherwise what they got last, of each product, environment and
    platform."""
    rows = PublishedProfile.objects.filter(product__organization__slug=log.organization)
    if wanted.version:
        rows = rows.filter(activation__version=wanted.version).order_by("pk")
    else:
        rows = rows.filter(product=wanted.product) if wanted.product else rows
        place = ("product_id", "environment_id", "platform")
        rows = rows.order_by(*place, "-id").distinct(*place)
    return list(rows.values_list("pk", "digest"))


def _bare(digest: str) -> str:
    return digest.removeprefix("sha256:")
