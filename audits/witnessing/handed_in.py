"""A checkpoint with a cosignature that an auditor hands in. Anybody may try; only a right signature of a key that is
known here is kept, at most one for each key and checkpoint, so there is nothing to fill."""

from __future__ import annotations

import logging
from datetime import datetime
from typing import Final

from django.utils.translation import gettext as _

from audits.ledger import cosignatures, halts, read
from audits.log import notes
from audits.log.notes import BadNote, Note
from audits.models import Checkpoint, Log
from audits.trail.kinds import Kind
from audits.trail.record import record
from profiles.errors import Forbidden, InvalidInput, Malformed, NotFound, TooLarge, WrongState

logger = logging.getLogger(__name__)

MOST: Final = 16_384  # bytes


def take(log: Log, body: bytes, *, now: datetime) -> Checkpoint:
    """Keep the cosignatures of known keys under a checkpoint of this log; returns the checkpoint. Handing in the same
    again changes nothing.

    Args:
        body: a signed note: the checkpoint's text, an empty line, and the lines of whoever cosigned it.

    Raises:
        TooLarge, Malformed, InvalidInput: not such a note, another log's, or a wrong signature of a known key.
        Forbidden: nobody who is known here signed it.
        NotFound: nothing was signed at this size.
        WrongState: this log has another root there.
    """
    note = _read(body)
    row = _checkpoint(log, note, now)
    known = {one.key: one for one in cosignatures.known(log)}
    try:
        found = notes.verified(note, known)
    except BadNote as error:
        raise InvalidInput(_("A signature is wrong: %(error)s.") % {"error": error}) from None
    if not found:
        raise Forbidden(
            _("None of these lines is of a key that is known here. Whoever looks after the log adds keys on its page.")
        )
    if not all(cosignatures.is_timely(signature, now) for _key, signature in found):
        raise InvalidInput(_("The time of this cosignature has yet to come. Set the clock right, and sign again."))
    for key, signature in found:
        cosignatures.keep(row, key, signature, now=now)
    return row


def _read(body: bytes) -> Note:
    if len(body) > MOST:
        raise TooLarge(_("A checkpoint with its cosignatures has at most %(most)d bytes.") % {"most": MOST})
    try:
        return notes.parse_note(body.decode().replace("\r\n", "\n"))
    except (BadNote, UnicodeDecodeError) as error:
        message = _("Send the checkpoint as you got it, an empty line, and your line below it: %(error)s.")
        raise Malformed(message % {"error": error}) from None


def _checkpoint(log: Log, note: Note, now: datetime) -> Checkpoint:
    try:
        shown = notes.parse_checkpoint(note.text)
    except BadNote as error:
        raise Malformed(_("This is no checkpoint: %(error)s.") % {"error": error}) from None
    if shown.origin != log.origin:
        message = _("This checkpoint is of the log %(theirs)s, and this is %(ours)s.")
        raise InvalidInput(message % {"theirs": shown.origin[:100], "ours": log.origin})
    row = read.checkpoint_of(log, shown.size) if shown.size < read.BIGGEST else None
    if row is not None and bytes(row.root) == shown.root:
        return row
    if halts.confront(log, str(note), now=now):
        _dispute(log, shown, now)
        raise WrongState(
            _(
                "This log signed your checkpoint, and its database holds something else: its history was changed."
                " Keep what you have. Nothing is signed any more, and those who look after the log were told."
            )
        )
    if row is None:
        raise NotFound(_("This log signed no checkpoint of %(size)d entries.") % {"size": shown.size})
    raise WrongState(
        _("This log has another root at %(size)d entries. If its own signature is below your checkpoint, send it too.")
        % {"size": shown.size}
    )


def _dispute(log: Log, shown: notes.Checkpoint, now: datetime) -> None:
    logger.error("Somebody holds a checkpoint of %d entries that the log %s signed and lost.", shown.size, log.origin)
    record(
        Kind.LOG_DISPUTED,
        who=halts.SEQUENCER,
        at=now,
        organization=log.organization,
        target=f"log {log.origin}",
        data={"because": "fork", "by": "an outsider", "size": shown.size, "root": shown.root.hex()},
    )
