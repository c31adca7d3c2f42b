"""Going through a whole log as an outsider would: every entry, every hash, every checkpoint, in constant memory.

What is computed here comes from the entries alone; what is stored beside them is only compared with it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime
from enum import StrEnum
from typing import Final, NamedTuple

from django.db import connection, transaction
from django.db.models import Count, Exists, Max, OuterRef
from django.utils import timezone

from audits.ledger import keys
from audits.log import notes, tree
from audits.log.edge import Edge, Filled
from audits.log.notes import BadNote
from audits.log.tiles import HEIGHT, WIDTH
from audits.models import Checkpoint, Entry, Log, Pruning, Tile, Unplaced, Verification
from audits.trail.kinds import Kind, Outcome
from audits.trail.record import record
from profiles.access import Actor, system

CHUNK: Final = 64 * WIDTH  # entries read at once
NIGHT_HOUR: Final = 2  # in UTC; a night that was missed is made up for
SCHEDULER: Final = system("scheduler")
_LOCK: Final = "SELECT pg_try_advisory_xact_lock(hashtext('brightline.verification'), %s)"

# Entry by entry (LIMIT says so), whatever the planner thinks.
_MISREAD: Final = """
SELECT l.index FROM audits_leaf l, LATERAL (SELECT e FROM audits_entry e WHERE e.id = l.entry_id LIMIT 1) one
WHERE l.log_id = %s AND l.index >= %s AND l.index < %s AND NOT is_drawn(one.e) ORDER BY l.index LIMIT 1
"""


class Wrong(StrEnum):
    """What can be wrong; each with the place, or the size, at which it is."""

    ENTRY_MISSING = "entry_missing"
    ENTRY_FOREIGN = "entry_foreign"
    LEAF_DIFFERS = "leaf_differs"
    TILE_DIFFERS = "tile_differs"
    TILE_TOO_MANY = "tile_too_many"
    ROOT_DIFFERS = "root_differs"
    NOTE_DIFFERS = "note_differs"
    SIGNATURE_WRONG = "signature_wrong"
    NOT_SIGNED = "not_signed"
    TOO_MANY = "too_many"
    NOWHERE = "nowhere"
    PRUNED_UNTOLD = "pruned_untold"
    COLUMN_DIFFERS = "column_differs"


class Finding(NamedTuple):
    wrong: Wrong
    at: int


class Seen(NamedTuple):
    """What came of going through a log: its size, its root, how many checkpoints, and the first thing that is wrong.
    Of the ``pruned`` entries only the hashes are there: they lead to what was signed, and say nothing."""

    size: int
    checkpoints: int
    root: bytes
    finding: Finding | None = None
    pruned: int = 0


class _Found(Exception):
    def __init__(self, wrong: Wrong, at: int) -> None:
        self.finding = Finding(wrong, at)
        super().__init__(f"{wrong} at {at}")


def examine(log: Log) -> Seen:
    """All of a log, as large as it is when this begins; it may grow meanwhile."""
    log = Log.objects.get(pk=log.pk)
    walk = _Walk(log)
    try:
        walk.go()
        _nothing_beyond(log)
        _pruned_as_told(log)
    except _Found as found:
        return Seen(log.size, walk.checkpoints, walk.edge.root(), found.finding, walk.pruned)
    return Seen(log.size, walk.checkpoints, walk.edge.root(), pruned=walk.pruned)


def misread(log: Log, size: int) -> Finding | None:
    """The first entry below this place that a page would show or find as something else than its bytes say."""
    with connection.cursor() as cursor:
        for start in range(0, size, CHUNK):
            cursor.execute(_MISREAD, [log.pk, start, min(start + CHUNK, size)])
            if found := cursor.fetchone():
                return Finding(Wrong.COLUMN_DIFFERS, found[0])
    return None


class Busy(Exception):
    """Somebody else verifies this log just now."""


def verify(log: Log, *, by: Actor, night: date | None = None) -> Verification | None:
    """Examine a log, and keep what came of it as a row and an entry; a finding is told at once. None if it was done
    this night already.

    Raises:
        Busy: somebody else does this now.
    """
    # The lock is the transaction's, since a pooler may hand out another session. It reads for long, and writes last.
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(_LOCK, [log.pk])
            if cursor.fetchone() == (False,):
                raise Busy(str(log))
        if night and log.verifications.filter(night=night).exists():
            return None
        began = timezone.now()
        seen = examine(log)
        return _keep(log, seen._replace(finding=seen.finding or misread(log, seen.size)), began, by, night)


def verify_nightly(*, now: datetime) -> int:
    """Verify every log that was not verified this night; returns how many were. It may take hours, so a second worker
    that comes to a log which somebody verifies leaves it at that."""
    night, count = _night(now), 0
    for log in Log.objects.exclude(verifications__night=night).order_by("pk"):
        try:
            count += verify(log, by=SCHEDULER, night=night) is not None
        except Busy:
            break
    return count


def is_due(*, now: datetime) -> bool:
    """Whether some log was not verified this night."""
    return Log.objects.exclude(verifications__night=_night(now)).exists()


def _night(now: datetime) -> date:
    return date.fromordinal(now.date().toordinal() - (now.hour < NIGHT_HOUR))


def _keep(log: Log, seen: Seen, began: datetime, by: Actor, night: date | None) -> Verification:
    finding, now = seen.finding, timezone.now()
    told = {"size": seen.size, "checkpoints": seen.checkpoints, "root": seen.root.hex()}
    if seen.pruned:
        told |= {"pruned": seen.pruned}
    if finding:
        told |= {"finding": finding.wrong.value, "at": finding.at}
    record(
        Kind.LOG_VERIFIED,
        who=by,
        at=now,
        organization=log.organization,
        target=f"log {log.origin}",
        outcome=Outcome.FAILED if finding else Outcome.DONE,
        data=told,
    )
    return Verification.objects.create(
        log=log,
        night=night,
        began_at=began,
        ended_at=now,
        size=seen.size,
        pruned=seen.pruned,
        checkpoints=seen.checkpoints,
        finding=finding.wrong.value if finding else "",
        at=finding.at if finding else None,
    )


class _Walk:
    """From the first entry to the last, with whatever was signed on the way."""

    def __init__(self, log: Log) -> None:
        self.log = log
        self.edge = Edge()
        self.checkpoints = 0
        self.pruned = 0
        self.minimum = log.minimum
        self._verifiers = keys.verifiers(log.origin)
        self._signed = self._checkpoints()
        self._next = next(self._signed, None)
        self._last = 0  # the size of the checkpoint that was looked at last

    def go(self) -> None:
        for start in range(0, self.log.size, CHUNK):
            self._chunk(start, min(start + CHUNK, self.log.size))
        if self._next is not None:
            raise _Found(Wrong.TOO_MANY, self.log.size)
        if self.log.size and self._last != self.log.size:
            raise _Found(Wrong.NOT_SIGNED, self.log.size)
        self._compare(self.edge.partial())

    def _chunk(self, start: int, end: int) -> None:
        stored = self._tiles(0, start // WIDTH, -(-end // WIDTH))
        rows = self._rows(start, end)
        for first in range(start, end, WIDTH):
            places = range(first, min(first + WIDTH, end))
            if first < self.minimum:
                hashes = self._of_pruned(first, stored.get(first // WIDTH, b""))
            else:
                hashes = [self._leaf(at, next(rows, None)) for at in places]
            self._compare_leaves(first, hashes, stored.get(first // WIDTH, b""))
            for at, found in enumerate(hashes, first):
                self._append(at, found)

    def _leaf(self, at: int, row: tuple[int, bytes, str] | None) -> bytes:
        if row is None or row[0] != at:
            raise _Found(Wrong.ENTRY_MISSING, at)
        if row[2] != self.log.organization:
            raise _Found(Wrong.ENTRY_FOREIGN, at)
        return tree.hash_leaf(row[1])

    def _rows(self, start: int, end: int) -> Iterator[tuple[int, bytes, str]]:
        """The entries that are there. Some may be pruned meanwhile, so how far that went is asked once they are
        read."""
        rows = list(_entries(self.log, max(start, self.minimum), end))
        self.minimum = Log.objects.values_list("minimum", flat=True).get(pk=self.log.pk)
        return (row for row in rows if row[0] >= self.minimum)

    def _of_pruned(self, first: int, stored: bytes) -> list[bytes]:
        """What is stored of a bundle that went. Whether it is what was signed shows above it."""
        if len(stored) != WIDTH * tree.HASH_BYTES:
            raise _Found(Wrong.LEAF_DIFFERS, first)
        self.pruned += WIDTH
        return [stored[n * tree.HASH_BYTES : (n + 1) * tree.HASH_BYTES] for n in range(WIDTH)]

    def _append(self, at: int, found: bytes) -> None:
        self._compare(self.edge.append(found))
        if self._next is not None and self._next.size == at + 1:
            self._look_at(self._next)

    def _compare_leaves(self, first: int, hashes: list[bytes], stored: bytes) -> None:
        if stored.startswith(b"".join(hashes)):
            return
        found = (stored[n * tree.HASH_BYTES : (n + 1) * tree.HASH_BYTES] for n in range(len(hashes)))
        wrong = next(n for n, (mine, theirs) in enumerate(zip(hashes, found, strict=True)) if mine != theirs)
        raise _Found(Wrong.LEAF_DIFFERS, first + wrong)

    def _compare(self, filled: Iterable[Filled]) -> None:
        """Tiles above the leaves. One that is not full may have grown meanwhile."""
        for place, hashes in filled:
            if not self._tiles(place.level, place.number, place.number + 1).get(place.number, b"").startswith(hashes):
                raise _Found(Wrong.TILE_DIFFERS, place.number * WIDTH ** (place.level + 1))

    def _tiles(self, level: int, start: int, end: int) -> dict[int, bytes]:
        rows = Tile.objects.filter(log=self.log, level=level, number__gte=start, number__lt=end)
        return {number: bytes(hashes) for number, hashes in rows.values_list("number", "hashes")}

    # What was signed

    def _checkpoints(self) -> Iterator[Checkpoint]:
        """In the order of their sizes."""
        after = 0
        while True:
            rows = self.log.checkpoints.filter(size__gt=after, size__lte=self.log.size)
            found = list(rows.order_by("size")[:1_000])
            yield from found
            if not found:
                return
            after = found[-1].size

    def _look_at(self, row: Checkpoint) -> None:
        if bytes(row.root) != self.edge.root():
            raise _Found(Wrong.ROOT_DIFFERS, row.size)
        text = notes.Checkpoint(self.log.origin, row.size, bytes(row.root)).text
        try:
            note = notes.parse_note(row.note)
            if note.text != text:
                raise _Found(Wrong.NOTE_DIFFERS, row.size)
            signed = notes.verified(note, self._verifiers)
        except BadNote:
            raise _Found(Wrong.SIGNATURE_WRONG, row.size) from None
        if not signed and not _is_of_an_old_key(note, self._verifiers):
            raise _Found(Wrong.SIGNATURE_WRONG, row.size)
        self.checkpoints, self._last = self.checkpoints + 1, row.size
        self._next = next(self._signed, None)


def _is_of_an_old_key(note: notes.Note, known: tuple[notes.Verifier, ...]) -> bool:
    """Signed under the log's name by a key that the configuration does not hold any more. Its root was compared; its
    signature is for those who kept the key."""
    ids = {verifier.id for verifier in known}
    return any(one.name == known[0].name and one.key_id not in ids for one in note.signatures) if known else True


def _entries(log: Log, start: int, end: int) -> Iterator[tuple[int, bytes, str]]:
    """Place, bytes and organization of each entry from one place up to before another."""
    rows = Entry.objects.filter(placed__log=log, placed__index__gte=start, placed__index__lt=end)
    for at, leaf, organization in rows.order_by("placed__index").values_list("placed__index", "leaf", "organization"):
        yield at, bytes(leaf), organization


def _nothing_beyond(log: Log) -> None:
    """Whether nothing stands beyond the log's size, nor beside it. What grows meanwhile is read before the size."""
    last_leaf = log.leaves.aggregate(last=Max("index"))["last"]
    last_signed = log.checkpoints.aggregate(last=Max("size"))["last"] or 0
    counts = list(log.tiles.order_by().values_list("level").annotate(Count("pk")))
    size = Log.objects.values_list("size", flat=True).get(pk=log.pk)
    if last_signed > size or (last_leaf or 0) >= max(size, 1):
        raise _Found(Wrong.TOO_MANY, size)
    if any(count > -(-(size >> (HEIGHT * level)) // WIDTH) for level, count in counts):
        raise _Found(Wrong.TILE_TOO_MANY, size)
    waits = Exists(Unplaced.objects.filter(entry=OuterRef("pk")))
    lost = Entry.objects.filter(organization=log.organization, placed=None).exclude(waits).count()
    if lost:
        raise _Found(Wrong.NOWHERE, lost)


def _pruned_as_told(log: Log) -> None:
    """Whether prunings took all that is gone, without a gap, and each is told of by an entry behind what it took; that
    entry may be pruned by now, but never that of the last one."""
    end, minimum = 0, Log.objects.values_list("minimum", flat=True).get(pk=log.pk)
    for row in log.prunings.order_by("start"):
        if row.start != end or not _is_told(log, row):
            raise _Found(Wrong.PRUNED_UNTOLD, end)
        end = row.end
    if end < minimum:
        raise _Found(Wrong.PRUNED_UNTOLD, end)


def _is_told(log: Log, row: Pruning) -> bool:
    place = log.leaves.filter(entry_id=row.entry_id).values_list("index", flat=True).first()
    if place is not None and place < row.end:
        return False
    entry = Entry.objects.filter(pk=row.entry_id, organization=log.organization, kind=Kind.LOG_PRUNED.value).first()
    if entry is None:
        return place is not None and place < log.minimum
    data = entry.content()["data"]
    return (data.get("start"), data.get("end")) == (row.start, row.end)
