"""A search of the trail as a file of any size: put on record before its first byte, and again when it ends."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Generator, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.conf import settings
from django.db import DatabaseError, transaction
from django.db.models import prefetch_related_objects
from django.http import StreamingHttpResponse
from django.utils import timezone

from audits.exporting.cursor import Held, hold
from audits.exporting.formats import ENDINGS, TYPES, Format, Told, head, lines
from audits.ledger.sequence import INSTALLATION
from audits.models import Entry
from profiles.access import Actor, Permission, Scoped
from profiles.actions.exports import Trail, end_export, start_export

ROWS: Final = "Brightline-Rows"  # a header: how many entries are in the file
logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Export:
    """One that was started. ``id`` is that of its entry, which the one of its end names."""

    trail: Trail
    id: str
    how: Format
    held: Held
    by: Actor

    def answer(self) -> StreamingHttpResponse:
        day = timezone.now().strftime("%Y-%m-%d")
        name = f"trail-{self.trail.organization or INSTALLATION.strip('_')}-{day}.{ENDINGS[self.how]}"
        headers = {
            "Content-Disposition": f'attachment; filename="{name}"',
            ROWS: str(self.held.count),
            "Cache-Control": "private, no-store",
        }
        return StreamingHttpResponse(self.stream(), content_type=TYPES[self.how], headers=headers)

    def stream(self) -> Generator[bytes, None, None]:
        """The file. How far it got is on record when it ends, and only then whether it is whole: a process that is
        killed leaves the entry of its beginning alone."""
        found, sent, is_whole = hashlib.sha256(), 0, False
        try:
            for piece, rows in self._pieces():
                found.update(piece)
                yield piece
                sent += rows
            is_whole = True
        finally:
            self._end(sent, found.hexdigest() if is_whole else "")

    def _pieces(self) -> Iterator[tuple[bytes, int]]:
        source = source_of(self.trail.organization)
        yield head(self.how), 0
        for entries in self.held.pieces():
            yield lines(self.how, contents(entries), source), len(entries)

    def _end(self, sent: int, sha256: str) -> None:
        try:
            self.held.close()
            end_export(self.trail, export=self.id, rows=sent, sha256=sha256, by=self.by, now=timezone.now())
        except DatabaseError as error:
            logger.warning("The end of the export %s is not on record: %s", self.id, str(error).partition("\n")[0])


def start(found: Scoped[Entry], *, how: Format, search: Mapping[str, str], by: Actor, now: datetime) -> Export:
    """
    Args:
        found: what the search finds among the entries that ``by`` may read.
        search: what was asked for, for the record.
    """
    by.require(Permission.VIEW_TRAIL)
    trail = Trail(by.organization_slug)
    with transaction.atomic():
        held = hold(found)
        entry = start_export(trail, how=how.value, search=search, rows=held.count, by=by, now=now)
    return Export(trail, entry.event_id, how, held, by)


def contents(entries: Iterable[Entry]) -> list[Told]:
    """What entries say: the one place from which everything that leaves takes it."""
    found = list(entries)
    prefetch_related_objects(found, "disclosures")
    return [{"number": entry.pk, **entry.content()} for entry in found]


def source_of(organization: str) -> str:
    """A log as an absolute address: the source of its events."""
    return f"{settings.BRIGHTLINE_BASE_URL}/log/{organization or INSTALLATION}"


def asked(values: Mapping[str, Any]) -> dict[str, str]:
    """What was asked for as an entry tells it, without what was not."""
    return {name: str(value) for name, value in values.items() if value}
