"""The same bytes, smaller: what is sent to clients that can read it. Made once, when a document is published."""

from __future__ import annotations

import gzip as gzip_module
from typing import Final

import brotli

# Beyond this a few bytes less cost fifty times as long, and a hold for everybody publishes thousands of documents.
_BROTLI_QUALITY: Final = 5


def gzip(body: bytes) -> bytes:
    """Without a time in it, so the same body gives the same bytes."""
    return gzip_module.compress(body, compresslevel=9, mtime=0)


def gunzip(data: bytes) -> bytes:
    return gzip_module.decompress(data)


def br(body: bytes) -> bytes:
    return bytes(brotli.compress(body, mode=brotli.MODE_TEXT, quality=_BROTLI_QUALITY))
