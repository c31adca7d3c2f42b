"""What is known of a log, in sentences: what a witness said, what verifying found, why nothing is signed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from django.utils.formats import number_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.utils.translation import ngettext

from audits.ledger.published import Because
from audits.ledger.verification import Wrong
from audits.log.witness import Said

Text = str | Promise

SAID: Final[dict[str, Text]] = {
    Said.COSIGNED: lazy("Cosigned."),
    Said.CONFLICT: lazy("It went on meanwhile. It is asked again from where it is."),
    Said.OTHER_ROOT: lazy("It holds another tree of the same size: the log was rewritten, or the witness is wrong."),
    Said.INCONSISTENT: lazy(
        "It says that the checkpoint does not continue what it holds: the log was rewritten, or the witness is wrong."
    ),
    Said.NOT_SIGNED: lazy("It does not know the key of this log. Give its operator the key below."),
    Said.UNKNOWN_LOG: lazy("It does not know this log. Ask its operator to add it, with the key below."),
    Said.MALFORMED: lazy("It could not read the request."),
    Said.NONSENSE: lazy("Its answer was no right cosignature. Compare its key with the one in the policy."),
    Said.FAILED: lazy("It answered with an error."),
    Said.UNREACHABLE: lazy("It does not answer."),
    Said.AHEAD: lazy("It claims to hold more of this log than the database does."),
}
_DISPUTES: Final[dict[str, Text]] = {
    Said.OTHER_ROOT: lazy("%(by)s holds another tree of %(size)s entries"),
    Said.INCONSISTENT: lazy("%(by)s says that the checkpoint of %(size)s entries does not continue what it holds"),
    Said.AHEAD: lazy("%(by)s has a checkpoint that this log signed, and that the database does not hold"),
    "fork": lazy("%(by)s handed in a checkpoint of %(size)s entries that this log signed, with another root"),
}
_FINDINGS: Final[dict[str, Text]] = {
    Wrong.ENTRY_MISSING: lazy("The entry at place %(at)s is missing."),
    Wrong.ENTRY_FOREIGN: lazy("The entry at place %(at)s belongs to another log."),
    Wrong.LEAF_DIFFERS: lazy("The entry at place %(at)s is not the one that was signed."),
    Wrong.TILE_DIFFERS: lazy("A hash above the entry at place %(at)s is not the one that follows from the entries."),
    Wrong.TILE_TOO_MANY: lazy("There are more hashes than the entries give."),
    Wrong.ROOT_DIFFERS: lazy("The root that was signed at %(at)s entries is not the root of these entries."),
    Wrong.NOTE_DIFFERS: lazy("The checkpoint of %(at)s entries does not say what its row says."),
    Wrong.SIGNATURE_WRONG: lazy("The signature of the checkpoint of %(at)s entries is wrong."),
    Wrong.NOT_SIGNED: lazy("Nothing was signed at %(at)s entries, which is how many the log says that it has."),
    Wrong.TOO_MANY: lazy("The log has entries beyond the %(at)s that it says it has."),
    Wrong.COLUMN_DIFFERS: lazy("The entry at place %(at)s is listed as something else than it says."),
    Wrong.PRUNED_UNTOLD: lazy("Entries from place %(at)s on are gone, and no entry tells that they were pruned."),
    Wrong.NOWHERE: lazy("%(at)s entries have no place in the log, and do not wait for one."),
}
_HALTS: Final[dict[str, Text]] = {
    Because.BEHIND: lazy(
        "A checkpoint of %(published)s entries was published, and the database holds %(size)s of them."
    ),
    Because.DIFFERS: lazy(
        "The first %(published)s entries in the database are not those of the checkpoint that was published."
    ),
    Because.UNREADABLE: lazy("The file with the checkpoint that was published last cannot be read."),
}


def said(code: str) -> str:
    """What a witness answered last; empty for whoever is not asked."""
    return str(SAID.get(code, ""))


def dispute(data: Mapping[str, Any]) -> str:
    words = _DISPUTES.get(str(data.get("because")))
    return str(words) % {"by": data.get("by"), "size": _number(data.get("size"))} if words else ""


def finding(code: str, at: Any) -> str:
    words = _FINDINGS.get(code)
    return str(words) % {"at": _number(at)} if words else code


def halt(data: Mapping[str, Any]) -> str:
    words = _HALTS.get(str(data.get("because")))
    told = {"published": _number(data.get("published")), "size": _number(data.get("size"))}
    return str(words) % told if words else ""


def kept_for(months: Any) -> str:
    """How long entries are kept."""
    if not isinstance(months, int):
        return _("For ever")
    return ngettext("For %(months)d month", "For %(months)d months", months) % {"months": months}


def entries_words(count: int) -> str:
    return ngettext("%(number)s entry", "%(number)s entries", count) % {"number": _number(count)}


def _number(value: Any) -> str:
    return number_format(value, force_grouping=True) if isinstance(value, int) else ""
