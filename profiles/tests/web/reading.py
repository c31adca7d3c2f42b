"""What a page says to who asks for it."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.test import Client


def text(client: Client, path: str, status: int = 200, **query: Any) -> str:
    """The HTML as it came."""
    answer = client.get(path + (f"?{urlencode(query, doseq=True)}" if query else ""))
    assert answer.status_code == status
    return answer.content.decode()
