"""The settings of the installation as the trail tells them: names, addresses, public digests and ids of keys. Nothing
of a secret, and nothing from which one could be guessed."""

from __future__ import annotations

import hashlib
from typing import Any, Final
from urllib.parse import urlsplit

from django.conf import settings

from profiles.resolution.jws import parse_keys

_DIGITS: Final = 16  # of a digest: enough to tell two files apart


def described(*, role: str = "") -> dict[str, Any]:
    """What trust in this installation rests on, beside its database.

    Args:
        role: as which the program uses the database, where that is not the one that it is prepared as.
    """
    database = settings.DATABASES["default"]
    proxy: tuple[str, str] | None = settings.SECURE_PROXY_SSL_HEADER
    return {
        "base_url": settings.BRIGHTLINE_BASE_URL,
        "allowed_hosts": sorted(settings.ALLOWED_HOSTS),
        "embedded": settings.EMBEDDED,
        "debug": settings.DEBUG,
        "proxy_header": proxy[0] if proxy else "",
        "database": _place(str(database["HOST"]), str(database["PORT"])) + f"/{database['NAME']}",
        "database_role": role or database["USER"],
        "broker": _without_secrets(settings.BROKER_URL),
        "signing_keys": _keys(settings.BRIGHTLINE_SIGNING_KEY),
        "log_keys": _keys(settings.BRIGHTLINE_LOG_KEY),
        "log_name": settings.BRIGHTLINE_LOG_NAME,
        "log_policy": _digest(settings.BRIGHTLINE_LOG_POLICY),
        "log_published": settings.BRIGHTLINE_LOG_PUBLISHED,
        "evidence_folder": settings.EVIDENCE_DIR,
        "tsa_url": _without_secrets(settings.BRIGHTLINE_TSA_URL),
        "tsa_certificates": _digest(settings.BRIGHTLINE_TSA_CERTIFICATES),
        "mail_server": _mail_server(),
        "mail_from": settings.DEFAULT_FROM_EMAIL,
        "former_secrets": len(settings.SECRET_KEY_FALLBACKS),
    }


def _keys(text: str) -> list[str]:
    """Ids, and whether the key is there that signs, or only what checks its signatures."""
    return [f"{key.kid} ({'private' if key.private else 'public'})" for key in parse_keys(text)]


def _mail_server() -> str:
    security = " (TLS)" if settings.EMAIL_USE_TLS else " (no TLS)"
    return _place(settings.EMAIL_HOST, str(settings.EMAIL_PORT)) + security if settings.EMAIL_HOST else ""


def _place(host: str, port: str) -> str:
    return f"{host}:{port}" if port else host


def _digest(text: str) -> str:
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()[:_DIGITS]}" if text else ""


def _without_secrets(address: str) -> str:
    """An address without names and passwords, and without what stands behind its path."""
    parts = urlsplit(address)
    host = parts.hostname or ""
    place = _place(f"[{host}]" if ":" in host else host, str(parts.port) if parts.port else "")
    return f"{parts.scheme}://{place}{parts.path}" if address else ""
