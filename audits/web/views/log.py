"""What anybody may have of a log: its key, its newest checkpoint, and the hashes of its tree. Entries are for those who
read the trail."""

from __future__ import annotations

from typing import Final

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from audits.ledger import cosignatures, keys, read
from audits.log import policy, tiles
from audits.models import Log
from profiles.access import Permission
from profiles.errors import Forbidden, NotFound, Pruned
from profiles.web.frame import PageRequest, signed_in

_YEAR: Final = 365 * 24 * 3600  # seconds


@require_safe
def key(request: HttpRequest, log: str) -> HttpResponse:
    """The keys that checkpoints are checked with, in the form of C2SP signed notes, one in each line."""
    return _text("".join(f"{verifier}\n" for verifier in keys.verifiers(_found(log).origin)))


@require_safe
def policy_file(request: HttpRequest, log: str) -> HttpResponse:
    """The C2SP policy that programs verify the log with: its keys, and the witnesses that this installation asks."""
    found = _found(log)
    address = request.build_absolute_uri(reverse("log_checkpoint", args=[log])).removesuffix("/checkpoint")
    return _text(policy.text(keys.verifiers(found.origin), address, cosignatures.agreed()))


@require_safe
def checkpoint(request: HttpRequest, log: str) -> HttpResponse:
    newest = read.latest(_found(log))
    if newest is None:
        raise NotFound(_("Nothing was signed of this log yet."))
    answer = _text(cosignatures.note_of(newest))
    patch_cache_control(answer, no_cache=True)
    return answer


@require_safe
def minimum_index(request: HttpRequest, log: str) -> HttpResponse:
    """The place of the first entry that is not pruned, as a decimal number: what C2SP tlog-tiles calls the minimum
    index, and gives no address for."""
    answer = _text(f"{_found(log).minimum}\n")
    patch_cache_control(answer, no_cache=True)
    return answer


@require_safe
def checkpoint_at(request: HttpRequest, log: str, size: int) -> HttpResponse:
    """An older one, with whoever cosigned it since. It can gain lines, so it is asked for again."""
    found = read.checkpoint_of(_found(log), size) if size < read.BIGGEST else None
    if found is None:
        raise NotFound(_("Nothing was signed at this size."))
    answer = _text(cosignatures.note_of(found))
    answer["Content-Disposition"] = f'attachment; filename="{log}-{size}.checkpoint"'
    patch_cache_control(answer, no_cache=True)
    return answer


@require_safe
def timestamp(request: HttpRequest, log: str, size: int) -> HttpResponse:
    """What a time-stamping authority answered about the text of a checkpoint, as `openssl ts` reads it."""
    found = read.checkpoint_of(_found(log), size) if size < read.BIGGEST else None
    stamped = read.timestamp_of(found) if found else None
    if stamped is None:
        raise NotFound(_("This checkpoint has no time-stamp."))
    answer = HttpResponse(bytes(stamped.answer), content_type="application/timestamp-reply")
    answer["Content-Disposition"] = f'attachment; filename="{log}-{size}.tsr"'
    answer["Access-Control-Allow-Origin"] = "*"
    patch_cache_control(answer, public=True, max_age=_YEAR, immutable=True)
    return answer


@require_safe
def tile(request: HttpRequest, log: str, asked: str) -> HttpResponse:
    """Bytes that never change once they are there, so they may be kept for good."""
    if asked.startswith(f"{tiles.ENTRIES}/"):
        return _entries(request, log, asked)
    return _kept(_found(log), asked, public=True)


@signed_in
def _entries(request: PageRequest, log: str, asked: str) -> HttpResponse:
    request.actor.require(Permission.VIEW_TRAIL)
    found = _found(log)
    if found.organization != request.actor.organization_slug:
        raise Forbidden(_("The entries of this log are for those who read its trail."))
    return _kept(found, asked, public=False)


def _found(slug: str) -> Log:
    log = read.log_of(slug)
    if log is None:
        raise NotFound(_("There is no such log."))
    return log


def _kept(log: Log, asked: str, *, public: bool) -> HttpResponse:
    named = tiles.parse_path(asked)
    if named and read.is_pruned(log, named):
        raise Pruned(_("Entries before place %(minimum)d of this log were pruned.") % {"minimum": log.minimum})
    data = read.tile(log, named) if named else None
    if data is None:
        raise NotFound(_("The log has no such tile."))
    answer = HttpResponse(data, content_type="application/octet-stream")
    patch_cache_control(answer, **{"public" if public else "private": True}, max_age=_YEAR, immutable=True)
    if public:
        answer["Access-Control-Allow-Origin"] = "*"
    return answer


def _text(text: str) -> HttpResponse:
    answer = HttpResponse(text, content_type="text/plain; charset=utf-8")
    answer["Access-Control-Allow-Origin"] = "*"
    return answer
