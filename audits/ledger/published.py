"""What was published of each log, kept outside of the database, so that a restored or changed database is found out
before it signs a second history.

After each commit the newest checkpoint of a log is written to a file. Before anything is signed, the database must hold
what the file says. To remove a file is a decision, which everybody who kept a checkpoint will notice (docs/log.md).
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator
from enum import StrEnum
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Final

from django.conf import settings

from audits.log import notes
from audits.log.notes import BadNote, Checkpoint

logger = logging.getLogger(__name__)

INSTALLATION: Final = "_installation"  # what stands in an address where an organization's slug stands otherwise
_SUFFIX: Final = ".checkpoint"

RootAt = Callable[[int], bytes]  # the root of the first so many entries in the database


class Because(StrEnum):
    """Why a log is not signed."""

    BEHIND = "behind"
    DIFFERS = "differs"
    UNREADABLE = "unreadable"


class NotAsPublished(Exception):
    """The database does not hold what was published. It must not sign."""

    def __init__(self, organization: str, because: Because, *, published: int, size: int) -> None:
        self.organization, self.because, self.published, self.size = organization, because, published, size
        super().__init__(f"{organization or INSTALLATION}: {because}, {published} published, {size} in the database")


def check(organization: str, size_now: Callable[[], int], root_at: RootAt) -> None:
    """Whether a log in the database holds what was published of it.

    Args:
        size_now: how many entries it has in the database. It is asked after the file was read: another process may sign
            in between, and a size that was read before would be behind.

    Raises:
        NotAsPublished: it does not.
    """
    try:
        found = last(organization)
    except (BadNote, OSError, UnicodeDecodeError):
        raise NotAsPublished(organization, Because.UNREADABLE, published=0, size=size_now()) from None
    size = size_now()
    if found is None:
        return
    if found.size > size:
        raise NotAsPublished(organization, Because.BEHIND, published=found.size, size=size)
    if not holds(found, size, root_at):
        raise NotAsPublished(organization, Because.DIFFERS, published=found.size, size=size)


def holds(checkpoint: Checkpoint, size: int, root_at: RootAt) -> bool:
    """Whether a log of ``size`` entries continues what a checkpoint says."""
    return checkpoint.size <= size and root_at(checkpoint.size) == checkpoint.root


def last(organization: str) -> Checkpoint | None:
    """What was published last, as far as this machine knows.

    Raises:
        BadNote, OSError, UnicodeDecodeError: the file is there, and cannot be read.
    """
    path = _path(organization)
    if path is None or not path.exists():
        return None
    return notes.parse_checkpoint(notes.parse_note(path.read_text("utf-8")).text)


def keep(organization: str, note: str) -> None:
    """Remember what was published, unless something larger is remembered. It is published already: where it cannot be
    kept, signing goes on, and the log says so."""
    try:
        known = last(organization)
        if known is None or known.size < notes.parse_checkpoint(notes.parse_note(note).text).size:
            put(organization, note)
    except (BadNote, OSError, UnicodeDecodeError) as error:
        logger.warning("What was published of %s could not be kept: %s", organization or INSTALLATION, error)


def put(organization: str, note: str) -> None:
    """Remember this as what was published, whatever was remembered before.

    Raises:
        OSError: the folder cannot be written to.
    """
    path = _path(organization)
    if path is None:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    with NamedTemporaryFile("w", dir=path.parent, encoding="utf-8", delete=False) as new:
        new.write(note)
        new.flush()
        os.fsync(new.fileno())
    Path(new.name).replace(path)


def organizations() -> Iterator[str]:
    """Of whose logs something is remembered."""
    folder = settings.BRIGHTLINE_LOG_PUBLISHED
    for path in sorted(Path(folder).glob(f"*{_SUFFIX}")) if folder else ():
        slug = path.name.removesuffix(_SUFFIX)
        yield "" if slug == INSTALLATION else slug


def _path(organization: str) -> Path | None:
    """None where nothing is to be kept."""
    folder = settings.BRIGHTLINE_LOG_PUBLISHED
    return Path(folder) / f"{organization or INSTALLATION}{_SUFFIX}" if folder else None
