"""Asking a time-stamping authority (RFC 3161) when a checkpoint existed, once a day for each log that has grown.

The times in entries are those of this server. What an authority signed is somebody else's clock: nothing that the
checkpoint holds can have been written later. The stamp is of the checkpoint's text, which is what the log signed, so
that cosignatures which come later do not spoil it.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import datetime
from functools import lru_cache
from typing import Final

from cryptography import x509
from django.conf import settings
from rfc3161_client import (
    HashAlgorithm,
    TimeStampRequest,
    TimestampRequestBuilder,
    TimeStampResponse,
    VerificationError,
    VerifierBuilder,
    decode_timestamp_response,
)

from audits.ledger import read
from audits.log import notes
from audits.models import Checkpoint, Log, Timestamp
from audits.telling import outgoing
from audits.telling.outgoing import Unreachable

logger = logging.getLogger(__name__)

MOST_ANSWER: Final = 65_536  # bytes
AT_ONCE: Final = 50  # logs
_HEADERS: Final = {"Content-Type": "application/timestamp-query", "User-Agent": "Brightline-Log/1"}


def stamp_due(*, now: datetime) -> int:
    """Have the newest checkpoint stamped of each log that has grown since yesterday's; returns how many were. An
    authority that does not answer, or wrongly, is asked again at the next tick."""
    count = 0
    for checkpoint in _due(now) if settings.BRIGHTLINE_TSA_URL else ():
        try:
            stamp(checkpoint, now=now)
        except (Unreachable, VerificationError, ValueError) as error:
            logger.warning("The checkpoint %s got no time-stamp: %s", checkpoint, error)
            break
        count += 1
    return count


def stamp(checkpoint: Checkpoint, *, now: datetime) -> Timestamp:
    """
    Raises:
        Unreachable: the authority does not answer.
        VerificationError, ValueError: its answer is no time-stamp of this text that its certificates bear out.
    """
    text = text_of(checkpoint)
    asked = TimestampRequestBuilder().data(text).hash_algorithm(HashAlgorithm.SHA256).build()
    status, body = outgoing.ask(settings.BRIGHTLINE_TSA_URL, _HEADERS, asked.as_bytes(), most=MOST_ANSWER)
    if status != 200:
        raise VerificationError(f"it answered with {status}")
    found = _verified(body, text, asked)
    told = {"answer": body, "stamped_at": found.tst_info.gen_time, "received_at": now}
    return Timestamp.objects.get_or_create(checkpoint=checkpoint, defaults=told)[0]


def text_of(checkpoint: Checkpoint) -> bytes:
    """The lines that the log signed."""
    return notes.parse_note(checkpoint.note).text.encode()


def _verified(body: bytes, text: bytes, asked: TimeStampRequest) -> TimeStampResponse:
    found = decode_timestamp_response(body)
    builder = VerifierBuilder.from_request(asked)
    for certificate in _certificates(settings.BRIGHTLINE_TSA_CERTIFICATES):
        is_root = certificate.issuer == certificate.subject
        add = builder.add_root_certificate if is_root else builder.add_intermediate_certificate
        builder = add(certificate)
    builder.build().verify_message(found, text)
    return found


@lru_cache(maxsize=4)
def _certificates(pem: str) -> tuple[x509.Certificate, ...]:
    return tuple(x509.load_pem_x509_certificates(pem.encode()))


def _due(now: datetime) -> Iterator[Checkpoint]:
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    done = Timestamp.objects.filter(received_at__gte=today).values("checkpoint__log")
    for log in Log.objects.filter(size__gt=0).exclude(pk__in=done).order_by("pk")[:AT_ONCE]:
        checkpoint = read.latest(log)
        if checkpoint and not Timestamp.objects.filter(checkpoint=checkpoint).exists():
            yield checkpoint
